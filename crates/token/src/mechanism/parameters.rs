//! What a mechanism is told beside its number (`pParameter`). Lengths are in bytes, unless a field says bits.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::{HashAlgorithm, MechanismType};
use crate::{ObjectHandle, Secret};

/// A mechanism's parameters.
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
        /// The salt's length.
        salt_len: usize,
    },
    /// `CK_RSA_PKCS_OAEP_PARAMS`
    RsaOaep(Oaep),
    /// `CK_RSA_AES_KEY_WRAP_PARAMS`
    RsaAesKeyWrap {
        /// The length of the AES key between, in bits.
        aes_bits: u32,
        /// How that key is encrypted.
        oaep: Oaep,
    },
    /// `CK_EDDSA_PARAMS`
    Eddsa {
        /// Whether the message is hashed first (Ed25519ph).
        prehash: bool,
        /// The context (RFC 8032 section 5.1).
        context: Vec<u8>,
    },
    /// `CK_SIGN_ADDITIONAL_CONTEXT` and `CK_HASH_SIGN_ADDITIONAL_CONTEXT`
    MlDsa {
        /// Whether randomness goes into the signature.
        hedge: Hedge,
        /// The context, at most 255 bytes (FIPS 204 section 5.2).
        context: Vec<u8>,
        /// The hash by which the caller made the message shorter, where the mechanism asks for it.
        hash: Option<HashAlgorithm>,
    },
    /// `CK_MAC_GENERAL_PARAMS`: the length of a shortened MAC.
    MacLen(usize),
    /// An initialisation vector of its own: CBC, key wrapping with another initial value.
    Iv(Vec<u8>),
    /// `CK_AES_CTR_PARAMS`
    Counter {
        /// How many of the block's last bits count.
        bits: u32,
        /// The first block.
        block: [u8; 16],
    },
    /// `CK_GCM_PARAMS`, and GMAC's initialisation vector.
    Gcm {
        /// The initialisation vector.
        iv: Vec<u8>,
        /// What is authenticated and not encrypted.
        aad: Vec<u8>,
        /// The tag's length.
        tag_len: usize,
    },
    /// `CK_CCM_PARAMS`
    Ccm {
        /// The plaintext's length.
        data_len: usize,
        /// The nonce.
        nonce: Vec<u8>,
        /// What is authenticated and not encrypted.
        aad: Vec<u8>,
        /// The tag's length.
        tag_len: usize,
    },
    /// `CK_SALSA20_CHACHA20_POLY1305_PARAMS`
    ChaCha20Poly1305 {
        /// The nonce.
        nonce: Vec<u8>,
        /// What is authenticated and not encrypted.
        aad: Vec<u8>,
    },
    /// `CK_KEY_DERIVATION_STRING_DATA` of the mechanisms that concatenate and XOR.
    DerivationData(Vec<u8>),
    /// `CK_OBJECT_HANDLE`: a key whose value, which the token puts in place before an engine sees it, stands
    /// behind that of the base key.
    Key(ObjectHandle),
    /// The value of that key.
    KeyValue(Arc<Secret>),
    /// `CK_KEY_DERIVATION_STRING_DATA` of AES in ECB mode, and `CK_AES_CBC_ENCRYPT_DATA_PARAMS`
    EncryptData {
        /// CBC's initialisation vector; empty for ECB.
        iv: Vec<u8>,
        /// What is encrypted to become a key.
        data: Vec<u8>,
    },
    /// `CK_ECDH1_DERIVE_PARAMS`
    Ecdh {
        /// The key derivation function, or none (`CKD_NULL`).
        kdf: Option<EcdhKdf>,
        /// What that function takes beside the secret.
        shared_data: Vec<u8>,
        /// The other side's point: raw, or in a DER octet string.
        public: Vec<u8>,
    },
    /// `CK_HKDF_PARAMS`
    Hkdf {
        /// Its hash.
        hash: HashAlgorithm,
        /// Whether the base key goes through the extract step; and with what salt.
        extract: Option<HkdfSalt>,
        /// Whether there is an expand step, and its info.
        expand: Option<Vec<u8>>,
    },
    /// `CK_PKCS5_PBKD2_PARAMS2`
    Pbkdf2 {
        /// The hash of its HMAC.
        hash: HashAlgorithm,
        /// The salt.
        salt: Vec<u8>,
        /// How many rounds.
        iterations: u32,
        /// The password.
        password: Arc<Secret>,
    },
    /// `CK_SP800_108_KDF_PARAMS` and `CK_SP800_108_FEEDBACK_KDF_PARAMS`
    Kbkdf {
        /// The pseudorandom function: an HMAC, or AES-CMAC.
        prf: MechanismType,
        /// What each round's input is made of, in order.
        fields: Vec<KbkdfField>,
        /// The feedback mode's first value; empty elsewhere.
        iv: Vec<u8>,
    },
    /// `CK_TLS12_MASTER_KEY_DERIVE_PARAMS`
    TlsMaster {
        /// The hash of the PRF.
        hash: HashAlgorithm,
        /// The randoms of the handshake.
        randoms: TlsRandoms,
    },
    /// `CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS` (RFC 7627)
    TlsExtendedMaster {
        /// The hash of the PRF.
        hash: HashAlgorithm,
        /// The hash of the handshake's messages.
        session_hash: Vec<u8>,
    },
    /// `CK_TLS12_KEY_MAT_PARAMS`: the engine derives the whole key block, which the token cuts up.
    TlsKeyBlock {
        /// The hash of the PRF.
        hash: HashAlgorithm,
        /// The randoms of the handshake.
        randoms: TlsRandoms,
        /// The length of each MAC key.
        mac_len: usize,
        /// The length of each encryption key.
        key_len: usize,
        /// The length of each initialisation vector.
        iv_len: usize,
    },
    /// `CK_TLS_KDF_PARAMS` (RFC 5705)
    TlsKdf {
        /// The hash of the PRF.
        hash: HashAlgorithm,
        /// The label.
        label: Vec<u8>,
        /// The randoms of the handshake.
        randoms: TlsRandoms,
        /// The context, which is left out when empty.
        context: Vec<u8>,
    },
    /// `CK_TLS_MAC_PARAMS`: the verify data of a Finished message (RFC 5246 section 7.4.9).
    TlsMac {
        /// The hash of the PRF.
        hash: HashAlgorithm,
        /// The length of the verify data.
        len: usize,
        /// Whether it is the server's.
        server: bool,
    },
}

/// A key derivation function over a hash, behind a key agreement (`CK_EC_KDF_TYPE`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EcdhKdf {
    /// ANSI X9.63 (SEC 1 section 3.6.1): the counter stands behind the secret.
    X963(HashAlgorithm),
    /// SP 800-56C section 4, the one-step function: the counter stands before the secret.
    Sp800(HashAlgorithm),
}

/// `CK_RSA_PKCS_OAEP_PARAMS` (RFC 8017 section 7.1)
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oaep {
    /// The label's hash.
    pub hash: HashAlgorithm,
    /// The hash inside MGF1.
    pub mgf: HashAlgorithm,
    /// The label.
    pub label: Vec<u8>,
}

/// Whether randomness goes into a signature of ML-DSA (FIPS 204 section 3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hedge {
    /// As the engine likes (`CKH_HEDGE_PREFERRED`).
    Preferred,
    /// It must (`CKH_HEDGE_REQUIRED`).
    Required,
    /// It must not (`CKH_DETERMINISTIC_REQUIRED`).
    Deterministic,
}

/// The salt of HKDF's extract step (RFC 5869 section 2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HkdfSalt {
    /// As many zero bytes as the hash has.
    Null,
    /// These bytes.
    Data(Vec<u8>),
    /// The value of a key, which the token puts in place before an engine sees it.
    Key(ObjectHandle),
    /// The value of that key.
    Value(Arc<Secret>),
}

/// One part of the input of SP 800-108's pseudorandom function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KbkdfField {
    /// The round's variable: the counter in counter mode, the value before this one in the others
    /// (`CK_SP800_108_ITERATION_VARIABLE`).
    Iteration(Option<IntegerFormat>),
    /// The round's number, in modes whose variable is another (`CK_SP800_108_COUNTER`).
    Counter(IntegerFormat),
    /// How many bits are derived (`CK_SP800_108_DKM_LENGTH`).
    Length {
        /// Whether whole segments of the function count, and not only what the keys use.
        segments: bool,
        /// Its form.
        format: IntegerFormat,
    },
    /// These bytes: label, separator, context (`CK_SP800_108_BYTE_ARRAY`).
    Bytes(Vec<u8>),
    /// The value of a key, which the token puts in place before an engine sees it
    /// (`CK_SP800_108_KEY_HANDLE`).
    Key(ObjectHandle),
    /// The value of that key.
    Value(Arc<Secret>),
}

/// How a number becomes bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IntegerFormat {
    /// Its width in bits: 8, 16, 24, 32 or 64.
    pub bits: u32,
    /// Whether the last byte is the first.
    pub little_endian: bool,
}

/// The randoms of a TLS handshake (`CK_SSL3_RANDOM_DATA`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsRandoms {
    /// The client's.
    pub client: Box<[u8]>,
    /// The server's.
    pub server: Box<[u8]>,
}
