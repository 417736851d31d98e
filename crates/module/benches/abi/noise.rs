//! How busy the machine is with other things. It can't be helped, but it is said.
//!
//! Following `proc_stat(5)`. Linux only: elsewhere nothing is known.

use std::time::Duration;
use std::{fs, thread};

/// How long the machine is watched.
const WATCHED: Duration = Duration::from_millis(500);

/// How many processors other programs keep busy now; nothing where the system does not tell. The caller does nothing
/// meanwhile.
pub(crate) fn busy_processors() -> Option<f64> {
    let before = Ticks::now()?;
    thread::sleep(WATCHED);
    let after = Ticks::now()?;
    let (busy, all) = (after.busy.checked_sub(before.busy)?, after.all.checked_sub(before.all)?);
    let processors = thread::available_parallelism().ok()?.get();
    (all > 0).then(|| busy as f64 / all as f64 * processors as f64)
}

/// What all processors together have done since the start of the machine.
struct Ticks {
    busy: u64,
    all: u64,
}

impl Ticks {
    fn now() -> Option<Self> {
        let text = fs::read_to_string("/proc/stat").ok()?;
        let numbers = text.lines().next()?.strip_prefix("cpu ")?.split_whitespace();
        // What comes after the eighth, the time of guests, is part of the first two.
        let numbers: Vec<u64> = numbers.take(8).map_while(|number| number.parse().ok()).collect();
        let [_, _, _, idle, waiting, _, _, _] = *numbers.as_slice() else { return None };
        let all = numbers.iter().sum();
        Some(Self { busy: all - idle - waiting, all })
    }
}
