//! The project's chores, one subcommand each: `cargo xtask --help` lists them.
//!
//! What is absent: anything of Portcullis itself. A chore looks at the workspace from outside, through
//! `cargo`, the sources and the built programs.

#![forbid(unsafe_code)]

mod bench;
mod built;
mod cache;
mod ci;
mod conform;
mod demo;
mod deny;
mod embedded;
mod fuzz;
mod install;
mod peers;
mod shell;
mod soak;
mod tidy;
mod tools;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use workspace::Workspace;

/// The chores of Portcullis: checks, test peers, installing.
///
/// Start with `cargo xtask ci`: it is what CI runs, and it needs nothing prepared. While you work,
/// `cargo xtask ci --fast` is the shorter round and `cargo xtask tidy` the shortest.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    Bench(bench::Options),
    Ci(ci::Options),
    Conform(conform::Options),
    Demo(demo::Options),
    Embedded(embedded::Options),
    EntropySoak(soak::Options),
    Fuzz(fuzz::Options),
    Install(install::Options),
    Peers(peers::Options),
    /// Check the rules of the house that no compiler checks: layers, seams, sizes, unsafe rooms
    Tidy,
}

fn main() -> ExitCode {
    match run(&Cli::parse().chore) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(chore: &Chore) -> anyhow::Result<ExitCode> {
    match chore {
        Chore::Bench(options) => bench::run(options, &Workspace::load()?),
        Chore::Conform(options) => conform::run(options, &Workspace::load()?),
        Chore::Ci(options) => ci::run(options, &Workspace::load()?),
        Chore::Demo(options) => demo::run(options),
        Chore::Embedded(options) => embedded::run(options, &Workspace::load()?),
        Chore::EntropySoak(options) => soak::run(options, &Workspace::load()?),
        Chore::Fuzz(options) => fuzz::run(options, &Workspace::load()?),
        Chore::Install(options) => install::run(options, &Workspace::load()?),
        Chore::Peers(options) => peers::run(options),
        Chore::Tidy => tidy::run(&Workspace::load()?),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
