//! [`Random`] for a small target: one generator behind one lock. `pool` is the one for many threads.

use core::fmt;

use zeroize::Zeroize;

use crate::generator::Generator;
use crate::sync::{Inside, Root};
use crate::{Composition, HealthReport, Random, RandomError};

/// One generator behind one lock: a spin lock without `std`. It starts at its first use.
pub struct SingleRandom {
    generator: Root<Generator>,
}

impl SingleRandom {
    pub(crate) fn new(composition: Composition) -> Self {
        Self { generator: Root::new(Generator::new(composition)) }
    }

    /// Seeds the generator now instead of at its first use.
    ///
    /// # Errors
    /// As [`Random::fill`].
    pub fn start(&self) -> Result<(), RandomError> {
        self.inside()?.start()
    }

    /// How sources and seed record are.
    #[must_use]
    pub fn health(&self) -> HealthReport {
        self.generator.lock().report()
    }

    fn inside(&self) -> Result<Inside<'_, Generator>, RandomError> {
        self.generator.enter().ok_or(RandomError::AsksItself)
    }
}

impl Random for SingleRandom {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomError> {
        self.inside().and_then(|mut generator| generator.fill(out)).inspect_err(|_| out.zeroize())
    }

    fn fill_fresh(&self, out: &mut [u8]) -> Result<(), RandomError> {
        self.inside().and_then(|mut generator| generator.fill_fresh(out)).inspect_err(|_| out.zeroize())
    }

    fn mix(&self, seed: &[u8]) -> Result<(), RandomError> {
        self.inside()?.mix(seed)
    }
}

impl fmt::Debug for SingleRandom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SingleRandom")
    }
}
