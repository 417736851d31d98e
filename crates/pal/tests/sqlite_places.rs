//! Where a SQLite store lies: permissions, places that can't be written to, a full disk, and other users
//! of the file.

#![allow(clippy::unwrap_used, reason = "a test that can't go on says where")]

mod support;

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use portcullis_pal::testkit::{Mirror, Model};
use portcullis_pal::{Change, Error, LateStore, ObjectStore, SqliteStore, Stamp};
use rusqlite::Connection;
use rusqlite::config::DbConfig;
use support::{SmallDisk, contents, label, set_mode, without_rights};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// A store at `path` that holds "a", and what it should answer.
fn filled(path: &Path) -> Model {
    let store = SqliteStore::create(path).unwrap();
    let mut model = Model::new();
    model.apply_both(&store, &[Change::save(label("a"), b"value")]);
    model
}

#[track_caller]
fn assert_reads_but_takes_no_writes(store: &SqliteStore, model: &Model) {
    assert!(store.is_read_only());
    model.assert_same(store);
    assert_eq!(store.apply(&[]).unwrap(), model.stamp());
    let error = store.apply(&[Change::destroy(label("a"))]).unwrap_err();
    assert!(matches!(error, Error::ReadOnly { .. }), "{error:?}");
    model.assert_same(store);
}

#[test]
fn what_is_created_is_for_the_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    set_mode(folder.path(), 0o755);
    let path = folder.path().join("new/deep/store");
    let store = SqliteStore::create(&path).unwrap();
    store.apply(&[Change::save(label("a"), b"1")]).unwrap();
    for name in ["new/deep/store", "new/deep/store-wal", "new/deep/store-shm"] {
        assert_eq!(mode(&folder.path().join(name)), 0o600, "{name}");
    }
    assert_eq!(mode(&folder.path().join("new/deep")), 0o700);
    assert_eq!(mode(&folder.path().join("new")), 0o700);
    assert_eq!(mode(folder.path()), 0o755, "a folder that was there stays as it was");
    let permissions = store.permissions().unwrap().unwrap();
    assert_eq!((permissions.file.0, permissions.folder.0), (0o600, 0o700));
    assert!(!permissions.file.others_may_read() && !permissions.folder.others_may_write());
}

#[test]
fn permissions_are_told_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    filled(&path);
    set_mode(&path, 0o640);
    set_mode(folder.path(), 0o722);
    let permissions = SqliteStore::open(&path).unwrap().permissions().unwrap().unwrap();
    assert_eq!(permissions.file.to_string(), "0640");
    assert!(permissions.file.others_may_read() && !permissions.file.others_may_write());
    assert!(permissions.folder.others_may_write() && !permissions.folder.others_may_read());
    assert!(permissions.others_may_change());
    set_mode(folder.path(), 0o1722);
    let sticky = SqliteStore::open(&path).unwrap().permissions().unwrap().unwrap();
    assert!(!sticky.others_may_change());
}

#[test]
fn names_that_mean_something_in_a_uri() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a?mode=memory", "50%41", "#", "file:x", "sp ace", "\u{fc}"] {
        let path = folder.path().join(name);
        let model = filled(&path);
        model.assert_same(&SqliteStore::open(&path).unwrap());
        assert!(path.is_file());
    }
}

/// SQLite keeps the log beside the file, not beside the link.
#[test]
fn a_link_to_a_store() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("private/store");
    let mut model = filled(&path);
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    set_mode(folder.path(), 0o755);
    let (direct, linked) = (SqliteStore::open(&path).unwrap(), SqliteStore::open(&link).unwrap());
    model.apply_both(&linked, &[Change::save(label("b"), b"2")]);
    model.assert_same(&direct);
    assert_eq!(linked.permissions().unwrap(), direct.permissions().unwrap());
    assert!(matches!(SqliteStore::create(&link), Err(Error::Exists { .. })));
    assert_eq!(contents(folder.path()).len(), 2, "nothing lies beside the link");
}

#[test]
fn a_file_where_the_folder_should_be() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, b"precious").unwrap();
    let error = SqliteStore::open_or_create(file.join("below/store")).unwrap_err();
    assert!(matches!(error, Error::Medium { .. }), "{error:?}");
    assert_eq!(fs::read(&file).unwrap(), b"precious");
}

#[test]
fn a_file_that_is_closed_to_writing() {
    without_rights("a_file_that_is_closed_to_writing", check_file_closed_to_writing);
}

fn check_file_closed_to_writing(folder: &Path) {
    let path = folder.join("store");
    let model = filled(&path);
    set_mode(&path, 0o400);
    assert_reads_but_takes_no_writes(&SqliteStore::open(&path).unwrap(), &model);
}

/// Others may write to such a store while this user can't share the log's index: reading it without locks
/// would be unsafe.
#[test]
fn a_folder_that_is_closed_to_writing() {
    without_rights("a_folder_that_is_closed_to_writing", check_folder_closed_to_writing);
}

fn check_folder_closed_to_writing(base: &Path) {
    let folder = base.join("own");
    let path = folder.join("store");
    filled(&path);
    let before = contents(&folder);
    for (file, around) in [(0o400, 0o500), (0o600, 0o500)] {
        set_mode(&path, file);
        set_mode(&folder, around);
        for answer in [
            SqliteStore::open(&path),
            SqliteStore::open_or_create(&path),
            SqliteStore::create(folder.join("new")),
            SqliteStore::create(folder.join("below/new")),
        ] {
            assert!(matches!(answer, Err(Error::ReadOnly { .. })), "{answer:?}");
        }
    }
    assert_eq!(contents(&folder), before);
    set_mode(&folder, 0o700);
}

#[test]
fn a_read_only_file_system() {
    let Some(disk) = SmallDisk::mount("a_read_only_file_system", 1024) else { return };
    let path = disk.path().join("store");
    let model = filled(&path);
    disk.make_read_only();
    let before = contents(disk.path());
    assert_reads_but_takes_no_writes(&SqliteStore::open(&path).unwrap(), &model);
    let answer = SqliteStore::create(disk.path().join("new"));
    assert!(matches!(answer, Err(Error::ReadOnly { .. })), "{answer:?}");
    assert_eq!(contents(disk.path()), before);
}

/// The log holds an acknowledged batch that the file does not. Showing the file alone would show the past.
#[test]
fn a_read_only_file_system_with_a_log_left_behind() {
    let Some(disk) = SmallDisk::mount("a_read_only_file_system_with_a_log_left_behind", 1024) else { return };
    let path = disk.path().join("store");
    let model = filled(&path);
    let killed = Connection::open(&path).unwrap();
    killed.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).unwrap();
    killed.execute("UPDATE object SET value = x'00'", ()).unwrap();
    killed.close().unwrap();
    fs::remove_file(disk.path().join("store-shm")).unwrap();
    disk.make_read_only();
    let answer = SqliteStore::open(&path);
    assert!(matches!(answer, Err(Error::ReadOnly { .. })), "{answer:?} of {model:?}");
}

#[test]
fn a_full_disk() {
    let Some(disk) = SmallDisk::mount("a_full_disk", 2048) else { return };
    let path = disk.path().join("store");
    let ballast = disk.path().join("ballast");
    fs::write(&ballast, vec![0; 1 << 20]).unwrap();
    let mut model = filled(&path);
    let store = SqliteStore::open(&path).unwrap();
    let value = vec![7; 50_000];
    let refused = (0..100).find_map(|at| {
        let batch = [Change::save(label(&format!("object {at}")), &value), Change::destroy(label("a"))];
        let error = store.apply(&batch).err();
        if error.is_none() {
            model.apply(&batch).unwrap();
        }
        error
    });
    assert!(matches!(refused, Some(Error::Full { .. })), "{refused:?}");
    model.assert_same(&store);

    drop(store);
    let mut rest = fs::OpenOptions::new().append(true).open(&ballast).unwrap();
    while rest.write_all(&[0; 512]).is_ok() {}
    let before = contents(disk.path());
    let answer = SqliteStore::create(disk.path().join("second"));
    assert!(matches!(answer, Err(Error::Full { .. })), "{answer:?}");
    // Opening needs room for the log's index, which may just be there.
    match SqliteStore::open(&path) {
        Ok(store) => model.assert_same(&store),
        Err(error) => assert!(matches!(error, Error::Full { .. }), "{error:?}"),
    }
    let after = contents(disk.path());
    assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>(), "nothing is left behind");
    for name in ["store", "store-wal"] {
        let name = std::ffi::OsStr::new(name);
        assert!(after.get(name) == before.get(name), "{name:?} was changed");
    }

    drop(rest);
    fs::remove_file(&ballast).unwrap();
    let store = SqliteStore::open(&path).unwrap();
    model.apply_both(&store, &[Change::save(label("after"), b"works again")]);
    model.assert_same(&store);
}

#[test]
fn another_writer_makes_writers_wait_but_not_readers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let mut model = filled(&path);
    let store = SqliteStore::open(&path).unwrap().with_patience(Duration::from_millis(20)).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE; UPDATE head SET stamp = 100").unwrap();

    let error = store.apply(&[Change::save(label("b"), b"2")]).unwrap_err();
    assert!(matches!(error, Error::Busy { .. }), "{error:?}");
    model.assert_same(&store);
    model.assert_same(&SqliteStore::open(&path).unwrap());

    other.execute_batch("ROLLBACK").unwrap();
    model.apply_both(&store, &[Change::save(label("b"), b"2")]);
    model.assert_same(&store);
}

#[test]
fn a_value_past_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let model = filled(&path);
    let store = SqliteStore::open(&path).unwrap();
    let value = vec![0; SqliteStore::MAX_VALUE + 1];
    let error = store.apply(&[Change::destroy(label("a")), Change::save(label("b"), &value)]).unwrap_err();
    assert!(
        matches!(error, Error::TooLarge { len, max } if len == value.len() && max == SqliteStore::MAX_VALUE),
        "{error:?}"
    );
    model.assert_same(&store);
}

/// Destroyed objects are not remembered for ever, and whoever was away longer is given everything anew.
#[test]
fn the_memory_of_destroyed_objects_is_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let mut model = filled(&path);
    let store = SqliteStore::open(&path).unwrap();
    let mut mirrors = Vec::new();
    let names: Vec<_> = (0..1000).map(|at| label(&format!("object {at}"))).collect();
    for _ in 0..6 {
        let mut mirror = Mirror::new();
        mirror.refresh(&store);
        mirrors.push(mirror);
        let save: Vec<_> = names.iter().map(|&name| Change::save(name, b"x")).collect();
        model.apply_both(&store, &save);
        let destroy: Vec<_> = names.iter().map(|&name| Change::destroy(name)).collect();
        model.apply_both(&store, &destroy);
    }
    let complete: Vec<_> = mirrors
        .iter_mut()
        .map(|mirror| {
            let complete = mirror.refresh(&store);
            mirror.assert_same(&model);
            complete
        })
        .collect();
    assert_eq!(complete, [true, true, false, false, false, false], "4096 are remembered");
    drop(store);
    let rows: i64 = Connection::open(&path)
        .unwrap()
        .query_row("SELECT count(*) FROM destroyed", (), |row| row.get(0))
        .unwrap();
    assert_eq!(rows, 4096);
}

/// What was overwritten or destroyed does not stay in the file once the log is merged.
#[test]
fn destroyed_bytes_leave_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let store = SqliteStore::create(&path).unwrap();
    let old = b"the bytes that must go away".repeat(400);
    store.apply(&[Change::save(label("a"), &old), Change::save(label("b"), &old)]).unwrap();
    store.apply(&[Change::save(label("a"), b"new"), Change::destroy(label("b"))]).unwrap();
    drop(store);
    let files = contents(folder.path());
    assert_eq!(files.len(), 1, "the log is merged and gone: {:?}", files.keys());
    let left = files.values().any(|file| file.windows(27).any(|bytes| bytes == &old[..27]));
    assert!(!left, "destroyed bytes can still be read");
}

#[test]
fn a_late_store_leaves_nothing_before_its_first_change() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("folder/store");
    let store = LateStore::at(&path);
    assert_eq!(store.find(&label("a")).unwrap(), None);
    assert_eq!(store.stamp().unwrap(), Stamp::START);
    assert!(store.scan(Stamp::START, &mut |_| panic!("nothing is there")).unwrap().complete);
    store.apply(&[]).unwrap();
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);

    // Another handle makes it.
    LateStore::at(&path).apply(&[Change::save(label("a"), b"value")]).unwrap();
    assert!(store.find(&label("a")).unwrap().is_some());
}

#[test]
fn a_late_store_that_was_closed_opens_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = LateStore::at(folder.path().join("store"));
    store.apply(&[Change::save(label("a"), b"value")]).unwrap();
    store.close();
    let elsewhere = folder.path().join("elsewhere");
    fs::rename(folder.path().join("store"), &elsewhere).unwrap();
    assert_eq!(store.find(&label("a")).unwrap(), None, "no handle of the moved file is left");
    fs::rename(elsewhere, folder.path().join("store")).unwrap();
    assert!(store.find(&label("a")).unwrap().is_some());
}
