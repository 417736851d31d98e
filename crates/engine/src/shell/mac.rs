//! The shell that makes an HMAC a mechanism (RFC 2104; PKCS #11 3.1, `CKM_SHA..._HMAC`).
//!
//! Tags have the digest's full length; the `..._HMAC_GENERAL` mechanisms, which cut them, are not here.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

use portcullis_entropy::Random;
use portcullis_token::engine::{KeyLoader, LoadedKey, SignStream, Signing, VerifyStream, Verifying};
use portcullis_token::{EngineError, KeyMaterial, KeyType, Mechanism, MechanismType, Parameters};
use subtle::ConstantTimeEq;

use super::generate::SECRET_LENGTHS;
use super::loader::{Loader, loaded};
use super::no_parameters;

/// A library's HMAC, in the making.
pub(crate) trait Mac: Send + Sized + 'static {
    /// The library's key.
    type Key: Send + Sync + 'static;

    /// Takes the next part of the message.
    fn update(&mut self, part: &[u8]);

    /// The tag over all parts.
    fn finish(self) -> Vec<u8>;
}

/// A mechanism that authenticates with HMAC over one hash.
pub(crate) struct Hmac<M: Mac> {
    pub(crate) id: MechanismType,
    /// The tag's length in bytes.
    pub(crate) len: usize,
    pub(crate) loader: &'static Loader,
    /// Starts a tag.
    pub(crate) start: fn(&M::Key) -> M,
}

/// A library's key, and the mechanism whose hash it was made for.
struct MacKey<K> {
    id: MechanismType,
    key: K,
}

/// Parses a key for one mechanism: the libraries hash it into its starting states right away.
///
/// # Errors
/// [`EngineError::KeyInvalid`] unless it is a generic secret of one of the [`SECRET_LENGTHS`].
pub(crate) fn parse<K: Send + Sync + 'static>(
    id: MechanismType,
    key: &KeyMaterial,
    make: impl FnOnce(&[u8]) -> K,
) -> Result<LoadedKey, EngineError> {
    match key {
        KeyMaterial::Secret { key_type: KeyType::GenericSecret, value }
            if SECRET_LENGTHS.contains(&key.size()) =>
        {
            Ok(Arc::new(MacKey { id, key: make(value.expose()) }))
        }
        _ => Err(EngineError::KeyInvalid),
    }
}

impl<M: Mac> Hmac<M> {
    /// The key, if it was loaded for this mechanism and there are no parameters.
    fn checked<'a>(&self, key: &'a LoadedKey, parameters: &Parameters) -> Result<&'a M::Key, EngineError> {
        no_parameters(parameters)?;
        let key: &MacKey<M::Key> = loaded(key)?;
        if key.id == self.id { Ok(&key.key) } else { Err(EngineError::KeyInvalid) }
    }

    fn tag_len(&self, key: &LoadedKey, parameters: &Parameters) -> Result<usize, EngineError> {
        self.checked(key, parameters)?;
        Ok(self.len)
    }

    fn begin(&self, key: &LoadedKey, parameters: &Parameters) -> Result<Box<MacStream<M>>, EngineError> {
        let key = self.checked(key, parameters)?;
        Ok(Box::new(MacStream((self.start)(key))))
    }
}

impl<M: Mac> Mechanism for Hmac<M> {
    fn id(&self) -> MechanismType {
        self.id
    }

    fn key_sizes(&self) -> RangeInclusive<u32> {
        SECRET_LENGTHS.clone()
    }

    fn key_types(&self) -> &'static [KeyType] {
        &[KeyType::GenericSecret]
    }

    fn signing(&'static self) -> Option<&'static dyn Signing> {
        Some(self)
    }

    fn verifying(&'static self) -> Option<&'static dyn Verifying> {
        Some(self)
    }
}

impl<M: Mac> Signing for Hmac<M> {
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
        random: &dyn Random,
    ) -> Result<Vec<u8>, EngineError> {
        let mut stream = self.begin(key, parameters)?;
        SignStream::update(&mut *stream, message);
        SignStream::finish(stream, random)
    }

    fn stream(&self, key: &LoadedKey, parameters: &Parameters) -> Option<Box<dyn SignStream>> {
        Some(self.begin(key, parameters).ok()?)
    }
}

impl<M: Mac> Verifying for Hmac<M> {
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
        let mut stream = self.begin(key, parameters)?;
        VerifyStream::update(&mut *stream, message);
        VerifyStream::finish(stream, signature)
    }

    fn stream(&self, key: &LoadedKey, parameters: &Parameters) -> Option<Box<dyn VerifyStream>> {
        Some(self.begin(key, parameters).ok()?)
    }
}

/// A tag in the making, to be given or to be compared.
struct MacStream<M>(M);

impl<M: Mac> SignStream for MacStream<M> {
    fn update(&mut self, part: &[u8]) {
        self.0.update(part);
    }

    fn finish(self: Box<Self>, _random: &dyn Random) -> Result<Vec<u8>, EngineError> {
        Ok(self.0.finish())
    }
}

impl<M: Mac> VerifyStream for MacStream<M> {
    fn update(&mut self, part: &[u8]) {
        self.0.update(part);
    }

    fn finish(self: Box<Self>, signature: &[u8]) -> Result<(), EngineError> {
        let equal = bool::from(self.0.finish().as_slice().ct_eq(signature));
        if equal { Ok(()) } else { Err(EngineError::SignatureInvalid) }
    }
}
