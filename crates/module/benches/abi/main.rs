//! What a program gets through the C ABI: our library beside the bare library that its engine computes with, beside
//! SoftHSM2, and beside any module that the user names; and random bytes, beside the generators that programs use
//! today. `cargo xtask bench` builds it, runs it and shows what it prints, which is JSON.
//!
//! The sides take turns within each round, so that what disturbs the machine disturbs all; what is compared is the
//! median of the rounds' ratios. Time that other programs have of the processor is not counted, but where a measure
//! waits for the disk or for another thread (`clock.rs`). Nothing here fails because something is slow.

#![deny(unsafe_code)]

mod bare;
#[allow(unsafe_code)]
mod between;
#[allow(unsafe_code)]
mod c;
#[allow(unsafe_code)]
mod clock;
mod measures;
mod noise;
#[allow(unsafe_code)]
mod openssl;
mod report;
mod rounds;
#[allow(unsafe_code)]
mod world;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use measures::Measure;
use rounds::Pace;
use world::World;

/// Measure PKCS #11 modules; `cargo xtask bench` does the rest
#[derive(Parser)]
struct Args {
    /// Our library, built for release.
    #[arg(long, value_name = "FILE")]
    ours: PathBuf,
    /// Another module to measure; a token is made in its first uninitialised slot.
    #[arg(long = "module", value_name = "FILE")]
    modules: Vec<PathBuf>,
    /// Only measures with this in their name.
    #[arg(long, default_value = "")]
    filter: String,
    /// Fewer and shorter rounds.
    #[arg(long)]
    quick: bool,
    /// What `cargo bench` adds.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<(), Box<dyn Error>> {
    let chosen: Vec<_> = measures::all().filter(|measure| measure.name.contains(&args.filter)).collect();
    if chosen.is_empty() {
        let names: Vec<_> = measures::all().map(|measure| measure.name).collect();
        return Err(
            format!("no measure has `{}` in its name; there are: {}", args.filter, names.join(", ")).into()
        );
    }
    let busy = noise::busy_processors();
    let pace = if args.quick { Pace::QUICK } else { Pace::FULL };
    let style = ProgressStyle::with_template("{spinner} {pos}/{len} {msg}")?;
    let bar = ProgressBar::new(chosen.len() as u64).with_style(style);
    // SAFETY: no thread was started yet.
    #[allow(unsafe_code)]
    let world = unsafe { World::load(&args.ours, &args.modules, &bar) }?;
    bar.enable_steady_tick(Duration::from_millis(100));
    let mut measured = Vec::new();
    for measure in chosen {
        measured.push(one(measure, &world, pace, &bar)?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    let report = json!({
        "processors": thread::available_parallelism()?.get(),
        "busy": busy,
        "rounds": pace.rounds,
        "missing": report::missing(&world),
        "measures": measured,
    });
    println!("{report:#}");
    Ok(())
}

fn one(
    measure: &Measure,
    world: &World,
    pace: Pace,
    bar: &ProgressBar,
) -> Result<serde_json::Value, Box<dyn Error>> {
    bar.set_message(measure.name);
    let sides = (measure.sides)(world);
    bar.set_message(measure.name);
    Ok(report::measure(measure, &rounds::compare(sides, pace, measure.clock())?))
}
