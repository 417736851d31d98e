//! The head of the log's index, read beside SQLite: whether anyone has committed since an earlier look. What was
//! committed is SQLite's to say; nothing else of its files is read here, and nothing written.
//!
//! Following <https://www.sqlite.org/walformat.html>, 2.1. The index is a file that the processes map into memory, and
//! its first 48 bytes are what makes a commit visible: they are written last, and hold the number of the last frame of
//! the log, the log's salts, and a checksum of all frames up to there. So as long as they stay the same, so does all
//! that a reader can see. Torn bytes differ from whole ones, which costs one more look.
//!
//! Linux only: there a `read` shows what others have written through their mappings. Elsewhere there is no such
//! promise, and SQLite is asked each time.

/// The first copy of the header.
pub(super) type Head = [u8; 48];

#[cfg(not(target_os = "linux"))]
pub(super) use absent::Index;
#[cfg(target_os = "linux")]
pub(super) use present::Index;

#[cfg(target_os = "linux")]
mod present {
    use std::fs::{self, File, Metadata};
    use std::os::unix::fs::{FileExt, MetadataExt};
    use std::sync::Arc;

    use super::Head;
    use crate::sqlite::place::Place;
    use crate::sync::Mutex;

    /// An open index.
    pub(in crate::sqlite) struct Index(pub(super) Arc<File>);

    /// Every index that this process has opened. Closing any descriptor of a file drops all locks that the process
    /// has on it (`fcntl(2)`), and SQLite's locks for readers and writers are on this file, perhaps those of another
    /// store handle. So a descriptor stays open until the file is deleted, as SQLite does when the last connection of all
    /// processes closes.
    static OPENED: Mutex<Vec<Arc<File>>> = Mutex::new(Vec::new());

    impl Index {
        /// The index of a store that SQLite has open, or `None` if it has none that can be read.
        pub(in crate::sqlite) fn of(place: &Place) -> Option<Self> {
            let path = place.beside("-shm");
            let mut opened = OPENED.lock();
            close_deleted(&mut opened, None);
            let wanted = identity(&fs::metadata(&path).ok()?);
            let known = opened.iter().find(|file| file.metadata().is_ok_and(|now| identity(&now) == wanted));
            if let Some(file) = known {
                return Some(Self(file.clone()));
            }
            let file = Arc::new(File::open(&path).ok()?);
            opened.push(file.clone());
            Some(Self(file))
        }

        /// The head as it is now.
        pub(in crate::sqlite) fn head(&self) -> Option<Head> {
            let mut head = [0; size_of::<Head>()];
            self.0.read_exact_at(&mut head, 0).ok()?;
            Some(head)
        }
    }

    /// To be dropped after the store's connections, of which the last one deletes the file.
    impl Drop for Index {
        fn drop(&mut self) {
            close_deleted(&mut OPENED.lock(), Some(&self.0));
        }
    }

    /// Gives up what no handle uses, but for the one that is `leaving`, and nobody can find.
    fn close_deleted(opened: &mut Vec<Arc<File>>, leaving: Option<&Arc<File>>) {
        opened.retain(|file| {
            let leaves = leaving.is_some_and(|leaving| Arc::ptr_eq(leaving, file));
            let is_used = Arc::strong_count(file) > 1 + usize::from(leaves);
            is_used || file.metadata().map_or(true, |now| now.nlink() > 0)
        });
    }

    fn identity(file: &Metadata) -> (u64, u64) {
        (file.dev(), file.ino())
    }
}

#[cfg(not(target_os = "linux"))]
mod absent {
    use super::Head;
    use crate::sqlite::place::Place;

    /// No index.
    pub(in crate::sqlite) enum Index {}

    impl Index {
        pub(in crate::sqlite) fn of(_: &Place) -> Option<Self> {
            None
        }

        pub(in crate::sqlite) fn head(&self) -> Option<Head> {
            match *self {}
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests;
