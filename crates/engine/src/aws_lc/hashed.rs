//! A hash before a scheme that signs digests: hashing and signing in one mechanism, over a whole message or
//! over parts.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

use portcullis_entropy::Random;
use portcullis_token::engine::{LoadedKey, SignStream, VerifyStream};
use portcullis_token::{EngineError, KeyType, MechanismType, Parameters};

use super::hash::Hash;
use super::raw::digest::Digest;
use crate::shell::loader::{Loader, loaded};
use crate::shell::signer::{Scheme, Signer};

/// A scheme that signs digests, with the hash that makes them out of messages.
#[derive(Clone, Copy)]
pub(super) struct Hashed<S> {
    hash: Hash,
    scheme: S,
}

/// The mechanism that hashes and signs by `scheme`, whose messages are digests of this hash.
pub(super) const fn hashed<S: Copy>(id: MechanismType, hash: Hash, scheme: S) -> Signer<Hashed<S>> {
    Signer { id, scheme: Hashed { hash, scheme } }
}

impl<S: Scheme + Copy> Scheme for Hashed<S> {
    type Private = S::Private;
    type Public = S::Public;

    const KEY_TYPES: &'static [KeyType] = S::KEY_TYPES;
    const PRIVATE: &'static Loader = S::PRIVATE;
    const PUBLIC: &'static Loader = S::PUBLIC;

    fn key_sizes(&self) -> RangeInclusive<u32> {
        self.scheme.key_sizes()
    }

    fn len_by(&self, key: &S::Private, parameters: &Parameters) -> Result<usize, EngineError> {
        self.scheme.len_by(key, parameters)
    }

    fn len_for(&self, key: &S::Public, parameters: &Parameters) -> Result<usize, EngineError> {
        self.scheme.len_for(key, parameters)
    }

    fn sign(
        &self,
        key: &S::Private,
        parameters: &Parameters,
        message: &[u8],
    ) -> Result<Vec<u8>, EngineError> {
        self.scheme.sign(key, parameters, &self.hash.digest(message))
    }

    fn verify(
        &self,
        key: &S::Public,
        parameters: &Parameters,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), EngineError> {
        self.scheme.verify(key, parameters, &self.hash.digest(message), signature)
    }

    fn sign_stream(&self, key: &LoadedKey, parameters: &Parameters) -> Option<Box<dyn SignStream>> {
        Some(self.stream(key, parameters))
    }

    fn verify_stream(&self, key: &LoadedKey, parameters: &Parameters) -> Option<Box<dyn VerifyStream>> {
        Some(self.stream(key, parameters))
    }
}

impl<S: Copy> Hashed<S> {
    fn stream(&self, key: &LoadedKey, parameters: &Parameters) -> Box<Stream<S>> {
        Box::new(Stream {
            context: Digest::new(self.hash),
            scheme: self.scheme,
            key: key.clone(),
            parameters: parameters.clone(),
        })
    }
}

/// A message in parts, to be signed or checked at its end.
struct Stream<S> {
    context: Digest,
    scheme: S,
    key: LoadedKey,
    parameters: Parameters,
}

impl<S: Scheme> SignStream for Stream<S> {
    fn update(&mut self, part: &[u8]) {
        self.context.update(part);
    }

    fn finish(self: Box<Self>, _random: &dyn Random) -> Result<Vec<u8>, EngineError> {
        let digest = self.context.finish();
        self.scheme.sign(loaded(&self.key)?, &self.parameters, &digest)
    }
}

impl<S: Scheme> VerifyStream for Stream<S> {
    fn update(&mut self, part: &[u8]) {
        self.context.update(part);
    }

    fn finish(self: Box<Self>, signature: &[u8]) -> Result<(), EngineError> {
        let digest = self.context.finish();
        let verdict = self.scheme.verify(loaded(&self.key)?, &self.parameters, &digest, signature);
        verdict.map_err(|_| EngineError::SignatureInvalid)
    }
}
