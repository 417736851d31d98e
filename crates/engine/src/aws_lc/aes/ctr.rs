//! CTR (NIST SP 800-38A section 6.5; `CKM_AES_CTR`).
//!
//! The counter is the last bits of the block, as many as the parameters say. AWS-LC counts over the whole
//! block, which is the same until those bits would start again from zero: that is refused, for the key stream
//! would repeat itself.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::borrow::Borrow;
use core::ops::RangeInclusive;

use portcullis_entropy::Random;
use portcullis_token::engine::CipherStream;
use portcullis_token::{EngineError, KeyType, MechanismType, Parameters};

use super::super::raw::aes::{BLOCK, CounterState};
use super::{AES, AesKey, KEY_LENGTHS, KEY_TYPES};
use crate::shell::cipher::{Cipher, Scheme, Uses};
use crate::shell::loader::Loader;

pub(crate) static AES_CTR: Cipher<Ctr> =
    Cipher { id: MechanismType::AES_CTR, uses: Uses::DataAndKeys, scheme: Ctr };

/// The counter mode.
pub(crate) struct Ctr;

/// Where a message stands.
struct Run<K> {
    key: K,
    state: CounterState,
    /// How many bytes may come until the counter starts again.
    left: u128,
}

impl<K: Borrow<AesKey>> Run<K> {
    fn new(key: K, parameters: &Parameters) -> Result<Self, EngineError> {
        let Parameters::Counter { bits, block } = parameters else {
            return Err(EngineError::ParametersInvalid);
        };
        Ok(Self { key, state: CounterState::new(*block), left: capacity(*bits, block)? })
    }

    fn take(&mut self, input: &[u8], out: &mut [u8]) -> Result<(), EngineError> {
        let out = out.get_mut(..input.len()).ok_or(EngineError::DataLength)?;
        self.left = self.left.checked_sub(input.len() as u128).ok_or(EngineError::DataLength)?;
        self.key.borrow().encrypt.ctr(&mut self.state, input, out);
        Ok(())
    }
}

/// How many bytes a counter of so many bits, which starts in `block`, is enough for.
fn capacity(bits: u32, block: &[u8; BLOCK]) -> Result<u128, EngineError> {
    if !(1..=128).contains(&bits) {
        return Err(EngineError::ParametersInvalid);
    }
    let last = u128::MAX >> (128 - bits);
    let blocks = (last - (u128::from_be_bytes(*block) & last)).saturating_add(1);
    Ok(blocks.saturating_mul(BLOCK as u128))
}

fn check_len(parameters: &Parameters, len: usize) -> Result<usize, EngineError> {
    let Parameters::Counter { bits, block } = parameters else { return Err(EngineError::ParametersInvalid) };
    if len as u128 <= capacity(*bits, block)? { Ok(len) } else { Err(EngineError::DataLength) }
}

impl Scheme for Ctr {
    type Encrypt = AesKey;
    type Decrypt = AesKey;

    const KEY_TYPES: &'static [KeyType] = KEY_TYPES;
    const ENCRYPT: &'static Loader = &AES;
    const DECRYPT: &'static Loader = &AES;

    fn key_sizes(&self) -> RangeInclusive<u32> {
        KEY_LENGTHS
    }

    fn check(&self, parameters: &Parameters) -> Result<(), EngineError> {
        check_len(parameters, 0).map(|_| ())
    }

    fn encrypted_len(&self, _: &AesKey, parameters: &Parameters, len: usize) -> Result<usize, EngineError> {
        check_len(parameters, len)
    }

    fn decrypted_len(&self, _: &AesKey, parameters: &Parameters, len: usize) -> Result<usize, EngineError> {
        check_len(parameters, len)
    }

    fn encrypt(
        &self,
        key: &AesKey,
        parameters: &Parameters,
        plaintext: &[u8],
        out: &mut [u8],
        _: &dyn Random,
    ) -> Result<(), EngineError> {
        Run::new(key, parameters)?.take(plaintext, out)
    }

    fn decrypt(
        &self,
        key: &AesKey,
        parameters: &Parameters,
        ciphertext: &[u8],
        out: &mut [u8],
        _: &dyn Random,
    ) -> Result<usize, EngineError> {
        Run::new(key, parameters)?.take(ciphertext, out)?;
        Ok(ciphertext.len())
    }

    fn encrypt_stream(&self, key: Arc<AesKey>, parameters: &Parameters) -> Option<Box<dyn CipherStream>> {
        Some(Box::new(Run::new(key, parameters).ok()?))
    }

    fn decrypt_stream(&self, key: Arc<AesKey>, parameters: &Parameters) -> Option<Box<dyn CipherStream>> {
        self.encrypt_stream(key, parameters)
    }
}

impl<K: Borrow<AesKey> + Send> CipherStream for Run<K> {
    fn update_len(&self, len: usize) -> Result<usize, EngineError> {
        if len as u128 <= self.left { Ok(len) } else { Err(EngineError::DataLength) }
    }

    fn update(&mut self, part: &[u8], out: &mut [u8]) -> Result<(), EngineError> {
        self.take(part, out)
    }

    fn finish_len(&self) -> Result<usize, EngineError> {
        Ok(0)
    }

    fn finish(self: Box<Self>, _: &mut [u8]) -> Result<usize, EngineError> {
        Ok(0)
    }
}
