//! Mechanisms that derive secrets from keys (PKCS #11 v3.2 section 5.18.5), and the shell that they share.
//!
//! Each family has a file: [`ecdh`], [`hkdf`], [`pbkdf2`], [`kbkdf`], [`tls`], [`encrypt`] and [`combine`]. Where the
//! library has a function's building block only (a hash, a MAC), its file puts the blocks together as the
//! standard says and computes nothing else.

pub(super) mod combine;
pub(super) mod ecdh;
pub(super) mod encrypt;
pub(super) mod hkdf;
pub(super) mod kbkdf;
pub(super) mod pbkdf2;
pub(super) mod tls;

use alloc::sync::Arc;
use core::marker::PhantomData;
use core::ops::RangeInclusive;

use portcullis_token::engine::{Deriving, KeyLoader, LoadedKey};
use portcullis_token::{EngineError, KeyMaterial, KeyType, Mechanism, MechanismType, Parameters, Secret};

use crate::shell::loader::{Loader, loaded};

/// The most bytes that a key is derived with, where the function itself has no closer limit: keeps a caller
/// from asking for all memory.
const MOST: usize = 1 << 16;

/// A derivation: of so many bytes, if it was told, from a key.
type Derive<K> = fn(&K, &Parameters, Option<usize>) -> Result<Secret, EngineError>;

/// A mechanism that derives secrets from keys, which its loader parses to `K`.
pub(super) struct Deriver<K: 'static> {
    id: MechanismType,
    key_types: &'static [KeyType],
    sizes: RangeInclusive<u32>,
    loader: &'static Loader,
    derive: Derive<K>,
}

impl<K: Send + Sync> Mechanism for Deriver<K> {
    fn id(&self) -> MechanismType {
        self.id
    }

    fn key_sizes(&self) -> RangeInclusive<u32> {
        self.sizes.clone()
    }

    fn key_types(&self) -> &'static [KeyType] {
        self.key_types
    }

    fn deriving(&'static self) -> Option<&'static dyn Deriving> {
        Some(self)
    }
}

impl<K: Send + Sync> Deriving for Deriver<K> {
    fn loader(&self) -> &'static dyn KeyLoader {
        self.loader
    }

    fn derive(
        &self,
        key: &LoadedKey,
        parameters: &Parameters,
        len: Option<usize>,
    ) -> Result<Secret, EngineError> {
        (self.derive)(loaded(key)?, parameters, len)
    }
}

/// A secret to derive from, and what it is a key of. `F` is the family of mechanisms whose loader made it, so
/// that no other takes it.
pub(super) struct BaseKey<F> {
    key_type: KeyType,
    value: Secret,
    family: PhantomData<F>,
}

/// Takes a secret of one of these types and of a length in this range.
///
/// # Errors
/// [`EngineError::KeyInvalid`] for every other key.
fn base_key<F: Send + Sync + 'static>(
    key: &KeyMaterial,
    types: &[KeyType],
    sizes: &RangeInclusive<u32>,
) -> Result<LoadedKey, EngineError> {
    match key {
        KeyMaterial::Secret { key_type, value }
            if types.contains(key_type) && sizes.contains(&key.size()) =>
        {
            let value = Secret::copied(value.expose());
            Ok(Arc::new(BaseKey::<F> { key_type: *key_type, value, family: PhantomData }))
        }
        _ => Err(EngineError::KeyInvalid),
    }
}

/// The length that a function must be told, which gives `most` bytes at most.
///
/// # Errors
/// [`EngineError::DataLength`] when it was not told or can't be given.
fn told(len: Option<usize>, most: usize) -> Result<usize, EngineError> {
    len.filter(|len| (1..=most).contains(len)).ok_or(EngineError::DataLength)
}

/// The first bytes of what a function gave: all of them unless fewer are wanted.
///
/// # Errors
/// [`EngineError::DataLength`] when more are wanted, or none.
fn first(derived: Secret, len: Option<usize>) -> Result<Secret, EngineError> {
    match len {
        None => Ok(derived),
        Some(len) if len == derived.len() => Ok(derived),
        Some(0) => Err(EngineError::DataLength),
        Some(len) => derived.expose().get(..len).map(Secret::copied).ok_or(EngineError::DataLength),
    }
}
