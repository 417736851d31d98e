//! `portcullis import-softhsm`: moves the objects of a SoftHSM2 token into ours. The folder is only read. What is in its
//! files is read in [`source`] and [`mod@file`], what it becomes is decided in [`plan`].

mod file;
mod plan;
mod source;

use std::fmt;
use std::path::PathBuf;

use clap::Args;
use portcullis_token::{AttributeType, Session, UserType};
use serde::Serialize;

use crate::args::Global;
use crate::error::{Error, Result};
use crate::progress::Counted;
use crate::{output, pin, progress};
use plan::Planned;
use source::{Object, Source};

/// Bring all objects of a SoftHSM2 token into the token
///
/// Keys keep their attributes: what was sensitive stays so. What the token says of its own keys (made here, never
/// extractable) is not true of keys from elsewhere. The folder is read, and left as it is.
#[derive(Debug, Args)]
pub(crate) struct ImportSofthsm {
    /// The token's folder, with its file token.object, or the folder around it (directories.tokendir)
    folder: PathBuf,
    /// Which token, where the folder has several: its label or serial number
    #[arg(long, value_name = "NAME")]
    token: Option<String>,
    /// Leave out objects that can't be brought in, instead of bringing in none
    #[arg(long)]
    skip_unsupported: bool,
    /// Read the user PIN of the SoftHSM token from a file [else: $PORTCULLIS_SOFTHSM_PIN, or a prompt]
    #[arg(long, value_name = "FILE")]
    softhsm_pin_file: Option<PathBuf>,
}

/// What became of the objects.
#[derive(Default, Serialize)]
struct Moved {
    token: String,
    imported: Vec<Named>,
    was_there: Vec<Named>,
    skipped: Vec<Skipped>,
}

#[derive(Serialize)]
struct Named {
    class: String,
    label: String,
    id: String,
    /// It was marked trusted, which only this token's security officer can do here.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    was_trusted: bool,
}

#[derive(Serialize)]
struct Skipped {
    file: String,
    label: String,
    why: String,
}

impl ImportSofthsm {
    pub(crate) fn run(&self, global: &Global) -> Result<()> {
        let source = self.source()?;
        let softhsm_pin = pin::softhsm(self.softhsm_pin_file.as_deref())?;
        let key = source.unlock(softhsm_pin.expose())?;
        let objects = source.objects(&key)?;
        let composition = super::open(global)?;
        let session = super::login(&composition, UserType::User, global)?;
        let (templates, moved) = look(&session, &objects)?;
        if let (Some(first), false) = (moved.skipped.first(), self.skip_unsupported) {
            let (count, Skipped { file, label, why }) = (moved.skipped.len(), first);
            return Err(Error::BadInput {
                place: format!("{count} of {} objects", objects.len()),
                why: format!("the first is \"{label}\" in {file}: {why}"),
                advice: "nothing was brought in; leave them out with --skip-unsupported",
            });
        }
        progress::during("Bringing the objects in", || {
            session.create_objects(templates.iter().map(|planned| planned.template(true)).collect())
        })?;
        output::show(global.json, &Moved { token: source.label, ..moved })
    }

    fn source(&self) -> Result<Source> {
        let place = self.folder.display().to_string();
        let mut found = Source::all_in(&self.folder)?;
        if found.is_empty() {
            let why = "no token of SoftHSM2 is in it".into();
            let advice = "give the folder that directories.tokendir names in softhsm2.conf";
            return Err(Error::BadInput { place, why, advice });
        }
        let names: Vec<_> =
            found.iter().map(|each| format!("\"{}\" ({})", each.label, each.serial)).collect();
        if let Some(name) = &self.token {
            found.retain(|each| each.label == *name || each.serial == *name);
        }
        match (found.pop(), found.is_empty(), &self.token) {
            (Some(one), true, _) => Ok(one),
            (None, _, Some(name)) => Err(Error::NotFound { what: "SoftHSM token", name: name.clone() }),
            _ => {
                let advice = "choose one with --token";
                Err(Error::Ambiguous { name: place, advice, candidates: names })
            }
        }
    }
}

/// What can be brought in, what is there, and what can't be: each object is tried in the session first.
fn look<'a>(session: &Session, objects: &'a [Object]) -> Result<(Vec<Planned<'a>>, Moved)> {
    let (mut new, mut moved) = (Vec::new(), Moved::default());
    let bar = Counted::new("Looking at the objects", objects.len() as u64);
    for (done, Object { file, attributes }) in (1..).zip(objects) {
        bar.reached(done);
        let mut skip = |label: String, why: String| {
            let file = file.display().to_string();
            moved.skipped.push(Skipped { file, label, why });
        };
        let planned = match Planned::new(attributes) {
            Ok(planned) => planned,
            Err(why) => {
                skip(String::new(), why);
                continue;
            }
        };
        let (label, id) = (planned.text(AttributeType::Label), planned.text(AttributeType::Id));
        let was_trusted = planned.was_trusted();
        let named = Named { class: format!("{:?}", planned.class), label, id, was_trusted };
        if !session.find_objects(&planned.same())?.is_empty() {
            moved.was_there.push(named);
            continue;
        }
        match session.create_object(planned.template(false)) {
            Ok(trial) => session.destroy_object(trial)?,
            Err(error) => {
                skip(named.label, error.to_string());
                continue;
            }
        }
        moved.imported.push(named);
        new.push(planned);
    }
    Ok((new, moved))
}

impl fmt::Display for Moved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { token, imported, was_there, skipped } = self;
        for (verb, list) in [("Imported", imported), ("Already there:", was_there)] {
            for Named { class, label, id, was_trusted } in list {
                let trusted = if *was_trusted {
                    "; it was marked trusted, which the security officer can do here"
                } else {
                    ""
                };
                writeln!(f, "{verb} {class} \"{label}\" (id:{id}){trusted}")?;
            }
        }
        for Skipped { file, label, why } in skipped {
            writeln!(f, "Left out \"{label}\" in {file}: {why}")?;
        }
        let (new, old, left) = (imported.len(), was_there.len(), skipped.len());
        write!(f, "From the SoftHSM token \"{token}\": {new} imported, {old} already there, {left} left out.")
    }
}
