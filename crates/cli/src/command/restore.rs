//! `portcullis restore`: a token out of a backup. All of it is checked before anything is replaced, and it is replaced at
//! once.

mod recount;

use std::collections::BTreeSet;
use std::fmt;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use portcullis_pal::{Change, Label, ObjectStore, Stamp};
use portcullis_token::{Device, Error as TokenError, Secret, TokenInfo, backup};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::args::Global;
use crate::composition::{self, Composition};
use crate::error::{Error, Result};
use crate::progress::Counted;
use crate::{output, pin, progress};
use recount::Recounted;

/// Make the token anew that a backup holds
///
/// With --aside this asks for the security officer's PIN, as only the officer can tell the device's counter that the token
/// of the backup is the newest now.
#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The file that `portcullis backup` wrote
    file: PathBuf,
    /// Replace the token that is there, with all its keys
    #[arg(long)]
    force: bool,
    /// Read the passphrase from a file [else: $PORTCULLIS_PASSPHRASE, or a prompt]
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

/// The records of a token, as its store has them.
pub(super) type Records = Vec<(Label, Zeroizing<Vec<u8>>)>;

/// What was made.
#[derive(Serialize)]
struct Restored {
    token: String,
    serial: String,
    records: usize,
    folder: String,
    /// What can't be used of it, and could not be when the backup was made.
    damage: Vec<String>,
}

impl Restore {
    pub(crate) fn run(&self, global: &Global) -> Result<()> {
        let place = global.place()?;
        let there = super::open_if_there(&place, global.device())?;
        let old = there.as_ref().map(|there| there.token.info()).transpose()?.filter(|info| info.initialized);
        if let Some(old) = old.filter(|_| !self.force) {
            return Err(self.in_the_way(&old));
        }
        self.check_start()?;
        let passphrase = pin::passphrase(self.passphrase_file.as_deref())?;
        let records = read_records(&self.file, &passphrase, "Checking the backup")?;
        let (held, _) = composition::in_memory(&records, Device::default())?;
        let info = held.info()?;
        if !info.initialized {
            return Err(self.bad("no token is in it"));
        }
        let damage = held.damage()?.iter().map(ToString::to_string).collect();
        let recounted = Recounted::by_officer(&records, global)?;
        let composition = match there {
            Some(there) => there,
            None => Composition::open_or_create(&place, global.device())?,
        };
        let records = recounted.as_ref().map_or(&records, |recounted| &recounted.records);
        progress::during("Replacing the token", || replace(&*composition.store, records))?;
        recounted.as_ref().map_or(Ok(()), Recounted::finish)?;
        let TokenInfo { label: token, serial, .. } = info;
        let folder = place.name();
        output::show(global.json, &Restored { token, serial, records: records.len(), folder, damage })
    }

    fn in_the_way(&self, old: &TokenInfo) -> Error {
        let TokenInfo { label, serial, .. } = old;
        Error::Refused(format!(
            "the token \"{label}\" ({serial}) is there; name another folder with --store, or replace it, with all its \
             keys, with --force"
        ))
    }

    fn bad(&self, why: &str) -> Error {
        let advice = "use another copy of it";
        Error::BadInput { place: self.file.display().to_string(), why: why.into(), advice }
    }

    /// Whether the file is a backup at all shows before a passphrase is asked for.
    fn check_start(&self) -> Result<()> {
        let mut start = Vec::new();
        open(&self.file)?
            .take(64)
            .read_to_end(&mut start)
            .map_err(|source| Error::ReadFile { path: self.file.clone(), source })?;
        backup::check_start(&start).map_err(|error| match error {
            TokenError::BackupDamaged { why } => self.bad(why),
            other => other.into(),
        })
    }
}

fn open(path: &Path) -> Result<File> {
    File::open(path).map_err(|source| Error::ReadFile { path: path.to_owned(), source })
}

/// All records of a backup, checked.
pub(super) fn read_records(path: &Path, passphrase: &Secret, what: &'static str) -> Result<Records> {
    let failed = |source| Error::ReadFile { path: path.to_owned(), source };
    let file = open(path)?;
    let (bar, mut done) = (Counted::new(what, file.metadata().map_err(failed)?.len()), 0);
    let mut file = BufReader::new(file);
    let mut records = Records::new();
    backup::read::<Error>(
        passphrase.expose(),
        &mut |out| {
            let mut filled = 0;
            while filled < out.len() {
                match file.read(&mut out[filled..]) {
                    Ok(0) => break,
                    Ok(read) => filled += read,
                    Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(failed(error)),
                }
            }
            done += filled as u64;
            bar.reached(done);
            Ok(filled)
        },
        &mut |label, value| records.push((label, value)),
    )?;
    Ok(records)
}

/// Puts the records in the place of all that is there, in one step.
fn replace(store: &dyn ObjectStore, records: &Records) -> Result<()> {
    let kept: BTreeSet<_> = records.iter().map(|(label, _)| *label).collect();
    let mut gone = Vec::new();
    store.scan(Stamp::START, &mut |record| {
        if !backup::is_kept_back(&record.label) && !kept.contains(&record.label) {
            gone.push(record.label);
        }
    })?;
    let destroyed = gone.into_iter().map(Change::destroy);
    let saved = records.iter().map(|(label, value)| Change::save(*label, value));
    store.apply(&destroyed.chain(saved).collect::<Vec<_>>())?;
    Ok(())
}

impl fmt::Display for Restored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { token, serial, records, folder, damage } = self;
        writeln!(f, "Restored the token \"{token}\" ({serial}) in {folder}: {records} records.")?;
        for each in damage {
            writeln!(f, "It was damaged when the backup was made: {each}")?;
        }
        write!(f, "Its PINs are those that it had then.")
    }
}
