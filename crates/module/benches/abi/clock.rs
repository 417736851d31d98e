//! How time is counted: what a thread had of a processor, which other programs can't add to, or all that passed.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// A way to count time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clock {
    /// What the calling thread had of a processor: for calls that wait for nothing.
    Processor,
    /// All that passes: where the disk or another thread is waited for.
    Wall,
}

impl Clock {
    /// The time since some moment that stays the same.
    pub(crate) fn now(self) -> Duration {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        match self {
            Self::Wall => START.elapsed(),
            Self::Processor => processor().unwrap_or_else(|| START.elapsed()),
        }
    }
}

/// What this thread had of a processor; nothing where the system does not count it.
fn processor() -> Option<Duration> {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the kernel writes the one structure that it is given.
    let refused = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    let (seconds, nanos) = (u64::try_from(time.tv_sec).ok()?, u32::try_from(time.tv_nsec).ok()?);
    (refused == 0).then(|| Duration::new(seconds, nanos))
}
