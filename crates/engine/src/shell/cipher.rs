//! The shell that makes a cipher a mechanism that encrypts, wraps, or does both: finds the key, has the
//! parameters and lengths checked, and leaves nothing of what could not be decrypted.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::ops::RangeInclusive;

use portcullis_entropy::Random;
use portcullis_token::engine::{CipherStream, Decrypting, Encrypting, KeyLoader, LoadedKey};
use portcullis_token::{EngineError, KeyType, Mechanism, MechanismType, Parameters};

use super::loader::{Loader, loaded};

/// A cipher. Its methods but [`check`](Self::check) are asked only with parameters that `check` took.
pub(crate) trait Scheme: Send + Sync + 'static {
    /// What [`ENCRYPT`](Self::ENCRYPT) makes.
    type Encrypt: Send + Sync + 'static;
    /// What [`DECRYPT`](Self::DECRYPT) makes.
    type Decrypt: Send + Sync + 'static;

    /// The types of its keys.
    const KEY_TYPES: &'static [KeyType];
    /// The loader of keys to encrypt with.
    const ENCRYPT: &'static Loader;
    /// The loader of keys to decrypt with.
    const DECRYPT: &'static Loader;

    /// The lengths that a key may have.
    fn key_sizes(&self) -> RangeInclusive<u32>;

    /// Whether the parameters are the cipher's.
    fn check(&self, parameters: &Parameters) -> Result<(), EngineError>;

    /// The length of the ciphertext of `len` bytes.
    fn encrypted_len(
        &self,
        key: &Self::Encrypt,
        parameters: &Parameters,
        len: usize,
    ) -> Result<usize, EngineError>;

    /// The most that `len` bytes of ciphertext can hold.
    fn decrypted_len(
        &self,
        key: &Self::Decrypt,
        parameters: &Parameters,
        len: usize,
    ) -> Result<usize, EngineError>;

    /// Encrypts into `out`, which has just the length.
    fn encrypt(
        &self,
        key: &Self::Encrypt,
        parameters: &Parameters,
        plaintext: &[u8],
        out: &mut [u8],
        random: &dyn Random,
    ) -> Result<(), EngineError>;

    /// Decrypts into `out`, which has just the length; how many bytes were used. What an error leaves in `out`
    /// is not given out.
    fn decrypt(
        &self,
        key: &Self::Decrypt,
        parameters: &Parameters,
        ciphertext: &[u8],
        out: &mut [u8],
        random: &dyn Random,
    ) -> Result<usize, EngineError>;

    /// Starts an encryption of parts, if the cipher can.
    fn encrypt_stream(&self, _key: Arc<Self::Encrypt>, _: &Parameters) -> Option<Box<dyn CipherStream>> {
        None
    }

    /// Starts a decryption of parts, if the cipher can and what it gives out needs no tag.
    fn decrypt_stream(&self, _key: Arc<Self::Decrypt>, _: &Parameters) -> Option<Box<dyn CipherStream>> {
        None
    }
}

/// What a cipher is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Uses {
    /// Data.
    Data,
    /// Keys.
    Keys,
    /// Both.
    DataAndKeys,
}

/// A mechanism that encrypts by a scheme.
pub(crate) struct Cipher<S> {
    pub(crate) id: MechanismType,
    pub(crate) uses: Uses,
    pub(crate) scheme: S,
}

impl<S: Scheme> Mechanism for Cipher<S> {
    fn id(&self) -> MechanismType {
        self.id
    }

    fn key_sizes(&self) -> RangeInclusive<u32> {
        self.scheme.key_sizes()
    }

    fn key_types(&self) -> &'static [KeyType] {
        S::KEY_TYPES
    }

    fn encrypting(&'static self) -> Option<&'static dyn Encrypting> {
        (self.uses != Uses::Keys).then_some(self)
    }

    fn decrypting(&'static self) -> Option<&'static dyn Decrypting> {
        (self.uses != Uses::Keys).then_some(self)
    }

    fn wrapping(&'static self) -> Option<&'static dyn Encrypting> {
        (self.uses != Uses::Data).then_some(self)
    }

    fn unwrapping(&'static self) -> Option<&'static dyn Decrypting> {
        (self.uses != Uses::Data).then_some(self)
    }
}

/// A loaded key to be kept.
fn shared<T: Send + Sync + 'static>(key: &LoadedKey) -> Option<Arc<T>> {
    key.clone().downcast().ok()
}

impl<S: Scheme> Cipher<S> {
    /// A key that its loader made, with parameters that are the cipher's.
    fn checked<'a, T: 'static>(
        &self,
        key: &'a LoadedKey,
        parameters: &Parameters,
    ) -> Result<&'a T, EngineError> {
        let key = loaded(key)?;
        self.scheme.check(parameters)?;
        Ok(key)
    }
}

impl<S: Scheme> Encrypting for Cipher<S> {
    fn loader(&self) -> &'static dyn KeyLoader {
        S::ENCRYPT
    }

    fn check(&self, key: &LoadedKey, parameters: &Parameters) -> Result<(), EngineError> {
        self.checked::<S::Encrypt>(key, parameters).map(|_| ())
    }

    fn encrypted_len(
        &self,
        key: &LoadedKey,
        parameters: &Parameters,
        len: usize,
    ) -> Result<usize, EngineError> {
        self.scheme.encrypted_len(self.checked(key, parameters)?, parameters, len)
    }

    fn encrypt(
        &self,
        key: &LoadedKey,
        parameters: &Parameters,
        plaintext: &[u8],
        out: &mut [u8],
        random: &dyn Random,
    ) -> Result<(), EngineError> {
        let key = self.checked(key, parameters)?;
        let len = self.scheme.encrypted_len(key, parameters, plaintext.len())?;
        let out = out.get_mut(..len).ok_or(EngineError::DataLength)?;
        self.scheme.encrypt(key, parameters, plaintext, out, random)
    }

    fn stream(&self, key: &LoadedKey, parameters: &Parameters) -> Option<Box<dyn CipherStream>> {
        Encrypting::check(self, key, parameters).ok()?;
        self.scheme.encrypt_stream(shared(key)?, parameters)
    }
}

impl<S: Scheme> Decrypting for Cipher<S> {
    fn loader(&self) -> &'static dyn KeyLoader {
        S::DECRYPT
    }

    fn check(&self, key: &LoadedKey, parameters: &Parameters) -> Result<(), EngineError> {
        self.checked::<S::Decrypt>(key, parameters).map(|_| ())
    }

    fn decrypted_len(
        &self,
        key: &LoadedKey,
        parameters: &Parameters,
        len: usize,
    ) -> Result<usize, EngineError> {
        self.scheme.decrypted_len(self.checked(key, parameters)?, parameters, len)
    }

    fn decrypt(
        &self,
        key: &LoadedKey,
        parameters: &Parameters,
        ciphertext: &[u8],
        out: &mut [u8],
        random: &dyn Random,
    ) -> Result<usize, EngineError> {
        let key = self.checked(key, parameters)?;
        let len = self.scheme.decrypted_len(key, parameters, ciphertext.len())?;
        let out = out.get_mut(..len).ok_or(EngineError::DataLength)?;
        let used = self.scheme.decrypt(key, parameters, ciphertext, out, random);
        match used {
            Ok(used) => out.get_mut(used..).unwrap_or_default().fill(0),
            Err(_) => out.fill(0),
        }
        used
    }

    fn stream(&self, key: &LoadedKey, parameters: &Parameters) -> Option<Box<dyn CipherStream>> {
        Decrypting::check(self, key, parameters).ok()?;
        self.scheme.decrypt_stream(shared(key)?, parameters)
    }
}
