//! The two contracts of this crate: what a board gives ([`HardwarePoll`]) and what everyone else gets
//! ([`Random`]).

use alloc::boxed::Box;

use crate::drbg::DrbgError;

/// A source of raw noise: a chip's generator, an operating system, a ring oscillator.
///
/// The counterpart of `mbedtls_hardware_poll`. Raw samples are never handed to a user: they pass the
/// health tests of SP 800-90B section 4.4 and the conditioning of SP 800-90C first.
pub trait HardwarePoll: Send {
    /// A short name for logs and health reports, such as `"rdseed"`.
    fn name(&self) -> &'static str;

    /// Writes raw samples to the start of `raw` and returns how many bytes were written.
    ///
    /// Fewer bytes than asked for is no error; none is treated as [`PollError::NotReady`]. Bytes of `raw` behind
    /// those that were written are left as they are.
    ///
    /// # Errors
    /// [`PollError`] when the source has nothing to give now, or has failed.
    fn poll(&mut self, raw: &mut [u8]) -> Result<usize, PollError>;

    /// The min-entropy that the source's maker claims for one raw byte, in bits: above 0, at most 8.
    ///
    /// The cut-offs of the health tests and the number of bytes gathered for a seed follow from it.
    fn min_entropy_per_byte(&self) -> f32;

    /// What one byte of [`poll`](Self::poll) can be; by default, anything.
    fn alphabet(&self) -> Alphabet {
        Alphabet::Bytes
    }
}

impl<P: HardwarePoll + ?Sized> HardwarePoll for Box<P> {
    fn name(&self) -> &'static str {
        (**self).name()
    }

    fn poll(&mut self, raw: &mut [u8]) -> Result<usize, PollError> {
        (**self).poll(raw)
    }

    fn min_entropy_per_byte(&self) -> f32 {
        (**self).min_entropy_per_byte()
    }

    fn alphabet(&self) -> Alphabet {
        (**self).alphabet()
    }
}

/// The values that a noise source's samples take. Always one sample a byte, as NIST's assessment tool reads them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Alphabet {
    /// A sample is one of 256 values. Bits that a driver packs into bytes count as this too: the byte is the sample.
    #[default]
    Bytes,
    /// A sample is one bit, and its byte 0 or 1 (a binary source): at most 1 bit of min-entropy, and twice the window
    /// for the adaptive proportion test. Any other byte is taken for a fault of the driver.
    Bits,
}

impl Alphabet {
    /// The most min-entropy that a sample can have, in bits.
    #[must_use]
    pub const fn largest_claim(self) -> f32 {
        match self {
            Self::Bytes => 8.0,
            Self::Bits => 1.0,
        }
    }
}

/// Why a source gave no noise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PollError {
    /// Nothing yet; the same call may succeed a moment later.
    #[error("the noise source has nothing to give at the moment")]
    NotReady,
    /// The source's driver reports a fault.
    #[error("the noise source has failed")]
    Failed,
    /// The source does not exist on this machine.
    #[error("there is no such noise source on this machine")]
    Absent,
    /// What lies in the place of the source's device has fixed contents.
    #[error("the noise source is a file with fixed contents and no device")]
    NotADevice,
}

/// Random bytes for keys, nonces, salts and identifiers.
///
/// Any thread may call it at any time. Output is never repeated: not by another thread, a forked child,
/// a restarted device or a copy of it with another device id.
pub trait Random: Send + Sync {
    /// Fills `out` with random bytes.
    ///
    /// # Errors
    /// [`RandomError`] when no safe output can be given. `out` is then zeroed and must not be used.
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomError>;

    /// Fills `out` with prediction resistance (SP 800-90A Rev. 1 section 9.3.1, step 7): the generator is reseeded
    /// from a live source first, so that not even who knew its whole state could tell these bytes. It takes some
    /// microseconds, or as long as the slowest source.
    ///
    /// A generator that knows no source of its own refuses; that is what an implementation gets unless it does
    /// better.
    ///
    /// # Errors
    /// [`RandomError::NoEntropy`] or [`RandomError::SourceDead`] when no source is healthy, even where a seed record
    /// lets [`fill`](Self::fill) go on; else as `fill`. `out` is then zeroed and must not be used.
    fn fill_fresh(&self, out: &mut [u8]) -> Result<(), RandomError> {
        out.fill(0);
        Err(RandomError::NoEntropy)
    }

    /// Mixes caller-given bytes into the generator's state (`C_SeedRandom`). They count as no entropy, so
    /// hostile bytes do no harm.
    ///
    /// # Errors
    /// [`RandomError`] when the generator is not running.
    fn mix(&self, seed: &[u8]) -> Result<(), RandomError>;
}

/// Why the seed record could not be advanced. What the store itself said is in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SeedFault {
    /// Nothing may be written where the record is.
    #[error("its store can't be written to")]
    ReadOnly,
    /// No room is left on the medium.
    #[error("no space is left for it")]
    Full,
    /// Other writers held the store, or changed the record all the time.
    #[error("other processes are busy with it")]
    Busy,
    /// What lies there is no store, or a damaged one, or a newer version's.
    #[error("what lies in its place is no store that can be used")]
    Unusable,
    /// The medium failed.
    #[error("its medium failed")]
    Medium,
    /// The store does not hold what it said it had written.
    #[error("its store did not keep what it was given")]
    NotKept,
}

/// Why no random bytes could be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RandomError {
    /// No source is healthy, and no secret seed stands in for one.
    #[error("no healthy source of randomness, and no sound seed record to stand in for one")]
    NoEntropy,
    /// A health test has failed for good (SP 800-90B section 4.3): the source must be replaced.
    #[error(
        "the noise source \"{source_name}\" failed its health test for good, and no sound seed record stands in for it"
    )]
    SourceDead {
        /// The source's name.
        source_name: &'static str,
    },
    /// The next seed could not be made durable, so a reset could repeat what would be given now.
    #[error("the seed record can't be written, so randomness could repeat after a reset")]
    SeedRecord(#[source] SeedFault),
    /// A noise source, a store or a log that the generator called has asked the generator itself.
    #[error("the random generator was asked by what it is waiting for")]
    AsksItself,
    /// The generator failed its known-answer test.
    #[error("the random generator failed its self-test")]
    SelfTest,
    /// The generator refused a request.
    #[error(transparent)]
    Generator(#[from] DrbgError),
}
