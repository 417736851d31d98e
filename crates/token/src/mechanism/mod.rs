//! Mechanism types, and mechanisms as a caller names them (`CK_MECHANISM`), in Rust. Their parameters are in
//! [`parameters`].

mod parameters;

use core::fmt;

pub use parameters::{EcdhKdf, Hedge, HkdfSalt, IntegerFormat, KbkdfField, Oaep, Parameters, TlsRandoms};

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
    RSA_X_509 = 0x0003,
    SHA1_RSA_PKCS = 0x0006,
    RSA_PKCS_OAEP = 0x0009,
    RSA_PKCS_PSS = 0x000d,
    SHA1_RSA_PKCS_PSS = 0x000e,
    ML_KEM_KEY_PAIR_GEN = 0x000f,
    ML_KEM = 0x0017,
    ML_DSA_KEY_PAIR_GEN = 0x001c,
    ML_DSA = 0x001d,
    HASH_ML_DSA = 0x001f,
    HASH_ML_DSA_SHA224 = 0x0023,
    HASH_ML_DSA_SHA256 = 0x0024,
    HASH_ML_DSA_SHA384 = 0x0025,
    HASH_ML_DSA_SHA512 = 0x0026,
    HASH_ML_DSA_SHA3_224 = 0x0027,
    HASH_ML_DSA_SHA3_256 = 0x0028,
    HASH_ML_DSA_SHA3_384 = 0x0029,
    HASH_ML_DSA_SHA3_512 = 0x002a,
    SHA256_RSA_PKCS = 0x0040,
    SHA384_RSA_PKCS = 0x0041,
    SHA512_RSA_PKCS = 0x0042,
    SHA256_RSA_PKCS_PSS = 0x0043,
    SHA384_RSA_PKCS_PSS = 0x0044,
    SHA512_RSA_PKCS_PSS = 0x0045,
    SHA224_RSA_PKCS = 0x0046,
    SHA224_RSA_PKCS_PSS = 0x0047,
    SHA512_256 = 0x004c,
    SHA512_256_HMAC = 0x004d,
    SHA512_256_HMAC_GENERAL = 0x004e,
    TLS12_EXTENDED_MASTER_KEY_DERIVE = 0x0056,
    TLS12_EXTENDED_MASTER_KEY_DERIVE_DH = 0x0057,
    SHA3_256_RSA_PKCS = 0x0060,
    SHA3_384_RSA_PKCS = 0x0061,
    SHA3_512_RSA_PKCS = 0x0062,
    SHA3_256_RSA_PKCS_PSS = 0x0063,
    SHA3_384_RSA_PKCS_PSS = 0x0064,
    SHA3_512_RSA_PKCS_PSS = 0x0065,
    SHA3_224_RSA_PKCS = 0x0066,
    SHA3_224_RSA_PKCS_PSS = 0x0067,
    MD5 = 0x0210,
    SHA_1 = 0x0220,
    SHA_1_HMAC = 0x0221,
    SHA_1_HMAC_GENERAL = 0x0222,
    SHA256 = 0x0250,
    SHA256_HMAC = 0x0251,
    SHA256_HMAC_GENERAL = 0x0252,
    SHA224 = 0x0255,
    SHA224_HMAC = 0x0256,
    SHA224_HMAC_GENERAL = 0x0257,
    SHA384 = 0x0260,
    SHA384_HMAC = 0x0261,
    SHA384_HMAC_GENERAL = 0x0262,
    SHA512 = 0x0270,
    SHA512_HMAC = 0x0271,
    SHA512_HMAC_GENERAL = 0x0272,
    SHA3_256 = 0x02b0,
    SHA3_256_HMAC = 0x02b1,
    SHA3_256_HMAC_GENERAL = 0x02b2,
    SHA3_256_KEY_GEN = 0x02b3,
    SHA3_224 = 0x02b5,
    SHA3_224_HMAC = 0x02b6,
    SHA3_224_HMAC_GENERAL = 0x02b7,
    SHA3_224_KEY_GEN = 0x02b8,
    SHA3_384 = 0x02c0,
    SHA3_384_HMAC = 0x02c1,
    SHA3_384_HMAC_GENERAL = 0x02c2,
    SHA3_384_KEY_GEN = 0x02c3,
    SHA3_512 = 0x02d0,
    SHA3_512_HMAC = 0x02d1,
    SHA3_512_HMAC_GENERAL = 0x02d2,
    SHA3_512_KEY_GEN = 0x02d3,
    GENERIC_SECRET_KEY_GEN = 0x0350,
    CONCATENATE_BASE_AND_KEY = 0x0360,
    CONCATENATE_BASE_AND_DATA = 0x0362,
    CONCATENATE_DATA_AND_BASE = 0x0363,
    XOR_BASE_AND_DATA = 0x0364,
    SP800_108_COUNTER_KDF = 0x03ac,
    SP800_108_FEEDBACK_KDF = 0x03ad,
    SP800_108_DOUBLE_PIPELINE_KDF = 0x03ae,
    PKCS5_PBKD2 = 0x03b0,
    TLS12_MAC = 0x03d8,
    TLS12_KDF = 0x03d9,
    TLS12_MASTER_KEY_DERIVE = 0x03e0,
    TLS12_KEY_AND_MAC_DERIVE = 0x03e1,
    TLS12_MASTER_KEY_DERIVE_DH = 0x03e2,
    TLS12_KEY_SAFE_DERIVE = 0x03e3,
    TLS_MAC = 0x03e4,
    TLS_KDF = 0x03e5,
    EC_KEY_PAIR_GEN = 0x1040,
    ECDSA = 0x1041,
    ECDSA_SHA1 = 0x1042,
    ECDSA_SHA224 = 0x1043,
    ECDSA_SHA256 = 0x1044,
    ECDSA_SHA384 = 0x1045,
    ECDSA_SHA512 = 0x1046,
    ECDSA_SHA3_224 = 0x1047,
    ECDSA_SHA3_256 = 0x1048,
    ECDSA_SHA3_384 = 0x1049,
    ECDSA_SHA3_512 = 0x104a,
    ECDH1_DERIVE = 0x1050,
    ECDH1_COFACTOR_DERIVE = 0x1051,
    RSA_AES_KEY_WRAP = 0x1054,
    EC_EDWARDS_KEY_PAIR_GEN = 0x1055,
    EC_MONTGOMERY_KEY_PAIR_GEN = 0x1056,
    EDDSA = 0x1057,
    AES_KEY_GEN = 0x1080,
    AES_ECB = 0x1081,
    AES_CBC = 0x1082,
    AES_CBC_PAD = 0x1085,
    AES_CTR = 0x1086,
    AES_GCM = 0x1087,
    AES_CCM = 0x1088,
    AES_CMAC = 0x108a,
    AES_CMAC_GENERAL = 0x108b,
    AES_GMAC = 0x108e,
    AES_ECB_ENCRYPT_DATA = 0x1104,
    AES_CBC_ENCRYPT_DATA = 0x1105,
    CHACHA20_KEY_GEN = 0x1225,
    AES_KEY_WRAP = 0x2109,
    AES_KEY_WRAP_PAD = 0x210a,
    AES_KEY_WRAP_KWP = 0x210b,
    SHA_1_KEY_GEN = 0x4003,
    SHA224_KEY_GEN = 0x4004,
    SHA256_KEY_GEN = 0x4005,
    SHA384_KEY_GEN = 0x4006,
    SHA512_KEY_GEN = 0x4007,
    SHA512_256_KEY_GEN = 0x4009,
    CHACHA20_POLY1305 = 0x4021,
    HKDF_DERIVE = 0x402a,
    HKDF_DATA = 0x402b,
    HKDF_KEY_GEN = 0x402c,
}

impl MechanismType {
    /// Whether its data may come in parts.
    ///
    /// False for what the standard's tables of mechanisms mark as "single-part operations only": their data is a digest
    /// or a block, whole by nature. `RSA_PKCS` and `RSA_X_509` are marked so too, and take parts all the same, as
    /// OpenSC's `pkcs11-tool --test` signs with them in parts (docs/decisions/0028).
    #[must_use]
    pub fn takes_parts(self) -> bool {
        !matches!(
            self,
            Self::RSA_PKCS_OAEP
                | Self::RSA_PKCS_PSS
                | Self::ECDSA
                | Self::HASH_ML_DSA
                | Self::AES_KEY_WRAP
                | Self::AES_KEY_WRAP_PAD
                | Self::AES_KEY_WRAP_KWP
        )
    }
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
    /// SHA3-224
    Sha3_224,
    /// SHA3-256
    Sha3_256,
    /// SHA3-384
    Sha3_384,
    /// SHA3-512
    Sha3_512,
}

impl HashAlgorithm {
    /// The digest's length in bytes.
    #[must_use]
    pub fn digest_len(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha224 | Self::Sha3_224 => 28,
            Self::Sha256 | Self::Sha3_256 => 32,
            Self::Sha384 | Self::Sha3_384 => 48,
            Self::Sha512 | Self::Sha3_512 => 64,
        }
    }
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
