//! `cargo xtask entropy-soak`: the long run of what `crates/entropy/tests/tools` and `tests/fork` do in a minute.
//!
//! What is absent: a generator, and any judgement of its own. The bytes come from `crates/entropy/examples/draw.rs`, and
//! `testdata/judges.rs` reads what the tools say of them.

#[path = "../../../testdata/judges.rs"]
mod judges;
mod stream;

use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::json;

use crate::workspace::Workspace;
use crate::{built, shell};
use judges::Finding;
use stream::{Bytes, Draw};

/// The exit status that says "programs are missing", as that of `cargo xtask peers`.
const MISSING: u8 = 3;

/// Let other people's tools look for hours at what the generators give
///
/// In this order: as many blocks as --blocks from threads, forks, resets and
/// clones, none of which may come twice (16 bytes of memory each); `ent` on up
/// to a gibibyte; `rngtest` on up to 2 GB; `dieharder -a` for the rest of the
/// time. A p-value of dieharder that is below a millionth, or as near to 1, is
/// asked for again with other bytes, and speaks against the generator when it
/// is so twice. dieharder needs one to three hours for all of its tests; those
/// that --minutes left no time for are said to be left out.
///
/// Exit status: 0 nothing was found; 1 something was, or a run failed; 3 a tool
/// is not installed (`cargo xtask peers` does that).
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Options {
    /// How long the tools have, after the blocks.
    #[arg(long, value_name = "N", default_value_t = 180)]
    minutes: u64,
    /// How many blocks are compared; 0 for none.
    #[arg(long, value_name = "N", default_value_t = 40_000_000)]
    blocks: u64,
    /// Whose bytes the tools get: a host's pool (ctr), the same asked for 32 bytes at a time (short), or a board's
    /// generator (hmac).
    #[arg(long, value_name = "NAME", default_value = "ctr", value_parser = ["ctr", "short", "hmac"])]
    generator: String,
    /// Print JSON instead of a table; how far it is stands on standard error.
    #[arg(long)]
    json: bool,
}

/// What was found by whom.
struct Row {
    tool: &'static str,
    finding: Finding,
}

pub(crate) fn run(options: &Options, workspace: &Workspace) -> anyhow::Result<ExitCode> {
    let absent: Vec<_> = ["ent", "rngtest", "dieharder"]
        .into_iter()
        .filter(|name| shell::find_program(name).is_none())
        .collect();
    if !absent.is_empty() {
        eprintln!("not installed: {}; `cargo xtask peers` installs them", absent.join(" "));
        return Ok(ExitCode::from(MISSING));
    }
    let line = "build --release --package portcullis-entropy --example draw --test fork";
    let artifacts = built::build(line, workspace)?;
    let draw = Draw { program: artifacts.program("draw")?, generator: options.generator.clone() };
    let mut rows = Vec::new();
    if options.blocks > 0 {
        rows.push(blocks(artifacts.program("fork")?, options.blocks)?);
    }
    let (start, time) = (Instant::now(), Duration::from_secs(60 * options.minutes));
    rows.extend(ent(&draw, start + time / 10)?);
    rows.push(rngtest(&draw, start + time / 3)?);
    let whole = dieharder(&draw, start + time, &mut rows)?;
    print(options, &rows, whole);
    Ok(if rows.iter().any(|row| row.finding.bad) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The property test with its own number of blocks.
fn blocks(test: PathBuf, count: u64) -> anyhow::Result<Row> {
    eprintln!("blocks: {count}, each drawn once");
    let mut command = Command::new(test);
    command.args(["--exact", "blocks::no_thread_fork_reset_or_clone_shares_a_block", "--nocapture"]);
    let finished = shell::quiet(command.env("PORTCULLIS_BLOCKS", count.to_string()))?;
    if finished.text.contains("running 0 tests") {
        bail!("the test of blocks is not where it was");
    }
    if !finished.ok {
        eprintln!("{}", finished.text);
    }
    let finding = Finding { test: "blocks that differ".to_owned(), value: count as f64, bad: !finished.ok };
    Ok(Row { tool: "blocks", finding })
}

fn ent(draw: &Draw, until: Instant) -> anyhow::Result<Vec<Row>> {
    eprintln!("ent: up to 1 GiB");
    let text = draw.feed(Command::new("ent").arg("-t"), Bytes { most: 1 << 30, until })?;
    let findings = judges::ent(&text).with_context(|| format!("ent prints something else: {text}"))?;
    Ok(findings.into_iter().map(|finding| Row { tool: "ent", finding }).collect())
}

fn rngtest(draw: &Draw, until: Instant) -> anyhow::Result<Row> {
    eprintln!("rngtest: up to 2 GB");
    let text = draw.feed(&mut Command::new("rngtest"), Bytes { most: 2_000_000_000, until })?;
    let finding = judges::rngtest(&text).with_context(|| format!("rngtest prints something else: {text}"))?;
    Ok(Row { tool: "rngtest", finding })
}

/// All of dieharder's tests, until the time is over; whether there was time for all.
fn dieharder(draw: &Draw, until: Instant, rows: &mut Vec<Row>) -> anyhow::Result<bool> {
    let mut command = Command::new("dieharder");
    command.arg("-a").args(judges::DIEHARDER).args(["-D", "show_num"]);
    draw.read_lines(&mut command, until, |line| {
        // The test's number stands behind its name.
        let mut fields = line.splitn(3, ',');
        let (Some(name), Some(number), Some(rest)) = (fields.next(), fields.next(), fields.next()) else {
            return Ok(());
        };
        let Some(mut finding) = judges::dieharder(&format!("{name},{rest}")) else { return Ok(()) };
        eprintln!("dieharder: {} {}", finding.test, finding.value);
        if finding.bad {
            finding = again(draw, number.trim(), finding)?;
        }
        rows.push(Row { tool: "dieharder", finding });
        Ok(())
    })
}

/// Asks one of its tests again; the finding stays bad where one of the same name is bad again.
fn again(draw: &Draw, number: &str, first: Finding) -> anyhow::Result<Finding> {
    let tuple = first.test.rsplit(' ').next().unwrap_or_default().to_owned();
    let mut command = Command::new("dieharder");
    command.args(["-d", number, "-n", &tuple]).args(judges::DIEHARDER).stderr(Stdio::inherit());
    let mut second = Vec::new();
    let hours = Instant::now() + Duration::from_secs(4 * 3600);
    draw.read_lines(&mut command, hours, |line| {
        second.extend(judges::dieharder(line).filter(|finding| finding.test == first.test));
        Ok(())
    })?;
    let value = second.first().context("dieharder does not answer again")?.value;
    let bad = second.iter().any(|finding| finding.bad);
    eprintln!("dieharder: {} again {value}", first.test);
    Ok(Finding { bad, ..first })
}

fn print(options: &Options, rows: &[Row], whole: bool) {
    let (generator, bad) = (&options.generator, rows.iter().filter(|row| row.finding.bad).count());
    if options.json {
        let found: Vec<_> = rows
            .iter()
            .map(|Row { tool, finding }| json!({ "tool": tool, "test": finding.test, "value": finding.value, "bad": finding.bad }))
            .collect();
        let report = json!({ "generator": generator, "complete": whole, "bad": bad, "found": found });
        println!("{report:#}");
        return;
    }
    for Row { tool, finding: Finding { test, value, bad } } in rows {
        println!("{tool:<10} {test:<34} {value:>18}  {}", if *bad { "BAD" } else { "" });
    }
    if !whole {
        println!("\nthere was no time for the rest of dieharder's tests (--minutes)");
    }
    println!("\n{generator}: {} values, {bad} of them bad", rows.len());
}
