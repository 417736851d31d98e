//! The steps of `cargo xtask ci`, in their order.
//!
//! All builds share one target folder and one profile: clippy's dependencies serve `cargo doc`, the tests'
//! serve the doctests.

use std::fs;
use std::process::Command;

use anyhow::Context as _;
use tempfile::NamedTempFile;

use super::tally::Tests;
use super::{Ending, Verdict, sets};
use crate::deny::Deny;
use crate::fuzz::Outcome;
use crate::peers::{self, Standing};
use crate::workspace::Workspace;
use crate::{conform, embedded, fuzz, shell, tidy};

/// One step.
pub(super) struct Step {
    pub(super) name: &'static str,
    /// Whether `--fast` leaves it out.
    pub(super) thorough: bool,
    pub(super) run: fn(&mut Round<'_>) -> anyhow::Result<Ending>,
}

/// All steps, the cheap ones first.
pub(super) const STEPS: &[Step] = &[
    Step { name: "peers", thorough: false, run: peers },
    Step { name: "fmt", thorough: false, run: fmt },
    Step { name: "tidy", thorough: false, run: tidy },
    Step { name: "clippy", thorough: false, run: clippy },
    Step { name: "features", thorough: false, run: features },
    Step { name: "tests", thorough: false, run: tests },
    Step { name: "doctests", thorough: false, run: doctests },
    Step { name: "embedded", thorough: true, run: embedded },
    Step { name: "conform", thorough: false, run: conform },
    Step { name: "docs", thorough: true, run: docs },
    Step { name: "fuzz", thorough: true, run: fuzz },
    Step { name: "deny", thorough: true, run: deny },
    Step { name: "advisories", thorough: true, run: advisories },
];

/// One run through the steps, and what they leave for each other.
pub(super) struct Round<'a> {
    workspace: &'a Workspace,
    /// On a CI machine: a missing peer is a failure.
    strict: bool,
    /// Whether Debian packages may be installed.
    install: bool,
    /// Where tests say what they skipped.
    skips: NamedTempFile,
    pub(super) tests: Tests,
    deny: Option<Deny>,
}

impl<'a> Round<'a> {
    pub(super) fn new(workspace: &'a Workspace, strict: bool, install: bool) -> anyhow::Result<Self> {
        let skips = NamedTempFile::new().context("temporary file")?;
        Ok(Self { workspace, strict, install, skips, tests: Tests::default(), deny: None })
    }

    /// `cargo` in the root of the workspace.
    fn cargo(&self, line: &str) -> Command {
        let mut command = shell::cargo(line.split_whitespace());
        command.current_dir(&self.workspace.root);
        command
    }

    /// Runs a command that is a whole step.
    fn only(&self, command: &mut Command) -> anyhow::Result<Ending> {
        Ok(ending(shell::stream(command)?.ok, ""))
    }

    /// Runs a test runner and counts its tests.
    fn run_tests(&mut self, line: &str, runner: &str) -> anyhow::Result<Ending> {
        let mut command = self.cargo(line);
        command.env("PORTCULLIS_SKIPS", self.skips.path());
        if self.strict {
            command.env("PORTCULLIS_REQUIRE_PEERS", "1");
        }
        let finished = shell::stream(&mut command)?;
        self.tests.add_run(&finished.text, finished.ok);
        let skips = fs::read_to_string(self.skips.path()).context("reading what tests skipped")?;
        self.tests.add_skips(&skips);
        Ok(ending(finished.ok, runner))
    }
}

fn ending(ok: bool, remark: &str) -> Ending {
    if ok { Ending::passed(remark) } else { Ending::failed(remark) }
}

/// Without a peer the round goes on: its tests are skipped and named. On a CI machine they would all fail.
fn peers(round: &mut Round<'_>) -> anyhow::Result<Ending> {
    let remark = match peers::ensure(round.install) {
        Ok(Standing::Present) => return Ok(Ending::passed("")),
        Ok(Standing::Installed(new)) => return Ok(Ending::passed(format!("installed {}", new.join(" ")))),
        Ok(Standing::Missing(names, advice)) => {
            println!("{advice}");
            format!("not installed: {}", names.join(" "))
        }
        Err(error) => format!("{error:#}"),
    };
    Ok(if round.strict { Ending::failed(remark) } else { Ending::skipped(remark) })
}

/// The fuzz targets and the firmware are workspaces of their own.
fn fmt(round: &mut Round<'_>) -> anyhow::Result<Ending> {
    let mut all = Ending::passed("");
    for line in [
        "fmt --all --check",
        "fmt --manifest-path fuzz/Cargo.toml --check",
        "fmt --manifest-path embedded/Cargo.toml --check",
    ] {
        let one = round.only(&mut round.cargo(line))?;
        if one.verdict == Verdict::Failed {
            all = one;
        }
    }
    Ok(all)
}

fn tidy(round: &mut Round<'_>) -> anyhow::Result<Ending> {
    Ok(ending(tidy::check(round.workspace)?, ""))
}

fn clippy(round: &mut Round<'_>) -> anyhow::Result<Ending> {
    round
        .only(&mut round.cargo("clippy --workspace --all-targets --all-features --keep-going -- -D warnings"))
}

/// Features add and never depend on each other by accident: each library is built without its defaults, and
/// with each feature alone.
fn features(round: &mut Round<'_>) -> anyhow::Result<Ending> {
    let sets = sets::selections(&round.workspace.crates);
    let mut failed = 0;
    for set in &sets {
        let line = format!("clippy --quiet --lib {set} -- -D warnings");
        if !shell::stream(&mut round.cargo(&line))?.ok {
            failed += 1;
        }
    }
    let count = sets.len();
    Ok(if failed == 0 {
        Ending::passed(format!("{count} builds"))
    } else {
        Ending::failed(format!("{failed} of {count} builds"))
    })
}

fn tests(round: &mut Round<'_>) -> anyhow::Result<Ending> {
    let nextest = shell::quiet(&mut round.cargo("nextest --version")).is_ok_and(|finished| finished.ok);
    if nextest {
        round.run_tests("nextest run --workspace --all-features --no-fail-fast --no-tests pass", "nextest")
    } else {
        let line = "test --workspace --all-features --no-fail-fast --lib --bins --tests --examples";
        round.run_tests(line, "cargo test; nextest is not installed")
    }
}

fn doctests(round: &mut Round<'_>) -> anyhow::Result<Ending> {
    round.run_tests("test --doc --workspace --all-features --no-fail-fast", "")
}

fn embedded(round: &mut Round<'_>) -> anyhow::Result<Ending> {
    Ok(Ending::passed(embedded::prove(round.workspace)?))
}

fn conform(round: &mut Round<'_>) -> anyhow::Result<Ending> {
    Ok(ending(conform::check(round.workspace)?, ""))
}

fn docs(round: &mut Round<'_>) -> anyhow::Result<Ending> {
    round.only(
        round
            .cargo("doc --workspace --no-deps --all-features --keep-going")
            .env("RUSTDOCFLAGS", "-D warnings"),
    )
}

/// Thirty seconds in all, after the build.
fn fuzz(round: &mut Round<'_>) -> anyhow::Result<Ending> {
    Ok(match fuzz::short(round.workspace)? {
        Outcome::Clean => Ending::passed("30 s, under AddressSanitizer"),
        Outcome::Found => Ending::failed("an input makes a target fail"),
        Outcome::NoNightly if round.strict => Ending::failed("no nightly Rust"),
        Outcome::NoNightly => {
            round.tests.add_skips("skipped: fuzz: nightly Rust is not installed");
            Ending::skipped("no nightly Rust")
        }
    })
}

fn deny(round: &mut Round<'_>) -> anyhow::Result<Ending> {
    let deny = Deny::find_or_build(round.workspace.root.as_std_path())?;
    let finished = deny.check()?;
    round.deny = Some(deny);
    Ok(ending(finished.ok, ""))
}

fn advisories(round: &mut Round<'_>) -> anyhow::Result<Ending> {
    let Some(deny) = &round.deny else { return Ok(Ending::skipped("not checked: no cargo-deny")) };
    Ok(match deny.check_advisories()? {
        Ok(finished) => ending(finished.ok, ""),
        Err(reason) => Ending::skipped(format!("not checked: {reason}")),
    })
}
