//! Key exchange by the RustCrypto and dalek libraries, on any processor.

use p256::elliptic_curve::sec1::{FromSec1Point, ModulusSize, ToSec1Point};
use p256::elliptic_curve::{AffinePoint, CurveArithmetic, FieldBytesSize, PublicKey, SecretKey};
use rustls::NamedGroup;
use rustls::crypto::SharedSecret;
use x25519_dalek::StaticSecret;

use super::Secret;

/// The first byte of an uncompressed point, the only form that TLS allows (RFC 8446 section 4.2.8.2).
const UNCOMPRESSED: u8 = 0x04;

/// X25519 (RFC 7748).
// `EphemeralSecret` takes only generators that can't fail; this one is used once all the same.
pub(super) struct X25519(StaticSecret);

impl Secret for X25519 {
    const GROUP: NamedGroup = NamedGroup::X25519;
    const LEN: usize = 32;

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        <[u8; 32]>::try_from(bytes).ok().map(|bytes| Self(StaticSecret::from(bytes)))
    }

    fn share(&self) -> Vec<u8> {
        x25519_dalek::PublicKey::from(&self.0).as_bytes().to_vec()
    }

    fn agree(self, peer: &[u8]) -> Option<SharedSecret> {
        let peer: [u8; 32] = peer.try_into().ok()?;
        let shared = self.0.diffie_hellman(&peer.into());
        // A peer's point of small order makes the secret all zero: RFC 8446 section 7.4.2 says to abort.
        shared.was_contributory().then(|| SharedSecret::from(shared.as_bytes().as_slice()))
    }
}

/// A curve of NIST's with its name in TLS.
pub(super) trait NistCurve: CurveArithmetic {
    const GROUP: NamedGroup;
    const LEN: usize;
}

impl NistCurve for p256::NistP256 {
    const GROUP: NamedGroup = NamedGroup::secp256r1;
    const LEN: usize = 32;
}

impl NistCurve for p384::NistP384 {
    const GROUP: NamedGroup = NamedGroup::secp384r1;
    const LEN: usize = 48;
}

/// ECDHE on a curve of NIST's (SP 800-56A).
pub(super) struct Nist<C: CurveArithmetic>(SecretKey<C>);

impl<C> Secret for Nist<C>
where
    C: NistCurve,
    FieldBytesSize<C>: ModulusSize,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
{
    const GROUP: NamedGroup = C::GROUP;
    const LEN: usize = C::LEN;

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        SecretKey::from_slice(bytes).ok().map(Self)
    }

    fn share(&self) -> Vec<u8> {
        self.0.public_key().to_sec1_point(false).as_bytes().to_vec()
    }

    fn agree(self, peer: &[u8]) -> Option<SharedSecret> {
        if peer.first() != Some(&UNCOMPRESSED) {
            return None;
        }
        // Refuses points off the curve. The curve's order is prime, so no other point is of small order.
        let peer = PublicKey::<C>::from_sec1_bytes(peer).ok()?;
        let shared = self.0.diffie_hellman(&peer);
        Some(SharedSecret::from(shared.raw_secret_bytes().as_slice()))
    }
}
