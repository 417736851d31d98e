//! `portcullis delete`: destroys objects of the token.

use std::fmt;

use clap::Args;
use portcullis_token::UserType;
use serde::Serialize;

use crate::args::Global;
use crate::error::Result;
use crate::object::Object;
use crate::selection::{Class, Selection};
use crate::{confirm, output};

/// Destroy an object of the token for good
#[derive(Debug, Args)]
pub(crate) struct Delete {
    /// Its label, id:HEX or a pkcs11: URI
    name: String,
    /// Of this class
    #[arg(long = "type", value_enum)]
    class: Option<Class>,
    /// Destroy every object that fits, such as both halves of a key
    #[arg(long)]
    all: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// What was destroyed.
#[derive(Serialize)]
#[serde(transparent)]
struct Destroyed(Vec<Object>);

impl Delete {
    pub(crate) fn run(&self, global: &Global) -> Result<()> {
        let selection = Selection::parse(&self.name, self.class)?;
        let composition = super::open(global)?;
        let token = composition.token.info()?;
        let session = super::login(&composition, UserType::User, global)?;
        let found = selection.some(&session, &token, "object")?;
        if found.len() > 1 && !self.all {
            let advice = "add --type, name one by its id, or destroy them all with --all";
            return Err(selection.ambiguous(&found, advice));
        }
        if !self.yes {
            confirm::destroying(found.iter().map(Object::line), "Destroy this for good?")?;
        }
        for object in &found {
            session.destroy_object(object.handle)?;
        }
        output::show(global.json, &Destroyed(found))
    }
}

impl fmt::Display for Destroyed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for object in &self.0 {
            writeln!(f, "Destroyed {}.", object.line())?;
        }
        Ok(())
    }
}
