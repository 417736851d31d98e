//! How much noise makes a seed, and from where (SP 800-90C, RBG2): 384 bits of claimed min-entropy to
//! instantiate a generator of 256-bit strength (the strength, and half of it for the nonce), 256 to reseed.
//!
//! Sources are not added up: they may depend on each other, as an operating system's generator does on the
//! processor's. Every source is asked for the whole amount, one that gives it is enough, and what the others
//! gave is mixed in beside it. So the mixture is as good as the best of them. What the conditioning leaves of it
//! is worked out in the crate's README.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use crate::RandomError;
use crate::source::checked::CheckedSource;

/// Bits of claimed min-entropy for a new generator.
pub(crate) const INSTANTIATE_BITS: u32 = 384;
/// Bits of claimed min-entropy for a reseed.
pub(crate) const RESEED_BITS: u32 = 256;

/// What the healthy sources gave.
pub(crate) struct Gathered {
    /// Their samples, one source after the other; empty when none gave the whole amount.
    parts: Vec<Zeroizing<Vec<u8>>>,
}

impl Gathered {
    /// Asks every source for `bits`.
    pub(crate) fn from(sources: &mut [CheckedSource], bits: u32) -> Self {
        Self { parts: sources.iter_mut().filter_map(|source| source.gather(bits)).collect() }
    }

    /// Whether at least one source gave the whole amount.
    pub(crate) fn is_full(&self) -> bool {
        !self.parts.is_empty()
    }

    pub(crate) fn parts(&self) -> impl Iterator<Item = &[u8]> {
        self.parts.iter().map(|part| part.as_slice())
    }
}

/// Why there is no entropy: a dead source is named, as only replacing it helps.
pub(crate) fn no_entropy(sources: &[CheckedSource]) -> RandomError {
    sources
        .iter()
        .find(|source| source.is_dead())
        .map_or(RandomError::NoEntropy, |source| RandomError::SourceDead { source_name: source.name() })
}
