//! How many objects are created in a second: by one thread, and by several that share batches.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use portcullis_token::{Session, SessionAccess};

use crate::tokens;

/// How many threads write at once.
const WRITERS: usize = 8;

pub(crate) fn compare(place: &Path, span: Duration, sync: Duration) {
    let token = tokens::new(place, sync);
    let session = tokens::log_in(&token);
    let alone = rate(&[&session], span);
    println!("one thread:   {alone:8.0} creates/s");
    let others: Vec<Session> =
        (1..WRITERS).map(|_| token.open_session(SessionAccess::ReadWrite).unwrap()).collect();
    let all: Vec<&Session> = others.iter().chain([&session]).collect();
    let together = rate(&all, span);
    println!("{WRITERS} threads:    {together:8.0} creates/s, {:.1} times as many", together / alone);
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
        session.create_object(tokens::key("a secret of the bench")).unwrap();
        created += 1;
    }
    created
}
