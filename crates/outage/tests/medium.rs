//! The medium itself: what is synced is left after every cut, what is not may be lost, in part or in whole, and calls
//! fail as they are told to.

#![cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
#![allow(clippy::unwrap_used, reason = "a test that can't go on says where")]

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::path::Path;

use portcullis_outage::{Call, Chance, Cut, Fault, Left, Medium, Plan, Record};

const EIO: i32 = 5;

fn recorded(does: impl FnOnce(&Path, &Medium)) -> Record {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("old"), b"old").unwrap();
    let medium = Medium::watch(folder.path());
    does(folder.path(), &medium);
    medium.finish()
}

/// What may be left of a file after the last step, or `None` where it is not there.
fn left(record: &Record, name: &str) -> BTreeSet<Option<Vec<u8>>> {
    let mut chance = Chance::new(1);
    (0..2000)
        .map(|_| {
            let cut = Cut::any(&mut chance);
            record.crash(record.steps(), cut, &mut chance).files.remove(Path::new(name))
        })
        .collect()
}

#[test]
fn what_is_synced_with_its_name_is_left() {
    let record = recorded(|folder, _| {
        let mut file = File::create(folder.join("new")).unwrap();
        file.write_all(b"bytes").unwrap();
        file.sync_all().unwrap();
        File::open(folder).unwrap().sync_all().unwrap();
    });
    assert_eq!(left(&record, "new"), [Some(b"bytes".to_vec())].into());
    assert_eq!(left(&record, "old"), [Some(b"old".to_vec())].into());
}

#[test]
fn a_name_is_lost_where_its_folder_was_not_synced() {
    let record = recorded(|folder, _| {
        let mut file = File::create(folder.join("new")).unwrap();
        file.write_all(b"bytes").unwrap();
        file.sync_all().unwrap();
    });
    assert_eq!(left(&record, "new"), [None, Some(b"bytes".to_vec())].into());
}

#[test]
fn bytes_that_were_not_synced_are_left_by_sectors_in_any_order() {
    let record = recorded(|folder, _| {
        let mut file = File::options().write(true).open(folder.join("old")).unwrap();
        file.write_all(&[b'n'; 1024]).unwrap();
    });
    let left = left(&record, "old");
    let has = |wanted: &dyn Fn(&[u8]) -> bool| left.iter().flatten().any(|bytes| wanted(bytes));
    assert!(has(&|bytes| bytes == b"old"), "nothing of it");
    assert!(has(&|bytes| bytes == [b'n'; 1024]), "all of it");
    assert!(has(&|bytes| bytes == [b'n'; 512]), "the first sector");
    assert!(
        has(&|bytes| bytes.len() == 1024 && bytes[..3] == *b"old" && bytes[512..] == [b'n'; 512]),
        "the second"
    );
    assert!(
        left.iter().flatten().all(|bytes| bytes[..3] == *b"old" || bytes[..3] == *b"nnn"),
        "no sector is torn"
    );
}

/// What the standard library asks of the kernel past the C library is seen too.
#[test]
fn a_file_that_is_renamed_is_under_one_name_or_the_other() {
    let record = recorded(|folder, _| {
        let file = tempfile::NamedTempFile::new_in(folder).unwrap();
        file.as_file().write_all(b"bytes").unwrap();
        file.as_file().sync_all().unwrap();
        File::open(folder).unwrap().sync_all().unwrap();
        file.persist_noclobber(folder.join("new")).unwrap();
    });
    assert_eq!(left(&record, "new"), [None, Some(b"bytes".to_vec())].into());
    let mut chance = Chance::new(1);
    for _ in 0..100 {
        let cut = Cut::any(&mut chance);
        assert_eq!(
            record.crash(record.steps(), cut, &mut chance).files.len(),
            2,
            "one file, and the old one"
        );
    }
}

/// The system takes what it could not write for written, so that the next sync passes over it.
#[test]
fn a_sync_after_one_that_failed_proves_nothing() {
    let record = recorded(|folder, medium| {
        let mut file = File::options().write(true).open(folder.join("old")).unwrap();
        file.write_all(b"new").unwrap();
        medium.plan(Some(Plan {
            fault: Fault::Fails(EIO),
            hits: |call| call == Call::Sync,
            after: 0,
            times: 1,
        }));
        assert_eq!(file.sync_all().unwrap_err().raw_os_error(), Some(EIO));
        file.sync_all().unwrap();
    });
    assert_eq!(left(&record, "old"), [Some(b"old".to_vec()), Some(b"new".to_vec())].into());
}

#[test]
fn calls_fail_and_are_short_as_planned() {
    recorded(|folder, medium| {
        let mut file = File::options().read(true).open(folder.join("old")).unwrap();
        let mut bytes = [0; 3];
        let reads = |call| call == Call::Read;
        medium.plan(Some(Plan { fault: Fault::Fails(EIO), hits: reads, after: 1, times: 1 }));
        assert_eq!(file.read(&mut bytes[..1]).unwrap(), 1);
        assert!(!medium.has_hit());
        assert_eq!(medium.without_faults(|| file.read(&mut bytes[..1]).unwrap()), 1);
        assert_eq!(file.read(&mut bytes).unwrap_err().raw_os_error(), Some(EIO));
        assert!(medium.has_hit());
        assert_eq!(file.read(&mut bytes).unwrap(), 1, "the last byte of three");
        medium.plan(Some(Plan { fault: Fault::Short, hits: |call| call == Call::Write, after: 0, times: 1 }));
        let mut file = File::create(folder.join("new")).unwrap();
        assert_eq!(file.write(&[1; 10]).unwrap(), 5);
        assert_eq!(file.write_all(&[1; 10]).map_err(|error| error.kind()), Ok::<(), ErrorKind>(()));
    });
}

#[test]
fn marks_are_found_before_their_steps_only() {
    let record = recorded(|_, medium| {
        medium.mark(1);
        medium.mark(2);
    });
    assert_eq!((record.mark(0), record.mark(1), record.mark(2)), (None, Some(1), Some(2)));
    let cut = Cut { left: Left::Nothing, sector: 512, garbage: false };
    assert_eq!(record.crash(0, cut, &mut Chance::new(0)).files.len(), 1);
}
