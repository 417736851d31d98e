//! Key exchange by `graviola`, whose assembler routines are the formally verified ones of s2n-bignum. They run
//! on x86-64 processors made since about 2014; [`is_available`] says whether this is one.

use graviola::key_agreement::{p256, p384, x25519};
use rustls::NamedGroup;
use rustls::crypto::SharedSecret;

use super::Secret;

/// Whether the processor has every instruction that the library asks for; it would panic without them.
pub(super) fn is_available() -> bool {
    use std::arch::is_x86_feature_detected as has;
    has!("aes")
        && has!("pclmulqdq")
        && has!("ssse3")
        && has!("bmi1")
        && has!("bmi2")
        && has!("adx")
        && has!("avx")
        && has!("avx2")
}

/// X25519 (RFC 7748).
pub(super) struct X25519(x25519::StaticPrivateKey);

impl Secret for X25519 {
    const GROUP: NamedGroup = NamedGroup::X25519;
    const LEN: usize = 32;

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        x25519::StaticPrivateKey::try_from_slice(bytes).ok().map(Self)
    }

    fn share(&self) -> Vec<u8> {
        self.0.public_key().as_bytes().to_vec()
    }

    fn agree(self, peer: &[u8]) -> Option<SharedSecret> {
        let peer = x25519::PublicKey::try_from_slice(peer).ok()?;
        // Fails where the secret is all zero, as RFC 8446 section 7.4.2 asks.
        self.0.diffie_hellman(&peer).ok().map(|shared| SharedSecret::from(shared.0.as_slice()))
    }
}

// The library takes uncompressed points that lie on the curve, and no others.
macro_rules! nist {
    ($name:ident, $library:ident, $group:ident, $len:literal) => {
        #[doc = concat!("ECDHE on ", stringify!($name), " (SP 800-56A).")]
        pub(super) struct $name($library::StaticPrivateKey);

        impl Secret for $name {
            const GROUP: NamedGroup = NamedGroup::$group;
            const LEN: usize = $len;

            fn from_bytes(bytes: &[u8]) -> Option<Self> {
                $library::StaticPrivateKey::from_bytes(bytes).ok().map(Self)
            }

            fn share(&self) -> Vec<u8> {
                self.0.public_key_uncompressed().to_vec()
            }

            fn agree(self, peer: &[u8]) -> Option<SharedSecret> {
                let peer = $library::PublicKey::from_x962_uncompressed(peer).ok()?;
                self.0.diffie_hellman(&peer).ok().map(|shared| SharedSecret::from(shared.0.as_slice()))
            }
        }
    };
}

nist!(P256, p256, secp256r1, 32);
nist!(P384, p384, secp384r1, 48);
