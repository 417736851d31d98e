//! The shell that makes a MAC a mechanism (PKCS #11 v3.2, `CKM_SHA..._HMAC`, `CKM_AES_CMAC` and those like
//! them), with tags of their full length, cut to a length (`..._GENERAL`), or as the parameters tell.

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

/// A library's MAC, in the making.
pub(crate) trait Mac: Send + Sized + 'static {
    /// The library's key.
    type Key: Send + Sync + 'static;

    /// Takes the next part of the message.
    fn update(&mut self, part: &[u8]);

    /// The tag over all parts, or `None` when the library failed.
    fn finish(self) -> Option<Vec<u8>>;
}

/// How long a tag is, in bytes.
pub(crate) enum TagLength {
    /// This long, without parameters.
    Full(usize),
    /// As [`Parameters::MacLen`] says, from 1 to this.
    #[cfg(feature = "aws_lc")]
    Cut(usize),
    /// As other parameters say.
    #[cfg(feature = "aws_lc")]
    Named(fn(&Parameters) -> Result<usize, EngineError>),
}

impl TagLength {
    fn told(&self, parameters: &Parameters) -> Result<usize, EngineError> {
        match self {
            Self::Full(len) => no_parameters(parameters).map(|()| *len),
            #[cfg(feature = "aws_lc")]
            Self::Cut(most) => match parameters {
                Parameters::MacLen(len) if (1..=*most).contains(len) => Ok(*len),
                _ => Err(EngineError::ParametersInvalid),
            },
            #[cfg(feature = "aws_lc")]
            Self::Named(len) => len(parameters),
        }
    }
}

/// A mechanism that authenticates with a MAC.
pub(crate) struct MacMechanism<M: Mac> {
    pub(crate) id: MechanismType,
    /// The mechanism whose keys it uses: its own number, or that of its sibling with full tags.
    pub(crate) made_for: MechanismType,
    pub(crate) key_types: &'static [KeyType],
    pub(crate) key_sizes: RangeInclusive<u32>,
    pub(crate) tag: TagLength,
    pub(crate) loader: &'static Loader,
    /// Starts a tag, with parameters that have a length.
    pub(crate) start: fn(&M::Key, &Parameters) -> Result<M, EngineError>,
}

/// A library's key, and the mechanism that it was made for.
pub(crate) struct MacKey<K> {
    made_for: MechanismType,
    key: K,
}

/// What a loader makes of a library's key.
pub(crate) fn keyed<K>(made_for: MechanismType, key: K) -> MacKey<K> {
    MacKey { made_for, key }
}

/// The mechanism of an HMAC (RFC 2104) over one hash, whose keys are of these types.
pub(crate) const fn hmac<M: Mac>(
    id: MechanismType,
    made_for: MechanismType,
    key_types: &'static [KeyType],
    tag: TagLength,
    loader: &'static Loader,
    start: fn(&M::Key, &Parameters) -> Result<M, EngineError>,
) -> MacMechanism<M> {
    MacMechanism { id, made_for, key_types, key_sizes: SECRET_LENGTHS, tag, loader, start }
}

/// Parses a key for an HMAC over one hash: the libraries hash it into its starting states right away.
///
/// # Errors
/// [`EngineError::KeyInvalid`] unless it is of one of these types and of the [`SECRET_LENGTHS`], and when `make`
/// gives nothing.
pub(crate) fn parse<K: Send + Sync + 'static>(
    made_for: MechanismType,
    key_types: &[KeyType],
    key: &KeyMaterial,
    make: impl FnOnce(&[u8]) -> Option<K>,
) -> Result<LoadedKey, EngineError> {
    match key {
        KeyMaterial::Secret { key_type, value }
            if key_types.contains(key_type) && SECRET_LENGTHS.contains(&key.size()) =>
        {
            let key = make(value.expose()).ok_or(EngineError::KeyInvalid)?;
            Ok(Arc::new(keyed(made_for, key)))
        }
        _ => Err(EngineError::KeyInvalid),
    }
}

impl<M: Mac> MacMechanism<M> {
    /// The key, if it was loaded for this mechanism, and the tag's length.
    fn checked<'a>(
        &self,
        key: &'a LoadedKey,
        parameters: &Parameters,
    ) -> Result<(&'a M::Key, usize), EngineError> {
        let len = self.tag.told(parameters)?;
        let key: &MacKey<M::Key> = loaded(key)?;
        if key.made_for == self.made_for { Ok((&key.key, len)) } else { Err(EngineError::KeyInvalid) }
    }

    fn tag_len(&self, key: &LoadedKey, parameters: &Parameters) -> Result<usize, EngineError> {
        self.checked(key, parameters).map(|(_, len)| len)
    }

    fn begin(&self, key: &LoadedKey, parameters: &Parameters) -> Result<Box<MacStream<M>>, EngineError> {
        let (key, len) = self.checked(key, parameters)?;
        Ok(Box::new(MacStream { mac: (self.start)(key, parameters)?, len }))
    }
}

impl<M: Mac> Mechanism for MacMechanism<M> {
    fn id(&self) -> MechanismType {
        self.id
    }

    fn key_sizes(&self) -> RangeInclusive<u32> {
        self.key_sizes.clone()
    }

    fn key_types(&self) -> &'static [KeyType] {
        self.key_types
    }

    fn signing(&'static self) -> Option<&'static dyn Signing> {
        Some(self)
    }

    fn verifying(&'static self) -> Option<&'static dyn Verifying> {
        Some(self)
    }
}

impl<M: Mac> Signing for MacMechanism<M> {
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

impl<M: Mac> Verifying for MacMechanism<M> {
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
struct MacStream<M> {
    mac: M,
    len: usize,
}

impl<M: Mac> MacStream<M> {
    fn tag(self) -> Result<Vec<u8>, EngineError> {
        let mut tag = self.mac.finish().filter(|tag| tag.len() >= self.len).ok_or(EngineError::Failed)?;
        tag.truncate(self.len);
        Ok(tag)
    }
}

impl<M: Mac> SignStream for MacStream<M> {
    fn update(&mut self, part: &[u8]) {
        self.mac.update(part);
    }

    fn finish(self: Box<Self>, _random: &dyn Random) -> Result<Vec<u8>, EngineError> {
        self.tag()
    }
}

impl<M: Mac> VerifyStream for MacStream<M> {
    fn update(&mut self, part: &[u8]) {
        self.mac.update(part);
    }

    fn finish(self: Box<Self>, signature: &[u8]) -> Result<(), EngineError> {
        let equal = bool::from(self.tag()?.as_slice().ct_eq(signature));
        if equal { Ok(()) } else { Err(EngineError::SignatureInvalid) }
    }
}
