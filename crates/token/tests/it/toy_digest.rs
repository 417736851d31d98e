//! A digest whose state can be saved, and signatures that contain their message, both computed in one's head.

use std::ops::RangeInclusive;
use std::sync::Arc;

use portcullis_entropy::Random;
use portcullis_token::engine::{DigestStream, Digesting, KeyLoader, LoadedKey, Recovering, Signing};
use portcullis_token::{EngineError, KeyMaterial, KeyType, Mechanism, MechanismType, Parameters};

/// The sum of all bytes.
pub(crate) const SUM: MechanismType = MechanismType::MD5;
/// A signature is its message after `SEAL`, with zeros up to `SIGNATURE_LEN`.
pub(crate) const RECOVER: MechanismType = MechanismType::RSA_X_509;

pub(crate) const SIGNATURE_LEN: usize = 16;
const SEAL: u8 = 0x5e;

pub(crate) static TOYS: [&dyn Mechanism; 2] = [&Sum, &Recover];

struct Sum;

struct Summing(u8);

impl Mechanism for Sum {
    fn id(&self) -> MechanismType {
        SUM
    }

    fn key_sizes(&self) -> RangeInclusive<u32> {
        0..=0
    }

    fn key_types(&self) -> &'static [KeyType] {
        &[]
    }

    fn digesting(&'static self) -> Option<&'static dyn Digesting> {
        Some(self)
    }
}

impl Digesting for Sum {
    fn digest_len(&self) -> usize {
        1
    }

    fn digest(&self, message: &[u8], out: &mut [u8]) {
        out.fill(sum(0, message));
    }

    fn stream(&self) -> Box<dyn DigestStream> {
        Box::new(Summing(0))
    }

    fn resume(&self, state: &[u8]) -> Result<Box<dyn DigestStream>, EngineError> {
        match state {
            [sum] => Ok(Box::new(Summing(*sum))),
            _ => Err(EngineError::StateInvalid),
        }
    }
}

fn sum(start: u8, bytes: &[u8]) -> u8 {
    bytes.iter().fold(start, |sum, byte| sum.wrapping_add(*byte))
}

impl DigestStream for Summing {
    fn update(&mut self, part: &[u8]) {
        self.0 = sum(self.0, part);
    }

    fn state(&self) -> Option<Vec<u8>> {
        Some(vec![self.0])
    }

    fn finish(self: Box<Self>) -> Vec<u8> {
        vec![self.0]
    }
}

struct Recover;

impl Mechanism for Recover {
    fn id(&self) -> MechanismType {
        RECOVER
    }

    fn key_sizes(&self) -> RangeInclusive<u32> {
        1..=521
    }

    fn key_types(&self) -> &'static [KeyType] {
        &[KeyType::Ec]
    }

    fn sign_recovering(&'static self) -> Option<&'static dyn Signing> {
        Some(self)
    }

    fn verify_recovering(&'static self) -> Option<&'static dyn Recovering> {
        Some(self)
    }
}

impl KeyLoader for Recover {
    fn name(&self) -> &'static str {
        "test.recover"
    }

    fn load(&self, _: &KeyMaterial) -> Result<LoadedKey, EngineError> {
        Ok(Arc::new(()))
    }
}

impl Signing for Recover {
    fn loader(&self) -> &'static dyn KeyLoader {
        &Self
    }

    fn signature_len(&self, _: &LoadedKey, _: &Parameters) -> Result<usize, EngineError> {
        Ok(SIGNATURE_LEN)
    }

    fn sign(
        &self,
        _: &LoadedKey,
        _: &Parameters,
        message: &[u8],
        _: &dyn Random,
    ) -> Result<Vec<u8>, EngineError> {
        if message.len() >= SIGNATURE_LEN {
            return Err(EngineError::DataLength);
        }
        let mut signature = vec![SEAL];
        signature.extend_from_slice(message);
        signature.resize(SIGNATURE_LEN, 0);
        Ok(signature)
    }
}

impl Recovering for Recover {
    fn loader(&self) -> &'static dyn KeyLoader {
        &Self
    }

    fn signature_len(&self, _: &LoadedKey, _: &Parameters) -> Result<usize, EngineError> {
        Ok(SIGNATURE_LEN)
    }

    fn recover(&self, _: &LoadedKey, _: &Parameters, signature: &[u8]) -> Result<Vec<u8>, EngineError> {
        match signature.split_first() {
            Some((&SEAL, message)) => Ok(message.iter().copied().take_while(|byte| *byte != 0).collect()),
            _ => Err(EngineError::SignatureInvalid),
        }
    }
}
