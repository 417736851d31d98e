//! What a durable object costs: creates a second by one thread and by eight, and how long opening and logging in take
//! with many objects there. On a SQLite store in the temporary folder, so the disk decides most of it.
//!
//! Arguments: `--seconds N` for each rate (3), `--objects N` for the login (10000).

#![allow(clippy::unwrap_used, reason = "a benchmark ends by a panic")]

use std::env;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use portcullis_engine::RingEngine;
use portcullis_entropy::{RandomPool, Seed};
use portcullis_pal::SqliteStore;
use portcullis_token::{
    AttributeType, Device, KeyDerivation, KeyType, ObjectClass, Parts, Session, SessionAccess, Template,
    Token, UserType,
};

const SO_PIN: &[u8] = b"officer-5678";
const USER_PIN: &[u8] = b"user-1234";

/// How many threads write at once.
const WRITERS: usize = 8;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let span = Duration::from_secs(argument("--seconds", 3));
    let token = open(&folder.path().join("rates"));
    set_up(&token);
    let session = user_session(&token);
    let alone = rate(&[&session], span);
    println!("one thread:      {alone:8.0} creates/s");
    let others: Vec<Session> =
        (1..WRITERS).map(|_| token.open_session(SessionAccess::ReadWrite).unwrap()).collect();
    let all: Vec<&Session> = others.iter().chain([&session]).collect();
    let together = rate(&all, span);
    println!("{WRITERS} threads:       {together:8.0} creates/s, {:.1} times as many", together / alone);

    let objects = argument("--objects", 10_000);
    let place = folder.path().join("many");
    fill(&place, objects);
    let start = Instant::now();
    let token = open(&place);
    let opened = start.elapsed();
    let session = token.open_session(SessionAccess::ReadWrite).unwrap();
    let start = Instant::now();
    session.login(UserType::User, USER_PIN).unwrap();
    println!(
        "{objects} objects:   opened in {opened:.1?}, logged in in {:.1?} (a PIN: {:.1?})",
        start.elapsed(),
        pin()
    );
}

fn argument(name: &str, standard: u64) -> u64 {
    let given = env::args().skip_while(|argument| argument != name).nth(1);
    given.map_or(standard, |number| number.parse().unwrap())
}

fn open(place: &Path) -> Token {
    let store = SqliteStore::open_or_create(place).unwrap();
    Token::open(Parts {
        store: Arc::new(store),
        engine: Arc::new(RingEngine),
        random: Arc::new(RandomPool::host(Seed::NotKept)),
        key_derivation: KeyDerivation::MINIMUM,
        device: Device::default(),
    })
    .unwrap()
}

fn set_up(token: &Token) {
    token.init(SO_PIN, "bench").unwrap();
    let session = token.open_session(SessionAccess::ReadWrite).unwrap();
    session.login(UserType::So, SO_PIN).unwrap();
    session.init_pin(USER_PIN).unwrap();
}

fn user_session(token: &Token) -> Session {
    let session = token.open_session(SessionAccess::ReadWrite).unwrap();
    session.login(UserType::User, USER_PIN).unwrap();
    session
}

/// What checking a PIN costs by itself, in a token with nothing in it.
fn pin() -> Duration {
    let folder = tempfile::tempdir().unwrap();
    let token = open(&folder.path().join("empty"));
    set_up(&token);
    let start = Instant::now();
    user_session(&token);
    start.elapsed()
}

fn key() -> Template {
    Template::key(ObjectClass::SecretKey, KeyType::GenericSecret)
        .with(AttributeType::Token, true)
        .with(AttributeType::Label, "a secret of the bench")
        .with(AttributeType::Value, [0x42; 32].as_slice())
}

/// Objects created in a second by all sessions together.
fn rate(sessions: &[&Session], span: Duration) -> f64 {
    let start = Instant::now();
    let created: u32 = thread::scope(|scope| {
        let writers: Vec<_> =
            sessions.iter().map(|session| scope.spawn(|| create(session, start, span))).collect();
        writers.into_iter().map(|writer| writer.join().unwrap()).sum()
    });
    f64::from(created) / start.elapsed().as_secs_f64()
}

fn create(session: &Session, start: Instant, span: Duration) -> u32 {
    let mut created = 0;
    while start.elapsed() < span {
        session.create_object(key()).unwrap();
        created += 1;
    }
    created
}

/// Puts so many objects into a token, by as many threads as help.
fn fill(place: &Path, objects: u64) {
    let token = open(place);
    set_up(&token);
    let session = user_session(&token);
    let others: Vec<Session> =
        (1..WRITERS).map(|_| token.open_session(SessionAccess::ReadWrite).unwrap()).collect();
    thread::scope(|scope| {
        for writer in others.iter().chain([&session]) {
            scope.spawn(|| {
                for _ in 0..objects / WRITERS as u64 {
                    writer.create_object(key()).unwrap();
                }
            });
        }
    });
}
