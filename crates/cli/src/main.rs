//! `portcullis`: provision, inspect and try a token from the command line. Here a command is read, run, and
//! its outcome turned into an exit code; what each command does is in `command`, one file each.

#![forbid(unsafe_code)]

mod args;
mod certificate;
mod command;
mod composition;
mod confirm;
mod error;
mod exit;
mod identifier;
mod input;
mod noise;
mod object;
mod output;
mod pin;
mod progress;
mod request;
mod scheme;
mod selection;
mod template;
mod tls;

use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;

use args::Cli;
use exit::Exit;

/// Says what is logged to standard error, such as `debug` or `portcullis_token=info`.
const LOG: &str = "PORTCULLIS_LOG";

fn main() -> ExitCode {
    let cli = Cli::parse();
    start_log();
    match cli.command.run(&cli.global) {
        Ok(()) => Exit::Done.into(),
        Err(error) => {
            output::note(&format!("portcullis: {error}"));
            error.exit().into()
        }
    }
}

/// Logs to standard error if the environment asks for it; otherwise no one listens.
fn start_log() {
    if std::env::var_os(LOG).is_some() {
        let filter = EnvFilter::from_env(LOG);
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    }
}
