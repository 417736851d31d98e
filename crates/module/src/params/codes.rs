//! The numbers by which parameters name hash functions.

use cryptoki_sys::*;
use portcullis_token::{EcdhKdf, HashAlgorithm};

/// A hash by its own mechanism.
pub(super) fn hash(code: CK_MECHANISM_TYPE) -> Option<HashAlgorithm> {
    match code {
        CKM_SHA_1 => Some(HashAlgorithm::Sha1),
        CKM_SHA224 => Some(HashAlgorithm::Sha224),
        CKM_SHA256 => Some(HashAlgorithm::Sha256),
        CKM_SHA384 => Some(HashAlgorithm::Sha384),
        CKM_SHA512 => Some(HashAlgorithm::Sha512),
        CKM_SHA3_224 => Some(HashAlgorithm::Sha3_224),
        CKM_SHA3_256 => Some(HashAlgorithm::Sha3_256),
        CKM_SHA3_384 => Some(HashAlgorithm::Sha3_384),
        CKM_SHA3_512 => Some(HashAlgorithm::Sha3_512),
        _ => None,
    }
}

/// The hash inside a mask generation function (PKCS #11 v3.2 section 6.1.7).
pub(super) fn mgf(code: CK_RSA_PKCS_MGF_TYPE) -> Option<HashAlgorithm> {
    match code {
        CKG_MGF1_SHA1 => Some(HashAlgorithm::Sha1),
        CKG_MGF1_SHA224 => Some(HashAlgorithm::Sha224),
        CKG_MGF1_SHA256 => Some(HashAlgorithm::Sha256),
        CKG_MGF1_SHA384 => Some(HashAlgorithm::Sha384),
        CKG_MGF1_SHA512 => Some(HashAlgorithm::Sha512),
        CKG_MGF1_SHA3_224 => Some(HashAlgorithm::Sha3_224),
        CKG_MGF1_SHA3_256 => Some(HashAlgorithm::Sha3_256),
        CKG_MGF1_SHA3_384 => Some(HashAlgorithm::Sha3_384),
        CKG_MGF1_SHA3_512 => Some(HashAlgorithm::Sha3_512),
        _ => None,
    }
}

/// A key derivation function behind a key agreement; `Some(None)` is no function (section 6.3.16).
pub(super) fn ecdh(code: CK_EC_KDF_TYPE) -> Option<Option<EcdhKdf>> {
    let kdf = match code {
        CKD_NULL => return Some(None),
        CKD_SHA1_KDF => EcdhKdf::X963(HashAlgorithm::Sha1),
        CKD_SHA224_KDF => EcdhKdf::X963(HashAlgorithm::Sha224),
        CKD_SHA256_KDF => EcdhKdf::X963(HashAlgorithm::Sha256),
        CKD_SHA384_KDF => EcdhKdf::X963(HashAlgorithm::Sha384),
        CKD_SHA512_KDF => EcdhKdf::X963(HashAlgorithm::Sha512),
        CKD_SHA3_224_KDF => EcdhKdf::X963(HashAlgorithm::Sha3_224),
        CKD_SHA3_256_KDF => EcdhKdf::X963(HashAlgorithm::Sha3_256),
        CKD_SHA3_384_KDF => EcdhKdf::X963(HashAlgorithm::Sha3_384),
        CKD_SHA3_512_KDF => EcdhKdf::X963(HashAlgorithm::Sha3_512),
        CKD_SHA1_KDF_SP800 => EcdhKdf::Sp800(HashAlgorithm::Sha1),
        CKD_SHA224_KDF_SP800 => EcdhKdf::Sp800(HashAlgorithm::Sha224),
        CKD_SHA256_KDF_SP800 => EcdhKdf::Sp800(HashAlgorithm::Sha256),
        CKD_SHA384_KDF_SP800 => EcdhKdf::Sp800(HashAlgorithm::Sha384),
        CKD_SHA512_KDF_SP800 => EcdhKdf::Sp800(HashAlgorithm::Sha512),
        CKD_SHA3_224_KDF_SP800 => EcdhKdf::Sp800(HashAlgorithm::Sha3_224),
        CKD_SHA3_256_KDF_SP800 => EcdhKdf::Sp800(HashAlgorithm::Sha3_256),
        CKD_SHA3_384_KDF_SP800 => EcdhKdf::Sp800(HashAlgorithm::Sha3_384),
        CKD_SHA3_512_KDF_SP800 => EcdhKdf::Sp800(HashAlgorithm::Sha3_512),
        _ => return None,
    };
    Some(Some(kdf))
}

/// The hash of PBKDF2's HMAC.
pub(super) fn pbkdf2(code: CK_PKCS5_PBKD2_PSEUDO_RANDOM_FUNCTION_TYPE) -> Option<HashAlgorithm> {
    match code {
        CKP_PKCS5_PBKD2_HMAC_SHA1 => Some(HashAlgorithm::Sha1),
        CKP_PKCS5_PBKD2_HMAC_SHA224 => Some(HashAlgorithm::Sha224),
        CKP_PKCS5_PBKD2_HMAC_SHA256 => Some(HashAlgorithm::Sha256),
        CKP_PKCS5_PBKD2_HMAC_SHA384 => Some(HashAlgorithm::Sha384),
        CKP_PKCS5_PBKD2_HMAC_SHA512 => Some(HashAlgorithm::Sha512),
        _ => None,
    }
}
