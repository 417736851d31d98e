//! How many objects are created in a second: by one thread, and by several that share batches.

use std::path::Path;
use std::time::{Duration, Instant};
use std::{iter, thread};

use portcullis_token::{Session, SessionAccess, Token};

use crate::tokens;

/// How many threads write at once.
const WRITERS: usize = 8;

pub(crate) fn compare(place: &Path, span: Duration, sync: Duration) {
    let token = tokens::new(place, sync);
    let all = with_others(&token, tokens::log_in(&token));
    let alone = rate(&all[..1], span);
    println!("one thread:   {alone:8.0} creates/s");
    let together = rate(&all, span);
    println!("{WRITERS} threads:    {together:8.0} creates/s, {:.1} times as many", together / alone);
}

/// One session for each thread.
pub(crate) fn with_others(token: &Token, session: Session) -> Vec<Session> {
    let other = || token.open_session(SessionAccess::ReadWrite).unwrap();
    iter::once(session).chain(iter::repeat_with(other)).take(WRITERS).collect()
}

/// Objects created in a second by all sessions together.
fn rate(sessions: &[Session], span: Duration) -> f64 {
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
