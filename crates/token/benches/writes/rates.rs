//! How many objects are created in a second: by one thread, and by several that share batches.

use std::path::Path;
use std::time::{Duration, Instant};
use std::{fmt, fs, iter, thread};

use portcullis_token::{Session, SessionAccess, Token};

use crate::tokens;

/// How many threads write at once.
const WRITERS: usize = 8;

pub(crate) fn compare(place: &Path, span: Duration, sync: Duration) {
    let token = tokens::new(place, sync);
    let all = with_others(&token, tokens::log_in(&token));
    let alone = Rate::of(&all[..1], span);
    println!("one thread:   {alone}");
    let together = Rate::of(&all, span);
    println!("{WRITERS} threads:    {together}, {:.1} times as many", together.creates / alone.creates);
}

/// One session for each thread.
pub(crate) fn with_others(token: &Token, session: Session) -> Vec<Session> {
    let other = || token.open_session(SessionAccess::ReadWrite).unwrap();
    iter::once(session).chain(iter::repeat_with(other)).take(WRITERS).collect()
}

/// What creating objects comes to.
struct Rate {
    /// How many in a second, by all sessions together.
    creates: f64,
    /// How many in one batch.
    in_batch: f64,
    /// What one takes of all processors, where the system says so.
    busy: Option<Duration>,
}

impl Rate {
    fn of(sessions: &[Session], span: Duration) -> Self {
        let (batches, busy, start) = (tokens::batches(), busy(), Instant::now());
        let created: u32 = thread::scope(|scope| {
            let writers: Vec<_> =
                sessions.iter().map(|session| scope.spawn(|| create(session, start, span))).collect();
            writers.into_iter().map(|writer| writer.join().unwrap()).sum()
        });
        Self {
            creates: f64::from(created) / start.elapsed().as_secs_f64(),
            in_batch: f64::from(created) / (tokens::batches() - batches) as f64,
            busy: self::busy().zip(busy).map(|(after, before)| (after - before) / created.max(1)),
        }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:8.0} creates/s, {:.1} in a batch", self.creates, self.in_batch)?;
        self.busy.map_or(Ok(()), |busy| write!(f, ", {busy:.0?} of processor time each"))
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
