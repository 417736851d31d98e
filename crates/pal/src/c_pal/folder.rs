//! [`FolderPort`]: the port of a host with files, in safe Rust. Each well-known object is a file of the name that
//! corePKCS11's own ports for Linux and Windows give it, so that what they have written can be read.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::{Port, WellKnown};
use crate::{Error, Label, Result};

/// A folder of `corePKCS11_*.dat` files.
#[derive(Clone, Debug)]
pub struct FolderPort {
    folder: PathBuf,
}

impl FolderPort {
    /// The port over a folder, which must be there.
    ///
    /// # Errors
    /// [`Error::Missing`] when there is no such folder.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self> {
        let folder = folder.as_ref();
        if !folder.is_dir() {
            return Err(Error::Missing { place: folder.display().to_string() });
        }
        Ok(Self { folder: folder.to_path_buf() })
    }

    /// The objects that are there.
    #[must_use]
    pub fn objects(&self) -> Vec<WellKnown> {
        WellKnown::ALL.into_iter().filter(|object| self.folder.join(object.file_name()).is_file()).collect()
    }

    /// The value of a well-known object, as corePKCS11 stored it, or `None` when it is not there.
    ///
    /// # Errors
    /// What the file system says.
    pub fn object(&self, object: WellKnown) -> Result<Option<Zeroizing<Vec<u8>>>> {
        let path = self.folder.join(object.file_name());
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(at(&path, error)),
        }
    }

    fn path(&self, label: &Label) -> Result<PathBuf> {
        let object = WellKnown::of_label(label).ok_or_else(|| Error::Medium {
            place: self.folder.display().to_string(),
            source: format!("there is no file for an object called {label:?}").into(),
        })?;
        Ok(self.folder.join(object.file_name()))
    }

    /// Makes the names in the folder durable.
    fn settle(&self) -> Result<()> {
        File::open(&self.folder).and_then(|folder| folder.sync_all()).map_err(|error| at(&self.folder, error))
    }
}

impl Port for FolderPort {
    fn save(&mut self, label: &Label, bytes: &mut [u8]) -> Result<()> {
        let path = self.path(label)?;
        let aside = path.with_extension("new");
        private_file(&aside)
            .and_then(|mut file| {
                file.write_all(bytes)?;
                file.sync_all()
            })
            .and_then(|()| fs::rename(&aside, &path))
            .map_err(|error| at(&path, error))?;
        self.settle()
    }

    fn load(&mut self, label: &Label) -> Result<Option<Zeroizing<Vec<u8>>>> {
        match WellKnown::of_label(label) {
            Some(object) => self.object(object),
            None => Ok(None),
        }
    }

    fn destroy(&mut self, label: &Label) -> Result<()> {
        let path = self.path(label)?;
        match fs::remove_file(&path) {
            Ok(()) => self.settle(),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(at(&path, error)),
        }
    }
}

/// A file that its owner alone can read, empty.
fn private_file(path: &Path) -> std::io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn at(path: &Path, error: std::io::Error) -> Error {
    let place = path.display().to_string();
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Error::Full { place },
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Error::ReadOnly { place },
        _ => Error::Medium { place, source: error.into() },
    }
}
