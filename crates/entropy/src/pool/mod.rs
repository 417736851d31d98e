//! [`Random`] for many threads: each has its own generator instance, seeded from one root, so that no thread
//! waits for another except when it is seeded. How threads find their instances is in `slots.rs`.

mod slots;

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::fmt;
use core::sync::atomic::{AtomicBool, Ordering};

use zeroize::Zeroize;

use crate::drbg::{AnyDrbg, Mechanism};
use crate::generator::Generator;
use crate::source::fork;
use crate::stream::{PerRequest, Stream};
use crate::sync::{Inside, Root};
use crate::{Composition, HardwarePoll, HealthReport, Random, RandomError, Seed};
use slots::Slots;

/// Random bytes for every thread of a process; share it by `Arc`. It starts at its first use.
///
/// A thread's instance is reseeded from the root every 4096 requests and in a forked child, and wiped when
/// the thread or the pool ends. As after any `fork` in a process of many threads, the child of a thread that
/// forks while another is being seeded may find the root locked for ever; POSIX allows such a child little
/// more than `exec`.
pub struct RandomPool {
    root: Root<Generator>,
    per_request: PerRequest,
    mechanism: Mechanism,
    /// Set by the root when no instance may go on before the root has been asked.
    refusing: Arc<AtomicBool>,
    slots: Slots,
}

impl RandomPool {
    pub(crate) fn new(composition: Composition) -> Self {
        let Composition { per_request, mechanism, .. } = composition;
        let root = Generator::new(composition);
        let refusing = root.refusing();
        Self { root: Root::new(root), per_request, mechanism, refusing, slots: Slots::new() }
    }

    /// The pool of a host; see [`Composition::host`].
    #[must_use]
    pub fn host(seed: Seed) -> Self {
        Composition::host(seed).pool()
    }

    /// Seeds the root now instead of at the first use.
    ///
    /// # Errors
    /// As [`Random::fill`].
    pub fn start(&self) -> Result<(), RandomError> {
        self.root()?.start()
    }

    /// How sources and seed record are.
    #[must_use]
    pub fn health(&self) -> HealthReport {
        self.root.lock().report()
    }

    fn root(&self) -> Result<Inside<'_, Generator>, RandomError> {
        self.root.enter().ok_or(RandomError::AsksItself)
    }

    /// Puts every source through the start-up test again, on fresh samples that are then dropped, and says how they
    /// are: the on-demand test of SP 800-90B section 4.3. It takes as long as the slowest source.
    #[must_use]
    pub fn test_sources(&self) -> HealthReport {
        self.root.lock().test_sources()
    }

    /// Puts `new` in the place of the source called `name` (of several, the first that has failed for good): what ends
    /// [`RandomError::SourceDead`]. It is tested like any other before it gives anything. False where there is no
    /// source of that name.
    #[must_use]
    pub fn replace_source(&self, name: &str, new: impl HardwarePoll + 'static) -> bool {
        self.root.lock().replace_source(name, Box::new(new))
    }

    fn try_fill(&self, out: &mut [u8]) -> Result<(), RandomError> {
        self.slots.with_mine(|mine| {
            for part in out.chunks_mut(Stream::MAX_REQUEST) {
                self.ready(mine)?.request(part, self.per_request)?;
            }
            Ok(())
        })
    }

    /// As [`try_fill`](Self::try_fill), with prediction resistance: each request's seed comes from the root, which
    /// takes fresh noise for it.
    fn try_fill_fresh(&self, out: &mut [u8]) -> Result<(), RandomError> {
        self.slots.with_mine(|mine| {
            for part in out.chunks_mut(Stream::MAX_REQUEST) {
                let seed = self.root()?.live_seed()?;
                Instance::seed(mine, self.mechanism, &seed)?.request(part, self.per_request)?;
            }
            Ok(())
        })
    }

    /// The calling thread's instance, made or reseeded where it must be.
    fn ready<'a>(&self, mine: &'a mut Option<Instance>) -> Result<&'a mut Stream, RandomError> {
        if mine.as_ref().is_none_or(Instance::is_due) || self.refusing.load(Ordering::Relaxed) {
            let seed = self.root()?.child_seed()?;
            return Instance::seed(mine, self.mechanism, &seed);
        }
        Ok(&mut mine.as_mut().expect("it was there just now").stream)
    }
}

/// One thread's generator.
struct Instance {
    stream: Stream,
    /// The era of the process that it was seeded in.
    era: u64,
}

impl Instance {
    /// Whether it must be seeded before the next request.
    fn is_due(&self) -> bool {
        self.era != fork::era() || self.stream.is_due()
    }

    /// Reseeds a thread's instance, or makes it where there is none yet; a parent's is dropped unused.
    fn seed<'a>(
        mine: &'a mut Option<Self>,
        mechanism: Mechanism,
        seed: &[u8; 48],
    ) -> Result<&'a mut Stream, RandomError> {
        let era = fork::era();
        match mine {
            Some(instance) if instance.era == era => instance.stream.reseed(seed)?,
            _ => {
                *mine = None;
                let drbg = AnyDrbg::from_generator(mechanism, seed, b"portcullis thread")?;
                *mine = Some(Self { stream: Stream::new(drbg), era });
            }
        }
        Ok(&mut mine.as_mut().expect("made above where it was missing").stream)
    }
}

impl Random for RandomPool {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomError> {
        self.try_fill(out).inspect_err(|_| out.zeroize())
    }

    fn fill_fresh(&self, out: &mut [u8]) -> Result<(), RandomError> {
        self.try_fill_fresh(out).inspect_err(|_| out.zeroize())
    }

    /// The bytes go into the calling thread's instance and into the root, and so into the other threads'
    /// instances when they are next seeded.
    fn mix(&self, seed: &[u8]) -> Result<(), RandomError> {
        self.root()?.mix(seed)?;
        self.slots.with_mine(|mine| self.ready(mine)?.mix(seed))
    }
}

impl fmt::Debug for RandomPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RandomPool")
    }
}
