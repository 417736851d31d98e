//! Programs of cargo's that chores need and most machines have not: taken from `PATH`, or built once and kept.

use std::path::PathBuf;

use anyhow::bail;

use crate::{cache, shell};

/// Takes a program from `PATH` or from the folder of tools, or builds this version of its package there.
pub(crate) fn find_or_build(package: &str, version: &str) -> anyhow::Result<PathBuf> {
    let tools = cache::folder()?.join("tools");
    let built = tools.join("bin").join(package);
    if let Some(program) = shell::find_program(package) {
        return Ok(program);
    }
    if shell::is_program(&built) {
        return Ok(built);
    }
    println!("{package} is not installed; building it once into the tools folder takes some minutes");
    let mut install = shell::cargo(["install", "--locked", "--version", version, package, "--root"]);
    // Built for this machine and kept; it is none of the workspace's artefacts.
    install.arg(&tools).env_remove("CARGO_TARGET_DIR").env_remove("CARGO_BUILD_TARGET");
    if !shell::stream(&mut install)?.ok {
        bail!("cannot build {package} {version}; install it by hand, or use `ci --fast` to go without");
    }
    Ok(built)
}
