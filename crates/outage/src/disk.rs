//! What a disk may hold: everything that was synced, and of the rest any part. A [`Cut`] says which.
//!
//! The rules are the weakest that SQLite is written for (<https://www.sqlite.org/atomiccommit.html>, 2): a sector is
//! written wholly or not at all, and the others beside it stay as they are; between two syncs sectors reach the disk in
//! any order; a file's length, its bytes and its names are each made durable for themselves, a name by a sync of its
//! folder only. Where a length was stored and bytes were not, there are zeros, or what lay there before.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use crate::chance::Chance;
use crate::record::{Event, FileId, NameOp};
use crate::tree::Tree;

/// What one page of an operating system's cache holds: the unit in which bytes are written out.
const PAGE: u64 = 4096;

/// What is left of what was not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// Nothing.
    Nothing,
    /// All.
    Everything,
    /// All up to some moment, and a part of what was written then.
    Prefix,
    /// Some sectors as they were first, some as they were last, some as between.
    Sectors {
        /// How many of 256 are as they were last.
        newest: u8,
    },
}

/// How power is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// What is left.
    pub left: Left,
    /// The bytes of a sector.
    pub sector: u64,
    /// Whether there is something else than zeros where a length was stored and bytes were not.
    pub garbage: bool,
}

impl Cut {
    /// Any cut.
    pub fn any(chance: &mut Chance) -> Self {
        let left = match chance.below(8) {
            0 => Left::Nothing,
            1 => Left::Everything,
            2 | 3 => Left::Prefix,
            4 => Left::Sectors { newest: 245 },
            5 => Left::Sectors { newest: 20 },
            _ => Left::Sectors { newest: 128 },
        };
        Self { left, sector: if chance.is(128) { 512 } else { 4096 }, garbage: chance.is(128) }
    }
}

/// A write or a new length that is not durable.
struct Pending {
    /// The number of its event.
    number: usize,
    at: u64,
    bytes: Vec<u8>,
    /// The file's length after it.
    len: u64,
    /// A new length happens wholly or not at all.
    is_length: bool,
    /// A sync failed that should have made it durable: no later one is about it.
    doubtful: bool,
}

#[derive(Default)]
struct File {
    durable: Vec<u8>,
    cache: Vec<u8>,
    pending: Vec<Pending>,
}

#[derive(Clone, Copy)]
enum Entry {
    Folder,
    File(FileId),
}

/// A disk under a recorded history.
pub(crate) struct Disk {
    files: BTreeMap<FileId, File>,
    names: BTreeMap<PathBuf, Entry>,
    pending: Vec<(usize, NameOp)>,
}

impl Disk {
    pub(crate) fn new(base: &Tree, base_files: &[PathBuf]) -> Self {
        let mut disk = Self { files: BTreeMap::new(), names: BTreeMap::new(), pending: Vec::new() };
        for folder in &base.folders {
            disk.names.insert(folder.clone(), Entry::Folder);
        }
        for (file, path) in base_files.iter().enumerate() {
            let durable = base.files.get(path).cloned().unwrap_or_default();
            disk.files.insert(file, File { cache: durable.clone(), durable, pending: Vec::new() });
            disk.names.insert(path.clone(), Entry::File(file));
        }
        disk
    }

    /// Does what an event says, the `number`th.
    pub(crate) fn happen(&mut self, number: usize, event: &Event) {
        match event {
            Event::Wrote { file, at, bytes } => self.file(*file).write(number, *at, bytes),
            Event::Truncated { file, len } => self.file(*file).truncate(number, *len),
            Event::Synced { file } => self.file(*file).sync(),
            Event::SyncFailed { file } => self.file(*file).doubt(),
            Event::Name { op } => self.pending.push((number, op.clone())),
            Event::SyncedFolder { folder } => self.sync_folder(folder),
            Event::Mark { .. } => {}
        }
    }

    fn file(&mut self, file: FileId) -> &mut File {
        self.files.entry(file).or_default()
    }

    fn sync_folder(&mut self, folder: &Path) {
        let lies_in = |path: &Path| path.parent() == Some(folder);
        let (now, mut later): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.pending).into_iter().partition(|(_, op)| match op {
                NameOp::Made { path, .. } | NameOp::MadeFolder { path } | NameOp::Removed { path } => {
                    lies_in(path)
                }
                NameOp::Renamed { from, to, .. } => lies_in(from) || lies_in(to),
            });
        for (_, op) in &now {
            if let NameOp::Renamed { from, .. } = op {
                later.retain(|(_, op)| !matches!(op, NameOp::Made { path, .. } if path == from));
            }
            rename(&mut self.names, op);
        }
        self.pending = later;
    }

    /// What is there when power comes back.
    pub(crate) fn cut(&self, cut: Cut, chance: &mut Chance) -> Tree {
        let first = self.first_pending();
        let last = self.last_pending();
        // For a prefix: the event that was under way.
        let moment = first + chance.below(last.saturating_sub(first) + 2);
        let mut names = self.names.clone();
        for (number, op) in &self.pending {
            let happened = match cut.left {
                Left::Nothing => false,
                Left::Everything => true,
                Left::Prefix => *number < moment,
                Left::Sectors { newest } => chance.is(newest),
            };
            if happened {
                rename(&mut names, op);
            }
        }
        let mut tree = Tree::default();
        for (path, entry) in names {
            let has_folder =
                path.parent().is_none_or(|folder| folder == Path::new("") || tree.folders.contains(folder));
            match entry {
                _ if !has_folder => {}
                Entry::Folder => drop(tree.folders.insert(path)),
                Entry::File(file) => {
                    let bytes = self.files.get(&file).map(|file| file.cut(cut, moment, chance));
                    tree.files.insert(path, bytes.unwrap_or_default());
                }
            }
        }
        tree
    }

    fn numbers(&self) -> impl Iterator<Item = usize> {
        let writes = self.files.values().flat_map(|file| &file.pending).map(|pending| pending.number);
        writes.chain(self.pending.iter().map(|(number, _)| *number))
    }

    fn first_pending(&self) -> usize {
        self.numbers().min().unwrap_or(0)
    }

    fn last_pending(&self) -> usize {
        self.numbers().max().unwrap_or(0)
    }
}

fn rename(names: &mut BTreeMap<PathBuf, Entry>, op: &NameOp) {
    match op {
        NameOp::Made { path, file } => drop(names.insert(path.clone(), Entry::File(*file))),
        NameOp::MadeFolder { path } => drop(names.insert(path.clone(), Entry::Folder)),
        NameOp::Renamed { from, to, file } => {
            names.remove(from);
            names.insert(to.clone(), Entry::File(*file));
        }
        NameOp::Removed { path } => drop(names.remove(path)),
    }
}

fn index(offset: u64) -> usize {
    usize::try_from(offset).expect("files of tests fit into memory")
}

fn put(into: &mut Vec<u8>, at: u64, bytes: &[u8]) {
    let (start, end) = (index(at), index(at) + bytes.len());
    if into.len() < end {
        into.resize(end, 0);
    }
    into[start..end].copy_from_slice(bytes);
}

impl File {
    fn write(&mut self, number: usize, at: u64, bytes: &[u8]) {
        put(&mut self.cache, at, bytes);
        let len = self.cache.len() as u64;
        let bytes = bytes.to_vec();
        self.pending.push(Pending { number, at, bytes, len, is_length: false, doubtful: false });
    }

    /// What is cut off is as if zeros had been written: they are there when the file grows again.
    fn truncate(&mut self, number: usize, len: u64) {
        let cut_off = self.cache.len().saturating_sub(index(len));
        self.cache.resize(index(len), 0);
        let bytes = vec![0; cut_off];
        self.pending.push(Pending { number, at: len, bytes, len, is_length: true, doubtful: false });
    }

    fn sync(&mut self) {
        let (doubtful, sure): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.pending).into_iter().partition(|pending| pending.doubtful);
        for length in sure.iter().filter(|pending| pending.is_length) {
            self.durable.truncate(index(length.len));
        }
        self.durable.resize(self.cache.len(), 0);
        let mut written = std::collections::BTreeSet::new();
        for pending in sure.iter().filter(|pending| !pending.is_length) {
            let pages = pending.at / PAGE..(pending.at + pending.bytes.len() as u64).div_ceil(PAGE);
            for page in pages.filter(|&page| written.insert(page)) {
                let start = index(page * PAGE).min(self.cache.len());
                let end = index((page + 1) * PAGE).min(self.cache.len());
                self.durable[start..end].copy_from_slice(&self.cache[start..end]);
            }
        }
        self.pending = doubtful;
        self.pending.retain(|pending| !written.contains(&(pending.at / PAGE)));
        // The length is no page: it is durable now.
        for pending in &mut self.pending {
            pending.len = self.cache.len() as u64;
        }
    }

    /// After a sync that failed, the cache may take what it holds for written
    /// (<https://wiki.postgresql.org/wiki/Fsync_Errors>): each page is on the disk or not, and no later sync tries it
    /// again, but where something is written to it anew.
    fn doubt(&mut self) {
        let (lengths, writes): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.pending).into_iter().partition(|pending| pending.is_length);
        for pending in writes {
            let mut at = pending.at;
            let end = at + pending.bytes.len() as u64;
            while at < end {
                let next = end.min((at / PAGE + 1) * PAGE);
                let bytes = pending.bytes[index(at - pending.at)..index(next - pending.at)].to_vec();
                self.pending.push(Pending { at, bytes, doubtful: true, ..pending });
                at = next;
            }
        }
        // Those are the file system's own, which does try again.
        self.pending.extend(lengths);
        self.pending.sort_by_key(|pending| pending.number);
    }

    fn cut(&self, cut: Cut, moment: usize, chance: &mut Chance) -> Vec<u8> {
        match cut.left {
            Left::Nothing => self.durable.clone(),
            Left::Everything => self.cache.clone(),
            Left::Prefix => self.prefix(cut, moment, chance),
            Left::Sectors { newest } => self.sectors(cut, newest, chance),
        }
    }

    fn prefix(&self, cut: Cut, moment: usize, chance: &mut Chance) -> Vec<u8> {
        let mut left = self.durable.clone();
        for pending in self.pending.iter().filter(|pending| pending.number <= moment) {
            let mut bytes = pending.bytes.as_slice();
            if pending.number == moment && !pending.is_length {
                // As many whole sectors as were written by then.
                let sectors =
                    (pending.at + bytes.len() as u64).div_ceil(cut.sector) - pending.at / cut.sector;
                let end = (pending.at / cut.sector + chance.below(index(sectors) + 1) as u64) * cut.sector;
                bytes = &bytes[..index(end.saturating_sub(pending.at)).min(bytes.len())];
                put(&mut left, pending.at, bytes);
                if chance.is(128) {
                    left.resize(index(pending.len), 0);
                }
            } else if pending.number < moment || chance.is(128) {
                put(&mut left, pending.at, bytes);
                left.resize(index(pending.len), 0);
            }
        }
        left
    }

    fn sectors(&self, cut: Cut, newest: u8, chance: &mut Chance) -> Vec<u8> {
        let longest = self.pending.iter().map(|pending| pending.len).max().unwrap_or(0);
        let mut left = self.durable.clone();
        let old_len = left.len();
        left.resize(old_len.max(index(longest)), 0);
        if cut.garbage {
            left[old_len..].fill_with(|| u8::try_from(chance.number() & 0xff).unwrap_or(0));
        }
        let mut len = old_len;
        // Of each sector: how many of the writes have reached it.
        let mut reached = HashMap::new();
        for (place, pending) in self.pending.iter().enumerate() {
            let end = pending.at + pending.bytes.len() as u64;
            if pending.is_length {
                if chance.is(newest) {
                    put(&mut left, pending.at, &pending.bytes);
                    len = index(pending.len);
                }
                continue;
            }
            for sector in pending.at / cut.sector..end.div_ceil(cut.sector) {
                let until = *reached.entry(sector).or_insert_with(|| match chance.is(newest) {
                    true => self.pending.len(),
                    false => chance.below(self.pending.len()),
                });
                if place < until {
                    let from = pending.at.max(sector * cut.sector);
                    let to = end.min((sector + 1) * cut.sector);
                    put(&mut left, from, &pending.bytes[index(from - pending.at)..index(to - pending.at)]);
                }
            }
            // The length is stored before or after the bytes.
            if chance.is(newest) {
                len = len.max(index(end));
            }
        }
        left.resize(len, 0);
        left
    }
}
