//! How many objects are created in a second: by one thread, and by several that share batches.

use std::path::Path;
use std::time::{Duration, Instant};
use std::{fmt, fs, iter, thread};

use portcullis_token::{Session, SessionAccess, Token};

use crate::tokens;

/// How many threads write at once.
const WRITERS: usize = 8;

/// How often the two take turns: what disturbs the machine disturbs both, and both write to a token that grows.
const ROUNDS: u32 = 6;

pub(crate) fn compare(place: &Path, span: Duration, sync: Duration) {
    let token = tokens::new(place, sync);
    let all = with_others(&token, tokens::log_in(&token));
    let (mut alone, mut together) = (Spent::default(), Spent::default());
    for _ in 0..ROUNDS {
        alone.create(&all[..1], span / ROUNDS);
        together.create(&all, span / ROUNDS);
    }
    println!("one thread:   {alone}");
    println!("{WRITERS} threads:    {together}, {:.1} times as many", together.rate() / alone.rate());
}

/// One session for each thread.
pub(crate) fn with_others(token: &Token, session: Session) -> Vec<Session> {
    let other = || token.open_session(SessionAccess::ReadWrite).unwrap();
    iter::once(session).chain(iter::repeat_with(other)).take(WRITERS).collect()
}

/// What was spent on creating objects.
#[derive(Default)]
struct Spent {
    created: u32,
    batches: u64,
    time: Duration,
    /// Of all processors, where the system says so.
    busy: Duration,
}

impl Spent {
    /// Lets all sessions create objects for so long.
    fn create(&mut self, sessions: &[Session], span: Duration) {
        let (batches, busy, start) = (tokens::batches(), busy(), Instant::now());
        self.created += thread::scope(|scope| {
            let writers: Vec<_> =
                sessions.iter().map(|session| scope.spawn(|| create(session, start, span))).collect();
            writers.into_iter().map(|writer| writer.join().unwrap()).sum::<u32>()
        });
        self.time += start.elapsed();
        self.batches += tokens::batches() - batches;
        self.busy += self::busy().zip(busy).map_or(Duration::ZERO, |(after, before)| after - before);
    }

    /// How many in a second.
    fn rate(&self) -> f64 {
        f64::from(self.created) / self.time.as_secs_f64()
    }
}

impl fmt::Display for Spent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let in_batch = f64::from(self.created) / self.batches as f64;
        write!(f, "{:8.0} creates/s, {in_batch:.1} in a batch", self.rate())?;
        if self.busy.is_zero() {
            return Ok(());
        }
        write!(f, ", {:.0?} of processor time each", self.busy / self.created)
    }
}

/// The processor time that the process has used.
fn busy() -> Option<Duration> {
    /// `USER_HZ`, which is the same on every Linux that there is.
    const TICK: Duration = Duration::from_millis(10);
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The name before it may have spaces (`proc(5)`).
    let (_, fields) = stat.rsplit_once(')')?;
    let times = fields.split_whitespace().skip(11).take(2).map(str::parse::<u32>);
    Some(TICK * times.sum::<Result<u32, _>>().ok()?)
}

fn create(session: &Session, start: Instant, span: Duration) -> u32 {
    let mut created = 0;
    while start.elapsed() < span {
        session.create_object(tokens::key("a secret of the bench")).unwrap();
        created += 1;
    }
    created
}
