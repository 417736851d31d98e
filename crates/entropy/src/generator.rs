//! The generator at the root: it alone reads the sources and the seed record. It starts at its first use,
//! and starts anew in a forked child. It has no lock; `single.rs` and `pool` put it behind one.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, Ordering};

use zeroize::Zeroizing;

use crate::drbg::{AnyDrbg, Mechanism};
use crate::gather::{Gathered, INSTANTIATE_BITS, RESEED_BITS, no_entropy};
use crate::health::Alpha;
use crate::report::{HealthReport, SeedReport};
use crate::seed::{BootSeed, Seed};
use crate::source::checked::CheckedSource;
use crate::stream::{PerRequest, Stream};
use crate::{Composition, HardwarePoll, RandomError};

/// Sources, seed record, and the instance that is seeded from them.
pub(crate) struct Generator {
    sources: Vec<CheckedSource>,
    seed: Seed,
    per_request: PerRequest,
    mechanism: Mechanism,
    alpha: Alpha,
    /// Whether all instances must stop: the last source has failed for good, and there is no seed record.
    refusing: Arc<AtomicBool>,
    boot_counter: Option<u64>,
    stream: Option<Stream>,
    era: u64,
}

impl Generator {
    pub(crate) fn new(composition: Composition) -> Self {
        let Composition { sources, seed, per_request, mechanism, alpha } = composition;
        Self {
            sources: sources.into_iter().map(|source| CheckedSource::new(source, alpha)).collect(),
            seed,
            per_request,
            mechanism,
            alpha,
            refusing: Arc::default(),
            boot_counter: None,
            stream: None,
            era: era(),
        }
    }

    /// Seeds the generator, if that has not been done.
    ///
    /// # Errors
    /// What keeps it from being seeded; the same call may succeed later.
    pub(crate) fn start(&mut self) -> Result<(), RandomError> {
        self.running().map(|_| ())
    }

    /// Fills `out`. The caller zeroizes it after an error.
    pub(crate) fn fill(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        for part in out.chunks_mut(Stream::MAX_REQUEST) {
            if self.running()?.is_due() || self.refusing.load(Ordering::Relaxed) {
                self.reseed()?;
            }
            let mixed = self.per_request;
            self.running()?.request(part, mixed)?;
        }
        Ok(())
    }

    /// Fills `out` with prediction resistance (SP 800-90A Rev. 1 section 9.3.1, step 7): fresh noise before each of
    /// the requests that it is. The caller zeroizes it after an error.
    pub(crate) fn fill_fresh(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        for part in out.chunks_mut(Stream::MAX_REQUEST) {
            self.reseed_live()?;
            let mixed = self.per_request;
            self.running()?.request(part, mixed)?;
        }
        Ok(())
    }

    pub(crate) fn mix(&mut self, bytes: &[u8]) -> Result<(), RandomError> {
        self.running()?.mix(bytes)
    }

    /// The seed of another instance, behind fresh entropy: 256 bits of strength, and half of it for the nonce.
    #[cfg(feature = "std")]
    pub(crate) fn child_seed(&mut self) -> Result<Zeroizing<[u8; 48]>, RandomError> {
        if self.is_running() {
            self.reseed()?;
        }
        self.draw_seed()
    }

    /// A seed behind fresh noise, for an instance that answers with prediction resistance.
    #[cfg(feature = "std")]
    pub(crate) fn live_seed(&mut self) -> Result<Zeroizing<[u8; 48]>, RandomError> {
        self.reseed_live()?;
        self.draw_seed()
    }

    #[cfg(feature = "std")]
    fn draw_seed(&mut self) -> Result<Zeroizing<[u8; 48]>, RandomError> {
        let mut seed = Zeroizing::new([0; 48]);
        self.running()?.request(&mut *seed, PerRequest::Nothing)?;
        Ok(seed)
    }

    /// Puts each source through its start-up test again, and says how they are.
    pub(crate) fn test_sources(&mut self) -> HealthReport {
        self.sources.iter_mut().for_each(CheckedSource::test);
        self.note_health();
        self.report()
    }

    /// Puts a source in the place of the first one of that name, dead ones first; false where there is none.
    pub(crate) fn replace_source(&mut self, name: &str, new: Box<dyn HardwarePoll>) -> bool {
        let named = |source: &CheckedSource| source.name() == name;
        let place = self.sources.iter().position(|source| named(source) && source.is_dead());
        let Some(place) = place.or_else(|| self.sources.iter().position(named)) else { return false };
        tracing::info!(source = name, by = new.name(), "a noise source is replaced");
        self.sources[place] = CheckedSource::new(new, self.alpha);
        true
    }

    /// Tells instances that are not due yet that they must come here first.
    #[cfg(feature = "std")]
    pub(crate) fn refusing(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.refusing)
    }

    pub(crate) fn report(&self) -> HealthReport {
        let seed = match (&self.seed, self.boot_counter) {
            (Seed::NotKept, _) => SeedReport::NotKept,
            (Seed::Kept(_), None) => SeedReport::NotUsed,
            (Seed::Kept(_), Some(boot_counter)) => SeedReport::Used { boot_counter },
        };
        let sources = self.sources.iter().map(CheckedSource::report).collect();
        HealthReport { sources, seed, running: self.is_running() }
    }

    fn is_running(&self) -> bool {
        self.stream.is_some() && self.era == era()
    }

    /// The instance, started where it must be. A forked child starts like another device: what it has of its
    /// parent is dropped unused.
    fn running(&mut self) -> Result<&mut Stream, RandomError> {
        let era = era();
        if self.era != era {
            self.stream = None;
            self.era = era;
        }
        if self.stream.is_none() {
            self.stream = Some(self.instantiate()?);
        }
        Ok(self.stream.as_mut().expect("made above where it was missing"))
    }

    fn instantiate(&mut self) -> Result<Stream, RandomError> {
        let noise = self.gather(INSTANTIATE_BITS);
        let boot = self.boot_seed(&noise)?;
        let entropy = self.entropy_input(&noise, boot);
        let personalization = match &self.seed {
            Seed::Kept(record) => record.device_id(),
            Seed::NotKept => &[],
        };
        let drbg = AnyDrbg::from_noise(self.mechanism, &entropy, personalization)?;
        tracing::info!(
            boot_counter = self.boot_counter,
            mechanism = %self.mechanism,
            "the random generator is seeded"
        );
        Ok(Stream::new(drbg))
    }

    /// Brings fresh entropy in: the sources', or, when all have failed and there is a seed record, that of
    /// another start of the record.
    fn reseed(&mut self) -> Result<(), RandomError> {
        let noise = self.gather(RESEED_BITS);
        let boot = if noise.is_full() { None } else { self.boot_seed(&noise)? };
        let entropy = self.entropy_input(&noise, boot);
        self.running()?.reseed(&entropy)
    }

    /// Brings fresh entropy in out of the sources alone: a seed record is no live source.
    fn reseed_live(&mut self) -> Result<(), RandomError> {
        self.start()?;
        let noise = self.gather(RESEED_BITS);
        if !noise.is_full() {
            return Err(no_entropy(&self.sources));
        }
        let entropy = self.entropy_input(&noise, None);
        self.running()?.reseed(&entropy)
    }

    fn gather(&mut self, bits: u32) -> Gathered {
        let noise = Gathered::from(&mut self.sources, bits);
        if noise.is_full() {
            self.refusing.store(false, Ordering::Relaxed);
        } else {
            self.note_health();
        }
        noise
    }

    /// SP 800-90B section 4.3: after a permanent failure nothing is given until the source is replaced. Sources that
    /// are left, and a seed record, stand in for one that has failed; when the last one is out, all instances stop at
    /// once. They go on when a source has given the whole amount.
    fn note_health(&self) {
        let stopped = matches!(self.seed, Seed::NotKept)
            && self.sources.iter().any(CheckedSource::is_dead)
            && self.sources.iter().all(CheckedSource::is_out);
        if stopped {
            self.refusing.store(true, Ordering::Relaxed);
        }
    }

    /// What the seed record adds to `noise`, where one is kept; without, the noise must be enough.
    fn boot_seed(&self, noise: &Gathered) -> Result<Option<BootSeed>, RandomError> {
        let boot = match &self.seed {
            Seed::Kept(record) => record.advance(noise).map(Some),
            Seed::NotKept if noise.is_full() => Ok(None),
            Seed::NotKept => Err(RandomError::NoEntropy),
        };
        boot.map_err(|error| match error {
            RandomError::NoEntropy => no_entropy(&self.sources),
            other => other,
        })
    }

    /// Entropy input and nonce in one string, as the derivation function takes them (SP 800-90A Rev. 1
    /// section 8.6.7): all noise, the start's seed and the counter that makes it unique.
    fn entropy_input(&mut self, noise: &Gathered, boot: Option<BootSeed>) -> Zeroizing<Vec<u8>> {
        let noise_len: usize = noise.parts().map(<[u8]>::len).sum();
        // At its full size from the start, as growing would leave copies behind.
        let mut input = Zeroizing::new(Vec::with_capacity(noise_len + 32 + 8));
        noise.parts().for_each(|part| input.extend_from_slice(part));
        if let Some(BootSeed { seed, counter }) = boot {
            input.extend_from_slice(&*seed);
            input.extend_from_slice(&counter.to_be_bytes());
            self.boot_counter = Some(counter);
        }
        input
    }
}

#[cfg(feature = "std")]
fn era() -> u64 {
    crate::source::fork::era()
}

/// Without an operating system nothing forks.
#[cfg(not(feature = "std"))]
fn era() -> u64 {
    0
}
