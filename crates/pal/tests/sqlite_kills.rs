//! Processes on one SQLite store that are killed while they write: this test binary starts itself again, four times a
//! round. Each says what was acknowledged over a pipe, and nothing of that may be missing.

#![allow(clippy::unwrap_used, reason = "a test that can't go on says where")]

mod support;

use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{self, Sender};
use std::time::Duration;

use portcullis_pal::testkit::{Mirror, heed, kill_after, say};
use portcullis_pal::{Change, Error, ObjectStore, SqliteStore, Stamp, When};
use proptest::strategy::{Strategy, ValueTree};
use support::{child, child_argument, contents, label};

const WRITERS: usize = 4;

/// A batch that was acknowledged: whose it is, which of theirs, and its stamp.
#[derive(Clone, Copy, Debug)]
struct Acknowledged {
    writer: usize,
    number: u64,
    stamp: Stamp,
}

/// How many rounds: 1000 for a long run, by `PORTCULLIS_ROUNDS`.
fn rounds() -> u64 {
    support::number("PORTCULLIS_ROUNDS", 15)
}

#[test]
fn killed_writers_lose_nothing_acknowledged() {
    if let Some(argument) = child_argument() {
        return write_for_ever(&argument);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    drop(SqliteStore::create(&path).unwrap());
    let mut last = [0; WRITERS];
    let mut stamp = Stamp::START;
    let mut mirror = Mirror::new();
    let mut random = proptest::test_runner::TestRunner::deterministic();
    let mut any = |range: std::ops::Range<u64>| range.new_tree(&mut random).unwrap().current();
    for round in 0..rounds() {
        // In some rounds a handle of this process is open all along, so that no one begins by reading a dead log.
        let watching = (any(0..3) == 0).then(|| SqliteStore::open(&path).unwrap());
        for heard in kill_while_they_write(&path, || any(0..40_000)) {
            let Acknowledged { writer, number, stamp: at } = heard;
            assert_eq!(
                number,
                last[writer] + 1,
                "round {round}: each batch of a writer follows from the one before"
            );
            last[writer] = number;
            stamp = stamp.max(at);
        }
        let store = SqliteStore::open(&path).unwrap();
        let total = check(&store, &mut last, round);
        let now = store.stamp().unwrap();
        assert!(now >= stamp, "round {round}: stamp {now:?} where {stamp:?} was acknowledged");
        assert_eq!(now, Stamp(total), "round {round}: each batch moved the stamp by one");
        stamp = now;
        mirror.refresh(&store);
        for writer in 0..WRITERS {
            let name = label(&format!("{writer}"));
            assert_eq!(mirror.id(&name), store.find(&name).unwrap(), "round {round}");
        }
        drop((watching, store));
    }
    let left: Vec<_> = contents(folder.path()).into_keys().collect();
    assert_eq!(left, ["store"], "nothing is left beside the store");
    println!("{} rounds, {} batches", rounds(), stamp.0);
}

/// Lets the writers write, kills each after a while of its own, and says what they said.
fn kill_while_they_write(path: &Path, mut microseconds: impl FnMut() -> u64) -> Vec<Acknowledged> {
    let (said, heard) = mpsc::channel();
    let mut writer = |writer| (start(path, writer, said.clone()), Duration::from_micros(microseconds()));
    let writers = (0..WRITERS).map(&mut writer).collect();
    drop(said);
    // Not before something was written.
    let mut all: Vec<_> = heard.iter().take(2).collect();
    kill_after(writers);
    all.extend(heard);
    all
}

fn start(path: &Path, writer: usize, said: Sender<Acknowledged>) -> Child {
    let mut argument = path.to_owned().into_os_string();
    argument.push(format!("/{writer}"));
    let mut child = child("killed_writers_lose_nothing_acknowledged", Path::new(&argument))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    heed(&mut child, move |word| {
        let (number, stamp) = word.split_once(' ').unwrap();
        let stamp = Stamp(stamp.parse().unwrap());
        said.send(Acknowledged { writer, number: number.parse().unwrap(), stamp }).unwrap();
    });
    child
}

/// Each writer's newest batch is its last acknowledged one, or the one after that, and wholly there. Returns how many
/// batches there were.
fn check(store: &SqliteStore, last: &mut [u64; WRITERS], round: u64) -> u64 {
    for (writer, last) in last.iter_mut().enumerate() {
        let (found, revision) = counter(store, writer).unwrap();
        assert!(
            found == *last || found == *last + 1,
            "round {round}: writer {writer} is at {found} where {last} was acknowledged"
        );
        *last = found;
        if found > 0 {
            let id =
                store.find(&label(&slot(writer, found))).unwrap().expect("both objects of a batch are there");
            let value = store.value(id).unwrap().unwrap();
            assert_eq!(value.revision, revision, "round {round}: both are of one batch");
            assert_eq!(value.bytes.as_slice(), contents_of(found), "round {round}");
        }
    }
    last.iter().sum()
}

/// How often a writer has written.
fn counter(store: &SqliteStore, writer: usize) -> Result<(u64, Stamp), Error> {
    let Some(id) = store.find(&label(&format!("{writer}")))? else { return Ok((0, Stamp::START)) };
    let value = store.value(id)?.expect("it was just found, and nobody destroys it");
    Ok((u64::from_be_bytes(value.bytes.as_slice().try_into().unwrap()), value.revision))
}

fn slot(writer: usize, number: u64) -> String {
    format!("{writer}-{}", number % 5)
}

fn contents_of(number: u64) -> Vec<u8> {
    vec![number.to_be_bytes()[7]; usize::try_from(number % 7).unwrap() * 1500]
}

/// Counts up, and says so each time. The argument is the store and the writer's number.
fn write_for_ever(argument: &Path) {
    let writer: usize = argument.file_name().unwrap().to_str().unwrap().parse().unwrap();
    let store = SqliteStore::open(argument.parent().unwrap()).unwrap();
    loop {
        let (last, revision) = counter(&store, writer).unwrap();
        let when = if last == 0 { When::Absent } else { When::Unchanged(revision) };
        let bytes = (last + 1).to_be_bytes();
        let value = contents_of(last + 1);
        let batch = [
            Change::save(label(&format!("{writer}")), &bytes).when(when),
            Change::save(label(&slot(writer, last + 1)), &value),
        ];
        let stamp = store.apply(&batch).unwrap();
        say(&format!("{} {}", last + 1, stamp.0));
    }
}
