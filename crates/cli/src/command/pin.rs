//! `portcullis pin`: changes a PIN, or gives the user a new one.

use std::fmt;
use std::path::PathBuf;

use clap::Args;
use portcullis_token::{SessionAccess, UserType};
use serde::Serialize;

use crate::args::Global;
use crate::error::{Error, Result};
use crate::{output, pin, progress};

/// Change the user PIN, or another one
#[derive(Debug, Args)]
pub(crate) struct Pin {
    /// Change the security officer's PIN
    #[arg(long, conflicts_with = "reset")]
    so: bool,
    /// As the security officer, set a new user PIN where the old one is lost or locked
    #[arg(long)]
    reset: bool,
    /// Read the new PIN from a file [else: $PORTCULLIS_NEW_PIN, or a prompt]
    #[arg(long, value_name = "FILE")]
    new_pin_file: Option<PathBuf>,
}

/// Whose PIN is new.
#[derive(Serialize)]
struct Changed {
    changed: &'static str,
}

impl Pin {
    pub(crate) fn run(&self, global: &Global) -> Result<()> {
        let composition = super::open(global)?;
        let asked = if self.so || self.reset { UserType::So } else { UserType::User };
        let old = super::pin_of(&composition, asked, global)?;
        let new = pin::replacement(self.new_pin_file.as_deref())?;
        // A new PIN that the token won't take must not cost a login, and so a write.
        let new = pin::acceptable(new)?;
        let session = composition.token.open_session(SessionAccess::ReadWrite)?;
        progress::during("Changing the PIN", || {
            if asked == UserType::So {
                session.login(UserType::So, old.expose())?;
            }
            if self.reset {
                session.init_pin(new.expose())
            } else {
                session.set_pin(old.expose(), new.expose())
            }
        })
        .map_err(Error::of_login(asked))?;
        let changed = if self.so { "security officer's PIN" } else { "user PIN" };
        output::show(global.json, &Changed { changed })
    }
}

impl fmt::Display for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "The {} is changed.", self.changed)
    }
}
