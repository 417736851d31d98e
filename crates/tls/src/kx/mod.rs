//! Ephemeral key exchange that draws its secrets from a [`Random`] of ours (RFC 8446 section 7.4.2, RFC
//! 8422). `ring`'s own groups draw from the operating system and can't be told otherwise.

mod nist;
mod x25519;

use portcullis_entropy::Random;
use rustls::PeerMisbehaved;
use rustls::crypto::GetRandomFailed;
use tracing::error;

pub(crate) use nist::NistGroup;
pub(crate) use x25519::X25519Group;

/// Fills `out`, or says in rustls' words that it can't be filled.
pub(crate) fn fill(random: &dyn Random, out: &mut [u8]) -> Result<(), GetRandomFailed> {
    random.fill(out).map_err(|cause| {
        error!(%cause, "no random bytes for TLS");
        GetRandomFailed
    })
}

/// What is said of a peer's share that is no valid public key.
fn invalid_share() -> rustls::Error {
    PeerMisbehaved::InvalidKeyShare.into()
}
