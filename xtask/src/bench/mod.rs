//! `cargo xtask bench`: PKCS #11 modules side by side, measured by `crates/module/benches/abi`, shown here.
//!
//! What is absent: any measuring. The benchmark is a program of its own that is built for release, as the library that
//! it loads is.

mod plot;
mod report;
mod table;

use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::{env, fs};

use anyhow::{Context as _, bail};

use crate::workspace::Workspace;
use crate::{built, shell};
use report::Report;

/// Measure what programs get through the PKCS #11 ABI, beside other modules
///
/// Builds libportcullis_pkcs11.so for release and measures it beside the bare
/// library that its engine computes with, beside SoftHSM2 where it is installed
/// (`cargo xtask peers` does that), and beside the modules that --module names;
/// and a pool of portcullis-entropy beside the generators of ring, AWS-LC,
/// OpenSSL and the kernel (`--filter pool`).
/// The sides take turns within each round; ratios are medians over the rounds,
/// and the range behind one is that of the middle half of them. Counted is the
/// time that calls have of a processor, whatever else runs; where they wait for
/// the disk or another thread, all time, and a quiet machine is needed. What
/// can't be told for noise is marked.
/// Tokens are made in temporary folders; a module of --module is used as the
/// environment configures it, and gets new tokens in its uninitialised slots.
///
/// The goals of the project stand beside what was measured. A goal that is
/// missed fails nothing: exit status 0 says only that the measuring worked.
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Options {
    /// Measure this module too; may be given several times.
    #[arg(long = "module", value_name = "PATH")]
    modules: Vec<PathBuf>,
    /// Only measures that have TEXT in their name.
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Fewer and shorter rounds: seconds instead of a minute, and more noise.
    #[arg(long)]
    quick: bool,
    /// Print JSON instead of the table.
    #[arg(long)]
    json: bool,
    /// Also draw the rates into FILE, as SVG.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

pub(crate) fn run(options: &Options, workspace: &Workspace) -> anyhow::Result<ExitCode> {
    let text = measure(options, workspace)?;
    let report = Report::parse(&text).context("the benchmark printed something else than its report")?;
    if options.json {
        print!("{text}");
    } else {
        print!("{}", table::Table(&report));
    }
    if let Some(file) = &options.svg {
        let drawn = plot::svg(&report).context("drawing the plot")?;
        fs::write(file, drawn).with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Builds the library and the benchmark, and gives what the benchmark prints.
fn measure(options: &Options, workspace: &Workspace) -> anyhow::Result<String> {
    let line = "build --release --package portcullis-module --lib --bench abi";
    let artifacts = built::build(line, workspace)?;
    let library = format!("{}portcullis_pkcs11{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX);
    let mut bench = Command::new(artifacts.program("abi")?);
    bench.arg("--ours").arg(artifacts.file(&library)?);
    for module in &options.modules {
        bench.arg("--module").arg(module);
    }
    if let Some(filter) = &options.filter {
        bench.arg("--filter").arg(filter);
    }
    if options.quick {
        bench.arg("--quick");
    }
    // Standard error stays the terminal's: the benchmark shows there how far it is.
    let output = bench
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start {}", shell::shown(&bench)))?;
    if !output.status.success() {
        bail!("the benchmark ended with {}", output.status);
    }
    String::from_utf8(output.stdout).context("the benchmark's report")
}
