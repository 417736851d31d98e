//! CTR (NIST SP 800-38A section 6.5; `CKM_AES_CTR`).
//!
//! The counter is the last bits of the block, as many as the parameters say. AWS-LC counts over the whole
//! block, which is the same until those bits would start again from zero: that is refused, for the key stream
//! would repeat itself.

use alloc::boxed::Box;
use alloc::sync::Arc;
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
struct Run {
    key: Arc<AesKey>,
    state: CounterState,
    /// How many bytes may come until the counter starts again.
    left: u128,
}

impl Run {
    fn new(key: Arc<AesKey>, parameters: &Parameters) -> Result<Self, EngineError> {
        let (bits, block) = counter(parameters)?;
        Ok(Self { key, state: CounterState::new(*block), left: capacity(bits, block) })
    }

    fn take(&mut self, input: &[u8], out: &mut [u8]) -> Result<(), EngineError> {
        let out = out.get_mut(..input.len()).ok_or(EngineError::DataLength)?;
        self.left = self.left.checked_sub(input.len() as u128).ok_or(EngineError::DataLength)?;
        self.key.encrypt.ctr(&mut self.state, input, out);
        Ok(())
    }
}

/// The length of the counter in bits, and the block that it starts in.
fn counter(parameters: &Parameters) -> Result<(u32, &[u8; BLOCK]), EngineError> {
    match parameters {
        Parameters::Counter { bits: bits @ 1..=128, block } => Ok((*bits, block)),
        _ => Err(EngineError::ParametersInvalid),
    }
}

/// How many bytes a counter of so many bits, which starts in `block`, is enough for.
fn capacity(bits: u32, block: &[u8; BLOCK]) -> u128 {
    let last = u128::MAX >> (128 - bits);
    let blocks = (last - (u128::from_be_bytes(*block) & last)).saturating_add(1);
    blocks.saturating_mul(BLOCK as u128)
}

fn check_len(parameters: &Parameters, len: usize) -> Result<usize, EngineError> {
    let (bits, block) = counter(parameters)?;
    if len as u128 <= capacity(bits, block) { Ok(len) } else { Err(EngineError::DataLength) }
}

/// Encrypts or decrypts a whole message of a length that was [checked](check_len).
fn whole(key: &AesKey, parameters: &Parameters, input: &[u8], out: &mut [u8]) -> Result<(), EngineError> {
    let (_, block) = counter(parameters)?;
    let out = out.get_mut(..input.len()).ok_or(EngineError::DataLength)?;
    key.encrypt.ctr(&mut CounterState::new(*block), input, out);
    Ok(())
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
        counter(parameters).map(|_| ())
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
        whole(key, parameters, plaintext, out)
    }

    fn decrypt(
        &self,
        key: &AesKey,
        parameters: &Parameters,
        ciphertext: &[u8],
        out: &mut [u8],
        _: &dyn Random,
    ) -> Result<usize, EngineError> {
        whole(key, parameters, ciphertext, out)?;
        Ok(ciphertext.len())
    }

    fn encrypt_stream(&self, key: Arc<AesKey>, parameters: &Parameters) -> Option<Box<dyn CipherStream>> {
        Some(Box::new(Run::new(key, parameters).ok()?))
    }

    fn decrypt_stream(&self, key: Arc<AesKey>, parameters: &Parameters) -> Option<Box<dyn CipherStream>> {
        self.encrypt_stream(key, parameters)
    }
}

impl CipherStream for Run {
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
