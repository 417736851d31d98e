//! What commands print: results on standard output, for people or as JSON; everything else on standard
//! error.

use std::fmt::Display;
use std::io::Write;
use std::path::Path;

use portcullis_token::formats::{self, PemKind};
use serde::Serialize;

use crate::error::{Error, Result};

/// Prints a result: its `Display` form, or its JSON form on one line.
pub(crate) fn show(json: bool, result: &(impl Serialize + Display)) -> Result<()> {
    let text = if json {
        serde_json::to_string(result).map_err(std::io::Error::from)
    } else {
        Ok(printable(&result.to_string()))
    };
    text.and_then(|text| {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{}", text.trim_end_matches('\n'))?;
        out.flush()
    })
    .map_err(Error::Output)
}

/// Says something about the work on standard error, for people or as JSON on one line.
pub(crate) fn remark(json: bool, about: &(impl Serialize + Display)) -> Result<()> {
    let text = if json {
        serde_json::to_string(about).map_err(|error| Error::Output(error.into()))?
    } else {
        about.to_string()
    };
    note(&text);
    Ok(())
}

/// Writes bytes to a file, or to standard output where there is none.
pub(crate) fn write(file: Option<&Path>, bytes: &[u8]) -> Result<()> {
    match file {
        Some(file) => {
            std::fs::write(file, bytes).map_err(|source| Error::WriteFile { path: file.to_owned(), source })
        }
        None => {
            let mut out = std::io::stdout().lock();
            out.write_all(bytes).and_then(|()| out.flush()).map_err(Error::Output)
        }
    }
}

/// Writes a public structure as PEM, or in DER as it is.
pub(crate) fn write_structure(file: Option<&Path>, as_der: bool, kind: PemKind, der: &[u8]) -> Result<()> {
    if as_der {
        return write(file, der);
    }
    let pem = formats::encode_pem(kind, der).map_err(|error| Error::format(kind.label(), &error))?;
    write(file, pem.as_bytes())
}

/// Says something on standard error. That nobody can hear it is no reason to fail.
pub(crate) fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "{}", printable(text));
}

/// The text with its control characters spelled out: labels and certificates come from others, and must not
/// steer the terminal.
fn printable(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut printable, character| {
        if character.is_control() && character != '\n' {
            printable.extend(character.escape_default());
        } else {
            printable.push(character);
        }
        printable
    })
}
