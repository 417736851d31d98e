//! The Python packages that Debian lacks, in an environment of their own in the user's cache folder.
//!
//! What is absent: anything that a system's own Python would see.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::bail;

use super::table::PYTHON;
use crate::{cache, shell};

/// What is installed from PyPI: the name to ask for, and the module that shows it is there.
const PACKAGE: &str = "python-pkcs11==0.10.1";
const MODULE: &str = "pkcs11";

/// The environment; tests look for it here too (`crates/module/tests/peers/python.rs`).
pub(super) fn folder() -> anyhow::Result<PathBuf> {
    Ok(cache::folder()?.join("peers/python"))
}

/// Whether the environment has what tests import.
pub(super) fn is_present() -> bool {
    let import = format!("import {MODULE}");
    folder().is_ok_and(|folder| {
        let python = folder.join("bin/python");
        shell::is_program(&python)
            && shell::quiet(Command::new(python).args(["-c", &import])).is_ok_and(|finished| finished.ok)
    })
}

/// What one would type to make it.
pub(super) fn advice() -> anyhow::Result<String> {
    let folder = folder()?;
    let shown = folder.display();
    Ok(format!("{PYTHON} -m venv {shown} && {shown}/bin/pip install {PACKAGE}"))
}

/// Makes the environment, or makes it anew.
pub(super) fn install() -> anyhow::Result<()> {
    let folder = folder()?;
    run(Command::new(PYTHON).args(["-m", "venv", "--clear"]).arg(&folder))?;
    // Wheels alone: building one would want a C compiler and Python's headers.
    let options = ["--quiet", "--disable-pip-version-check", "--only-binary", ":all:"];
    run(Command::new(pip(&folder)).arg("install").args(options).arg(PACKAGE))
}

fn pip(folder: &Path) -> PathBuf {
    folder.join("bin/pip")
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    if !shell::stream(command)?.ok {
        bail!("this failed: {}", shell::shown(command));
    }
    Ok(())
}
