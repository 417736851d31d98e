//! `cargo xtask ci`: every check that a change must pass, the cheap ones first.
//!
//! A failed step does not stop the next one: one run shows everything that is wrong.

mod report;
mod sets;
mod steps;
mod tally;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;
use std::{env, fs};

use anyhow::Context as _;

use crate::workspace::Workspace;
use report::{Row, Summary};
use steps::{Round, STEPS};

/// Run every check that a change must pass
///
/// Steps, in this order; a failed one does not stop the next:
///   peers       the programs that end-to-end tests talk to; as root on
///               Debian, missing ones are installed
///   fmt         cargo fmt --check
///   tidy        cargo xtask tidy
///   clippy      the workspace, all targets, all features, warnings denied
///   features    each library without default features, then with each
///               feature alone
///   tests       cargo nextest run, or cargo test where it is not installed
///   doctests    the examples in the documentation
///   embedded    cargo xtask embedded
///   conform     cargo xtask conform --check
///   docs        cargo doc, warnings denied
///   fuzz        cargo xtask fuzz, 30 seconds; needs a nightly Rust
///   deny        cargo deny: bans, licences, sources; builds the tool once
///               where it is not installed
///   advisories  cargo deny: known vulnerabilities; says so when there is no
///               network to ask
///
/// The last line reads `N passed, N failed, N skipped` and counts tests.
/// A test whose peer is missing is skipped and named; with CI=true in the
/// environment it fails instead.
///
/// Exit status: 0 no step failed; 1 some step failed.
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Options {
    /// Leave out embedded, docs, fuzz, deny and advisories.
    #[arg(long)]
    fast: bool,
    /// Never install Debian packages; only say which are missing.
    #[arg(long)]
    no_install: bool,
    /// Also write the result of each step and the test counts to FILE, as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Passed,
    Failed,
    Skipped,
}

/// What a step says of itself: its verdict and, where there is more to say, a remark.
struct Ending {
    verdict: Verdict,
    remark: String,
}

impl Ending {
    fn passed(remark: impl Into<String>) -> Self {
        Self { verdict: Verdict::Passed, remark: remark.into() }
    }

    fn failed(remark: impl Into<String>) -> Self {
        Self { verdict: Verdict::Failed, remark: remark.into() }
    }

    fn skipped(remark: impl Into<String>) -> Self {
        Self { verdict: Verdict::Skipped, remark: remark.into() }
    }
}

pub(crate) fn run(options: &Options, workspace: &Workspace) -> anyhow::Result<ExitCode> {
    let strict = env::var("CI").is_ok_and(|value| value == "true" || value == "1");
    let mut round = Round::new(workspace, strict, !options.no_install)?;
    let mut rows = Vec::new();
    for step in STEPS {
        println!("\n==> {}", step.name);
        let start = Instant::now();
        let ending = if options.fast && step.thorough {
            Ending::skipped("left out by --fast")
        } else {
            (step.run)(&mut round).unwrap_or_else(|error| Ending::failed(format!("{error:#}")))
        };
        let row = Row { step: step.name, ending, took: start.elapsed() };
        println!("    {row}");
        rows.push(row);
    }
    let summary = Summary { rows, tests: round.tests };
    if let Some(path) = &options.json {
        fs::write(path, summary.json()).with_context(|| format!("cannot write {}", path.display()))?;
    }
    print!("{summary}");
    Ok(if summary.failed() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
