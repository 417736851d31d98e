//! What a health report says: facts about sources and the seed record, never a value of theirs.

use alloc::vec::Vec;
use core::fmt;

/// The health of a generator's inputs, for `portcullis doctor` and logs.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct HealthReport {
    /// Each source, in the order of the composition.
    pub sources: Vec<SourceReport>,
    /// The seed record.
    pub seed: SeedReport,
    /// Whether the generator has been seeded and can give bytes.
    pub running: bool,
}

/// The health of one source.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SourceReport {
    /// Its name.
    pub name: &'static str,
    /// The min-entropy that it claims for a byte, in bits.
    pub min_entropy_per_byte: f32,
    /// How it is.
    pub state: SourceState,
    /// Equal samples in a row that fail the repetition count test (SP 800-90B section 4.4.1). `None` when
    /// the claim is refused.
    pub repetition_cutoff: Option<u32>,
    /// Equal samples in a window that fail the adaptive proportion test (section 4.4.2). Above `window`, it can't
    /// fail at this claim.
    pub proportion_cutoff: Option<u32>,
    /// Samples in such a window.
    pub window: Option<u32>,
    /// Bytes read from it, those of the start-up test included.
    pub samples: u64,
    /// Health tests that it has failed.
    pub health_failures: u64,
    /// Times that it gave nothing, or its driver reported a fault.
    pub poll_errors: u64,
}

/// How a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SourceState {
    /// It has not been asked yet.
    Untested,
    /// It passed its tests when it was last asked.
    Healthy,
    /// It failed when it was last asked, and will be asked again (an intermittent failure).
    Failing,
    /// It failed its health tests for good and is never asked again (a permanent failure).
    Dead,
    /// It does not exist on this machine.
    Absent,
    /// It claims more than 8 bits a byte, or too few to be tested, and is never asked.
    ClaimRefused,
}

impl fmt::Display for SourceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Untested => "not asked yet",
            Self::Healthy => "healthy",
            Self::Failing => "failed when last asked",
            Self::Dead => "failed for good",
            Self::Absent => "not on this machine",
            Self::ClaimRefused => "claims an impossible entropy",
        })
    }
}

/// How the seed record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SeedReport {
    /// The composition keeps none.
    NotKept,
    /// One is kept, and this generator has not used it yet.
    NotUsed,
    /// One is kept.
    Used {
        /// The number of this start in the record's history.
        boot_counter: u64,
    },
}
