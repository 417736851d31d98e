//! `portcullis init`: makes a token, with the PINs of its security officer and its user.

use std::fmt;

use clap::Args;
use portcullis_token::{Error as TokenError, SessionAccess, Template, Token, TokenInfo, UserType};
use serde::Serialize;

use crate::args::Global;
use crate::composition::Composition;
use crate::error::{Error, Result};
use crate::{output, pin, progress};

/// Make a token and set the PINs of its security officer and its user
#[derive(Debug, Args)]
pub(crate) struct Init {
    /// What the token is called, at most 32 bytes
    #[arg(long)]
    label: String,
    /// Destroy the token that is there, with all its keys; asks for its security officer's PIN
    #[arg(long)]
    force: bool,
}

/// The new token.
#[derive(Serialize)]
struct Made {
    label: String,
    serial: String,
    folder: String,
}

impl Init {
    pub(crate) fn run(&self, global: &Global) -> Result<()> {
        let place = global.place()?;
        let there = super::open_if_there(&place, global.device())?;
        let old = there.as_ref().map(|there| there.token.info()).transpose()?.filter(|info| info.initialized);
        if self.label.len() > TokenInfo::MAX_LABEL_LEN {
            return Err(TokenError::TokenLabelLength.into());
        }
        let so_pin = match (&old, &there) {
            (Some(old), Some(there)) => {
                self.warn(old, &there.token)?;
                pin::so(global)?
            }
            _ => pin::acceptable(pin::first_so(global)?)?,
        };
        let user_pin = pin::acceptable(pin::first_user(global)?)?;

        // Only now is anything made: what was refused so far has left no trace.
        let composition = match there {
            Some(there) => there,
            None => Composition::open_or_create(&place, global.device())?,
        };
        let token = &composition.token;
        progress::during("Making the token", || {
            token.init(so_pin.expose(), &self.label)?;
            let session = token.open_session(SessionAccess::ReadWrite)?;
            session.login(UserType::So, so_pin.expose())?;
            session.init_pin(user_pin.expose())
        })
        .map_err(Error::of_login(UserType::So))?;
        let info = token.info()?;
        let folder = place.name();
        output::show(global.json, &Made { label: info.label, serial: info.serial, folder })
    }

    /// Refuses to destroy a token, or says what goes with it.
    fn warn(&self, old: &TokenInfo, token: &Token) -> Result<()> {
        if !self.force {
            return Err(Error::Refused(format!(
                "the token \"{}\" is initialised already; --force destroys it with all its keys, \
                 --store names another place",
                old.label
            )));
        }
        let public = token.open_session(SessionAccess::ReadOnly)?.find_objects(&Template::new())?.len();
        output::note(&format!(
            "This destroys the token \"{}\" (serial {}): its private and secret keys, whose number only its user \
             can see, and {public} public objects.",
            old.label, old.serial
        ));
        Ok(())
    }
}

impl fmt::Display for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "The token \"{}\" (serial {}) is in {}.", self.label, self.serial, self.folder)?;
        write!(f, "Next: `portcullis keygen --label NAME` makes a key in it.")
    }
}
