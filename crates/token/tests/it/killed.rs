//! Processes with a whole token on one SQLite store, killed while they write: this test binary starts itself again, four
//! times a round. What was acknowledged is there and opens, the token logs in with the PIN that was set last, and the ledger
//! has nothing to say.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{self, Sender};
use std::time::Duration;
use std::{env, fs, thread};

use portcullis_outage::Chance;
use portcullis_pal::SqliteStore;
use portcullis_pal::testkit::{heed, kill_after, say};
use portcullis_token::{
    AttributeType, AttributeValue, Error, ObjectClass, Session, SessionAccess, Template, Token, UserType,
    Value,
};

use crate::common::{SO_PIN, data, parts, set_up};
use crate::populated::{all_named, labelled};

const WRITERS: usize = 4;

/// The writer that changes the PIN, and after how many steps each time.
const CHANGES_PIN: usize = 0;
const PIN_STEPS: u64 = 5;

/// Tells a process of its store, the file it waits for, who it is, how far it has come, and which PIN it is now.
const STORE: &str = "PORTCULLIS_TEST_KILLED_STORE";
const GO: &str = "PORTCULLIS_TEST_KILLED_GO";
const WRITER: &str = "PORTCULLIS_TEST_KILLED_WRITER";
const DONE: &str = "PORTCULLIS_TEST_KILLED_DONE";
const PIN: &str = "PORTCULLIS_TEST_KILLED_PIN";

/// How far everything has come, as far as it was acknowledged.
#[derive(Default)]
struct Reached {
    done: [u64; WRITERS],
    pin: u64,
}

/// What a writer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    LoggedIn,
    Step(u64),
    Pin(u64),
}

/// How many rounds: hundreds for a long run, by `PORTCULLIS_ROUNDS`.
fn rounds() -> u64 {
    env::var("PORTCULLIS_ROUNDS").map_or(6, |rounds| rounds.parse().unwrap())
}

#[test]
fn killed_processes_lose_nothing_acknowledged_of_a_token() {
    if env::var_os(STORE).is_some() {
        return write_for_ever();
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    drop(SqliteStore::create(&path).unwrap());
    let token = open(&path);
    set_up(&token);
    set_first_pin(&token);
    let mut reached = Reached::default();
    // One process looks on all the time, logged in since before the PIN was changed.
    let onlooker = log_in(&token, 0).unwrap();
    let mut chance = Chance::new(1);
    for round in 0..rounds() {
        kill_while_they_write(&path, round, &mut reached, &mut chance);
        check(&path, &mut reached, round);
        assert_eq!(all_named(&token), [[]; 0], "round {round}: as an onlooker sees it");
        assert_eq!(held(&onlooker), all_of(&reached.done), "round {round}: as an onlooker sees it");
    }
    let session = open(&path).open_session(SessionAccess::ReadWrite).unwrap();
    session.login(UserType::So, SO_PIN).unwrap();
    println!("{} rounds, {:?} steps, {} PINs", rounds(), reached.done, reached.pin);
}

fn open(path: &Path) -> Token {
    Token::open(parts(Arc::new(SqliteStore::open(path).unwrap()))).unwrap()
}

fn pin(number: u64) -> Vec<u8> {
    format!("pin {number}").into_bytes()
}

fn set_first_pin(token: &Token) {
    let session = token.open_session(SessionAccess::ReadWrite).unwrap();
    session.login(UserType::So, SO_PIN).unwrap();
    session.init_pin(&pin(0)).unwrap();
}

fn log_in(token: &Token, number: u64) -> Result<Session, Error> {
    let session = token.open_session(SessionAccess::ReadWrite)?;
    session.login(UserType::User, &pin(number))?;
    Ok(session)
}

/// The labels of a writer's objects after so many steps: each is created, renamed with the next step, and destroyed when
/// two more have come.
fn labels(writer: usize, done: u64) -> impl Iterator<Item = (String, u64)> {
    let (created, renamed, destroyed) = (done.div_ceil(3), (done + 1) / 3, (done / 3).saturating_sub(2));
    (destroyed..created).map(move |number| (label(writer, number, number < renamed), number))
}

fn label(writer: usize, number: u64, renamed: bool) -> String {
    format!("{writer}-{number}{}", if renamed { " renamed" } else { "" })
}

fn value_of(number: u64) -> Vec<u8> {
    vec![number.to_be_bytes()[7]; usize::try_from(number % 4).unwrap() * 1500]
}

/// All objects with their values, by what the steps of all writers have left.
fn all_of(done: &[u64; WRITERS]) -> BTreeMap<String, Vec<u8>> {
    let each = done.iter().enumerate().flat_map(|(writer, done)| labels(writer, *done));
    each.map(|(label, number)| (label, value_of(number))).collect()
}

/// All objects with their values, as a session sees them.
fn held(session: &Session) -> BTreeMap<String, Vec<u8>> {
    let found = session.find_objects(&Template::of(ObjectClass::Data)).unwrap();
    let bytes = |object, attribute| match session.attribute(object, attribute).unwrap() {
        AttributeValue::Plain(Value::Bytes(bytes)) => bytes.to_vec(),
        AttributeValue::Secret(secret) => secret.expose().to_vec(),
        other => panic!("{other:?}"),
    };
    let named = |object| {
        let label = String::from_utf8(bytes(object, AttributeType::Label)).unwrap();
        (label, bytes(object, AttributeType::Value))
    };
    found.into_iter().map(named).collect()
}

/// Lets the writers write, kills each after a while of its own, and takes note of what they acknowledged.
fn kill_while_they_write(path: &Path, round: u64, reached: &mut Reached, chance: &mut Chance) {
    let go = path.with_file_name(format!("go {round}"));
    let (said, heard) = mpsc::channel();
    let writers: Vec<_> =
        (0..WRITERS).map(|writer| start(path, &go, (writer, reached), said.clone())).collect();
    drop(said);
    // All log in with the PIN that it is now, before one of them changes it.
    for _ in 0..WRITERS {
        assert_eq!(heard.recv().unwrap().1, Word::LoggedIn);
    }
    fs::write(&go, "").unwrap();
    let mut acknowledged: Vec<_> = heard.iter().take(2).collect();
    // A change of the PIN takes its time, so some rounds are long.
    let longest = if round % 3 == 1 { 600_000 } else { 60_000 };
    let pause = |writer| (writer, Duration::from_micros(chance.number() % longest));
    kill_after(writers.into_iter().map(pause).collect());
    acknowledged.extend(heard);
    for (writer, word) in acknowledged {
        let (last, now) = match word {
            Word::Step(number) => (&mut reached.done[writer], number),
            Word::Pin(number) => (&mut reached.pin, number),
            Word::LoggedIn => panic!("round {round}: writer {writer} logged in twice"),
        };
        assert_eq!(now, *last + 1, "round {round}: what writer {writer} does follows from what it did");
        *last = now;
    }
    fs::remove_file(go).unwrap();
}

fn start(path: &Path, go: &Path, (writer, reached): (usize, &Reached), said: Sender<(usize, Word)>) -> Child {
    let test = "killed::killed_processes_lose_nothing_acknowledged_of_a_token";
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(STORE, path)
        .env(GO, go)
        .env(WRITER, writer.to_string())
        .env(DONE, reached.done[writer].to_string())
        .env(PIN, reached.pin.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    heed(&mut child, move |word| {
        let word = match word.split_once(' ').unwrap() {
            ("step", number) => Word::Step(number.parse().unwrap()),
            ("pin", number) => Word::Pin(number.parse().unwrap()),
            _ => Word::LoggedIn,
        };
        said.send((writer, word)).unwrap();
    });
    child
}

/// The token is where it was acknowledged to be, or for each writer, and for the PIN, one further; and it is whole.
fn check(path: &Path, reached: &mut Reached, round: u64) {
    let token = open(path);
    let session = match log_in(&token, reached.pin) {
        Err(Error::PinIncorrect { .. }) => {
            reached.pin += 1;
            log_in(&token, reached.pin)
        }
        session => session,
    };
    let session = session.unwrap_or_else(|error| panic!("round {round}: {error}"));
    assert_eq!(all_named(&token), [[]; 0], "round {round}");
    let held = held(&session);
    for (writer, done) in reached.done.iter_mut().enumerate() {
        let own = format!("{writer}-");
        let held: Vec<_> = held.keys().filter(|label| label.starts_with(&own)).cloned().collect();
        let after = |done| {
            let mut labels: Vec<_> = labels(writer, done).map(|(label, _)| label).collect();
            labels.sort();
            labels
        };
        if held != after(*done) {
            *done += 1;
        }
        assert_eq!(held, after(*done), "round {round}: writer {writer}, step {done} or the one before");
    }
    assert_eq!(held, all_of(&reached.done), "round {round}");
}

/// Goes on where this writer was, and says so after each step.
fn write_for_ever() {
    let variable = |name| env::var(name).unwrap();
    let number = |name| variable(name).parse::<u64>().unwrap();
    let token = open(Path::new(&variable(STORE)));
    let (mut done, mut now, go) = (number(DONE), number(PIN), PathBuf::from(variable(GO)));
    let writer = usize::try_from(number(WRITER)).unwrap();
    let session = log_in(&token, now).unwrap();
    say("logged in");
    while !go.exists() {
        thread::sleep(Duration::from_millis(1));
    }
    loop {
        carry_out(&session, writer, done);
        done += 1;
        say(&format!("step {done}"));
        if writer == CHANGES_PIN && done % PIN_STEPS == 0 {
            session.set_pin(&pin(now), &pin(now + 1)).unwrap();
            now += 1;
            say(&format!("pin {now}"));
        }
    }
}

/// The step after so many.
fn carry_out(session: &Session, writer: usize, done: u64) {
    let number = done / 3;
    let find = |label: String| session.find_objects(&labelled(&label)).unwrap()[0];
    match done % 3 {
        0 => {
            let template = data(&label(writer, number, false), &value_of(number));
            session.create_object(template.with(AttributeType::Private, true)).unwrap();
        }
        1 => {
            let object = find(label(writer, number, false));
            session.set_attributes(object, &labelled(&label(writer, number, true))).unwrap();
        }
        _ if number >= 2 => session.destroy_object(find(label(writer, number - 2, true))).unwrap(),
        _ => {}
    }
}
