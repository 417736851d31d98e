//! Who may read and write a store's file and folder besides their owner. Facts only: whether they are
//! acceptable is for the owner to say, who may share a folder on purpose.

use std::path::Path;
use std::{fmt, io};

use super::place::Place;
use crate::Result;

/// The permissions of a store's places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permissions {
    /// Of the file. The write-ahead log and its index beside it have the same.
    pub file: Mode,
    /// Of the folder around it: who may write there may replace the file.
    pub folder: Mode,
}

impl Permissions {
    /// Whether the group or everybody may change the store, or put another file in its place. In a folder
    /// with the sticky bit only the owner of a file can do that.
    #[must_use]
    pub fn others_may_change(self) -> bool {
        let sticky = self.folder.0 & 0o1000 != 0;
        self.file.others_may_write() || (self.folder.others_may_write() && !sticky)
    }
}

/// The permission bits of one file or folder (POSIX.1-2017, `<sys/stat.h>`), shown in octal.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Mode(pub u32);

impl Mode {
    /// Whether the group or everybody may read it.
    #[must_use]
    pub fn others_may_read(self) -> bool {
        self.0 & 0o044 != 0
    }

    /// Whether the group or everybody may write to it.
    #[must_use]
    pub fn others_may_write(self) -> bool {
        self.0 & 0o022 != 0
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04o}", self.0)
    }
}

impl fmt::Debug for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mode({self})")
    }
}

#[cfg(unix)]
pub(super) fn read(place: &Place) -> Result<Option<Permissions>> {
    use std::os::unix::fs::MetadataExt;

    let mode = |path: &Path| {
        std::fs::metadata(path)
            .map(|seen| Mode(seen.mode() & 0o7777))
            .map_err(|error| crate::Error::Medium { place: path.display().to_string(), source: error.into() })
    };
    Ok(Some(Permissions { file: mode(place.path())?, folder: mode(place.folder())? }))
}

#[cfg(not(unix))]
pub(super) fn read(_: &Place) -> Result<Option<Permissions>> {
    Ok(None)
}

/// A temporary folder for the owner alone.
pub(super) fn private_folder_in(folder: &Path) -> io::Result<tempfile::TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".portcullis-");
    #[cfg(unix)]
    builder.permissions(unix_mode(0o700));
    builder.tempdir_in(folder)
}

/// Closes a file to all but its owner.
pub(super) fn make_private(file: &Path) -> io::Result<()> {
    #[cfg(unix)]
    std::fs::set_permissions(file, unix_mode(0o600))?;
    let _ = file;
    Ok(())
}

#[cfg(unix)]
fn unix_mode(mode: u32) -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(mode)
}
