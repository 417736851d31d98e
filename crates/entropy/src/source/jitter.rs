//! The jitter of a processor: how long the same piece of work takes, time after time. What makes it vary is what else
//! goes on in the machine: caches, clocks that are not in step, interrupts, other cores.
//!
//! The two kinds of work are those of Stephan Müller's jitterentropy: steps through memory, and a shift register. A
//! sample is the low byte of the time that one round took, in the smallest steps that the clock makes, and nothing
//! else: it is neither hashed nor folded, so that health tests and an assessment see the noise itself.
//!
//! The work is the same in every round, whatever came of the last one: what a sample varies by is time alone, and no
//! arithmetic that only looks like noise.
//!
//! # The claim
//! 1/4 bit a sample. Guessing each sample from those before it (tables of up to three samples, repetitions at up to
//! 128) was right 12 times in 100 on the quietest virtual machine seen, worth 3 bits, and 2 times in 100 on a busy one.
//! The claim is a twelfth of the 3 bits, for processors that do the same things in the same time. 384 bits take 1536
//! samples, a reseed 1024, the start-up test 1024: some milliseconds, with two readings of the clock for each sample.
//! Where the clock is too coarse to see any jitter, samples repeat, and the health tests end the source.

#[cfg(test)]
mod tests;

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use core::hint::black_box;

use crate::{HardwarePoll, PollError};

/// Bytes to walk through: on a host more than its processor's fastest cache holds.
const MEMORY: usize = if cfg!(feature = "std") { 64 << 10 } else { 2 << 10 };

/// From one step to the next, in bytes. It is odd, so the walk comes by everywhere.
const STRIDE: usize = MEMORY / 16 + 3;

/// Steps through memory in a round.
const STEPS: usize = 128;

/// Shifts of the register in a round.
const SHIFTS: usize = 64;

/// Rounds before the first sample. They warm the caches, and show the steps in which the clock counts.
const WARM_UP: usize = 256;

/// A noise source that measures time.
pub struct JitterSource {
    clock: fn() -> u64,
    entropy: f32,
    memory: Vec<u8>,
    at: usize,
    register: u64,
    /// The steps in which the clock counts; known after the warm-up.
    step: Option<u64>,
}

impl JitterSource {
    /// The min-entropy that is claimed for a sample where nobody has assessed it, in bits.
    pub const CLAIM: f32 = 0.25;

    /// The jitter of this machine by the operating system's clock, which claims [`CLAIM`](Self::CLAIM).
    #[cfg(feature = "std")]
    #[must_use]
    pub fn new() -> Self {
        Self::with_clock(nanoseconds, Self::CLAIM)
    }

    /// The jitter that `clock` shows: a counter that goes up much faster than the microsecond or so that a round
    /// takes, such as a processor's cycle counter. `entropy` is claimed for each sample, in bits; have it assessed.
    #[must_use]
    pub fn with_clock(clock: fn() -> u64, entropy: f32) -> Self {
        Self { clock, entropy, memory: vec![0; MEMORY], at: 0, register: 1, step: None }
    }

    /// How long a round takes, in the clock's units.
    fn round(&mut self) -> u64 {
        let before = (self.clock)();
        self.walk();
        self.shift();
        (self.clock)().wrapping_sub(before)
    }

    /// Reads and writes memory, a few lines of the cache further each time.
    fn walk(&mut self) {
        for _ in 0..STEPS {
            self.at = (self.at + STRIDE) % MEMORY;
            self.memory[self.at] = self.memory[self.at].wrapping_add(1);
        }
        black_box(&mut self.memory);
    }

    /// Shifts a register with feedback (the polynomial x^64 + x^61 + x^56 + x^31 + x^28 + x^23 + 1).
    fn shift(&mut self) {
        let mut register = black_box(self.register);
        for _ in 0..SHIFTS {
            let fed_back = [63, 60, 55, 30, 27, 22].iter().fold(0, |bit, tap| bit ^ (register >> tap));
            register = (register << 1) | (fed_back & 1);
        }
        self.register = black_box(register);
    }

    /// The greatest step that all times of the warm-up are multiples of. A clock that counts in steps of 40 would
    /// otherwise leave the low bits of every sample the same.
    fn warm_up(&mut self) -> u64 {
        (0..WARM_UP).fold(0, |step, _| greatest_common_divisor(step, self.round())).max(1)
    }
}

#[cfg(feature = "std")]
impl Default for JitterSource {
    fn default() -> Self {
        Self::new()
    }
}

impl HardwarePoll for JitterSource {
    fn name(&self) -> &'static str {
        "jitter"
    }

    fn poll(&mut self, raw: &mut [u8]) -> Result<usize, PollError> {
        let step = self.step.unwrap_or_else(|| self.warm_up());
        self.step = Some(step);
        raw.iter_mut().for_each(|sample| *sample = (self.round() / step) as u8);
        Ok(raw.len())
    }

    fn min_entropy_per_byte(&self) -> f32 {
        self.entropy
    }
}

impl fmt::Debug for JitterSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JitterSource").field("entropy", &self.entropy).finish_non_exhaustive()
    }
}

/// Nanoseconds since some moment in this process.
#[cfg(feature = "std")]
fn nanoseconds() -> u64 {
    use std::sync::OnceLock;
    use std::time::Instant;

    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_nanos() as u64
}

fn greatest_common_divisor(mut one: u64, mut other: u64) -> u64 {
    while other != 0 {
        (one, other) = (other, one % other);
    }
    one
}
