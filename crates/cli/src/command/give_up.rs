//! `portcullis give-up`: takes note of objects that the store has lost or damaged, so that the token is whole without
//! them.

use std::collections::BTreeSet;
use std::fmt;

use clap::Args;
use portcullis_token::{Error as TokenError, UserType};
use serde::Serialize;

use crate::args::Global;
use crate::error::Result;
use crate::{confirm, output};

/// Give up objects that are lost or damaged, so that the token is whole without them
///
/// `portcullis doctor --login` names them. What is left of them is destroyed, for good: try a backup first.
#[derive(Debug, Args)]
pub(crate) struct GiveUp {
    /// Their records, such as o-0123456789abcdef
    #[arg(value_name = "RECORD", required_unless_present = "all")]
    records: Vec<String>,
    /// Give up everything that is lost or damaged
    #[arg(long, conflicts_with = "records")]
    all: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// What was given up, each with what was wrong with it.
#[derive(Serialize)]
#[serde(transparent)]
struct GivenUp(Vec<Lost>);

#[derive(Serialize)]
struct Lost {
    record: String,
    why: String,
}

impl GiveUp {
    pub(crate) fn run(&self, global: &Global) -> Result<()> {
        let composition = super::open(global)?;
        let session = super::login(&composition, UserType::User, global)?;
        let (mut lost, mut named) = (Vec::new(), BTreeSet::new());
        for error in composition.token.damage()? {
            // One that is wrong in several ways is still one.
            if let Some(record) = error.lost_object()
                && named.insert(record.to_owned())
            {
                lost.push(Lost { record: record.to_owned(), why: error.to_string() });
            }
        }
        if let Some(name) = self.records.iter().find(|name| !named.contains(*name)) {
            return Err(TokenError::NotDamaged { record: name.clone() }.into());
        }
        lost.retain(|each: &Lost| self.all || self.records.contains(&each.record));
        if !lost.is_empty() {
            if !self.yes {
                confirm::destroying(lost.iter().map(|each| &each.why), "Give this up for good?")?;
            }
            session.give_up(&lost.iter().map(|each| each.record.as_str()).collect::<Vec<_>>())?;
        }
        output::show(global.json, &GivenUp(lost))
    }
}

impl fmt::Display for GivenUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return writeln!(f, "No object is lost or damaged.");
        }
        for Lost { record, why } in &self.0 {
            writeln!(f, "Gave up {record}: {why}.")?;
        }
        Ok(())
    }
}
