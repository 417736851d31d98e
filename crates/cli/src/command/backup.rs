//! `portcullis backup`: the whole token in one file, sealed under a passphrase. The file is read back before it gets its
//! name.

use std::fmt;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use portcullis_pal::Stamp;
use portcullis_token::{KeyDerivation, Secret, backup};
use serde::Serialize;
use tempfile::NamedTempFile;

use super::restore::read_records;
use crate::args::Global;
use crate::composition::Composition;
use crate::error::{Error, Result};
use crate::progress::Counted;
use crate::{output, pin};

/// Write the whole token to a file, sealed under a passphrase; needs no PIN
///
/// The file holds every object as the token keeps it, and the PINs that open them. `portcullis restore` brings it back,
/// here or on another machine.
#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// The file to write
    file: PathBuf,
    /// Write over a file that is there
    #[arg(long)]
    force: bool,
    /// Read the passphrase from a file [else: $PORTCULLIS_PASSPHRASE, or a prompt]
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

/// What was written.
#[derive(Serialize)]
struct Written {
    file: String,
    token: String,
    serial: String,
    records: u64,
    bytes: u64,
}

impl Backup {
    pub(crate) fn run(&self, global: &Global) -> Result<()> {
        if !self.force && self.file.symlink_metadata().is_ok() {
            return Err(there_already(&self.file));
        }
        let composition = super::open(global)?;
        let info = composition.token.info()?;
        if !info.initialized {
            return Err(portcullis_token::Error::TokenNotInitialized.into());
        }
        let passphrase = pin::new_passphrase(self.passphrase_file.as_deref())?;
        let aside = self.aside()?;
        let records = write(&composition, &passphrase, aside.as_file()).map_err(|error| self.at(error))?;
        let bytes = aside.as_file().metadata().map_err(|source| self.unwritable(source))?.len();
        let read = read_records(aside.path(), &passphrase, "Checking the backup")?;
        if read.len() as u64 != records {
            return Err(portcullis_token::Error::BackupDamaged { why: "it was not written whole" }.into());
        }
        self.install(aside)?;
        let Self { file, .. } = self;
        let written = Written {
            file: file.display().to_string(),
            token: info.label,
            serial: info.serial,
            records,
            bytes,
        };
        output::show(global.json, &written)
    }

    fn unwritable(&self, source: std::io::Error) -> Error {
        Error::WriteFile { path: self.file.clone(), source }
    }

    /// Names this command's file in what went wrong while it was written.
    fn at(&self, error: Error) -> Error {
        match error {
            Error::Output(source) => self.unwritable(source),
            other => other,
        }
    }

    /// A file beside the one to be, which its owner alone can read.
    fn aside(&self) -> Result<NamedTempFile> {
        let folder = self.file.parent().filter(|folder| !folder.as_os_str().is_empty());
        NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).map_err(|source| self.unwritable(source))
    }

    /// Gives the file its name, durably.
    fn install(&self, aside: NamedTempFile) -> Result<()> {
        aside.as_file().sync_all().map_err(|source| self.unwritable(source))?;
        let folder = aside.path().parent().map(Path::to_path_buf);
        let named = if self.force { aside.persist(&self.file) } else { aside.persist_noclobber(&self.file) };
        match named {
            Ok(_) => {}
            Err(refused) if refused.error.kind() == std::io::ErrorKind::AlreadyExists => {
                return Err(there_already(&self.file));
            }
            Err(refused) => return Err(self.unwritable(refused.error)),
        }
        match folder {
            Some(folder) => File::open(folder)
                .and_then(|folder| folder.sync_all())
                .map_err(|source| self.unwritable(source)),
            None => Ok(()),
        }
    }
}

fn there_already(file: &Path) -> Error {
    let file = file.display();
    Error::Refused(format!("{file} is there already; choose another name, or write over it with --force"))
}

fn write(composition: &Composition, passphrase: &Secret, file: &File) -> Result<u64> {
    let mut count = 0;
    composition.store.scan(Stamp::START, &mut |record| count += u64::from(record.value.is_some()))?;
    let (bar, mut done) = (Counted::new("Writing the backup", count), 0);
    let mut writer = BufWriter::new(file);
    let records = backup::write::<Error>(
        &*composition.store,
        passphrase.expose(),
        KeyDerivation::STANDARD,
        &*composition.random,
        &mut |bytes| writer.write_all(bytes).map_err(Error::Output),
        &mut |_| {
            done += 1;
            bar.reached(done);
        },
    )?;
    writer.flush().map_err(Error::Output)?;
    Ok(records)
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, token, serial, records, bytes } = self;
        writeln!(f, "Wrote the token \"{token}\" ({serial}) to {file}: {records} records, {bytes} bytes.")?;
        write!(f, "It opens with its passphrase, and then with the PINs that the token has now.")
    }
}
