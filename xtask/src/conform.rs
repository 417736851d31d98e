//! `cargo xtask conform`: `docs/conformance.md`, written out of the code by `crates/module/examples/conformance.rs`.
//!
//! What is absent: any knowledge of what the module can do. The example asks the module.

use std::fs;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, bail};

use crate::workspace::Workspace;
use crate::{built, shell};

const PAGE: &str = "docs/conformance.md";

/// Write docs/conformance.md: each function and mechanism of the PKCS #11 module with its state
///
/// The module itself is asked, so the page can't promise what the code does
/// not do. Commit the page with the change that changes it.
///
/// Exit status: 0 the page is written, or with --check as it should be; 1
/// otherwise.
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Options {
    /// Write nothing; only say whether the page is what the code says.
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(options: &Options, workspace: &Workspace) -> anyhow::Result<ExitCode> {
    if options.check {
        return Ok(if check(workspace)? { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    fs::write(workspace.root.join(PAGE), page(workspace)?).with_context(|| format!("cannot write {PAGE}"))?;
    println!("{PAGE} is written");
    Ok(ExitCode::SUCCESS)
}

/// Whether the page is what the code says. Where it is not, the first difference is shown.
pub(crate) fn check(workspace: &Workspace) -> anyhow::Result<bool> {
    let code = page(workspace)?;
    let page = fs::read_to_string(workspace.root.join(PAGE)).unwrap_or_default();
    let difference = difference(&page, &code);
    if let Some(difference) = &difference {
        println!("{PAGE} is not what the code says; run `cargo xtask conform`\n{difference}");
    }
    Ok(difference.is_none())
}

/// The page that the code makes.
fn page(workspace: &Workspace) -> anyhow::Result<String> {
    // The features of the tests' build, so that nothing is built twice.
    let line = "build --workspace --all-features --example conformance";
    let mut example = Command::new(built::build(line, workspace)?.program("conformance")?);
    let output = example.output().with_context(|| format!("cannot start {}", shell::shown(&example)))?;
    if !output.status.success() {
        bail!("the example failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    String::from_utf8(output.stdout).context("the page")
}

/// The first line in which two texts differ, as both have it.
fn difference(page: &str, code: &str) -> Option<String> {
    if page == code {
        return None;
    }
    let lines = page.lines().map(Some).chain(std::iter::repeat(None));
    let longest = page.lines().count().max(code.lines().count());
    let pairs = lines.zip(code.lines().map(Some).chain(std::iter::repeat(None))).take(longest);
    let first = pairs.enumerate().find(|(_, (page, code))| page != code);
    Some(match first {
        Some((index, (page, code))) => {
            let shown = |line: Option<&str>| line.unwrap_or("(no such line)").to_owned();
            format!("line {}\n  page: {}\n  code: {}", index + 1, shown(page), shown(code))
        }
        None => "they differ in how lines end".to_owned(),
    })
}

#[cfg(test)]
mod tests;
