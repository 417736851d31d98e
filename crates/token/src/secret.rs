//! The one type that holds secret bytes.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroize;

/// Secret bytes: on the heap, wiped when dropped, never printed, compared in constant time.
///
/// There is no `Clone` and no way to the bytes but [`expose`](Self::expose), so every use can be found.
pub struct Secret(Box<[u8]>);

impl Secret {
    /// Takes ownership of `bytes`. Spare capacity of the vector is wiped.
    #[must_use]
    pub fn new(mut bytes: Vec<u8>) -> Self {
        if bytes.len() == bytes.capacity() {
            return Self(bytes.into_boxed_slice());
        }
        let exact = Self(bytes.as_slice().into());
        bytes.zeroize();
        exact
    }

    /// Copies `bytes`; wiping the original is the caller's part.
    #[must_use]
    pub fn copied(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }

    /// `len` zero bytes, to be filled through [`expose_mut`](Self::expose_mut).
    #[must_use]
    pub fn zeroed(len: usize) -> Self {
        Self(alloc::vec![0; len].into_boxed_slice())
    }

    /// The bytes. The caller must not let them outlive their use.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, to be written.
    #[must_use]
    pub fn expose_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }

    /// How many bytes there are; no secret.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        // As a slice: a box is wiped byte by byte.
        (*self.0).zeroize();
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn debug_shows_the_length_alone() {
        assert_eq!(format!("{:?}", Secret::copied(b"hunter2")), "Secret(7 bytes)");
    }

    #[test]
    fn spare_capacity_does_not_change_the_bytes() {
        let mut roomy = Vec::with_capacity(64);
        roomy.extend_from_slice(b"key");
        assert_eq!(Secret::new(roomy), Secret::copied(b"key"));
        assert_ne!(Secret::copied(b"key"), Secret::copied(b"kez"));
        assert_ne!(Secret::copied(b"key"), Secret::copied(b"keys"));
    }
}
