//! Many objects in one token: opening it, logging in, finding one, destroying all, and the memory that each takes.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use portcullis_token::{AttributeType, ObjectHandle, Session, Template, Token};

use crate::{rates, tokens};

/// How many objects the other token has with which finding is compared.
const FEW: u64 = 10;

/// How many objects are put into a token at once.
const TOGETHER: usize = 100;

/// How often an object is looked for.
const LOOKS: u64 = 20_000;

/// From one to the next where none shall have been seen lately.
const STRIDE: u64 = 7919;

pub(crate) fn measure(folder: &Path, objects: u64) {
    fill(&folder.join("few"), FEW, tokens::key);
    fill(&folder.join("keys"), objects, tokens::key);
    println!("{objects} keys:");
    see(&folder.join("keys"), objects);
    fill(&folder.join("data"), objects, tokens::data);
    println!("{objects} public objects:");
    see(&folder.join("data"), objects);
}

/// Puts so many objects into a token.
fn fill(place: &Path, objects: u64, made: impl Fn(&str) -> Template) {
    let session = tokens::log_in(&tokens::new(place, Duration::ZERO));
    for first in (0..objects).step_by(TOGETHER) {
        let together = first..objects.min(first + TOGETHER as u64);
        session.create_objects(together.map(|n| made(&name(n))).collect()).unwrap();
    }
}

fn name(n: u64) -> String {
    format!("object {n}")
}

/// Looks at a token in a process that has done nothing else, as memory that was used before would count for less.
fn see(place: &Path, objects: u64) {
    let mut own = Command::new(env::current_exe().unwrap());
    let status = own.arg("--opened").arg(place).args(["--objects", &objects.to_string()]).status().unwrap();
    assert!(status.success(), "the process that opens a token ends well");
}

/// What `see` does in that process.
pub(crate) fn opened(place: &Path, objects: u64) {
    let few = tokens::open(&place.with_file_name("few"), Duration::ZERO);
    let start = Instant::now();
    let few_session = tokens::log_in(&few);
    let pin = start.elapsed();
    let before = resident();
    let start = Instant::now();
    let token = tokens::open(place, Duration::ZERO);
    let opening = start.elapsed();
    let start = Instant::now();
    let session = tokens::log_in(&token);
    println!("  opened in {opening:.1?}, logged in in {:.1?} (with {FEW} keys: {pin:.1?})", start.elapsed());
    if let Some(grown) = resident().zip(before).map(|(after, before)| after.saturating_sub(before)) {
        println!("  memory for each: {} bytes", grown / objects);
    }
    compare_finding(&session, objects, &few_session);
    destroy(token, session);
}

/// The process's resident memory in bytes, where the system says so.
fn resident() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? << 10)
}

/// Finding one of many and one of few, by turns: the same ten again and again, so that both have them in the processor's
/// cache; and any of many, which come from main memory.
fn compare_finding(many: &Session, objects: u64, few: &Session) {
    for (what, attribute) in [("label", AttributeType::Label), ("id", AttributeType::Id)] {
        if many.find_objects(&wanted(attribute, 0)).unwrap().is_empty() {
            continue;
        }
        let (mut of_many, mut of_few, mut any) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
        for n in 0..LOOKS {
            of_many += looked(many, attribute, n % FEW * (objects / FEW));
            of_few += looked(few, attribute, n % FEW);
        }
        for n in 0..LOOKS {
            any += looked(many, attribute, n * STRIDE % objects);
        }
        let [of_many, of_few, any] = [of_many, of_few, any].map(|all| all / LOOKS as u32);
        println!(
            "  found by {what} in {of_many:.2?}, with {FEW} keys in {of_few:.2?}; one not seen lately in {any:.2?}"
        );
    }
}

fn wanted(attribute: AttributeType, n: u64) -> Template {
    Template::new().with(attribute, name(n).as_str())
}

fn looked(session: &Session, attribute: AttributeType, n: u64) -> Duration {
    let wanted = wanted(attribute, n);
    let start = Instant::now();
    session.find_objects(&wanted).unwrap();
    start.elapsed()
}

/// A tenth of the objects one by one in one thread, half of the others in several, and the rest with the token.
fn destroy(token: Token, session: Session) {
    let all: Vec<ObjectHandle> = session.find_objects(&Template::new()).unwrap();
    let (tenth, rest) = all.split_at(all.len() / 10);
    let (half, others) = rest.split_at(rest.len() / 2);
    let sessions = rates::with_others(&token, session);
    let (alone, together) = (destroyed(&sessions[..1], tenth), destroyed(&sessions, half));
    println!("  destroyed one by one: {alone:.0}/s by one thread, {together:.0}/s by {}", sessions.len());
    drop(sessions);
    let start = Instant::now();
    tokens::init(&token);
    println!("  {} destroyed with the token in {:.2?}", others.len(), start.elapsed());
}

/// How many are destroyed in a second by all sessions together.
fn destroyed(sessions: &[Session], objects: &[ObjectHandle]) -> f64 {
    let start = Instant::now();
    thread::scope(|scope| {
        for (session, own) in
            sessions.iter().zip(objects.chunks(objects.len().div_ceil(sessions.len()).max(1)))
        {
            scope.spawn(|| own.iter().for_each(|object| session.destroy_object(*object).unwrap()));
        }
    });
    objects.len() as f64 / start.elapsed().as_secs_f64()
}
