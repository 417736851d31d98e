//! The seed record in a real store: SQLite files, opened anew for each start, whose power is cut, and whose
//! processes are killed.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod common;

use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, mpsc};

use common::{block, faults, good, kept_in, stuck};
use portcullis_entropy::RandomError;
use portcullis_pal::testkit::PowerCutStore;
use portcullis_pal::{LateStore, SqliteStore};

/// A device that has been started once, and has a stuck source from now on.
fn seed_file(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("seed.db");
    kept_in(&Arc::new(LateStore::at(&path)), b"device").source(good(1)).single().start().unwrap();
    path
}

#[test]
fn no_start_from_a_file_whose_power_fails_is_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let path = seed_file(folder.path());
    let mut seen = HashSet::new();
    for (call, how) in faults(&[40]) {
        let store = Arc::new(PowerCutStore::new(SqliteStore::open(&path).unwrap()));
        store.cut(call, how);
        match block(&stuck(&store, b"device")) {
            Ok(block) => assert!(seen.insert(block), "{how:?} at call {call}"),
            Err(error) => assert!(matches!(error, RandomError::SeedRecord(_)), "{error}"),
        }
        drop(store);
        let store = Arc::new(SqliteStore::open(&path).unwrap());
        assert!(seen.insert(block(&stuck(&store, b"device")).unwrap()), "after {how:?} at call {call}");
    }
    assert!(seen.len() > faults(&[40]).len());
}

/// Tells a process that this test has started which file to start from.
const FILE: &str = "PORTCULLIS_ENTROPY_TEST_SEED";

/// What stands before each block that such a process says.
const MARK: &str = "first block: ";

#[test]
fn no_start_of_killed_processes_is_repeated() {
    if let Some(path) = std::env::var_os(FILE) {
        start_for_ever(Path::new(&path));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = seed_file(folder.path());
    let mut seen = HashSet::new();
    for round in 0..6 {
        // Two at once, killed when they have started a few times between them, wherever they are then.
        let (said, heard) = mpsc::channel();
        let starters = [(); 2].map(|()| starter(&path, said.clone()));
        drop(said);
        let mut blocks: Vec<_> = heard.iter().take(5 + 3 * round).collect();
        for mut child in starters {
            child.kill().unwrap();
            child.wait().unwrap();
        }
        // What they said before they died.
        blocks.extend(heard);
        for block in blocks {
            assert!(seen.insert(block), "round {round}");
        }
    }
    assert!(seen.len() >= (0..6).map(|round| 5 + 3 * round).sum());
    let store = Arc::new(SqliteStore::open(&path).unwrap());
    let last = block(&stuck(&store, b"device")).unwrap();
    assert!(!seen.contains(&hex::encode(last)));
}

/// This test again, in a process that says the first block of each start to `said`.
fn starter(path: &Path, said: mpsc::Sender<String>) -> Child {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "no_start_of_killed_processes_is_repeated", "--nocapture"])
        .env(FILE, path)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            match line.strip_prefix(MARK) {
                Some(block) if block.len() == 32 => said.send(block.into()).unwrap(),
                // What it was saying when it was killed, or why it ended by itself.
                _ => eprintln!("a starter said: {line}"),
            }
        }
    });
    child
}

fn start_for_ever(path: &Path) -> ! {
    loop {
        let store = Arc::new(SqliteStore::open(path).unwrap());
        let block = hex::encode(block(&stuck(&store, b"device")).unwrap());
        eprintln!("{MARK}{block}");
    }
}
