//! The record of what was done to a folder: every write, length, name and sync, in order. What would be left of it
//! after a loss of power is `disk`'s to say.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::{fmt, fs};

use crate::fault::{Call, Faults};
use crate::tree::Tree;

/// A file of a record, under whatever name.
pub(crate) type FileId = usize;

/// One thing that was done. Paths are inside of the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Wrote { file: FileId, at: u64, bytes: Vec<u8> },
    Truncated { file: FileId, len: u64 },
    Synced { file: FileId },
    SyncFailed { file: FileId },
    Name { op: NameOp },
    SyncedFolder { folder: PathBuf },
    Mark { number: u64 },
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wrote { file, at, bytes } => {
                write!(f, "file {file}: {} bytes written at {at}", bytes.len())
            }
            Self::Truncated { file, len } => write!(f, "file {file}: length set to {len}"),
            Self::Synced { file } => write!(f, "file {file}: synced"),
            Self::SyncFailed { file } => write!(f, "file {file}: a sync failed"),
            Self::Name { op } => write!(f, "{op:?}"),
            Self::SyncedFolder { folder } => write!(f, "folder {folder:?}: synced"),
            Self::Mark { number } => write!(f, "mark {number}"),
        }
    }
}

/// A change of names. Each happens wholly or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NameOp {
    Made { path: PathBuf, file: FileId },
    MadeFolder { path: PathBuf },
    Renamed { from: PathBuf, to: PathBuf, file: FileId },
    Removed { path: PathBuf },
}

/// A name as the file system shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    is_folder: bool,
    inode: u64,
    file: FileId,
}

/// Writes down what happens in one folder.
pub(crate) struct Recorder {
    folder: PathBuf,
    names: BTreeMap<PathBuf, Seen>,
    files: usize,
    pub(crate) faults: Faults,
    pub(crate) asked: Vec<Call>,
    pub(crate) base: Tree,
    pub(crate) base_files: Vec<PathBuf>,
    pub(crate) events: Vec<Event>,
}

impl Recorder {
    /// What is in the folder now is taken as durable.
    pub(crate) fn new(folder: PathBuf) -> Self {
        let base = Tree::read(&folder);
        let mut recorder = Self {
            folder,
            names: BTreeMap::new(),
            files: 0,
            faults: Faults::default(),
            asked: Vec::new(),
            base,
            base_files: Vec::new(),
            events: Vec::new(),
        };
        recorder.look_at_names();
        recorder.events.clear();
        let mut files: Vec<_> = recorder.names.iter().filter(|(_, seen)| !seen.is_folder).collect();
        files.sort_by_key(|(_, seen)| seen.file);
        recorder.base_files = files.into_iter().map(|(path, _)| path.clone()).collect();
        recorder
    }

    /// How many bytes of `len` a call may move, or the `errno` that it fails with.
    pub(crate) fn ask(&mut self, call: Call, len: usize) -> Result<usize, i32> {
        self.asked.push(call);
        self.faults.ask(call, len)
    }

    pub(crate) fn file_at(&self, path: &Path) -> Option<FileId> {
        let path = path.strip_prefix(&self.folder).ok()?;
        self.names.get(path).filter(|seen| !seen.is_folder).map(|seen| seen.file)
    }

    pub(crate) fn wrote(&mut self, file: FileId, at: u64, bytes: &[u8]) {
        self.events.push(Event::Wrote { file, at, bytes: bytes.to_vec() });
    }

    pub(crate) fn truncated(&mut self, file: FileId, len: u64) {
        self.events.push(Event::Truncated { file, len });
    }

    pub(crate) fn synced(&mut self, file: FileId) {
        self.events.push(Event::Synced { file });
    }

    pub(crate) fn sync_failed(&mut self, file: FileId) {
        self.events.push(Event::SyncFailed { file });
    }

    pub(crate) fn synced_folder(&mut self, folder: &Path) {
        let folder = folder.strip_prefix(&self.folder).unwrap_or(folder).to_owned();
        self.events.push(Event::SyncedFolder { folder });
    }

    pub(crate) fn mark(&mut self, number: u64) {
        self.events.push(Event::Mark { number });
    }

    /// Finds out which names have come and gone since the last look. Not every call that changes one passes here: some
    /// libraries ask the kernel by themselves.
    pub(crate) fn look_at_names(&mut self) {
        let mut now = BTreeMap::new();
        list(&self.folder, Path::new(""), &mut now);
        let same = |path: &PathBuf, seen: &Seen, others: &BTreeMap<PathBuf, Seen>| {
            others
                .get(path)
                .is_some_and(|other| (other.is_folder, other.inode) == (seen.is_folder, seen.inode))
        };
        if now.len() == self.names.len() && now.iter().all(|(path, seen)| same(path, seen, &self.names)) {
            return;
        }
        let before = std::mem::take(&mut self.names);
        let mut gone: BTreeMap<_, _> = before
            .iter()
            .filter(|(path, seen)| !same(path, seen, &now))
            .map(|(path, seen)| (path.clone(), *seen))
            .collect();
        for (path, seen) in &mut now {
            if same(path, seen, &before) {
                seen.file = before[path].file;
            } else {
                self.came(path, seen, &before, &mut gone);
            }
        }
        // Longer paths first: what is in a folder goes before it.
        for path in gone.into_keys().rev().filter(|path| !now.contains_key(path)) {
            self.events.push(Event::Name { op: NameOp::Removed { path } });
        }
        self.names = now;
    }

    /// Finds out where a name that was not there before has come from.
    fn came(
        &mut self,
        path: &Path,
        seen: &mut Seen,
        before: &BTreeMap<PathBuf, Seen>,
        gone: &mut BTreeMap<PathBuf, Seen>,
    ) {
        let path = path.to_owned();
        let is_same_file = |other: &Seen| !other.is_folder && other.inode == seen.inode;
        let from = gone.iter().find(|(_, other)| is_same_file(other)).map(|(from, _)| from.clone());
        let op = if seen.is_folder {
            NameOp::MadeFolder { path }
        } else if let Some(from) = from {
            seen.file = gone.remove(&from).map_or(0, |other| other.file);
            NameOp::Renamed { from, to: path, file: seen.file }
        } else if let Some(other) = before.values().find(|other| is_same_file(other)) {
            seen.file = other.file;
            NameOp::Made { path, file: seen.file }
        } else {
            seen.file = self.files;
            self.files += 1;
            let bytes = fs::metadata(self.folder.join(&path)).map_or(0, |file| file.len());
            assert!(
                bytes == 0 || self.base.files.contains_key(&path),
                "{path:?} came with bytes that nobody was seen to write"
            );
            NameOp::Made { path, file: seen.file }
        };
        self.events.push(Event::Name { op });
    }
}

/// Lists a folder, and the folders in it, into `into`.
fn list(root: &Path, inside: &Path, into: &mut BTreeMap<PathBuf, Seen>) {
    // A folder may go while it is looked at.
    let Ok(entries) = fs::read_dir(root.join(inside)) else { return };
    for entry in entries.flatten() {
        let Ok(found) = entry.metadata() else { continue };
        let path = inside.join(entry.file_name());
        let seen = Seen { is_folder: found.is_dir(), inode: found.ino(), file: 0 };
        if seen.is_folder {
            list(root, &path, into);
        }
        into.insert(path, seen);
    }
}
