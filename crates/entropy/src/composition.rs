//! What a generator is made of, chosen by whoever puts a program together. Nothing is chosen for them.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use crate::drbg::Mechanism;
use crate::stream::PerRequest;
use crate::{Alpha, HardwarePoll, Seed, SingleRandom};

/// Sources, seed record and mechanism of a generator.
#[must_use]
pub struct Composition {
    pub(crate) sources: Vec<Box<dyn HardwarePoll>>,
    pub(crate) seed: Seed,
    pub(crate) per_request: PerRequest,
    pub(crate) mechanism: Mechanism,
    pub(crate) alpha: Alpha,
}

impl Composition {
    /// No source yet; with `seed` kept or not. The mechanism is the [default](Mechanism::default).
    pub fn new(seed: Seed) -> Self {
        Self {
            sources: Vec::new(),
            seed,
            per_request: PerRequest::Nothing,
            mechanism: Mechanism::default(),
            alpha: Alpha::default(),
        }
    }

    /// What a host has: the operating system's source, the processor's where there is one, and the operating
    /// system's bytes in every request.
    #[cfg(feature = "std")]
    pub fn host(seed: Seed) -> Self {
        let host = Self::new(seed).source(crate::OsSource).os_bytes_per_request();
        match crate::CpuSource::detect() {
            Some(cpu) => host.source(cpu),
            None => host,
        }
    }

    /// Adds a source. The generator is as good as the best of its sources: each is tested by itself and asked for the
    /// whole amount, and what they give goes into the generator side by side, so none can take away what another
    /// brought.
    pub fn source(mut self, source: impl HardwarePoll + 'static) -> Self {
        self.sources.push(Box::new(source));
        self
    }

    /// Chooses the generator of SP 800-90A.
    pub fn generator(mut self, mechanism: Mechanism) -> Self {
        self.mechanism = mechanism;
        self
    }

    /// Chooses how unlikely a false alarm of the health tests is.
    pub fn alpha(mut self, alpha: Alpha) -> Self {
        self.alpha = alpha;
        self
    }

    /// Mixes 16 fresh bytes of the operating system, and the time, into every request, so that a process restored from a
    /// snapshot goes on unlike the one that the snapshot was taken of.
    #[cfg(feature = "std")]
    pub fn os_bytes_per_request(mut self) -> Self {
        self.per_request = PerRequest::OsBytes;
        self
    }

    /// A generator with an instance for each thread.
    ///
    /// ```
    /// use portcullis_entropy::{Composition, OsSource, Random, Seed};
    ///
    /// let random = Composition::new(Seed::NotKept).source(OsSource).os_bytes_per_request().pool();
    /// let mut nonce = [0; 12];
    /// random.fill(&mut nonce)?;
    /// # Ok::<(), portcullis_entropy::RandomError>(())
    /// ```
    #[cfg(feature = "std")]
    #[must_use]
    pub fn pool(self) -> crate::RandomPool {
        crate::RandomPool::new(self)
    }

    /// One generator behind one lock, for a small target.
    #[must_use]
    pub fn single(self) -> SingleRandom {
        SingleRandom::new(self)
    }
}

impl fmt::Debug for Composition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.sources.iter().map(HardwarePoll::name).collect();
        f.debug_struct("Composition")
            .field("sources", &names)
            .field("seed", &self.seed)
            .field("per_request", &self.per_request)
            .field("mechanism", &self.mechanism)
            .field("alpha", &self.alpha)
            .finish()
    }
}
