//! ECB and CBC, and CBC with PKCS #7 padding (NIST SP 800-38A sections 6.1 and 6.2, RFC 5652 section 6.3;
//! `CKM_AES_ECB`, `CKM_AES_CBC`, `CKM_AES_CBC_PAD`).
//!
//! A whole message is a stream of one part, and goes from its place to the caller's without a copy between.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::borrow::Borrow;
use core::ops::RangeInclusive;

use portcullis_entropy::Random;
use portcullis_token::engine::CipherStream;
use portcullis_token::{EngineError, KeyType, MechanismType, Parameters};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq, ConstantTimeGreater};

use super::super::raw::aes::{BLOCK, Block};
use super::super::raw::cipher::{Cipher as Ecb, Direction};
use super::{AES, AesKey, KEY_LENGTHS, KEY_TYPES};
use crate::shell::cipher::{Cipher, Scheme, Uses};
use crate::shell::loader::Loader;
use crate::shell::no_parameters;

pub(crate) static AES_ECB: Cipher<Blocks> = cipher(MechanismType::AES_ECB, Blocks::Ecb);
pub(crate) static AES_CBC: Cipher<Blocks> = cipher(MechanismType::AES_CBC, Blocks::Cbc);
pub(crate) static AES_CBC_PAD: Cipher<Blocks> = cipher(MechanismType::AES_CBC_PAD, Blocks::CbcPad);

const fn cipher(id: MechanismType, scheme: Blocks) -> Cipher<Blocks> {
    Cipher { id, uses: Uses::DataAndKeys, scheme }
}

/// A mode that works block by block.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blocks {
    Ecb,
    Cbc,
    CbcPad,
}

impl Blocks {
    fn start<K: Borrow<AesKey>>(
        self,
        key: K,
        parameters: &Parameters,
        direction: Direction,
    ) -> Result<Run<K>, EngineError> {
        let chain = match self {
            Self::Ecb => {
                Chain::Ecb(Ecb::ecb(key.borrow().value.expose(), direction).ok_or(EngineError::Failed)?)
            }
            Self::Cbc | Self::CbcPad => Chain::Cbc(iv(parameters)?),
        };
        Ok(Run { key, direction, chain, padded: self == Self::CbcPad, rest: [0; BLOCK], held: 0 })
    }

    fn stream(
        self,
        key: Arc<AesKey>,
        parameters: &Parameters,
        direction: Direction,
    ) -> Option<Box<dyn CipherStream>> {
        Some(Box::new(self.start(key, parameters, direction).ok()?))
    }
}

/// CBC's initialisation vector.
fn iv(parameters: &Parameters) -> Result<Block, EngineError> {
    match parameters {
        Parameters::Iv(iv) => iv.as_slice().try_into().map_err(|_| EngineError::ParametersInvalid),
        _ => Err(EngineError::ParametersInvalid),
    }
}

fn whole_blocks(len: usize) -> Result<usize, EngineError> {
    if len.is_multiple_of(BLOCK) { Ok(len) } else { Err(EngineError::DataLength) }
}

impl Scheme for Blocks {
    type Encrypt = AesKey;
    type Decrypt = AesKey;

    const KEY_TYPES: &'static [KeyType] = KEY_TYPES;
    const ENCRYPT: &'static Loader = &AES;
    const DECRYPT: &'static Loader = &AES;

    fn key_sizes(&self) -> RangeInclusive<u32> {
        KEY_LENGTHS
    }

    fn check(&self, parameters: &Parameters) -> Result<(), EngineError> {
        match self {
            Self::Ecb => no_parameters(parameters),
            Self::Cbc | Self::CbcPad => iv(parameters).map(|_| ()),
        }
    }

    fn encrypted_len(&self, _: &AesKey, _: &Parameters, len: usize) -> Result<usize, EngineError> {
        match self {
            Self::Ecb | Self::Cbc => whole_blocks(len),
            Self::CbcPad => (len - len % BLOCK).checked_add(BLOCK).ok_or(EngineError::DataLength),
        }
    }

    fn decrypted_len(&self, _: &AesKey, _: &Parameters, len: usize) -> Result<usize, EngineError> {
        match self {
            Self::CbcPad if len == 0 => Err(EngineError::DataLength),
            Self::Ecb | Self::Cbc | Self::CbcPad => whole_blocks(len),
        }
    }

    fn encrypt(
        &self,
        key: &AesKey,
        parameters: &Parameters,
        plaintext: &[u8],
        out: &mut [u8],
        _: &dyn Random,
    ) -> Result<(), EngineError> {
        self.start(key, parameters, Direction::Encrypt)?.whole(plaintext, out).map(|_| ())
    }

    fn decrypt(
        &self,
        key: &AesKey,
        parameters: &Parameters,
        ciphertext: &[u8],
        out: &mut [u8],
        _: &dyn Random,
    ) -> Result<usize, EngineError> {
        self.start(key, parameters, Direction::Decrypt)?.whole(ciphertext, out)
    }

    fn encrypt_stream(&self, key: Arc<AesKey>, parameters: &Parameters) -> Option<Box<dyn CipherStream>> {
        self.stream(key, parameters, Direction::Encrypt)
    }

    fn decrypt_stream(&self, key: Arc<AesKey>, parameters: &Parameters) -> Option<Box<dyn CipherStream>> {
        self.stream(key, parameters, Direction::Decrypt)
    }
}

/// What passes from block to block.
enum Chain {
    Ecb(Ecb),
    Cbc(Block),
}

/// An encryption or decryption in the making.
struct Run<K> {
    key: K,
    direction: Direction,
    chain: Chain,
    padded: bool,
    /// What doesn't fill a block yet; and the last block of a padded ciphertext, until more comes or it ends.
    rest: Block,
    /// How much of `rest` is held.
    held: usize,
}

impl<K: Borrow<AesKey>> Run<K> {
    /// How many bytes leave when `len` come: whole blocks, without one that may be the padded last.
    fn ready(&self, len: usize) -> usize {
        let all = self.held.saturating_add(len);
        let kept = usize::from(self.padded && self.direction == Direction::Decrypt);
        all.saturating_sub(kept) / BLOCK * BLOCK
    }

    fn blocks(&mut self, input: &[u8], out: &mut [u8]) -> Result<(), EngineError> {
        let key = self.key.borrow();
        match (&mut self.chain, self.direction) {
            (Chain::Ecb(ecb), _) => return ecb.update(input, out).then_some(()).ok_or(EngineError::Failed),
            (Chain::Cbc(iv), Direction::Encrypt) => key.encrypt.cbc(iv, input, out),
            (Chain::Cbc(iv), Direction::Decrypt) => key.decrypt.cbc(iv, input, out),
        }
        Ok(())
    }

    /// Takes a part; how many bytes were given.
    fn take(&mut self, part: &[u8], out: &mut [u8]) -> Result<usize, EngineError> {
        let ready = self.ready(part.len());
        let mut out = out.get_mut(..ready).ok_or(EngineError::DataLength)?;
        let mut part = part;
        if ready > 0 && self.held > 0 {
            let (filling, later) = part.split_at(BLOCK - self.held);
            self.hold(filling);
            let (first, others) = out.split_at_mut(BLOCK);
            let block = core::mem::take(&mut self.rest);
            self.blocks(&block, first)?;
            self.held = 0;
            (part, out) = (later, others);
        }
        let (blocks, tail) = part.split_at(out.len());
        self.blocks(blocks, out)?;
        self.hold(tail);
        Ok(ready)
    }

    /// Keeps what fits into the block that is being filled.
    fn hold(&mut self, tail: &[u8]) {
        for (place, byte) in self.rest.iter_mut().skip(self.held).zip(tail) {
            *place = *byte;
        }
        self.held += tail.len();
    }

    /// How many bytes the end gives, at most.
    fn ending(&self) -> Result<usize, EngineError> {
        match (self.padded, self.direction, self.held) {
            (true, Direction::Encrypt, _) | (true, Direction::Decrypt, BLOCK) => Ok(BLOCK),
            (false, _, 0) => Ok(0),
            _ => Err(EngineError::DataLength),
        }
    }

    /// Gives the end; how many bytes of it are used.
    fn end(&mut self, out: &mut [u8]) -> Result<usize, EngineError> {
        let out = out.get_mut(..self.ending()?).ok_or(EngineError::DataLength)?;
        let block = match (self.padded, self.direction) {
            (false, _) => return Ok(0),
            (true, Direction::Encrypt) => {
                let lacking = BLOCK - self.held;
                let mut block = self.rest;
                block.iter_mut().skip(self.held).for_each(|byte| *byte = lacking as u8);
                block
            }
            (true, Direction::Decrypt) => self.rest,
        };
        self.blocks(&block, out)?;
        match self.direction {
            Direction::Encrypt => Ok(BLOCK),
            Direction::Decrypt => unpadded(out),
        }
    }

    fn whole(mut self, input: &[u8], out: &mut [u8]) -> Result<usize, EngineError> {
        let given = self.take(input, out)?;
        let rest = out.get_mut(given..).unwrap_or_default();
        Ok(given + self.end(rest)?)
    }
}

/// How much of a last block is no padding, found without a branch on the block.
fn unpadded(block: &[u8]) -> Result<usize, EngineError> {
    let padding = block.last().copied().unwrap_or_default();
    let mut valid = !padding.ct_eq(&0) & !padding.ct_gt(&(BLOCK as u8));
    for (distance, byte) in (0_u8..).zip(block.iter().rev()) {
        let padded: Choice = padding.ct_gt(&distance);
        valid &= !padded | byte.ct_eq(&padding);
    }
    let kept = u8::conditional_select(&0, &(BLOCK as u8).wrapping_sub(padding), valid);
    if bool::from(valid) { Ok(usize::from(kept)) } else { Err(EngineError::DecryptionFailed) }
}

impl<K: Borrow<AesKey> + Send> CipherStream for Run<K> {
    fn update_len(&self, len: usize) -> Result<usize, EngineError> {
        Ok(self.ready(len))
    }

    fn update(&mut self, part: &[u8], out: &mut [u8]) -> Result<(), EngineError> {
        self.take(part, out).map(|_| ())
    }

    fn finish_len(&self) -> Result<usize, EngineError> {
        self.ending()
    }

    fn finish(mut self: Box<Self>, out: &mut [u8]) -> Result<usize, EngineError> {
        let used = self.end(out);
        let kept = *used.as_ref().unwrap_or(&0);
        if self.direction == Direction::Decrypt {
            out.get_mut(kept..).unwrap_or_default().fill(0);
        }
        used
    }
}

impl<K> Drop for Run<K> {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.rest);
    }
}
