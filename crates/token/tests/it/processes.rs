//! Many processes that try a PIN at once: this test binary starts itself again, sixteen times.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs, thread};

use portcullis_pal::{MemoryStore, SqliteStore};
use portcullis_token::{Error, SessionAccess, Token, UserType};

use crate::common::{USER_PIN, open, parts, set_up};
use crate::populated::{get, put, with_new_check};

const PROCESSES: usize = 16;

/// Names the store, and the file whose presence starts all at once.
const STORE: &str = "PORTCULLIS_TEST_STORE";
const GO: &str = "go";

/// Runs the test of this name in processes of their own, and gives the answers that they print.
fn in_processes(test: &str, folder: &Path) -> Vec<String> {
    let start = |_| {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", &format!("processes::{test}"), "--nocapture"]);
        command.env(STORE, folder.join("store")).stdout(Stdio::piped()).spawn().unwrap()
    };
    let children: Vec<Child> = (0..PROCESSES).map(start).collect();
    fs::write(folder.join(GO), "").unwrap();
    let answers = children.into_iter().map(|child| {
        let ended = child.wait_with_output().unwrap();
        assert!(ended.status.success());
        let printed = String::from_utf8(ended.stdout).unwrap();
        printed.split_once("answer: ").unwrap().1.lines().next().unwrap().to_owned()
    });
    answers.collect()
}

/// A new token in a folder.
fn new_store(folder: &Path) -> Token {
    let store = SqliteStore::create(folder.join("store")).unwrap();
    let token = Token::open(parts(Arc::new(store))).unwrap();
    set_up(&token);
    token
}

/// Tries a PIN as one of the processes, and prints what comes of it. False in the process that starts the others.
fn tries(pin: &[u8]) -> bool {
    let Some(store) = env::var_os(STORE) else { return false };
    let store = Path::new(&store);
    let token = Token::open(parts(Arc::new(SqliteStore::open(store).unwrap()))).unwrap();
    let session = token.open_session(SessionAccess::ReadOnly).unwrap();
    while !store.with_file_name(GO).exists() {
        thread::sleep(Duration::from_millis(1));
    }
    let answer = match session.login(UserType::User, pin) {
        Ok(()) => "in".to_owned(),
        Err(error) => format!("{error:?}"),
    };
    println!("answer: {answer}");
    true
}

#[test]
fn right_pins_of_many_processes_at_once_never_lock_the_pin() {
    if tries(USER_PIN) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let token = new_store(folder.path());
    let answers = in_processes("right_pins_of_many_processes_at_once_never_lock_the_pin", folder.path());
    assert!(answers.iter().all(|answer| answer == "in"), "{answers:?}");
    assert_eq!(token.info().unwrap().user_pin.unwrap().tries_left, 10);
}

#[test]
fn wrong_pins_of_many_processes_at_once_are_no_more_than_the_limit() {
    if tries(b"wrong") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let token = new_store(folder.path());
    let answers =
        in_processes("wrong_pins_of_many_processes_at_once_are_no_more_than_the_limit", folder.path());
    let wrong = answers.iter().filter(|answer| answer.starts_with("PinIncorrect")).count();
    let locked = answers.iter().filter(|answer| *answer == "PinLocked").count();
    assert_eq!((wrong, locked), (10, PROCESSES - 10), "{answers:?}");
    assert_eq!(token.info().unwrap().user_pin.unwrap().tries_left, 0);
}

/// Ten processes that ended between counting a try and making it: their tries are gone.
#[test]
fn tries_of_processes_that_ended_stay_counted() {
    let store = MemoryStore::new();
    set_up(&open(&store));
    let mut record = get(&store, b"pin-user").unwrap();
    assert_eq!(record[1..5], [0; 4]);
    record[4] = 10;
    put(&store, b"pin-user", Some(&with_new_check(b"pin-user", &record)));
    let token = open(&store);
    // They might still be under way, which is waited for once.
    assert_eq!(token.info().unwrap().user_pin.unwrap().tries_left, 1);
    let session = token.open_session(SessionAccess::ReadOnly).unwrap();
    for _ in 0..2 {
        assert!(matches!(session.login(UserType::User, USER_PIN), Err(Error::PinLocked)));
        assert_eq!(token.info().unwrap().user_pin.unwrap().tries_left, 0);
    }
}
