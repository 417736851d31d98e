//! MD5 and SHA-3 over parts, whose state can be saved and taken up again (RFC 1321, FIPS 202), by RustCrypto: AWS-LC
//! keeps the states of its own to itself. Messages that come whole are AWS-LC's all the same ([`hash`](super::hash)).
//!
//! A state is RustCrypto's: what the hash holds, and how full its block is, which is checked.

use alloc::vec::Vec;

use sha3::digest::common::hazmat::{SerializableState, SerializedState};
use sha3::digest::typenum::Unsigned;
use sha3::digest::{FixedOutput, Update};

use super::raw::sha::Resumable;

/// A hash in the making. It is wiped when it is dropped.
pub(super) struct Stateful<H>(H);

impl<H> Resumable for Stateful<H>
where
    H: Default + Update + FixedOutput + SerializableState + Send + 'static,
{
    const LEN: usize = H::OutputSize::USIZE;

    fn start() -> Self {
        Self(H::default())
    }

    fn update(&mut self, part: &[u8]) {
        self.0.update(part);
    }

    fn finish(self, out: &mut [u8]) {
        out.copy_from_slice(&self.0.finalize_fixed());
    }

    fn save(&self) -> Vec<u8> {
        self.0.serialize().to_vec()
    }

    fn restore(state: &[u8]) -> Option<Self> {
        let state = <&SerializedState<H>>::try_from(state).ok()?;
        H::deserialize(state).ok().map(Self)
    }
}
