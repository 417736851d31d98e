//! HMAC over SHA-256, SHA-384 and SHA-512 (RFC 2104; PKCS #11 3.1, `CKM_SHA..._HMAC`).
//!
//! Tags have the digest's full length; the `..._HMAC_GENERAL` mechanisms, which cut them, are not here.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

use portcullis_entropy::Random;
use portcullis_token::engine::{KeyLoader, LoadedKey, SignStream, Signing, VerifyStream, Verifying};
use portcullis_token::{EngineError, KeyMaterial, KeyType, Mechanism, MechanismType, Parameters};
use ring::hmac::{self, Algorithm, Context, Key};
use subtle::ConstantTimeEq;

use super::generate::SECRET_LENGTHS;
use super::keys::{Loader, loaded};
use super::no_parameters;

/// A mechanism that authenticates with HMAC.
pub(super) struct Hmac {
    id: MechanismType,
    algorithm: &'static Algorithm,
    loader: &'static Loader,
}

pub(super) static SHA256_HMAC: Hmac = Hmac {
    id: MechanismType::SHA256_HMAC,
    algorithm: &hmac::HMAC_SHA256,
    loader: &Loader { name: "ring hmac sha256", parse: |key| parse(&hmac::HMAC_SHA256, key) },
};
pub(super) static SHA384_HMAC: Hmac = Hmac {
    id: MechanismType::SHA384_HMAC,
    algorithm: &hmac::HMAC_SHA384,
    loader: &Loader { name: "ring hmac sha384", parse: |key| parse(&hmac::HMAC_SHA384, key) },
};
pub(super) static SHA512_HMAC: Hmac = Hmac {
    id: MechanismType::SHA512_HMAC,
    algorithm: &hmac::HMAC_SHA512,
    loader: &Loader { name: "ring hmac sha512", parse: |key| parse(&hmac::HMAC_SHA512, key) },
};

/// Parses a key for one hash: `ring` hashes it into its starting states right away.
fn parse(algorithm: &Algorithm, key: &KeyMaterial) -> Result<LoadedKey, EngineError> {
    match key {
        KeyMaterial::Secret { key_type: KeyType::GenericSecret, value }
            if SECRET_LENGTHS.contains(&key.size()) =>
        {
            Ok(Arc::new(Key::new(*algorithm, value.expose())))
        }
        _ => Err(EngineError::KeyInvalid),
    }
}

impl Hmac {
    /// The key, if it was loaded for this mechanism's hash and there are no parameters.
    fn checked<'a>(&self, key: &'a LoadedKey, parameters: &Parameters) -> Result<&'a Key, EngineError> {
        no_parameters(parameters)?;
        let key: &Key = loaded(key)?;
        if key.algorithm() == *self.algorithm { Ok(key) } else { Err(EngineError::KeyInvalid) }
    }

    fn tag_len(&self, key: &LoadedKey, parameters: &Parameters) -> Result<usize, EngineError> {
        self.checked(key, parameters)?;
        Ok(self.algorithm.digest_algorithm().output_len())
    }

    fn start(&self, key: &LoadedKey, parameters: &Parameters) -> Option<Box<MacStream>> {
        let key = self.checked(key, parameters).ok()?;
        Some(Box::new(MacStream(Context::with_key(key))))
    }
}

impl Mechanism for Hmac {
    fn id(&self) -> MechanismType {
        self.id
    }

    fn key_sizes(&self) -> RangeInclusive<u32> {
        SECRET_LENGTHS.clone()
    }

    fn key_type(&self) -> Option<KeyType> {
        Some(KeyType::GenericSecret)
    }

    fn signing(&'static self) -> Option<&'static dyn Signing> {
        Some(self)
    }

    fn verifying(&'static self) -> Option<&'static dyn Verifying> {
        Some(self)
    }
}

impl Signing for Hmac {
    fn loader(&self) -> &'static dyn KeyLoader {
        self.loader
    }

    fn signature_len(&self, key: &LoadedKey, parameters: &Parameters) -> Result<usize, EngineError> {
        self.tag_len(key, parameters)
    }

    fn sign(
        &self,
        key: &LoadedKey,
        parameters: &Parameters,
        message: &[u8],
        _random: &dyn Random,
    ) -> Result<Vec<u8>, EngineError> {
        let key = self.checked(key, parameters)?;
        Ok(hmac::sign(key, message).as_ref().to_vec())
    }

    fn stream(&self, key: &LoadedKey, parameters: &Parameters) -> Option<Box<dyn SignStream>> {
        Some(self.start(key, parameters)?)
    }
}

impl Verifying for Hmac {
    fn loader(&self) -> &'static dyn KeyLoader {
        self.loader
    }

    fn signature_len(&self, key: &LoadedKey, parameters: &Parameters) -> Result<usize, EngineError> {
        self.tag_len(key, parameters)
    }

    fn verify(
        &self,
        key: &LoadedKey,
        parameters: &Parameters,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), EngineError> {
        let key = self.checked(key, parameters)?;
        hmac::verify(key, message, signature).map_err(|_| EngineError::SignatureInvalid)
    }

    fn stream(&self, key: &LoadedKey, parameters: &Parameters) -> Option<Box<dyn VerifyStream>> {
        Some(self.start(key, parameters)?)
    }
}

/// A tag in the making, to be given or to be compared.
struct MacStream(Context);

impl SignStream for MacStream {
    fn update(&mut self, part: &[u8]) {
        self.0.update(part);
    }

    fn finish(self: Box<Self>, _random: &dyn Random) -> Result<Vec<u8>, EngineError> {
        Ok(self.0.sign().as_ref().to_vec())
    }
}

impl VerifyStream for MacStream {
    fn update(&mut self, part: &[u8]) {
        self.0.update(part);
    }

    fn finish(self: Box<Self>, signature: &[u8]) -> Result<(), EngineError> {
        // `ring` compares in constant time only what it hashed whole.
        let equal = bool::from(self.0.sign().as_ref().ct_eq(signature));
        if equal { Ok(()) } else { Err(EngineError::SignatureInvalid) }
    }
}
