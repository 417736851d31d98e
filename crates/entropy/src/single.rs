//! [`Random`] for a small target: one generator behind one lock. `pool` is the one for many threads.

use alloc::boxed::Box;
use core::fmt;

use zeroize::Zeroize;

use crate::generator::Generator;
use crate::sync::{Inside, Root};
use crate::{Composition, HardwarePoll, HealthReport, Random, RandomError};

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

    /// Puts every source through the start-up test again, on fresh samples that are then dropped, and says how they
    /// are: the on-demand test of SP 800-90B section 4.3. It takes as long as the slowest source.
    #[must_use]
    pub fn test_sources(&self) -> HealthReport {
        self.generator.lock().test_sources()
    }

    /// Puts `new` in the place of the source called `name` (of several, the first that has failed for good): what ends
    /// [`RandomError::SourceDead`]. It is tested like any other before it gives anything. False where there is no
    /// source of that name.
    #[must_use]
    pub fn replace_source(&self, name: &str, new: impl HardwarePoll + 'static) -> bool {
        self.generator.lock().replace_source(name, Box::new(new))
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
