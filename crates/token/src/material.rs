//! Key material in the form in which token and engine hand it to each other.
//!
//! Integers are big-endian without leading zeros; scalars and points have their curve's fixed length.

use alloc::vec::Vec;

use crate::Secret;

/// What a key is for, arithmetically (`CK_KEY_TYPE`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum KeyType {
    /// `CKK_RSA`
    Rsa,
    /// `CKK_EC`: a Weierstrass curve.
    Ec,
    /// `CKK_EC_EDWARDS`
    EcEdwards,
    /// `CKK_GENERIC_SECRET`
    GenericSecret,
    /// `CKK_AES`
    Aes,
}

impl KeyType {
    /// Every key type, with its code in the standard.
    const CODES: [(Self, u64); 5] = [
        (Self::Rsa, 0x00),
        (Self::Ec, 0x03),
        (Self::EcEdwards, 0x40),
        (Self::GenericSecret, 0x10),
        (Self::Aes, 0x1f),
    ];

    /// The standard's code (`CKK_...`).
    #[must_use]
    pub fn code(self) -> u64 {
        Self::CODES.iter().find(|(kind, _)| *kind == self).map_or(u64::MAX, |(_, code)| *code)
    }

    /// The key type with this code, if it is one that this token knows.
    #[must_use]
    pub fn from_code(code: u64) -> Option<Self> {
        Self::CODES.iter().find(|(_, known)| *known == code).map(|(kind, _)| *kind)
    }

    /// Whether keys of this type are a single secret value.
    #[must_use]
    pub fn is_symmetric(self) -> bool {
        matches!(self, Self::GenericSecret | Self::Aes)
    }
}

/// A named elliptic curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Curve {
    /// NIST P-256 (`secp256r1`)
    P256,
    /// NIST P-384 (`secp384r1`)
    P384,
    /// NIST P-521 (`secp521r1`)
    P521,
    /// Ed25519 (RFC 8032)
    Ed25519,
}

impl Curve {
    /// Every curve that has a name here.
    pub const ALL: [Self; 4] = [Self::P256, Self::P384, Self::P521, Self::Ed25519];

    /// The size in bits by which mechanisms count it (`ulMinKeySize`).
    #[must_use]
    pub fn bits(self) -> u32 {
        match self {
            Self::P256 | Self::Ed25519 => 256,
            Self::P384 => 384,
            Self::P521 => 521,
        }
    }

    /// The length of a private scalar (or an Ed25519 seed) in bytes.
    #[must_use]
    pub fn scalar_len(self) -> usize {
        self.bits().div_ceil(8) as usize
    }

    /// The length of a public point in bytes: uncompressed (SEC 1) on Weierstrass curves, RFC 8032's on
    /// Ed25519.
    #[must_use]
    pub fn point_len(self) -> usize {
        match self {
            Self::Ed25519 => 32,
            Self::P256 | Self::P384 | Self::P521 => 1 + 2 * self.scalar_len(),
        }
    }

    /// The type of keys on this curve.
    #[must_use]
    pub fn key_type(self) -> KeyType {
        match self {
            Self::Ed25519 => KeyType::EcEdwards,
            Self::P256 | Self::P384 | Self::P521 => KeyType::Ec,
        }
    }
}

/// An RSA public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RsaPublic {
    /// n
    pub modulus: Vec<u8>,
    /// e
    pub public_exponent: Vec<u8>,
}

impl RsaPublic {
    /// The modulus's length in bits.
    #[must_use]
    pub fn bits(&self) -> u32 {
        let leading = self.modulus.first().map_or(0, |byte| byte.leading_zeros());
        let bytes = u32::try_from(self.modulus.len()).unwrap_or(u32::MAX);
        bytes.saturating_mul(8).saturating_sub(leading)
    }
}

/// An RSA private key with its Chinese-remainder values (RFC 8017 section 3.2).
#[derive(Debug)]
pub struct RsaPrivate {
    /// n and e
    pub public: RsaPublic,
    /// d
    pub private_exponent: Secret,
    /// p
    pub prime_1: Secret,
    /// q
    pub prime_2: Secret,
    /// d mod (p - 1)
    pub exponent_1: Secret,
    /// d mod (q - 1)
    pub exponent_2: Secret,
    /// the inverse of q mod p
    pub coefficient: Secret,
}

/// A key of any kind, as bytes with a meaning.
#[derive(Debug)]
#[non_exhaustive]
pub enum KeyMaterial {
    /// An RSA public key.
    RsaPublic(RsaPublic),
    /// An RSA private key.
    RsaPrivate(RsaPrivate),
    /// A public point.
    EcPublic {
        /// The curve it lies on.
        curve: Curve,
        /// [`Curve::point_len`] bytes.
        point: Vec<u8>,
    },
    /// A private scalar or seed.
    EcPrivate {
        /// Its curve.
        curve: Curve,
        /// [`Curve::scalar_len`] bytes.
        scalar: Secret,
        /// The public point that belongs to it, [`Curve::point_len`] bytes; empty while it is not known.
        point: Vec<u8>,
    },
    /// A symmetric key.
    Secret {
        /// What it is a key of.
        key_type: KeyType,
        /// Its value.
        value: Secret,
    },
}

impl KeyMaterial {
    /// The key's type.
    #[must_use]
    pub fn key_type(&self) -> KeyType {
        match self {
            Self::RsaPublic(_) | Self::RsaPrivate(_) => KeyType::Rsa,
            Self::EcPublic { curve, .. } | Self::EcPrivate { curve, .. } => curve.key_type(),
            Self::Secret { key_type, .. } => *key_type,
        }
    }

    /// The public half of a private key.
    #[must_use]
    pub fn public_half(&self) -> Option<Self> {
        match self {
            Self::RsaPrivate(private) => Some(Self::RsaPublic(private.public.clone())),
            Self::EcPrivate { curve, point, .. } => {
                Some(Self::EcPublic { curve: *curve, point: point.clone() })
            }
            Self::RsaPublic(_) | Self::EcPublic { .. } | Self::Secret { .. } => None,
        }
    }

    /// The size that a mechanism's key range is compared with: bits for RSA and curves, bytes for
    /// symmetric keys (as `CK_MECHANISM_INFO` has it).
    #[must_use]
    pub fn size(&self) -> u32 {
        match self {
            Self::RsaPublic(public) => public.bits(),
            Self::RsaPrivate(private) => private.public.bits(),
            Self::EcPublic { curve, .. } | Self::EcPrivate { curve, .. } => curve.bits(),
            Self::Secret { value, .. } => value.len() as u32,
        }
    }
}
