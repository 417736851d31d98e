//! Where a store lies: its file, the folder around it, and what the file system says of them. What is
//! inside the file is not looked at here.
//!
//! No function here opens the store's file. On Unix, closing any descriptor of a file drops every lock that
//! the process has on it, also those of SQLite (<https://www.sqlite.org/howtocorrupt.html>, 2.2).

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::trouble::{not_a_store, writing};
use crate::{Error, Result};

/// One page of the smallest size (<https://www.sqlite.org/fileformat2.html>, 1.3.2). SQLite takes some
/// shorter files for databases that were not written yet.
const SMALLEST_DATABASE: u64 = 512;

/// A store's absolute path, with links resolved where the file is there.
///
/// Absolute, because connections are opened later too, when the working folder may be another one, and
/// because SQLite takes a path that starts with `file:` for a URI. Resolved, because SQLite puts the log
/// beside the file and not beside a link to it.
#[derive(Clone, Debug)]
pub(super) struct Place(PathBuf);

impl Place {
    pub(super) fn new(path: &Path) -> Result<Self> {
        fs::canonicalize(path)
            .or_else(|_| std::path::absolute(path))
            .map(Self)
            .map_err(|error| Error::Medium { place: path.display().to_string(), source: error.into() })
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// For messages.
    pub(super) fn name(&self) -> String {
        self.0.display().to_string()
    }

    pub(super) fn folder(&self) -> &Path {
        self.0.parent().unwrap_or(&self.0)
    }

    /// Refuses what can't be a store, by what the file system says of it.
    pub(super) fn look(&self) -> Result<()> {
        let seen = match fs::metadata(&self.0) {
            Ok(seen) => seen,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Err(Error::Missing { place: self.name() });
            }
            Err(error) => return Err(Error::Medium { place: self.name(), source: error.into() }),
        };
        if !seen.is_file() {
            return Err(not_a_store(self, "it is not a file"));
        }
        match seen.len() {
            0 => Err(not_a_store(self, "the file is empty")),
            1..SMALLEST_DATABASE => Err(not_a_store(self, "the file is too short")),
            _ => Ok(()),
        }
    }

    /// Whether a write-ahead log with something in it lies beside the file, or may lie there.
    pub(super) fn has_log(&self) -> bool {
        match fs::metadata(self.beside("-wal")) {
            Ok(log) => log.len() > 0,
            Err(error) => error.kind() != io::ErrorKind::NotFound,
        }
    }

    /// A file that SQLite keeps beside the store's.
    pub(super) fn beside(&self, suffix: &str) -> PathBuf {
        let mut name = OsString::from(&self.0);
        name.push(suffix);
        name.into()
    }

    /// The file's length in bytes, 0 when it is gone.
    pub(super) fn len(&self) -> u64 {
        fs::metadata(&self.0).map_or(0, |seen| seen.len())
    }

    /// Whether the file system takes no writes from anybody on this machine, as opposed to a folder that is
    /// closed to this user only.
    pub(super) fn is_on_read_only_medium(&self) -> bool {
        tempfile::tempfile_in(self.folder())
            .is_err_and(|error| error.kind() == io::ErrorKind::ReadOnlyFilesystem)
    }

    /// What the file system says when something is to be written beside the store. SQLite doesn't say why it failed.
    pub(super) fn try_writing(&self) -> io::Result<()> {
        // More than SQLite asks for at once.
        let mut file = tempfile::tempfile_in(self.folder())?;
        file.write_all(&[0; 1 << 17])?;
        file.sync_all()
    }

    /// Whether this user may not write to the log that is there. It carries none of SQLite's locks, so it may be opened
    /// and closed.
    pub(super) fn is_log_closed(&self) -> bool {
        let opened = File::options().write(true).open(self.beside("-wal"));
        opened.is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied)
    }

    /// Makes the names of the store's files durable.
    pub(super) fn sync_names(&self) -> Result<()> {
        sync_folder(self.folder()).map_err(|error| writing(error, self))
    }

    /// Creates the folder, and what is missing above it, for the owner alone. One that is there stays as
    /// it is.
    pub(super) fn create_folder(&self) -> Result<()> {
        let folder = self.folder();
        let missing = folder.ancestors().take_while(|above| !above.is_dir()).count();
        if missing == 0 {
            return Ok(());
        }
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder).map_err(|error| match error.kind() {
            // A file is where a folder should be; not to be taken for a store that is there.
            io::ErrorKind::AlreadyExists => {
                Error::Medium { place: folder.display().to_string(), source: error.into() }
            }
            _ => writing(error, self),
        })?;
        let mut changed = folder.ancestors().skip(1).take(missing);
        changed.try_for_each(sync_folder).map_err(|error| writing(error, self))
    }

    /// Moves a finished file here, which must be on the same file system, unless something is here already.
    /// Durable on return.
    pub(super) fn install(&self, finished: PathBuf) -> Result<()> {
        let finished = tempfile::TempPath::try_from_path(finished).map_err(|error| writing(error, self))?;
        File::open(&finished).and_then(|file| file.sync_all()).map_err(|error| writing(error, self))?;
        finished.persist_noclobber(&self.0).map_err(|refused| writing(refused.error, self))?;
        self.sync_names()
    }
}

/// Makes the names in a folder durable. A folder that may be passed but not read can't be synced by us; the
/// names in it are its owner's concern.
fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder) {
        Ok(open) => open.sync_all(),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        Err(error) => Err(error),
    }
}
