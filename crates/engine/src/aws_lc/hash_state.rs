//! MD5 and SHA-3 over parts, whose state can be saved and taken up again (RFC 1321, FIPS 202), by RustCrypto: AWS-LC
//! keeps the states of its own to itself. Messages that come whole are AWS-LC's all the same ([`hash`](super::hash)).
//!
//! A state is RustCrypto's: what the hash holds, and how full its block is, which is checked.

use alloc::vec::Vec;

use sha3::digest::common::hazmat::{SerializableState, SerializedState};
use sha3::digest::typenum::Unsigned;
use sha3::digest::{FixedOutputReset, Output, Update};

use super::raw::sha::Resumable;

/// A hash in the making, once it has begun. It is wiped when it is dropped.
pub(super) struct Stateful<H>(Option<H>);

impl<H> Resumable for Stateful<H>
where
    H: Default + Update + FixedOutputReset + SerializableState + Send + 'static,
{
    const LEN: usize = H::OutputSize::USIZE;

    const ROOM: Self = Self(None);

    fn begin(&mut self) {
        self.0 = Some(H::default());
    }

    fn update(&mut self, part: &[u8]) {
        self.0.get_or_insert_default().update(part);
    }

    fn finish(&mut self, out: &mut [u8]) {
        let place = <&mut Output<H>>::try_from(out).expect("a digest goes where there is just room for it");
        self.0.get_or_insert_default().finalize_into_reset(place);
    }

    fn save(&self) -> Vec<u8> {
        self.0.as_ref().map_or_else(Vec::new, |hash| hash.serialize().to_vec())
    }

    fn restore(state: &[u8]) -> Option<Self> {
        let state = <&SerializedState<H>>::try_from(state).ok()?;
        H::deserialize(state).ok().map(|hash| Self(Some(hash)))
    }
}
