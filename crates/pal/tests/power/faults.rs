//! Calls that fail: at each position, in each way. The error says what it was, memory and disk hold what they held, the
//! same batch is taken once the fault is gone, and what is acknowledged then survives a loss of power, also where a
//! sync has failed before: the system takes such bytes for written, so the next sync proves nothing about them.

use std::path::Path;

use portcullis_outage::{Call, Chance, Cut, Fault, Medium, Plan, Tree};
use portcullis_pal::testkit::Model;
use portcullis_pal::{Change, Error, ObjectStore, SqliteStore, When};
use rusqlite::Connection;
use rusqlite::config::DbConfig;

use crate::cuts::is_long;
use crate::history::empty;
use crate::support::label;

const EINTR: i32 = 4;
const EIO: i32 = 5;
const EMFILE: i32 = 24;
const ENOSPC: i32 = 28;
const EROFS: i32 = 30;
const EDQUOT: i32 = 122;

/// One kind of fault.
struct Case {
    fault: Fault,
    hits: fn(Call) -> bool,
    /// Whether it stays until someone mends it, or hits one call.
    stays: bool,
    /// The errors that may come of it. None may where it is no failure.
    allowed: fn(&Error) -> bool,
}

fn is_medium(error: &Error) -> bool {
    matches!(error, Error::Medium { .. })
}

fn is_full(error: &Error) -> bool {
    matches!(error, Error::Full { .. })
}

fn is_read_only(error: &Error) -> bool {
    matches!(error, Error::ReadOnly { .. })
}

fn never(_: &Error) -> bool {
    false
}

impl Case {
    fn plan(&self, after: usize) -> Plan {
        let times = if self.stays { usize::MAX } else { 1 };
        Plan { fault: self.fault, hits: self.hits, after, times }
    }

    /// Lets the fault hit every call that it can, one run each.
    fn everywhere(&self) {
        self.everywhere_by(1);
    }

    /// Every call in a long run, otherwise one of `stride`.
    fn everywhere_by(&self, stride: usize) {
        let stride = if is_long() { 1 } else { stride };
        let mut hits = 0;
        let nothing = Tree::default();
        for (after, start) in [empty(), left_by_a_crash(), &nothing].into_iter().enumerate() {
            let mut after = after.min(stride - 1);
            while Run::new(self, start, after).go() {
                after += stride;
                hits += 1;
            }
        }
        assert!(hits > 0, "the fault never hit anything");
        println!("{hits} calls were hit");
    }
}

/// A store whose last user was killed: its log holds a batch that its file does not.
fn left_by_a_crash() -> &'static Tree {
    static LEFT: std::sync::LazyLock<Tree> = std::sync::LazyLock::new(|| {
        let folder = tempfile::tempdir().unwrap();
        empty().write(folder.path());
        let killed = Connection::open(folder.path().join("store")).unwrap();
        killed.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).unwrap();
        // A batch without a change, as far as the contract goes.
        killed.execute("UPDATE head SET history = 0, stamp = 1", ()).unwrap();
        killed.execute("UPDATE head SET stamp = 0", ()).unwrap();
        killed.close().unwrap();
        let mut tree = Tree::read(folder.path());
        assert!(tree.files.keys().any(|path| path.ends_with("store-wal")), "the log is left");
        tree.files.retain(|path, _| !path.ends_with("store-shm"));
        tree
    });
    &LEFT
}

/// One run through a script with one fault.
struct Run<'a> {
    case: &'a Case,
    after: usize,
    folder: tempfile::TempDir,
    medium: Medium,
    model: Model,
    store: Option<SqliteStore>,
    /// Whether there is a store, or was one.
    exists: bool,
}

impl<'a> Run<'a> {
    fn new(case: &'a Case, start: &Tree, after: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        start.write(folder.path());
        let medium = Medium::watch(folder.path());
        let exists = !start.files.is_empty();
        Self { case, after, folder, medium, model: Model::new(), store: None, exists }
    }

    /// Whether the fault has hit a call.
    fn go(mut self) -> bool {
        self.medium.plan(Some(self.case.plan(self.after)));
        self.medium.mark(0);
        let large = vec![7; 30_000];
        let first = [Change::save(label("a"), b"1").when(When::Absent), Change::save(label("b"), &large)];
        let second = [Change::destroy(label("b")), Change::save(label("c"), b"3")];
        let third = [Change::save(label("a"), &large[..9000])];
        for (batch, reopens) in [(&first[..], false), (&second, true), (&third, false), (&first[1..], true)] {
            self.apply(batch);
            self.read();
            if reopens {
                self.store = None;
            }
        }
        let has_hit = self.medium.has_hit();
        self.medium.plan(None);
        self.store = None;
        self.model.assert_same(&SqliteStore::open(self.path()).unwrap());
        self.lose_power();
        has_hit
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("store")
    }

    /// Applies a batch, and again until nothing fails.
    fn apply(&mut self, batch: &[Change<'_>]) {
        loop {
            let answer = self.opened().and_then(|store| store.apply(batch));
            match answer {
                Ok(stamp) => {
                    assert_eq!(self.model.apply(batch).unwrap(), stamp);
                    self.medium.mark(stamp.0);
                    return;
                }
                Err(error) => self.failed(&error),
            }
        }
    }

    fn opened(&mut self) -> Result<&SqliteStore, Error> {
        let store = match self.store.take() {
            Some(store) => store,
            None => SqliteStore::open_or_create(self.path())?,
        };
        self.exists = true;
        // A store that was opened where nothing can be written is opened again later.
        if store.is_read_only() {
            return Err(Error::ReadOnly { place: "here".into() });
        }
        Ok(self.store.insert(store))
    }

    /// Reads by each way of asking.
    fn read(&mut self) {
        loop {
            let answer = self.opened().and_then(|store| {
                let id = store.find(&label("a"))?;
                id.map(|id| store.value(id)).transpose()?;
                store.scan(portcullis_pal::Stamp::START, &mut |_| {})?;
                store.stamp()
            });
            match answer {
                Ok(stamp) => return assert_eq!(stamp, self.model.stamp()),
                Err(error) => self.failed(&error),
            }
        }
    }

    /// After a call that failed, nothing has changed: for this handle, for a new one, and after everyone is killed.
    fn failed(&mut self, error: &Error) {
        let at = format!("{:?} at call {}: {error:?}", self.case.fault, self.after);
        assert!(self.medium.has_hit(), "{at}: a call failed by itself");
        assert!((self.case.allowed)(error), "{at}: the wrong error");
        assert!(
            error.to_string().contains(self.folder.path().to_str().unwrap()) || is_read_only(error),
            "{at}"
        );
        self.medium.plan(None);
        let killed = tempfile::tempdir().unwrap();
        let mut files = Tree::read(self.folder.path());
        files.files.retain(|path, _| !path.ends_with("store-shm"));
        files.write(killed.path());
        self.same(killed.path(), &format!("{at}: after a kill"));
        if let Some(store) = &self.store {
            self.model.assert_same(store);
        }
        self.same(self.folder.path(), &format!("{at}: for a new handle"));
    }

    fn same(&self, folder: &Path, at: &str) {
        match SqliteStore::open(folder.join("store")) {
            Ok(store) => {
                assert_eq!(store.stamp().unwrap(), self.model.stamp(), "{at}");
                self.model.assert_same(&store);
            }
            Err(Error::Missing { .. }) if !self.exists => {}
            Err(error) => panic!("{at}: {error:?}"),
        }
    }

    /// Whatever was acknowledged is there after a cut.
    fn lose_power(self) {
        let states = self.model.stamp().0;
        let record = self.medium.finish();
        let mut chance = Chance::new(self.after as u64);
        for _ in 0..if is_long() { 6 } else { 1 } {
            let step = record.steps() - chance.below(record.steps() / 2);
            let cut = Cut::any(&mut chance);
            let disk = record.crash(step, cut, &mut chance);
            let folder = tempfile::tempdir().unwrap();
            disk.write(folder.path());
            let _quick = Medium::watch(folder.path());
            let at = format!("{:?} at call {}, {cut:?} before step {step}", self.case.fault, self.after);
            let store = match SqliteStore::open(folder.path().join("store")) {
                Ok(store) => store,
                Err(Error::Missing { .. }) if record.mark(step).is_none_or(|stamp| stamp == 0) => continue,
                Err(error) => panic!("{at}: {error:?}"),
            };
            let (found, least) = (store.stamp().unwrap().0, record.mark(step).unwrap_or(0));
            assert!(
                found >= least && found <= least + 1 && found <= states,
                "{at}: {found} where {least} was acknowledged"
            );
            if found == states {
                self.model.assert_same(&store);
            }
        }
    }
}

#[test]
fn syncs_that_fail() {
    for stays in [false, true] {
        let hits = |call| call == Call::Sync;
        Case { fault: Fault::Fails(EIO), hits, stays, allowed: is_medium }.everywhere();
    }
}

#[test]
fn folder_syncs_that_fail() {
    for stays in [false, true] {
        let hits = |call| call == Call::SyncFolder;
        Case { fault: Fault::Fails(EIO), hits, stays, allowed: is_medium }.everywhere();
    }
}

#[test]
fn writes_that_fail() {
    for stays in [false, true] {
        let hits = |call| matches!(call, Call::Write | Call::Truncate);
        Case { fault: Fault::Fails(EIO), hits, stays, allowed: is_medium }.everywhere_by(23);
    }
}

#[test]
fn a_disk_that_is_full() {
    let hits = |call| matches!(call, Call::Write | Call::Create);
    Case { fault: Fault::Fails(ENOSPC), hits, stays: true, allowed: is_full }.everywhere_by(23);
    let hits = |call| call == Call::Write;
    Case {
        fault: Fault::Fails(ENOSPC),
        hits,
        stays: false,
        allowed: |error| is_full(error) || is_medium(error),
    }
    .everywhere_by(23);
}

/// A system that finds out late: when the bytes are to reach the disk.
#[test]
fn a_disk_that_is_full_at_its_syncs() {
    let hits = |call| matches!(call, Call::Sync | Call::Create);
    Case { fault: Fault::Fails(ENOSPC), hits, stays: true, allowed: is_full }.everywhere();
}

#[test]
fn a_quota_that_is_used_up() {
    let hits = |call| matches!(call, Call::Write | Call::Create);
    Case { fault: Fault::Fails(EDQUOT), hits, stays: true, allowed: is_full }.everywhere_by(41);
}

#[test]
fn a_file_system_that_turns_read_only() {
    Case { fault: Fault::Fails(EROFS), hits: Call::changes, stays: true, allowed: is_read_only }
        .everywhere_by(23);
}

#[test]
fn reads_that_fail() {
    for stays in [false, true] {
        let hits = |call| call == Call::Read;
        // SQLite takes a page that can't be read for a damaged one.
        let allowed = |error: &Error| {
            is_medium(error) || matches!(error, Error::NotAStore { why, .. } if why.contains("can't be read"))
        };
        Case { fault: Fault::Fails(EIO), hits, stays, allowed }.everywhere_by(11);
    }
}

#[test]
fn files_that_can_not_be_opened() {
    for errno in [EIO, EMFILE] {
        for stays in [false, true] {
            let hits = |call| matches!(call, Call::Open | Call::Create);
            Case { fault: Fault::Fails(errno), hits, stays, allowed: is_medium }.everywhere_by(7);
        }
    }
}

#[test]
fn names_that_can_not_be_removed() {
    for stays in [false, true] {
        let hits = |call| call == Call::Rename;
        Case { fault: Fault::Fails(EIO), hits, stays, allowed: is_medium }.everywhere();
    }
}

#[test]
fn signals_and_short_answers_are_no_failures() {
    let hits = |call| matches!(call, Call::Read | Call::Write | Call::Truncate | Call::Open | Call::Create);
    Case { fault: Fault::Fails(EINTR), hits, stays: false, allowed: never }.everywhere_by(41);
    let hits = |call| matches!(call, Call::Write);
    Case { fault: Fault::Short, hits, stays: false, allowed: never }.everywhere_by(41);
    Case { fault: Fault::Short, hits: |call| call == Call::Read, stays: false, allowed: never }
        .everywhere_by(41);
}
