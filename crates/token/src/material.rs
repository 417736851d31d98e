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
    /// `CKK_EC_MONTGOMERY`
    EcMontgomery,
    /// `CKK_ML_KEM`
    MlKem,
    /// `CKK_ML_DSA`
    MlDsa,
    /// `CKK_GENERIC_SECRET`
    GenericSecret,
    /// `CKK_AES`
    Aes,
    /// `CKK_CHACHA20`
    ChaCha20,
    /// `CKK_HKDF`
    Hkdf,
    /// `CKK_SHA_1_HMAC`
    Sha1Hmac,
    /// `CKK_SHA224_HMAC`
    Sha224Hmac,
    /// `CKK_SHA256_HMAC`
    Sha256Hmac,
    /// `CKK_SHA384_HMAC`
    Sha384Hmac,
    /// `CKK_SHA512_HMAC`
    Sha512Hmac,
    /// `CKK_SHA512_256_HMAC`
    Sha512_256Hmac,
    /// `CKK_SHA3_224_HMAC`
    Sha3_224Hmac,
    /// `CKK_SHA3_256_HMAC`
    Sha3_256Hmac,
    /// `CKK_SHA3_384_HMAC`
    Sha3_384Hmac,
    /// `CKK_SHA3_512_HMAC`
    Sha3_512Hmac,
}

impl KeyType {
    /// Every key type, with its code in the standard.
    const CODES: [(Self, u64); 20] = [
        (Self::Rsa, 0x00),
        (Self::Ec, 0x03),
        (Self::EcEdwards, 0x40),
        (Self::EcMontgomery, 0x41),
        (Self::MlKem, 0x49),
        (Self::MlDsa, 0x4a),
        (Self::GenericSecret, 0x10),
        (Self::Aes, 0x1f),
        (Self::ChaCha20, 0x33),
        (Self::Hkdf, 0x42),
        (Self::Sha1Hmac, 0x28),
        (Self::Sha224Hmac, 0x2e),
        (Self::Sha256Hmac, 0x2b),
        (Self::Sha384Hmac, 0x2c),
        (Self::Sha512Hmac, 0x2d),
        (Self::Sha512_256Hmac, 0x44),
        (Self::Sha3_224Hmac, 0x36),
        (Self::Sha3_256Hmac, 0x37),
        (Self::Sha3_384Hmac, 0x38),
        (Self::Sha3_512Hmac, 0x39),
    ];

    /// Those whose keys are a single secret value, the one without a purpose first.
    pub const SYMMETRIC: [Self; 14] = [
        Self::GenericSecret,
        Self::Aes,
        Self::ChaCha20,
        Self::Hkdf,
        Self::Sha1Hmac,
        Self::Sha224Hmac,
        Self::Sha256Hmac,
        Self::Sha384Hmac,
        Self::Sha512Hmac,
        Self::Sha512_256Hmac,
        Self::Sha3_224Hmac,
        Self::Sha3_256Hmac,
        Self::Sha3_384Hmac,
        Self::Sha3_512Hmac,
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
        Self::SYMMETRIC.contains(&self)
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
    /// secp256k1 (SEC 2 section 2.4.1)
    Secp256k1,
    /// Ed25519 (RFC 8032)
    Ed25519,
    /// X25519 (RFC 7748)
    X25519,
}

impl Curve {
    /// Every curve that has a name here.
    pub const ALL: [Self; 6] =
        [Self::P256, Self::P384, Self::P521, Self::Secp256k1, Self::Ed25519, Self::X25519];

    /// The size in bits by which mechanisms count it (`ulMinKeySize`).
    #[must_use]
    pub fn bits(self) -> u32 {
        match self {
            Self::P256 | Self::Secp256k1 | Self::Ed25519 | Self::X25519 => 256,
            Self::P384 => 384,
            Self::P521 => 521,
        }
    }

    /// The length of a private scalar (or an Ed25519 seed) in bytes. X25519 scalars are little-endian, as in
    /// RFC 7748.
    #[must_use]
    pub fn scalar_len(self) -> usize {
        self.bits().div_ceil(8) as usize
    }

    /// The length of a public point in bytes: uncompressed (SEC 1) on Weierstrass curves, RFC 8032's on
    /// Ed25519, RFC 7748's on X25519.
    #[must_use]
    pub fn point_len(self) -> usize {
        match self {
            Self::Ed25519 | Self::X25519 => 32,
            Self::P256 | Self::P384 | Self::P521 | Self::Secp256k1 => 1 + 2 * self.scalar_len(),
        }
    }

    /// The type of keys on this curve.
    #[must_use]
    pub fn key_type(self) -> KeyType {
        match self {
            Self::Ed25519 => KeyType::EcEdwards,
            Self::X25519 => KeyType::EcMontgomery,
            Self::P256 | Self::P384 | Self::P521 | Self::Secp256k1 => KeyType::Ec,
        }
    }
}

/// A parameter set of ML-KEM (FIPS 203) or ML-DSA (FIPS 204); `CKA_PARAMETER_SET`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ParameterSet {
    /// `CKP_ML_KEM_512`
    MlKem512,
    /// `CKP_ML_KEM_768`
    MlKem768,
    /// `CKP_ML_KEM_1024`
    MlKem1024,
    /// `CKP_ML_DSA_44`
    MlDsa44,
    /// `CKP_ML_DSA_65`
    MlDsa65,
    /// `CKP_ML_DSA_87`
    MlDsa87,
}

impl ParameterSet {
    /// Every parameter set that has a name here.
    pub const ALL: [Self; 6] =
        [Self::MlKem512, Self::MlKem768, Self::MlKem1024, Self::MlDsa44, Self::MlDsa65, Self::MlDsa87];

    /// The type of keys with these parameters.
    #[must_use]
    pub fn key_type(self) -> KeyType {
        match self {
            Self::MlKem512 | Self::MlKem768 | Self::MlKem1024 => KeyType::MlKem,
            Self::MlDsa44 | Self::MlDsa65 | Self::MlDsa87 => KeyType::MlDsa,
        }
    }

    /// The standard's code (`CKP_...`), which says something only beside the key type.
    #[must_use]
    pub fn code(self) -> u64 {
        match self {
            Self::MlKem512 | Self::MlDsa44 => 1,
            Self::MlKem768 | Self::MlDsa65 => 2,
            Self::MlKem1024 | Self::MlDsa87 => 3,
        }
    }

    /// The parameter set with this code among those of a key type.
    #[must_use]
    pub fn from_code(key_type: KeyType, code: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|set| set.key_type() == key_type && set.code() == code)
    }

    /// The length of a public key in bytes (FIPS 203 table 3, FIPS 204 table 2).
    #[must_use]
    pub fn public_len(self) -> usize {
        match self {
            Self::MlKem512 => 800,
            Self::MlKem768 => 1184,
            Self::MlKem1024 => 1568,
            Self::MlDsa44 => 1312,
            Self::MlDsa65 => 1952,
            Self::MlDsa87 => 2592,
        }
    }

    /// The length of an expanded private key in bytes (the same tables).
    #[must_use]
    pub fn private_len(self) -> usize {
        match self {
            Self::MlKem512 => 1632,
            Self::MlKem768 => 2400,
            Self::MlKem1024 => 3168,
            Self::MlDsa44 => 2560,
            Self::MlDsa65 => 4032,
            Self::MlDsa87 => 4896,
        }
    }

    /// The length in bytes of the seed that a private key expands from: d and z (FIPS 203), or xi (FIPS 204).
    #[must_use]
    pub fn seed_len(self) -> usize {
        match self.key_type() {
            KeyType::MlKem => 64,
            _ => 32,
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
    /// A public key of ML-KEM or ML-DSA.
    LatticePublic {
        /// Its parameters.
        set: ParameterSet,
        /// [`ParameterSet::public_len`] bytes.
        value: Vec<u8>,
    },
    /// A private key of ML-KEM or ML-DSA.
    LatticePrivate {
        /// Its parameters.
        set: ParameterSet,
        /// The expanded key, [`ParameterSet::private_len`] bytes; empty while only the seed is known.
        value: Secret,
        /// The seed it expands from, where that was kept.
        seed: Option<Secret>,
        /// The public key that belongs to it, [`ParameterSet::public_len`] bytes; empty while it is not known.
        public: Vec<u8>,
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
            Self::LatticePublic { set, .. } | Self::LatticePrivate { set, .. } => set.key_type(),
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
            Self::LatticePrivate { set, public, .. } => {
                Some(Self::LatticePublic { set: *set, value: public.clone() })
            }
            Self::RsaPublic(_) | Self::EcPublic { .. } | Self::LatticePublic { .. } | Self::Secret { .. } => {
                None
            }
        }
    }

    /// The size that a mechanism's key range is compared with: bits for RSA and curves, bytes of the
    /// public key for lattices, bytes for symmetric keys (as `CK_MECHANISM_INFO` has it).
    #[must_use]
    pub fn size(&self) -> u32 {
        match self {
            Self::RsaPublic(public) => public.bits(),
            Self::RsaPrivate(private) => private.public.bits(),
            Self::EcPublic { curve, .. } | Self::EcPrivate { curve, .. } => curve.bits(),
            Self::LatticePublic { set, .. } | Self::LatticePrivate { set, .. } => set.public_len() as u32,
            Self::Secret { value, .. } => value.len() as u32,
        }
    }
}
