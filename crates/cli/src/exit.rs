//! The exit codes: one table, from which `--help` is written too.

use std::fmt::Write as _;
use std::process::ExitCode;

/// How a command ended. The numbers are part of the interface and never change their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Done = 0,
    Unexpected = 1,
    Usage = 2,
    WrongPin = 3,
    PinLocked = 4,
    NotFound = 5,
    Ambiguous = 6,
    BadInput = 7,
    StoreUnusable = 8,
    StoreUnwritable = 9,
    Connection = 10,
    Refused = 11,
    NoRandomness = 12,
    SignatureInvalid = 13,
    Unhealthy = 14,
}

impl Exit {
    /// Every code, with what it says.
    const MEANINGS: [(Self, &str); 15] = [
        (Self::Done, "done"),
        (Self::Unexpected, "an unexpected failure"),
        (Self::Usage, "the command line is wrong, or a PIN or an answer is missing"),
        (Self::WrongPin, "the PIN or the passphrase is wrong"),
        (Self::PinLocked, "the PIN is locked"),
        (Self::NotFound, "there is no such token, object or file"),
        (Self::Ambiguous, "the name fits several objects"),
        (Self::BadInput, "a key, a certificate or other input can't be used"),
        (Self::StoreUnusable, "the store is damaged, foreign or of a newer version"),
        (Self::StoreUnwritable, "the store can't be written to: read-only, full or busy"),
        (Self::Connection, "TLS or the connection failed"),
        (Self::Refused, "refused by a rule of the token or by a safeguard"),
        (Self::NoRandomness, "no safe randomness is to be had"),
        (Self::SignatureInvalid, "the signature is not valid"),
        (Self::Unhealthy, "doctor found something that must be mended"),
    ];
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// The table of exit codes, as `--help` shows it.
pub(crate) fn help() -> String {
    let mut help = String::from("Exit codes:");
    for (exit, meaning) in Exit::MEANINGS {
        let _ = write!(help, "\n  {:2}  {meaning}", exit as u8);
    }
    help
}

#[cfg(test)]
mod tests;
