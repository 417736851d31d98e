//! How sides are compared: they take turns, round by round, so that whatever else the machine does hits all of them.
//! What counts is the median of the rounds' ratios.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::c::Trouble;
use crate::clock::Clock;

/// How long a comparison takes.
#[derive(Clone, Copy)]
pub(crate) struct Pace {
    /// How often each side has its turn.
    pub(crate) rounds: usize,
    /// About how long a turn is.
    pub(crate) span: Duration,
}

impl Pace {
    pub(crate) const FULL: Self = Self { rounds: 25, span: Duration::from_millis(40) };
    pub(crate) const QUICK: Self = Self { rounds: 7, span: Duration::from_millis(8) };
}

/// Does the same thing so many times.
pub(crate) type Run<'a> = Box<dyn FnMut(u64) -> Result<(), Trouble> + 'a>;

/// One side of a comparison.
pub(crate) struct Side<'a> {
    pub(crate) name: String,
    /// What is measured, or why it can't be.
    pub(crate) run: Result<Run<'a>, Trouble>,
}

/// A side that was measured: how often a second, in each round.
pub(crate) struct Rates {
    pub(crate) name: String,
    pub(crate) per_second: Vec<f64>,
}

/// What a comparison brings: those measured, the first of all sides first, and those left out with the reason.
pub(crate) struct Compared {
    pub(crate) rates: Vec<Rates>,
    pub(crate) left_out: Vec<(String, Trouble)>,
}

/// Makes a [`Run`] of something that is done once.
pub(crate) fn repeat<'a>(mut call: impl FnMut() -> Result<(), Trouble> + 'a) -> Run<'a> {
    Box::new(move |count| (0..count).try_for_each(|_| call()))
}

/// Makes a [`Run`] of something that two threads do at once, half of the calls each.
///
/// The second thread lives as long as the run, as those of a server do.
pub(crate) fn in_two<C>([mut own, mut other]: [C; 2]) -> Run<'static>
where
    C: FnMut() -> Result<(), Trouble> + Send + 'static,
{
    let (orders, inbox) = mpsc::channel::<u64>();
    let (report, outcomes) = mpsc::channel();
    thread::spawn(move || {
        for count in inbox {
            if report.send((0..count).try_for_each(|_| other())).is_err() {
                break;
            }
        }
    });
    Box::new(move |count| {
        orders.send(count / 2).map_err(|_| Trouble::Thread)?;
        let outcome = (0..count - count / 2).try_for_each(|_| own());
        outcome.and(outcomes.recv().unwrap_or(Err(Trouble::Thread)))
    })
}

/// Measures all sides, turn by turn; who begins changes with every round.
pub(crate) fn compare(sides: Vec<Side<'_>>, pace: Pace, clock: Clock) -> Result<Compared, Trouble> {
    let (mut running, mut rates, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
    for Side { name, run } in sides {
        match run.and_then(|mut run| Ok((calibrate(&mut run, pace.span, clock)?, run))) {
            Ok(calibrated) => {
                running.push(calibrated);
                rates.push(Rates { name, per_second: Vec::with_capacity(pace.rounds) });
            }
            Err(trouble) => left_out.push((name, trouble)),
        }
    }
    let count = running.len();
    for round in 0..pace.rounds {
        for turn in 0..count {
            let which = (round + turn) % count;
            let (calls, run) = &mut running[which];
            let took = timed(run, *calls, clock)?;
            rates[which].per_second.push(*calls as f64 / took.as_secs_f64());
        }
    }
    Ok(Compared { rates, left_out })
}

fn timed(run: &mut Run<'_>, calls: u64, clock: Clock) -> Result<Duration, Trouble> {
    let start = clock.now();
    run(calls)?;
    Ok(clock.now() - start)
}

/// How many calls fill a turn. By the time that is known, everything is warm.
fn calibrate(run: &mut Run<'_>, span: Duration, clock: Clock) -> Result<u64, Trouble> {
    // The first call may pay for what is made once: a generator's seed, a parsed key.
    run(2)?;
    let mut calls = 1_u64;
    loop {
        let took = timed(run, calls, clock)?;
        if took * 2 >= span {
            let turns = span.as_secs_f64() / took.as_secs_f64();
            return Ok(((calls as f64 * turns) as u64).max(1));
        }
        calls *= 2;
    }
}

/// The values at a quarter, a half and three quarters of all.
pub(crate) fn quartiles(values: &[f64]) -> [f64; 3] {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| sorted.get(sorted.len() * quarter / 4).copied().unwrap_or(f64::NAN))
}

/// How many times as fast `one` is as `other`: the quartiles of the rounds' ratios.
pub(crate) fn ratios(one: &Rates, other: &Rates) -> [f64; 3] {
    let ratios: Vec<_> =
        one.per_second.iter().zip(&other.per_second).map(|(one, other)| one / other).collect();
    quartiles(&ratios)
}
