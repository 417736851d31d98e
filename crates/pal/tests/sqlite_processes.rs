//! Several processes on one SQLite store: this test binary starts itself again.

#![allow(clippy::unwrap_used, reason = "a test that can't go on says where")]

mod support;

use std::path::Path;
use std::process::Stdio;

use portcullis_pal::testkit::Mirror;
use portcullis_pal::{Change, Error, ObjectStore, SqliteStore, Stamp, When};
use support::{assert_passed, child, child_argument, contents, label};

const PROCESSES: u64 = 4;
const EACH: u64 = 50;

/// Each counts one number up and leaves an object for every step; all create the store if need be.
#[test]
fn processes_that_write_at_once_lose_nothing() {
    if let Some(path) = child_argument() {
        return count_up(&path);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let mut children: Vec<_> = (0..PROCESSES)
        .map(|_| {
            child("processes_that_write_at_once_lose_nothing", &path)
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();

    // This process watches meanwhile, as a token does, and opens the store again and again, also while
    // others merge the log.
    let store = SqliteStore::open_or_create(&path).unwrap();
    let mut watching = Mirror::new();
    let mut last = Stamp::START;
    while children.iter_mut().any(|child| child.try_wait().unwrap().is_none()) {
        let stamp = store.stamp().unwrap();
        assert!(stamp >= last, "the history never goes back");
        if stamp > last {
            watching.refresh(&store);
            last = stamp;
        }
        assert!(SqliteStore::open(&path).unwrap().stamp().unwrap() >= last);
    }
    for child in children {
        assert_passed(&child.wait_with_output().unwrap());
    }

    let value = store.value(store.find(&label("sum")).unwrap().unwrap()).unwrap().unwrap();
    assert_eq!(value.bytes.as_slice(), (PROCESSES * EACH).to_be_bytes(), "no step was lost");
    assert_eq!(store.stamp().unwrap(), Stamp(PROCESSES * EACH), "each batch moved the stamp by one");
    let mut afresh = Mirror::new();
    afresh.refresh(&store);
    watching.refresh(&store);
    for sum in 1..=PROCESSES * EACH {
        let trail = label(&sum.to_string());
        let id = store.find(&trail).unwrap();
        assert!(id.is_some(), "step {sum} is lost");
        assert_eq!((watching.id(&trail), afresh.id(&trail)), (id, id));
    }
    drop(store);
    let left: Vec<_> = contents(folder.path()).into_keys().collect();
    assert_eq!(left, ["store"], "the last to leave merges the log, and nothing is left of the creation");
}

fn count_up(path: &Path) {
    let store = SqliteStore::open_or_create(path).unwrap();
    let mut done = 0;
    while done < EACH {
        let (sum, when) = match store.find(&label("sum")).unwrap() {
            None => (0, When::Absent),
            Some(id) => {
                let value = store.value(id).unwrap().unwrap();
                let sum = u64::from_be_bytes(value.bytes.as_slice().try_into().unwrap());
                (sum, When::Unchanged(value.revision))
            }
        };
        let next = (sum + 1).to_be_bytes();
        let trail = Change::save(label(&(sum + 1).to_string()), &[1; 20_000]).when(When::Absent);
        match store.apply(&[Change::save(label("sum"), &next).when(when), trail]) {
            Ok(_) => done += 1,
            Err(Error::Conflict { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

/// Of many that create one store at the same moment, exactly one succeeds, and nobody sees half a store.
#[test]
fn one_of_many_creates_the_store() {
    for _ in 0..10 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/store");
        let start = std::sync::Barrier::new(4);
        let created: usize = std::thread::scope(|scope| {
            let racers: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        start.wait();
                        match SqliteStore::create(&path) {
                            Ok(_) => 1,
                            Err(Error::Exists { .. }) => {
                                SqliteStore::open(&path).unwrap();
                                0
                            }
                            Err(error) => panic!("{error}"),
                        }
                    })
                })
                .collect();
            racers.into_iter().map(|racer| racer.join().unwrap()).sum()
        });
        assert_eq!(created, 1);
        // Two that close at the same moment may both leave the log to the other; nothing else may be left.
        let mut left = contents(path.parent().unwrap());
        left.retain(|name, _| !["store", "store-wal", "store-shm"].iter().any(|own| name == own));
        assert!(left.is_empty(), "left over: {:?}", left.keys());
    }
}
