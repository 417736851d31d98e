//! Bytes that an operation collects or holds back, wiped when they go and when they move. What an operation gives
//! out goes straight to its place.

use alloc::vec::Vec;
use core::ops::Deref;

use zeroize::Zeroize;

/// A buffer that grows and leaves nothing behind.
#[derive(Default)]
pub(super) struct Wiped(Vec<u8>);

impl Wiped {
    /// `len` zero bytes, which `fill` writes over; as many are kept as it says.
    pub(super) fn filled<E>(len: usize, fill: impl FnOnce(&mut [u8]) -> Result<usize, E>) -> Result<Self, E> {
        let mut new = Self(alloc::vec![0; len]);
        let used = fill(&mut new.0)?;
        new.0.truncate(used);
        Ok(new)
    }

    /// Takes more bytes. What is outgrown is wiped, which a vector by itself doesn't do.
    pub(super) fn push(&mut self, part: &[u8]) {
        let wanted = self.0.len().saturating_add(part.len());
        if wanted > self.0.capacity() {
            let mut larger = Vec::with_capacity(wanted.max(self.0.capacity().saturating_mul(2)));
            larger.extend_from_slice(&self.0);
            drop(Self(core::mem::replace(&mut self.0, larger)));
        }
        self.0.extend_from_slice(part);
    }
}

impl From<Vec<u8>> for Wiped {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl Deref for Wiped {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Wiped {
    fn drop(&mut self) {
        // The vector would be wiped byte by byte, a slice is wiped at once. What was cut off is wiped too: a buffer
        // that was filled whole is only ever truncated.
        let capacity = self.0.capacity();
        self.0.resize(capacity, 0);
        self.0.as_mut_slice().zeroize();
    }
}
