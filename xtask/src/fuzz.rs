//! `cargo xtask fuzz`: made-up input for the C ABI and the parsers, through `cargo-fuzz` and libFuzzer.
//!
//! The targets are in `fuzz/`. They build on nightly Rust with AddressSanitizer, into `target/fuzz`, where the
//! corpus and what made a target fail are kept too. The sanitizer sees our Rust code, that of the crates below it
//! and the C library's string and memory functions; the C code of AWS-LC and SQLite is not compiled with it, so
//! there only what they allocate and free is checked. LeakSanitizer runs with it, and nothing is suppressed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, bail};

use crate::shell::{self, Finished};
use crate::tools;
use crate::workspace::Workspace;

/// The version that is built where none is installed.
const VERSION: &str = "0.13.2";
const PROGRAM: &str = "cargo-fuzz";

/// What builds with a sanitizer.
const TOOLCHAIN: &str = "nightly";

/// The longest input.
const MAX_LEN: usize = 2048;

/// How many inputs a corpus starts with.
const SEEDS: u64 = 64;

/// No input may take so many seconds.
const TIMEOUT: u32 = 60;

/// Drive the C ABI and the parsers with made-up input, under AddressSanitizer
///
/// Targets:
///   calls    sequences of C_* calls with hostile arguments
///   formats  keys, certificates, signatures: DER, PEM, EC points
///   records  a token's store with damaged records
///   uris     PKCS #11 URIs
///
/// Needs a nightly Rust (`rustup toolchain install nightly`) and a C++
/// compiler; cargo-fuzz is built once where it is not installed. The corpus
/// is kept in target/fuzz/corpus and replayed first by every run.
///
/// Exit status: 0 nothing was found; 1 an input made a target fail, and its
/// file and how to replay it are shown.
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Options {
    /// Only this target.
    #[arg(long, value_name = "NAME", value_parser = TARGETS.map(|target| target.name))]
    target: Option<String>,
    /// How long each target runs.
    #[arg(long, value_name = "N", default_value_t = 60)]
    seconds: u32,
    /// Run the target on this file alone.
    #[arg(long, value_name = "FILE", requires = "target")]
    replay: Option<PathBuf>,
}

/// A file of `fuzz/targets/`.
struct Target {
    name: &'static str,
    /// How many seconds it runs in `cargo xtask ci`.
    short: u32,
    /// A folder of inputs as they should be, where noise would hardly ever lead to one.
    samples: Option<&'static str>,
}

const TARGETS: [Target; 4] = [
    Target { name: "calls", short: 21, samples: None },
    Target { name: "formats", short: 3, samples: Some("crates/token/testdata") },
    Target { name: "records", short: 3, samples: None },
    Target { name: "uris", short: 3, samples: None },
];

/// Why there is nothing to run with, or what was found.
pub(crate) enum Outcome {
    Clean,
    Found,
    NoNightly,
}

pub(crate) fn run(options: &Options, workspace: &Workspace) -> anyhow::Result<ExitCode> {
    let chosen = |target: &Target| options.target.as_ref().is_none_or(|name| *name == target.name);
    let kept = workspace.target.join("fuzz/corpus");
    let outcome = match &options.replay {
        Some(input) => replay(workspace, options.target.as_deref().unwrap_or_default(), input)?,
        None => fuzz(workspace, kept.as_std_path(), |target| chosen(target).then_some(options.seconds))?,
    };
    match outcome {
        Outcome::Clean => Ok(ExitCode::SUCCESS),
        Outcome::Found => Ok(ExitCode::FAILURE),
        Outcome::NoNightly => bail!("no nightly Rust: `rustup toolchain install {TOOLCHAIN}`"),
    }
}

/// The run that is part of `cargo xtask ci`. It starts afresh: to replay what earlier runs have found would take
/// longer each time.
pub(crate) fn short(workspace: &Workspace) -> anyhow::Result<Outcome> {
    let corpora = tempfile::tempdir().context("temporary folder")?;
    fuzz(workspace, corpora.path(), |target| Some(target.short))
}

/// Builds all targets and runs those that get time, each for so many seconds.
fn fuzz(
    workspace: &Workspace,
    corpora: &Path,
    seconds: impl Fn(&Target) -> Option<u32>,
) -> anyhow::Result<Outcome> {
    let Some(fuzzer) = Fuzzer::prepare(workspace)? else { return Ok(Outcome::NoNightly) };
    if !shell::stream(&mut fuzzer.command("build"))?.ok {
        bail!("the fuzz targets don't build");
    }
    let mut outcome = Outcome::Clean;
    for (target, seconds) in TARGETS.iter().filter_map(|target| Some((target, seconds(target)?))) {
        let corpus = corpora.join(target.name);
        fill(&corpus)?;
        let mut command = fuzzer.command("run");
        command
            .arg(target.name)
            .arg(corpus)
            .args(target.samples)
            .arg("--")
            .args(fuzzer.options(target.name)?);
        command.arg(format!("-max_total_time={seconds}"));
        let finished = shell::stream(&mut command)?;
        if !finished.ok {
            outcome = Outcome::Found;
            explain(target.name, &finished);
        }
    }
    Ok(outcome)
}

fn replay(workspace: &Workspace, target: &str, input: &Path) -> anyhow::Result<Outcome> {
    let Some(fuzzer) = Fuzzer::prepare(workspace)? else { return Ok(Outcome::NoNightly) };
    let input = input.canonicalize().with_context(|| format!("cannot read {}", input.display()))?;
    let finished = shell::stream(fuzzer.command("run").arg(target).arg(input))?;
    Ok(if finished.ok { Outcome::Clean } else { Outcome::Found })
}

/// Says how to see the failure again.
fn explain(target: &str, finished: &Finished) {
    match written_input(&finished.text) {
        Some(file) => println!(
            "{target}: an input makes it fail. To see it again:\n    cargo xtask fuzz --target {target} --replay {file}"
        ),
        None => println!("{target}: it failed before it took an input; the reason stands above"),
    }
}

/// The file that libFuzzer says it has written the input to.
fn written_input(text: &str) -> Option<&str> {
    text.lines()
        .filter_map(|line| line.split_once("Test unit written to "))
        .next_back()
        .map(|(_, file)| file.trim())
}

/// What a run needs.
struct Fuzzer {
    program: PathBuf,
    root: PathBuf,
    /// `target/fuzz`
    folder: PathBuf,
}

impl Fuzzer {
    /// `None` where there is no nightly Rust.
    fn prepare(workspace: &Workspace) -> anyhow::Result<Option<Self>> {
        let mut ask = Command::new("cargo");
        ask.arg(format!("+{TOOLCHAIN}")).arg("--version").env_remove("RUSTUP_TOOLCHAIN");
        if !shell::quiet(&mut ask).is_ok_and(|finished| finished.ok) {
            return Ok(None);
        }
        let root = workspace.root.as_std_path().to_owned();
        fs::copy(root.join("Cargo.lock"), root.join("fuzz/Cargo.lock")).context("copying the lock file")?;
        let program = tools::find_or_build(PROGRAM, VERSION)?;
        Ok(Some(Self { program, root, folder: workspace.target.join("fuzz").into() }))
    }

    fn command(&self, what: &str) -> Command {
        let mut command = Command::new(&self.program);
        // Cargo names itself to what it runs, and would be taken for the nightly one.
        command.env("RUSTUP_TOOLCHAIN", TOOLCHAIN).env_remove("CARGO").env_remove("CARGO_TARGET_DIR");
        command.current_dir(&self.root).args([what, "--fuzz-dir", "fuzz", "--target-dir"]).arg(&self.folder);
        command
    }

    /// The options of libFuzzer for every run.
    fn options(&self, target: &str) -> anyhow::Result<[String; 6]> {
        let found = self.folder.join("artifacts").join(target);
        fs::create_dir_all(&found).with_context(|| format!("cannot make {}", found.display()))?;
        Ok([
            format!("-artifact_prefix={}/", found.display()),
            format!("-max_len={MAX_LEN}"),
            format!("-timeout={TIMEOUT}"),
            "-len_control=0".to_owned(),
            // Not a line for each new input, but what it came to.
            "-verbosity=0".to_owned(),
            "-print_final_stats=1".to_owned(),
        ])
    }
}

/// Puts the first inputs into a folder, the same on every machine. From short ones it would take long to come to a
/// sequence of calls.
fn fill(folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for seed in 0..SEEDS {
        let file = folder.join(format!("seed-{seed}"));
        fs::write(&file, noise(seed)).with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(())
}

/// Bytes that look random and are the same each time (SplitMix64, from its authors' public-domain code).
fn noise(seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    };
    (0..MAX_LEN / 16).flat_map(|_| next().to_le_bytes()).collect()
}

#[cfg(test)]
mod tests;
