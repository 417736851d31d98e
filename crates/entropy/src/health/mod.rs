//! The continuous health tests of SP 800-90B section 4.4 over samples of a byte each: repetition count (4.4.1) and
//! adaptive proportion (4.4.2), and two of our own as section 4.5 allows: repetition at the distance of a
//! register's width (a driver that reads its register before it has changed) and single stuck bits.
//!
//! Only the tests live here. What follows from a failure is decided in `source/checked.rs`.

mod cutoff;
#[cfg(test)]
mod tests;

use zeroize::Zeroize;

use crate::Alphabet;
pub use cutoff::Alpha;

/// Distances, in bytes, at which a repetition is looked for. 1 is the standard's test; the others see a
/// repeated 16-, 32- or 64-bit register.
const DISTANCES: [u32; 4] = [1, 2, 4, 8];

/// Which test a sample has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HealthFailure {
    #[error("samples repeat at a distance of {distance} bytes")]
    Repetition { distance: u32 },
    #[error("one value is too frequent")]
    Proportion,
    #[error("bit {bit} is stuck")]
    StuckBit { bit: u8 },
}

/// The claim can't be right, or is too small to be tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClaimRefused;

/// When each test fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cutoffs {
    pub(crate) repetition: u32,
    pub(crate) proportion: u32,
    /// Samples of which the adaptive proportion test looks at how often the first comes again.
    pub(crate) window: u32,
    /// Only with more than 7 bits claimed for a byte does the claim rest on every single bit.
    bit: Option<u32>,
}

impl Cutoffs {
    /// # Errors
    /// [`ClaimRefused`] unless `entropy` is at most what a sample can hold (8 bits, or 1 of a binary source) and large
    /// enough for a source that is stuck from the first sample to be seen within the start-up test.
    pub(crate) fn new(entropy: f32, alphabet: Alphabet, alpha: Alpha) -> Result<Self, ClaimRefused> {
        let (entropy, alpha_bits) = (f64::from(entropy), alpha.bits());
        let smallest = f64::from(alpha_bits) / f64::from(HealthTests::START_UP_SAMPLES - 9);
        if !(smallest..=f64::from(alphabet.largest_claim())).contains(&entropy) {
            return Err(ClaimRefused);
        }
        // Eight tests share one alpha, hence the three bits.
        let bit = (entropy > 7.0).then(|| cutoff::repetition(entropy - 7.0, alpha_bits + 3));
        let window = cutoff::window(alphabet);
        Ok(Self {
            repetition: cutoff::repetition(entropy, alpha_bits),
            proportion: cutoff::proportion(window, entropy, alpha_bits),
            window,
            bit,
        })
    }
}

/// The state of all tests over one stream of samples.
pub(crate) struct HealthTests {
    cutoffs: Cutoffs,
    /// The last eight samples, the newest in the lowest byte. Samples are secret, so they are wiped.
    history: u64,
    seen: u32,
    /// Equal samples so far at each of [`DISTANCES`].
    runs: [u32; DISTANCES.len()],
    /// Equal values so far of each bit.
    bit_runs: [u32; 8],
    window_value: u8,
    window_count: u32,
    window_left: u32,
}

impl HealthTests {
    /// Samples that the start-up test of section 4.3 consumes before the first one may be used.
    pub(crate) const START_UP_SAMPLES: u32 = 1024;

    pub(crate) fn new(cutoffs: Cutoffs) -> Self {
        Self {
            cutoffs,
            history: 0,
            seen: 0,
            runs: [1; DISTANCES.len()],
            bit_runs: [1; 8],
            window_value: 0,
            window_count: 0,
            window_left: 0,
        }
    }

    /// Takes the next samples of the stream.
    ///
    /// # Errors
    /// The first test that fails. The stream must then be tested anew from its start-up.
    pub(crate) fn feed(&mut self, samples: &[u8]) -> Result<(), HealthFailure> {
        samples.iter().try_for_each(|&sample| self.sample(sample))
    }

    fn sample(&mut self, sample: u8) -> Result<(), HealthFailure> {
        self.repetition(sample)?;
        self.stuck_bit(sample)?;
        self.history = (self.history << 8) | u64::from(sample);
        self.seen = self.seen.saturating_add(1);
        self.proportion(sample)
    }

    fn repetition(&mut self, sample: u8) -> Result<(), HealthFailure> {
        for (run, distance) in self.runs.iter_mut().zip(DISTANCES) {
            let before = (self.history >> (8 * (distance - 1))) as u8;
            *run = if self.seen >= distance && before == sample { *run + 1 } else { 1 };
            if *run >= self.cutoffs.repetition {
                return Err(HealthFailure::Repetition { distance });
            }
        }
        Ok(())
    }

    fn stuck_bit(&mut self, sample: u8) -> Result<(), HealthFailure> {
        let Some(limit) = self.cutoffs.bit else { return Ok(()) };
        let changed = sample ^ self.history as u8;
        for (bit, run) in (0_u8..).zip(&mut self.bit_runs) {
            *run = if self.seen > 0 && (changed >> bit) & 1 == 0 { *run + 1 } else { 1 };
            if *run >= limit {
                return Err(HealthFailure::StuckBit { bit });
            }
        }
        Ok(())
    }

    fn proportion(&mut self, sample: u8) -> Result<(), HealthFailure> {
        if self.window_left == 0 {
            (self.window_value, self.window_count, self.window_left) = (sample, 1, self.cutoffs.window - 1);
            return Ok(());
        }
        self.window_left -= 1;
        if sample == self.window_value {
            self.window_count += 1;
            if self.window_count >= self.cutoffs.proportion {
                return Err(HealthFailure::Proportion);
            }
        }
        Ok(())
    }
}

impl Drop for HealthTests {
    fn drop(&mut self) {
        self.history.zeroize();
        self.window_value.zeroize();
    }
}
