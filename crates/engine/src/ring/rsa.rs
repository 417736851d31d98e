//! RSA signatures: PKCS #1 v1.5 and PSS over SHA-256, SHA-384 and SHA-512 (RFC 8017 sections 8.1 and 8.2;
//! PKCS #11 3.1 sections 6.1.6 to 6.1.17).
//!
//! Key generation, encryption and signatures over a given digest are not here: `ring` has none of them.

use alloc::vec;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

use portcullis_entropy::Random;
use portcullis_token::engine::{KeyLoader, LoadedKey, Signing, Verifying};
use portcullis_token::{
    EngineError, HashAlgorithm, KeyType, Mechanism, MechanismType, Parameters, RsaPrivate, RsaPublic,
};
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{self, RsaEncoding, RsaKeyPair, RsaParameters};

use super::keys::{self, RSA_BITS, loaded};
use super::no_parameters;

/// A mechanism that signs with RSA.
pub(super) struct Rsa {
    id: MechanismType,
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

pub(super) static SHA256_RSA_PKCS: Rsa = Rsa {
    id: MechanismType::SHA256_RSA_PKCS,
    padding: Padding::Pkcs1,
    encoding: &signature::RSA_PKCS1_SHA256,
    verification: &signature::RSA_PKCS1_2048_8192_SHA256,
};
pub(super) static SHA384_RSA_PKCS: Rsa = Rsa {
    id: MechanismType::SHA384_RSA_PKCS,
    padding: Padding::Pkcs1,
    encoding: &signature::RSA_PKCS1_SHA384,
    verification: &signature::RSA_PKCS1_2048_8192_SHA384,
};
pub(super) static SHA512_RSA_PKCS: Rsa = Rsa {
    id: MechanismType::SHA512_RSA_PKCS,
    padding: Padding::Pkcs1,
    encoding: &signature::RSA_PKCS1_SHA512,
    verification: &signature::RSA_PKCS1_2048_8192_SHA512,
};
pub(super) static SHA256_RSA_PKCS_PSS: Rsa = Rsa {
    id: MechanismType::SHA256_RSA_PKCS_PSS,
    padding: Padding::Pss(HashAlgorithm::Sha256),
    encoding: &signature::RSA_PSS_SHA256,
    verification: &signature::RSA_PSS_2048_8192_SHA256,
};
pub(super) static SHA384_RSA_PKCS_PSS: Rsa = Rsa {
    id: MechanismType::SHA384_RSA_PKCS_PSS,
    padding: Padding::Pss(HashAlgorithm::Sha384),
    encoding: &signature::RSA_PSS_SHA384,
    verification: &signature::RSA_PSS_2048_8192_SHA384,
};
pub(super) static SHA512_RSA_PKCS_PSS: Rsa = Rsa {
    id: MechanismType::SHA512_RSA_PKCS_PSS,
    padding: Padding::Pss(HashAlgorithm::Sha512),
    encoding: &signature::RSA_PSS_SHA512,
    verification: &signature::RSA_PSS_2048_8192_SHA512,
};

/// The public half of a private key, e checked by a signature: a verification with it ends every signing
/// in `ring`.
///
/// # Errors
/// [`EngineError::KeyInvalid`] when the values don't fit each other.
pub(super) fn public_half(key: &RsaPrivate) -> Result<RsaPublic, EngineError> {
    let pair = keys::rsa_key_pair(key)?;
    sign(&pair, &signature::RSA_PKCS1_SHA256, &[]).map_err(|_| EngineError::KeyInvalid)?;
    Ok(key.public.clone())
}

fn sign(
    pair: &RsaKeyPair,
    encoding: &'static dyn RsaEncoding,
    message: &[u8],
) -> Result<Vec<u8>, EngineError> {
    let mut signature = vec![0; pair.public().modulus_len()];
    pair.sign(encoding, &SystemRandom::new(), message, &mut signature).map_err(|_| EngineError::Failed)?;
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

impl Mechanism for Rsa {
    fn id(&self) -> MechanismType {
        self.id
    }

    fn key_sizes(&self) -> RangeInclusive<u32> {
        RSA_BITS
    }

    fn key_type(&self) -> Option<KeyType> {
        Some(KeyType::Rsa)
    }

    fn signing(&'static self) -> Option<&'static dyn Signing> {
        Some(self)
    }

    fn verifying(&'static self) -> Option<&'static dyn Verifying> {
        Some(self)
    }
}

impl Signing for Rsa {
    fn loader(&self) -> &'static dyn KeyLoader {
        &keys::RSA_PRIVATE
    }

    fn signature_len(&self, key: &LoadedKey, parameters: &Parameters) -> Result<usize, EngineError> {
        self.check(parameters)?;
        Ok(loaded::<RsaKeyPair>(key)?.public().modulus_len())
    }

    fn sign(
        &self,
        key: &LoadedKey,
        parameters: &Parameters,
        message: &[u8],
        _random: &dyn Random,
    ) -> Result<Vec<u8>, EngineError> {
        self.check(parameters)?;
        sign(loaded(key)?, self.encoding, message)
    }
}

impl Verifying for Rsa {
    fn loader(&self) -> &'static dyn KeyLoader {
        &keys::RSA_PUBLIC
    }

    fn signature_len(&self, key: &LoadedKey, parameters: &Parameters) -> Result<usize, EngineError> {
        self.check(parameters)?;
        Ok(loaded::<PublicKeyComponents<Vec<u8>>>(key)?.n.len())
    }

    fn verify(
        &self,
        key: &LoadedKey,
        parameters: &Parameters,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), EngineError> {
        self.check(parameters)?;
        let key: &PublicKeyComponents<Vec<u8>> = loaded(key)?;
        key.verify(self.verification, message, signature).map_err(|_| EngineError::SignatureInvalid)
    }
}
