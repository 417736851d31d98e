//! The contents of a folder, in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Files and folders below a folder, by their paths inside of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// The folders.
    pub folders: BTreeSet<PathBuf>,
    /// The files with their bytes.
    pub files: BTreeMap<PathBuf, Vec<u8>>,
}

impl Tree {
    /// What is below `folder`.
    ///
    /// # Panics
    /// When it can't be read.
    #[must_use]
    pub fn read(folder: &Path) -> Self {
        let mut tree = Self::default();
        tree.read_inside(folder, Path::new(""));
        tree
    }

    fn read_inside(&mut self, folder: &Path, inside: &Path) {
        let entries = fs::read_dir(folder.join(inside)).expect("the folder can be read");
        for entry in entries {
            let entry = entry.expect("the folder can be read");
            let path = inside.join(entry.file_name());
            if entry.path().is_dir() {
                self.read_inside(folder, &path);
                self.folders.insert(path);
            } else {
                self.files.insert(path, fs::read(entry.path()).expect("the file can be read"));
            }
        }
    }

    /// Makes all of it below `folder`, which must be empty.
    ///
    /// # Panics
    /// When it can't be written.
    pub fn write(&self, folder: &Path) {
        for path in &self.folders {
            fs::create_dir_all(folder.join(path)).expect("the folder can be made");
        }
        for (path, bytes) in &self.files {
            fs::write(folder.join(path), bytes).expect("the file can be written");
        }
    }
}
