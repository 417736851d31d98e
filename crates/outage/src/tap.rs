//! Which file calls belong to a folder that is watched: the table of folders and the table of open files. What is
//! kept of a call is `record`'s, what becomes of it `fault`'s.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use libc::c_int;

use crate::fault::Call;
use crate::record::{FileId, Recorder};

/// A folder that is watched, shared by its [`Medium`](crate::Medium) and the calls that touch it.
pub(crate) type Watched = Arc<Mutex<Recorder>>;

/// How many open files can be watched; a file with a higher number is refused.
const MOST_FILES: usize = 4096;

/// What an open file is.
#[derive(Clone)]
enum Open {
    File(FileId),
    Folder(PathBuf),
    /// A file without a name, of which nothing is left after a loss of power.
    Nameless,
}

#[derive(Default)]
struct Table {
    folders: Vec<(PathBuf, Watched)>,
    open: HashMap<c_int, (Watched, Open)>,
}

static TABLE: LazyLock<Mutex<Table>> = LazyLock::new(Mutex::default);
/// How many folders are watched, so that calls cost nothing while there is none.
static FOLDERS: AtomicUsize = AtomicUsize::new(0);
/// Which open files are watched, for the same reason.
static IS_WATCHED: [AtomicBool; MOST_FILES] = [const { AtomicBool::new(false) }; MOST_FILES];

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn watch(folder: PathBuf, recorder: Recorder) -> Watched {
    let watched = Arc::new(Mutex::new(recorder));
    locked(&TABLE).folders.push((folder, watched.clone()));
    FOLDERS.fetch_add(1, Ordering::SeqCst);
    watched
}

/// Files that are still open are not watched any more.
pub(crate) fn unwatch(watched: &Watched) {
    let mut table = locked(&TABLE);
    table.folders.retain(|(_, other)| !Arc::ptr_eq(other, watched));
    table.open.retain(|&fd, (other, _)| {
        let stays = !Arc::ptr_eq(other, watched);
        set_watched(fd, stays);
        stays
    });
    FOLDERS.fetch_sub(1, Ordering::SeqCst);
}

fn set_watched(fd: c_int, is_watched: bool) {
    if let Some(slot) = usize::try_from(fd).ok().and_then(|fd| IS_WATCHED.get(fd)) {
        slot.store(is_watched, Ordering::SeqCst);
    }
}

fn watched_file(fd: c_int) -> Option<(Watched, Open)> {
    let is_watched = usize::try_from(fd)
        .ok()
        .and_then(|fd| IS_WATCHED.get(fd))
        .is_some_and(|slot| slot.load(Ordering::SeqCst));
    if !is_watched {
        return None;
    }
    locked(&TABLE).open.get(&fd).cloned()
}

fn watched_path(path: &[u8]) -> Option<Watched> {
    if FOLDERS.load(Ordering::SeqCst) == 0 {
        return None;
    }
    let path = Path::new(OsStr::from_bytes(path));
    let table = locked(&TABLE);
    table.folders.iter().find(|(folder, _)| path.starts_with(folder)).map(|(_, watched)| watched.clone())
}

/// A call on what is watched that may go on to the kernel.
pub(crate) struct Asked {
    watched: Watched,
    what: Option<Open>,
}

impl Asked {
    pub(crate) fn opened(&mut self, fd: c_int, path: &[u8], flags: c_int) {
        let path = Path::new(OsStr::from_bytes(path));
        let what = {
            let mut recorder = locked(&self.watched);
            if flags & libc::O_TMPFILE == libc::O_TMPFILE {
                Open::Nameless
            } else {
                recorder.look_at_names();
                let file = recorder.file_at(path);
                if let Some(file) = file
                    && flags & libc::O_TRUNC != 0
                {
                    recorder.truncated(file, 0);
                }
                file.map_or_else(|| Open::Folder(path.to_owned()), Open::File)
            }
        };
        assert!(usize::try_from(fd).is_ok_and(|fd| fd < MOST_FILES), "too many files are open to watch them");
        locked(&TABLE).open.insert(fd, (self.watched.clone(), what));
        set_watched(fd, true);
    }

    pub(crate) fn wrote(&mut self, at: u64, bytes: &[u8]) {
        if let Some(Open::File(file)) = self.what {
            locked(&self.watched).wrote(file, at, bytes);
        }
    }

    pub(crate) fn truncated(&mut self, len: u64) {
        if let Some(Open::File(file)) = self.what {
            locked(&self.watched).truncated(file, len);
        }
    }

    pub(crate) fn look_at_names(&mut self) {
        locked(&self.watched).look_at_names();
    }
}

/// Before a file or folder is opened, and perhaps made.
pub(crate) fn opening(path: &[u8], flags: c_int) -> Result<Option<Asked>, c_int> {
    let Some(watched) = watched_path(path) else { return Ok(None) };
    let makes_a_file = flags & libc::O_TMPFILE == libc::O_TMPFILE || flags & libc::O_CREAT != 0;
    let is_new = makes_a_file && !Path::new(OsStr::from_bytes(path)).is_file();
    locked(&watched).ask(if is_new { Call::Create } else { Call::Open }, 0)?;
    Ok(Some(Asked { watched, what: None }))
}

pub(crate) fn closing(fd: c_int) {
    if watched_file(fd).is_some() {
        set_watched(fd, false);
        locked(&TABLE).open.remove(&fd);
    }
}

/// How many bytes may be read.
pub(crate) fn reading(fd: c_int, room: usize) -> Result<usize, c_int> {
    watched_file(fd).map_or(Ok(room), |(watched, _)| locked(&watched).ask(Call::Read, room))
}

/// How many bytes may be written. A call without bytes sets a file's length.
pub(crate) fn writing(fd: c_int, len: usize) -> Result<(Option<Asked>, usize), c_int> {
    let Some((watched, what)) = watched_file(fd) else { return Ok((None, len)) };
    let call = if len == 0 { Call::Truncate } else { Call::Write };
    let len = locked(&watched).ask(call, len)?;
    Ok((Some(Asked { watched, what: Some(what) }), len))
}

/// Whether the file is watched: then its sync has been recorded.
pub(crate) fn syncing(fd: c_int) -> Result<bool, c_int> {
    let Some((watched, what)) = watched_file(fd) else { return Ok(false) };
    let mut recorder = locked(&watched);
    let call = if matches!(what, Open::Folder(_)) { Call::SyncFolder } else { Call::Sync };
    let answer = recorder.ask(call, 0);
    recorder.look_at_names();
    match (&what, &answer) {
        (Open::File(file), Ok(_)) => recorder.synced(*file),
        (Open::File(file), Err(_)) => recorder.sync_failed(*file),
        (Open::Folder(folder), Ok(_)) => recorder.synced_folder(folder),
        (Open::Folder(_), Err(_)) | (Open::Nameless, _) => {}
    }
    answer.map(|_| true)
}

/// Before a name is made or removed.
pub(crate) fn renaming(path: &[u8]) -> Result<Option<Asked>, c_int> {
    let Some(watched) = watched_path(path) else { return Ok(None) };
    locked(&watched).ask(Call::Rename, 0)?;
    Ok(Some(Asked { watched, what: None }))
}
