//! Input bytes of which no reference is made before it is known where the answer goes: a program may want it over its
//! input (PKCS #11 v3.2 section 5.2).

use std::marker::PhantomData;
use std::slice;

use zeroize::Zeroize;

use super::Caller;

/// Bytes that a caller promised to be readable.
#[derive(Clone, Copy)]
pub(crate) struct Input<'call> {
    start: *const u8,
    len: usize,
    of: PhantomData<&'call Caller>,
}

impl<'call> Input<'call> {
    /// Bytes that `caller` has been asked about: `len` is no more than a process has memory, and 0 where `start` is NULL.
    pub(super) fn new(_: &'call Caller, start: *const u8, len: usize) -> Self {
        Self { start, len, of: PhantomData }
    }

    /// The bytes. Nothing may be written over them while they are looked at.
    pub(crate) fn bytes(&self) -> &'call [u8] {
        if self.len == 0 {
            return &[];
        }
        // SAFETY: the caller promises so many readable bytes here for the time of the call; that nothing of ours
        // writes over them is what `overlaps` is asked for.
        unsafe { slice::from_raw_parts(self.start, self.len) }
    }

    /// Whether any of these bytes lies in the `room` bytes from `buffer` on.
    pub(crate) fn overlaps(&self, buffer: *const u8, room: usize) -> bool {
        let (input, answer) = (self.start.addr(), buffer.addr());
        input < answer.saturating_add(room) && answer < input.saturating_add(self.len)
    }

    /// A copy of the bytes, wiped when dropped.
    pub(crate) fn copied(&self) -> Copied {
        Copied(self.bytes().to_vec())
    }
}

/// A copy of an input, which may be a plaintext.
pub(crate) struct Copied(Vec<u8>);

impl std::ops::Deref for Copied {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Copied {
    fn drop(&mut self) {
        // As a slice: a vector is wiped byte by byte.
        self.0.as_mut_slice().zeroize();
    }
}
