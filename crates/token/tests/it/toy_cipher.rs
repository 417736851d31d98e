//! Ciphers that a test can compute in its head, beside the ring engine: one of each shape that a token has to deal
//! with. They protect nothing.

use std::ops::RangeInclusive;
use std::sync::Arc;

use portcullis_engine::RingEngine;
use portcullis_entropy::Random;
use portcullis_pal::MemoryStore;
use portcullis_token::engine::{CipherStream, Decrypting, Encrypting, KeyLoader, LoadedKey};
use portcullis_token::{
    AttributeType, Engine, EngineError, KeyMaterial, KeyType, Mechanism, MechanismType, ObjectClass,
    Parameters, Parts, Template, Token,
};

use crate::common::{parts, set_up};

/// Each byte exclusive-ored, part by part.
pub(crate) const STREAM: MechanismType = MechanismType::AES_CTR;
/// As `STREAM`, padded to whole blocks; the last block is held back.
pub(crate) const PADDED: MechanismType = MechanismType::AES_CBC_PAD;
/// As `STREAM`, whole, with a tag that is the sum of nonce, other data and plaintext.
pub(crate) const TAGGED: MechanismType = MechanismType::AES_GCM;

/// The length of a block.
pub(crate) const BLOCK: usize = 4;
/// The length of a tag.
pub(crate) const TAG: usize = 2;

/// What the toys exclusive-or with.
const MASK: u8 = 0x55;

/// A token over the toys.
pub(crate) fn cipher_token() -> Token {
    let ring = RingEngine;
    let others = ring.mechanisms().iter().copied();
    let ciphers = TOYS.iter().map(|toy| toy as &'static dyn Mechanism);
    let mechanisms = others.chain(ciphers).chain(crate::toy_digest::TOYS).collect();
    let engine = Arc::new(CipherEngine { ring, mechanisms });
    let token = Token::open(Parts { engine, ..parts(Arc::new(MemoryStore::new())) }).unwrap();
    set_up(&token);
    token
}

/// A key for the toys.
pub(crate) fn cipher_key() -> Template {
    Template::key(ObjectClass::SecretKey, KeyType::Aes).with(AttributeType::Value, &[7_u8; 16][..])
}

/// Parameters that `TAGGED` takes.
pub(crate) fn tagged_parameters() -> Parameters {
    Parameters::Gcm { iv: vec![1; 12], aad: b"aad".to_vec(), tag_len: TAG }
}

/// The ciphertext that a toy makes of `plain`.
pub(crate) fn encrypted(mechanism: MechanismType, plain: &[u8]) -> Vec<u8> {
    let mut whole = plain.to_vec();
    if mechanism == PADDED {
        let pad = BLOCK - plain.len() % BLOCK;
        whole.resize(plain.len() + pad, pad as u8);
    }
    whole.iter_mut().for_each(|byte| *byte ^= MASK);
    if mechanism == TAGGED {
        whole.extend(tag(&tagged_parameters(), plain));
    }
    whole
}

fn tag(parameters: &Parameters, plain: &[u8]) -> [u8; TAG] {
    let (iv, aad): (&[u8], &[u8]) = match parameters {
        Parameters::Gcm { iv, aad, .. } => (iv, aad),
        _ => (&[], &[]),
    };
    let sum = iv.iter().chain(aad).chain(plain).fold(0_u16, |sum, byte| sum.wrapping_add((*byte).into()));
    sum.to_be_bytes()
}

struct CipherEngine {
    ring: RingEngine,
    mechanisms: Vec<&'static dyn Mechanism>,
}

impl Engine for CipherEngine {
    fn mechanisms(&self) -> &[&'static dyn Mechanism] {
        &self.mechanisms
    }

    fn public_key(&self, private: &KeyMaterial) -> Result<KeyMaterial, EngineError> {
        self.ring.public_key(private)
    }
}

struct Toy(MechanismType);

static TOYS: [Toy; 3] = [Toy(STREAM), Toy(PADDED), Toy(TAGGED)];

impl Mechanism for Toy {
    fn id(&self) -> MechanismType {
        self.0
    }

    fn key_sizes(&self) -> RangeInclusive<u32> {
        16..=32
    }

    fn key_types(&self) -> &'static [KeyType] {
        &[KeyType::Aes]
    }

    fn encrypting(&'static self) -> Option<&'static dyn Encrypting> {
        Some(self)
    }

    fn decrypting(&'static self) -> Option<&'static dyn Decrypting> {
        Some(self)
    }
}

impl KeyLoader for Toy {
    fn name(&self) -> &'static str {
        "test.cipher"
    }

    fn load(&self, _: &KeyMaterial) -> Result<LoadedKey, EngineError> {
        Ok(Arc::new(()))
    }
}

impl Toy {
    fn check_parameters(&self, parameters: &Parameters) -> Result<(), EngineError> {
        match (self.0, parameters) {
            (TAGGED, Parameters::Gcm { tag_len: TAG, .. }) | (STREAM | PADDED, Parameters::None) => Ok(()),
            _ => Err(EngineError::ParametersInvalid),
        }
    }

    fn start(&self, decrypts: bool) -> Option<Box<dyn CipherStream>> {
        (self.0 != TAGGED)
            .then(|| Box::new(Stream { padded: self.0 == PADDED, decrypts, held: vec![] }) as Box<_>)
    }
}

impl Encrypting for Toy {
    fn loader(&self) -> &'static dyn KeyLoader {
        &TOYS[0]
    }

    fn check(&self, _: &LoadedKey, parameters: &Parameters) -> Result<(), EngineError> {
        self.check_parameters(parameters)
    }

    fn encrypted_len(&self, _: &LoadedKey, _: &Parameters, len: usize) -> Result<usize, EngineError> {
        Ok(match self.0 {
            PADDED => len + BLOCK - len % BLOCK,
            TAGGED => len + TAG,
            _ => len,
        })
    }

    fn encrypt(
        &self,
        _: &LoadedKey,
        parameters: &Parameters,
        plaintext: &[u8],
        out: &mut [u8],
        _: &dyn Random,
    ) -> Result<(), EngineError> {
        let mut answer = encrypted(self.0, plaintext);
        if self.0 == TAGGED {
            answer.truncate(plaintext.len());
            answer.extend(tag(parameters, plaintext));
        }
        out.copy_from_slice(&answer);
        Ok(())
    }

    fn stream(&self, _: &LoadedKey, _: &Parameters) -> Option<Box<dyn CipherStream>> {
        self.start(false)
    }
}

impl Decrypting for Toy {
    fn loader(&self) -> &'static dyn KeyLoader {
        &TOYS[0]
    }

    fn check(&self, _: &LoadedKey, parameters: &Parameters) -> Result<(), EngineError> {
        self.check_parameters(parameters)
    }

    fn decrypted_len(&self, _: &LoadedKey, _: &Parameters, len: usize) -> Result<usize, EngineError> {
        match self.0 {
            PADDED if len == 0 || !len.is_multiple_of(BLOCK) => Err(EngineError::DataLength),
            TAGGED => len.checked_sub(TAG).ok_or(EngineError::DataLength),
            _ => Ok(len),
        }
    }

    fn decrypt(
        &self,
        _: &LoadedKey,
        parameters: &Parameters,
        ciphertext: &[u8],
        out: &mut [u8],
        _: &dyn Random,
    ) -> Result<usize, EngineError> {
        let mut plain: Vec<u8> = ciphertext.iter().map(|byte| byte ^ MASK).collect();
        match self.0 {
            PADDED => unpad(&mut plain)?,
            TAGGED => {
                let (data, given) = ciphertext.split_at(ciphertext.len() - TAG);
                plain.truncate(data.len());
                if given != tag(parameters, &plain) {
                    return Err(EngineError::DecryptionFailed);
                }
            }
            _ => {}
        }
        out[..plain.len()].copy_from_slice(&plain);
        Ok(plain.len())
    }

    fn stream(&self, _: &LoadedKey, _: &Parameters) -> Option<Box<dyn CipherStream>> {
        self.start(true)
    }
}

fn unpad(plain: &mut Vec<u8>) -> Result<(), EngineError> {
    match plain.last() {
        Some(&pad) if (1..=BLOCK).contains(&pad.into()) => {
            plain.truncate(plain.len() - usize::from(pad));
            Ok(())
        }
        _ => Err(EngineError::DecryptionFailed),
    }
}

/// The stream ciphers; `held` is what has not become an answer yet, in the clear.
struct Stream {
    padded: bool,
    decrypts: bool,
    held: Vec<u8>,
}

impl CipherStream for Stream {
    fn update_len(&self, len: usize) -> Result<usize, EngineError> {
        let all = self.held.len() + len;
        Ok(match (self.padded, self.decrypts) {
            (false, _) => len,
            (true, false) => all - all % BLOCK,
            // The last block stays, as it may hold padding.
            (true, true) => all.saturating_sub(1) / BLOCK * BLOCK,
        })
    }

    fn update(&mut self, part: &[u8], out: &mut [u8]) -> Result<(), EngineError> {
        assert_eq!(Ok(out.len()), self.update_len(part.len()));
        self.held.extend(part.iter().map(|byte| byte ^ MASK));
        let rest = self.held.split_off(out.len());
        out.copy_from_slice(&self.held);
        self.held = rest;
        Ok(())
    }

    fn finish_len(&self) -> Result<usize, EngineError> {
        match (self.padded, self.decrypts) {
            (false, _) => Ok(0),
            (true, true) if self.held.len() != BLOCK => Err(EngineError::DataLength),
            (true, _) => Ok(BLOCK),
        }
    }

    fn finish(mut self: Box<Self>, out: &mut [u8]) -> Result<usize, EngineError> {
        match (self.padded, self.decrypts) {
            (false, _) => return Ok(0),
            (true, false) => {
                let pad = BLOCK - self.held.len();
                self.held.resize(BLOCK, pad as u8 ^ MASK);
            }
            (true, true) if self.held.len() != BLOCK => return Err(EngineError::DataLength),
            (true, true) => unpad(&mut self.held)?,
        }
        out[..self.held.len()].copy_from_slice(&self.held);
        Ok(self.held.len())
    }
}
