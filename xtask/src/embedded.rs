//! `cargo xtask embedded`: the firmware in `embedded/`, which shows that a token runs without the standard library.
//!
//! It is built for the machine that builds, into the workspace's target folder and with its profile, so that what both
//! have alike is built once. No other target's libraries are needed, and it can be run.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, bail};

use crate::shell;
use crate::workspace::Workspace;

const PROGRAM: &str = "portcullis-embedded";

/// What must be among the names in the program: else they say nothing.
const OURS: [&str; 3] = ["portcullis_entropy::", "portcullis_pal::flash::", "portcullis_token::"];

/// Build and run a firmware that keeps a token in flash, without `std`
///
/// embedded/ is a freestanding program with its own allocator and panic
/// handler. It makes a key in a token in (simulated) flash, is reset, and signs
/// with it. Needs nm (binutils), which comes with every C compiler here.
///
/// Exit status: 0 it signed, and nothing of the standard library is in it; 1
/// otherwise.
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Options {}

/// `cargo xtask embedded`.
pub(crate) fn run(_: &Options, workspace: &Workspace) -> anyhow::Result<ExitCode> {
    println!("{}", prove(workspace)?);
    Ok(ExitCode::SUCCESS)
}

/// Builds and runs it, and says what it showed.
pub(crate) fn prove(workspace: &Workspace) -> anyhow::Result<String> {
    let folder = workspace.root.join("embedded");
    fs::copy(workspace.root.join("Cargo.lock"), folder.join("Cargo.lock"))
        .context("copying the lock file")?;
    let mut build = shell::cargo(["rustc", "--bin", PROGRAM, "--target-dir", workspace.target.as_str()]);
    // What it links was built to unwind, as the workspace's own programs do; the program itself can't.
    build.args(["--", "-C", "panic=abort", "-D", "warnings"]).current_dir(&folder);
    if !shell::stream(&mut build)?.ok {
        bail!("the firmware does not build");
    }
    let program = workspace.target.join("debug").join(PROGRAM);
    let listed = shell::quiet(Command::new("nm").arg("--demangle").arg(&program))
        .context("nm comes with the package binutils")?;
    if !listed.ok {
        bail!("nm can't read the firmware: {}", listed.text);
    }
    if let Some(ours) = OURS.iter().find(|ours| !listed.text.contains(**ours)) {
        bail!("the firmware has no symbol of {ours}: its names say nothing");
    }
    let foreign = of_std(&listed.text);
    if !foreign.is_empty() {
        bail!("the standard library is in the firmware: {}", Vec::from_iter(foreign).join(", "));
    }
    let ran = shell::stream(&mut Command::new(&program))?;
    if !ran.ok {
        bail!("the firmware failed: {}", ran.text.trim());
    }
    Ok(format!("no symbol of std among {}; {}", listed.text.lines().count(), ran.text.trim()))
}

/// The names of the standard library in a listing of demangled symbols.
fn of_std(listing: &str) -> BTreeSet<&str> {
    let names = listing.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
    names.filter(|name| name.starts_with("std::")).collect()
}

#[cfg(test)]
mod tests;
