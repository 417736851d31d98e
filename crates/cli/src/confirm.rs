//! Asking a person before something is destroyed.

use std::fmt::Display;
use std::io::{BufRead, IsTerminal};

use crate::error::{Error, Result};
use crate::output;

/// Shows what is about to be destroyed, and goes on when a person types yes.
pub(crate) fn destroying(what: impl Iterator<Item = impl Display>, question: &str) -> Result<()> {
    if !std::io::stdin().is_terminal() {
        return Err(Error::Usage("nobody is there to confirm this; add --yes to destroy it unasked".into()));
    }
    for each in what {
        output::note(&each.to_string());
    }
    output::note(&format!("{question} Type yes:"));
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    if read.is_ok() && answer.trim() == "yes" {
        Ok(())
    } else {
        Err(Error::Refused("nothing was destroyed, since the answer was not yes".into()))
    }
}
