//! The command line as a whole: the options that every command has. Those of one command are in its file.

use std::path::PathBuf;

use clap::{Args, Parser};

use crate::command::Command;
use crate::error::{Error, Result};
use crate::exit;

/// Keep private keys in a token, and prove who you are with them.
#[derive(Debug, Parser)]
#[command(name = "portcullis", version, after_help = after_help())]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// The folder of the token [default: portcullis in $XDG_DATA_HOME or ~/.local/share]
    #[arg(long, global = true, env = "PORTCULLIS_STORE", value_name = "DIR")]
    store: Option<PathBuf>,
    /// Print JSON for programs instead of text for people
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Read the user PIN from a file [else: $PORTCULLIS_PIN, or a prompt]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) pin_file: Option<PathBuf>,
    /// Read the security officer's PIN from a file [else: $PORTCULLIS_SO_PIN, or a prompt]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) so_pin_file: Option<PathBuf>,
}

impl Global {
    /// The folder of the token.
    pub(crate) fn folder(&self) -> Result<PathBuf> {
        if let Some(folder) = &self.store {
            return Ok(folder.clone());
        }
        // The XDG Base Directory Specification has relative paths ignored.
        let named =
            |variable| std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
        named("XDG_DATA_HOME")
            .or_else(|| named("HOME").map(|home| home.join(".local/share")))
            .map(|data| data.join("portcullis"))
            .ok_or(Error::NoFolder)
    }
}

/// What `--help` says behind the options.
fn after_help() -> String {
    format!("{}\n\nPORTCULLIS_LOG=debug logs what is done to standard error.", exit::help())
}

#[cfg(test)]
mod tests;
