//! The command line as a whole: the options that every command has. Those of one command are in its file.

use std::fmt;
use std::path::{Path, PathBuf};

use clap::{Args, Parser};
use portcullis_token::Device;

use crate::command::Command;
use crate::composition::{self, Place};
use crate::error::{Error, Result};
use crate::exit;

/// Names the folder with the counter and the secret of the token's device.
pub(crate) const ASIDE: &str = "PORTCULLIS_ASIDE";

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
#[derive(Args)]
pub(crate) struct Global {
    /// The folder of the token, or postgresql://... [default: portcullis in $XDG_DATA_HOME or ~/.local/share]
    // An address may have a password in it, which `--help` must not show.
    #[arg(long, global = true, env = "PORTCULLIS_STORE", hide_env_values = true, value_name = "DIR")]
    store: Option<PathBuf>,
    /// The folder with the device's counter and secret, on another medium than the token [default: the token has neither]
    #[arg(long, global = true, env = ASIDE, value_name = "DIR")]
    aside: Option<PathBuf>,
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
    /// Where the token is.
    pub(crate) fn place(&self) -> Result<Place> {
        match &self.store {
            None => Self::own().map(Place::Folder),
            Some(store) => match store.to_str().filter(|text| Place::is_address(text)) {
                Some(address) => Ok(Place::Database { address: address.to_owned(), own: Self::own()? }),
                None => Ok(Place::Folder(store.clone())),
            },
        }
    }

    /// The folder of the counter and the secret of the token's device.
    pub(crate) fn aside(&self) -> Option<&Path> {
        self.aside.as_deref()
    }

    /// What the token's device has beside its medium.
    pub(crate) fn device(&self) -> Device {
        self.aside().map(composition::device).unwrap_or_default()
    }

    /// The folder for what is this user's own.
    fn own() -> Result<PathBuf> {
        // The XDG Base Directory Specification has relative paths ignored.
        let named =
            |variable| std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
        named("XDG_DATA_HOME")
            .or_else(|| named("HOME").map(|home| home.join(".local/share")))
            .map(|data| data.join("portcullis"))
            .ok_or(Error::NoFolder)
    }
}

impl fmt::Debug for Global {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Global").field("json", &self.json).finish_non_exhaustive()
    }
}

/// What `--help` says behind the options.
fn after_help() -> String {
    format!("{}\n\nPORTCULLIS_LOG=debug logs what is done to standard error.", exit::help())
}

#[cfg(test)]
mod tests;
