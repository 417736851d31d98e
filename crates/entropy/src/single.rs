//! [`Random`] for a small target: one generator behind one lock. `pool` is the one for many threads.

use core::fmt;

use zeroize::Zeroize;

use crate::generator::Generator;
use crate::sync::Lock;
use crate::{Composition, HealthReport, Random, RandomError};

/// One generator behind one lock: a spin lock without `std`. It starts at its first use.
pub struct SingleRandom {
    generator: Lock<Generator>,
}

impl SingleRandom {
    pub(crate) fn new(composition: Composition) -> Self {
        Self { generator: Lock::new(Generator::new(composition)) }
    }

    /// Seeds the generator now instead of at its first use.
    ///
    /// # Errors
    /// As [`Random::fill`].
    pub fn start(&self) -> Result<(), RandomError> {
        self.generator.lock().start()
    }

    /// How sources and seed record are.
    #[must_use]
    pub fn health(&self) -> HealthReport {
        self.generator.lock().report()
    }
}

impl Random for SingleRandom {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomError> {
        self.generator.lock().fill(out).inspect_err(|_| out.zeroize())
    }

    fn fill_fresh(&self, out: &mut [u8]) -> Result<(), RandomError> {
        self.generator.lock().fill_fresh(out).inspect_err(|_| out.zeroize())
    }

    fn mix(&self, seed: &[u8]) -> Result<(), RandomError> {
        self.generator.lock().mix(seed)
    }
}

impl fmt::Debug for SingleRandom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SingleRandom")
    }
}
