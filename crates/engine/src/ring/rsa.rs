//! RSA signatures: PKCS #1 v1.5 and PSS over SHA-256, SHA-384 and SHA-512 (RFC 8017 sections 8.1 and 8.2;
//! PKCS #11 3.1, `CKM_SHA..._RSA_PKCS` and `CKM_SHA..._RSA_PKCS_PSS`).
//!
//! Key generation, encryption and signatures over a given digest are not here: `ring` has none of them.

use alloc::vec;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

use portcullis_token::{
    EngineError, HashAlgorithm, KeyType, MechanismType, Parameters, RsaPrivate, RsaPublic,
};
use ring::error::Unspecified;
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{self, RsaEncoding, RsaKeyPair, RsaParameters};

use super::keys::{self, RSA_BITS};
use crate::shell::loader::Loader;
use crate::shell::no_parameters;
use crate::shell::signer::{Scheme, Signer};

/// RSA with one padding and one hash.
pub(super) struct Rsa {
    padding: Padding,
    encoding: &'static dyn RsaEncoding,
    verification: &'static RsaParameters,
}

/// How a digest becomes a number.
enum Padding {
    Pkcs1,
    /// The hash, which MGF1 shares and which gives the salt its length.
    Pss(HashAlgorithm),
}

pub(super) static SHA256_RSA_PKCS: Signer<Rsa> = Signer {
    id: MechanismType::SHA256_RSA_PKCS,
    scheme: Rsa {
        padding: Padding::Pkcs1,
        encoding: &signature::RSA_PKCS1_SHA256,
        verification: &signature::RSA_PKCS1_2048_8192_SHA256,
    },
};
pub(super) static SHA384_RSA_PKCS: Signer<Rsa> = Signer {
    id: MechanismType::SHA384_RSA_PKCS,
    scheme: Rsa {
        padding: Padding::Pkcs1,
        encoding: &signature::RSA_PKCS1_SHA384,
        verification: &signature::RSA_PKCS1_2048_8192_SHA384,
    },
};
pub(super) static SHA512_RSA_PKCS: Signer<Rsa> = Signer {
    id: MechanismType::SHA512_RSA_PKCS,
    scheme: Rsa {
        padding: Padding::Pkcs1,
        encoding: &signature::RSA_PKCS1_SHA512,
        verification: &signature::RSA_PKCS1_2048_8192_SHA512,
    },
};
pub(super) static SHA256_RSA_PKCS_PSS: Signer<Rsa> = Signer {
    id: MechanismType::SHA256_RSA_PKCS_PSS,
    scheme: Rsa {
        padding: Padding::Pss(HashAlgorithm::Sha256),
        encoding: &signature::RSA_PSS_SHA256,
        verification: &signature::RSA_PSS_2048_8192_SHA256,
    },
};
pub(super) static SHA384_RSA_PKCS_PSS: Signer<Rsa> = Signer {
    id: MechanismType::SHA384_RSA_PKCS_PSS,
    scheme: Rsa {
        padding: Padding::Pss(HashAlgorithm::Sha384),
        encoding: &signature::RSA_PSS_SHA384,
        verification: &signature::RSA_PSS_2048_8192_SHA384,
    },
};
pub(super) static SHA512_RSA_PKCS_PSS: Signer<Rsa> = Signer {
    id: MechanismType::SHA512_RSA_PKCS_PSS,
    scheme: Rsa {
        padding: Padding::Pss(HashAlgorithm::Sha512),
        encoding: &signature::RSA_PSS_SHA512,
        verification: &signature::RSA_PSS_2048_8192_SHA512,
    },
};

/// The public half of a private key, e checked by a trial signature: `ring` ends every signing with a
/// verification.
///
/// # Errors
/// [`EngineError::KeyInvalid`] when the values don't fit each other.
pub(super) fn public_half(key: &RsaPrivate) -> Result<RsaPublic, EngineError> {
    let pair = keys::rsa_key_pair(key)?;
    sign(&pair, &signature::RSA_PKCS1_SHA256, &[]).map_err(|Unspecified| EngineError::KeyInvalid)?;
    Ok(key.public.clone())
}

fn sign(
    pair: &RsaKeyPair,
    encoding: &'static dyn RsaEncoding,
    message: &[u8],
) -> Result<Vec<u8>, Unspecified> {
    let mut signature = vec![0; pair.public().modulus_len()];
    pair.sign(encoding, &SystemRandom::new(), message, &mut signature)?;
    Ok(signature)
}

impl Rsa {
    fn check(&self, parameters: &Parameters) -> Result<(), EngineError> {
        let Padding::Pss(expected) = self.padding else {
            return no_parameters(parameters);
        };
        match parameters {
            Parameters::RsaPss { hash, mgf, salt_len }
                if *hash == expected && *mgf == expected && *salt_len == expected.digest_len() =>
            {
                Ok(())
            }
            _ => Err(EngineError::ParametersInvalid),
        }
    }
}

impl Scheme for Rsa {
    type Private = RsaKeyPair;
    type Public = PublicKeyComponents<Vec<u8>>;

    const KEY_TYPES: &'static [KeyType] = &[KeyType::Rsa];
    const PRIVATE: &'static Loader = &keys::RSA_PRIVATE;
    const PUBLIC: &'static Loader = &keys::RSA_PUBLIC;

    fn key_sizes(&self) -> RangeInclusive<u32> {
        RSA_BITS
    }

    fn len_by(&self, key: &RsaKeyPair, parameters: &Parameters) -> Result<usize, EngineError> {
        self.check(parameters)?;
        Ok(key.public().modulus_len())
    }

    fn len_for(&self, key: &Self::Public, parameters: &Parameters) -> Result<usize, EngineError> {
        self.check(parameters)?;
        Ok(key.n.len())
    }

    fn sign(&self, key: &RsaKeyPair, _: &Parameters, message: &[u8]) -> Result<Vec<u8>, EngineError> {
        sign(key, self.encoding, message).map_err(|Unspecified| EngineError::Failed)
    }

    fn verify(
        &self,
        key: &Self::Public,
        _: &Parameters,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), EngineError> {
        let verdict = key.verify(self.verification, message, signature);
        verdict.map_err(|Unspecified| EngineError::SignatureInvalid)
    }
}
