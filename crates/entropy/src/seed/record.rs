//! The bytes of a seed record, and the derivation of what follows from it. Where records are kept is next
//! door.
//!
//! ```text
//! offset  bytes
//!      0      1  version, 1
//!      1      8  boot counter, big-endian: how many starts have been prepared
//!      9     32  seed
//!     41     32  check: SHA-256("portcullis seed record" || bytes 0..41)
//! ```
//! The check finds damage. It is no defence against someone who can write the medium.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::gather::Gathered;

/// A seed: secret, and only ever used as the key of a derivation.
pub(super) type SeedBytes = Zeroizing<[u8; 32]>;

const VERSION: u8 = 1;
const CHECKED: usize = 1 + 8 + 32;
const LEN: usize = CHECKED + 32;

/// What a store keeps between two starts.
pub(super) struct Record {
    /// Below `u64::MAX`.
    pub(super) counter: u64,
    pub(super) seed: SeedBytes,
}

/// What follows from a record at a start.
pub(super) struct Derived {
    /// What the store keeps from now on.
    pub(super) next: Record,
    /// What this start's generator is seeded with.
    pub(super) boot_seed: SeedBytes,
}

impl Record {
    /// Before the first start. Its seed is no secret: it is advanced with good noise only.
    pub(super) fn first() -> Self {
        Self { counter: 0, seed: Zeroizing::new([0; 32]) }
    }

    /// Reads a record, or `None` when it is damaged or of an unknown version. A counter at its end can't be
    /// genuine, as nothing starts 2^64 times.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let (&[version], rest) = bytes.split_first_chunk()?;
        let (counter, rest) = rest.split_first_chunk()?;
        let (seed, check) = rest.split_first_chunk()?;
        let counter = u64::from_be_bytes(*counter);
        let sound = version == VERSION && counter < u64::MAX && check == digest(&bytes[..CHECKED]);
        sound.then(|| Self { counter, seed: Zeroizing::new(*seed) })
    }

    pub(super) fn encode(&self) -> Zeroizing<[u8; LEN]> {
        let mut bytes = Zeroizing::new([0; LEN]);
        bytes[0] = VERSION;
        bytes[1..9].copy_from_slice(&self.counter.to_be_bytes());
        bytes[9..CHECKED].copy_from_slice(&*self.seed);
        let check = digest(&bytes[..CHECKED]);
        bytes[CHECKED..].copy_from_slice(&check);
        bytes
    }

    /// What follows at the next start of the device `device_id` with fresh `noise`, which may be empty.
    ///
    /// Both seeds hang on the old one, the noise, the counter and the device; neither tells anything of the
    /// other, nor of what was before.
    pub(super) fn advance(&self, device_id: &[u8], noise: &Gathered) -> Derived {
        let counter = self.counter + 1;
        let mut extract = keyed(&self.seed);
        extract.update(b"portcullis seed");
        extract.update(&counter.to_be_bytes());
        for part in core::iter::once(device_id).chain(noise.parts()) {
            extract.update(&(part.len() as u64).to_be_bytes());
            extract.update(part);
        }
        let root = Zeroizing::new(extract.finalize().into_bytes().into());
        let seed = labelled(&root, b"next seed");
        Derived { next: Self { counter, seed }, boot_seed: labelled(&root, b"boot seed") }
    }
}

fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::new_with_prefix(b"portcullis seed record").chain_update(bytes).finalize().into()
}

fn keyed(key: &SeedBytes) -> Hmac<Sha256> {
    Hmac::new_from_slice(&**key).expect("HMAC takes keys of any length")
}

fn labelled(root: &SeedBytes, label: &[u8]) -> SeedBytes {
    Zeroizing::new(keyed(root).chain_update(label).finalize().into_bytes().into())
}
