//! Mechanism types and their parameters (`CK_MECHANISM`), in Rust.

use core::fmt;

/// A mechanism's number in the standard (`CK_MECHANISM_TYPE`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MechanismType(pub u64);

/// Declares the mechanisms by their name and code, once.
macro_rules! mechanism_types {
    ($($name:ident = $code:literal),+ $(,)?) => {
        impl MechanismType {
            $(
                #[doc = concat!("`CKM_", stringify!($name), "`")]
                pub const $name: Self = Self($code);
            )+

            /// The standard's name without its `CKM_`, or `None` for a number that has no name here.
            #[must_use]
            pub fn name(self) -> Option<&'static str> {
                match self {
                    $(Self::$name => Some(stringify!($name)),)+
                    Self(_) => None,
                }
            }
        }
    };
}

mechanism_types! {
    RSA_PKCS_KEY_PAIR_GEN = 0x0000,
    RSA_PKCS = 0x0001,
    RSA_PKCS_PSS = 0x000d,
    SHA1_RSA_PKCS = 0x0006,
    SHA1_RSA_PKCS_PSS = 0x000e,
    SHA256_RSA_PKCS = 0x0040,
    SHA384_RSA_PKCS = 0x0041,
    SHA512_RSA_PKCS = 0x0042,
    SHA256_RSA_PKCS_PSS = 0x0043,
    SHA384_RSA_PKCS_PSS = 0x0044,
    SHA512_RSA_PKCS_PSS = 0x0045,
    SHA224_RSA_PKCS = 0x0046,
    SHA224_RSA_PKCS_PSS = 0x0047,
    SHA512_256 = 0x004c,
    SHA_1 = 0x0220,
    SHA_1_HMAC = 0x0221,
    SHA256 = 0x0250,
    SHA256_HMAC = 0x0251,
    SHA224 = 0x0255,
    SHA224_HMAC = 0x0256,
    SHA384 = 0x0260,
    SHA384_HMAC = 0x0261,
    SHA512 = 0x0270,
    SHA512_HMAC = 0x0271,
    SHA3_256 = 0x02b0,
    SHA3_384 = 0x02c0,
    SHA3_512 = 0x02d0,
    GENERIC_SECRET_KEY_GEN = 0x0350,
    EC_KEY_PAIR_GEN = 0x1040,
    ECDSA = 0x1041,
    ECDSA_SHA1 = 0x1042,
    ECDSA_SHA224 = 0x1043,
    ECDSA_SHA256 = 0x1044,
    ECDSA_SHA384 = 0x1045,
    ECDSA_SHA512 = 0x1046,
    EC_EDWARDS_KEY_PAIR_GEN = 0x1055,
    EDDSA = 0x1057,
    AES_KEY_GEN = 0x1080,
}

impl fmt::Debug for MechanismType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for MechanismType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "{:#x}", self.0),
        }
    }
}

/// A hash function named inside a mechanism's parameters or a signature scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum HashAlgorithm {
    /// SHA-1
    Sha1,
    /// SHA-224
    Sha224,
    /// SHA-256
    Sha256,
    /// SHA-384
    Sha384,
    /// SHA-512
    Sha512,
}

impl HashAlgorithm {
    /// The digest's length in bytes.
    #[must_use]
    pub fn digest_len(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

/// What a mechanism is told beside its number (`pParameter`).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Parameters {
    /// No parameter.
    None,
    /// `CK_RSA_PKCS_PSS_PARAMS`
    RsaPss {
        /// The message's hash.
        hash: HashAlgorithm,
        /// The hash inside MGF1.
        mgf: HashAlgorithm,
        /// The salt's length in bytes.
        salt_len: usize,
    },
}

/// A mechanism as a caller names it (`CK_MECHANISM`): which one, and its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MechanismCall {
    /// Which mechanism.
    pub mechanism: MechanismType,
    /// Its parameters.
    pub parameters: Parameters,
}

impl From<MechanismType> for MechanismCall {
    fn from(mechanism: MechanismType) -> Self {
        Self { mechanism, parameters: Parameters::None }
    }
}
