//! From the signature schemes of TLS to the mechanisms of PKCS #11.

use alloc::vec::Vec;

use super::{KeyAlgorithm, SignatureScheme};
use crate::{Curve, Error, HashAlgorithm, MechanismCall, MechanismType, Parameters, Result, formats};

const HASHES: [HashAlgorithm; 3] = [HashAlgorithm::Sha256, HashAlgorithm::Sha384, HashAlgorithm::Sha512];

/// The schemes of a kind of key, best first.
pub(super) fn of(algorithm: KeyAlgorithm) -> Vec<SignatureScheme> {
    match algorithm {
        KeyAlgorithm::Rsa { .. } => {
            let pss = HASHES.map(SignatureScheme::RsaPss);
            let pkcs1 = HASHES.map(SignatureScheme::RsaPkcs1);
            [pss, pkcs1].concat()
        }
        KeyAlgorithm::Ec(Curve::Ed25519) => alloc::vec![SignatureScheme::Ed25519],
        KeyAlgorithm::Ec(curve) => {
            // TLS 1.3 binds each curve to one hash; TLS 1.2 lets the others be used too.
            let own = match curve {
                Curve::P256 | Curve::Secp256k1 | Curve::Ed25519 | Curve::X25519 => HashAlgorithm::Sha256,
                Curve::P384 => HashAlgorithm::Sha384,
                Curve::P521 => HashAlgorithm::Sha512,
            };
            let others = HASHES.into_iter().filter(|hash| *hash != own);
            [own].into_iter().chain(others).map(|hash| SignatureScheme::Ecdsa(curve, hash)).collect()
        }
    }
}

/// The mechanism that signs by a scheme.
pub(super) fn call(scheme: SignatureScheme) -> MechanismCall {
    use HashAlgorithm::{Sha1, Sha3_224, Sha3_256, Sha3_384, Sha3_512, Sha224, Sha256, Sha384, Sha512};
    let mechanism = match scheme {
        SignatureScheme::Ecdsa(_, Sha1) => MechanismType::ECDSA_SHA1,
        SignatureScheme::Ecdsa(_, Sha224) => MechanismType::ECDSA_SHA224,
        SignatureScheme::Ecdsa(_, Sha256) => MechanismType::ECDSA_SHA256,
        SignatureScheme::Ecdsa(_, Sha384) => MechanismType::ECDSA_SHA384,
        SignatureScheme::Ecdsa(_, Sha512) => MechanismType::ECDSA_SHA512,
        SignatureScheme::Ed25519 => MechanismType::EDDSA,
        SignatureScheme::RsaPss(Sha1) => MechanismType::SHA1_RSA_PKCS_PSS,
        SignatureScheme::RsaPss(Sha224) => MechanismType::SHA224_RSA_PKCS_PSS,
        SignatureScheme::RsaPss(Sha256) => MechanismType::SHA256_RSA_PKCS_PSS,
        SignatureScheme::RsaPss(Sha384) => MechanismType::SHA384_RSA_PKCS_PSS,
        SignatureScheme::RsaPss(Sha512) => MechanismType::SHA512_RSA_PKCS_PSS,
        SignatureScheme::RsaPkcs1(Sha1) => MechanismType::SHA1_RSA_PKCS,
        SignatureScheme::RsaPkcs1(Sha224) => MechanismType::SHA224_RSA_PKCS,
        SignatureScheme::RsaPkcs1(Sha256) => MechanismType::SHA256_RSA_PKCS,
        SignatureScheme::RsaPkcs1(Sha384) => MechanismType::SHA384_RSA_PKCS,
        SignatureScheme::RsaPkcs1(Sha512) => MechanismType::SHA512_RSA_PKCS,
        SignatureScheme::Ecdsa(_, Sha3_224) => MechanismType::ECDSA_SHA3_224,
        SignatureScheme::Ecdsa(_, Sha3_256) => MechanismType::ECDSA_SHA3_256,
        SignatureScheme::Ecdsa(_, Sha3_384) => MechanismType::ECDSA_SHA3_384,
        SignatureScheme::Ecdsa(_, Sha3_512) => MechanismType::ECDSA_SHA3_512,
        SignatureScheme::RsaPss(Sha3_224) => MechanismType::SHA3_224_RSA_PKCS_PSS,
        SignatureScheme::RsaPss(Sha3_256) => MechanismType::SHA3_256_RSA_PKCS_PSS,
        SignatureScheme::RsaPss(Sha3_384) => MechanismType::SHA3_384_RSA_PKCS_PSS,
        SignatureScheme::RsaPss(Sha3_512) => MechanismType::SHA3_512_RSA_PKCS_PSS,
        SignatureScheme::RsaPkcs1(Sha3_224) => MechanismType::SHA3_224_RSA_PKCS,
        SignatureScheme::RsaPkcs1(Sha3_256) => MechanismType::SHA3_256_RSA_PKCS,
        SignatureScheme::RsaPkcs1(Sha3_384) => MechanismType::SHA3_384_RSA_PKCS,
        SignatureScheme::RsaPkcs1(Sha3_512) => MechanismType::SHA3_512_RSA_PKCS,
    };
    let parameters = match scheme {
        SignatureScheme::RsaPss(hash) => Parameters::RsaPss { hash, mgf: hash, salt_len: hash.digest_len() },
        SignatureScheme::Ecdsa(..) | SignatureScheme::Ed25519 | SignatureScheme::RsaPkcs1(_) => {
            Parameters::None
        }
    };
    MechanismCall { mechanism, parameters }
}

/// A mechanism's signature in the form that TLS uses.
pub(super) fn encode(scheme: SignatureScheme, signature: Vec<u8>) -> Result<Vec<u8>> {
    match scheme {
        SignatureScheme::Ecdsa(..) => {
            formats::ecdsa_to_der(&signature).map_err(|_| Error::Engine(crate::EngineError::Failed))
        }
        SignatureScheme::Ed25519 | SignatureScheme::RsaPss(_) | SignatureScheme::RsaPkcs1(_) => Ok(signature),
    }
}
