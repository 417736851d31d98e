//! Initialisation vectors that the token makes, one a message (PKCS #11 v3.2 section 6.13.6, NIST SP 800-38D section
//! 8.2).

use alloc::vec::Vec;

use portcullis_entropy::Random;

use super::Session;
use crate::{Error, MechanismType, Result};

/// Who makes the part of an initialisation vector that is not fixed (`CK_GENERATOR_FUNCTION`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IvGenerator {
    /// The caller has made it whole (`CKG_NO_GENERATE`).
    Caller,
    /// The token, as it likes: at random (`CKG_GENERATE`, `CKG_GENERATE_RANDOM`).
    Random,
    /// The token: how many messages there were under this operation, big-endian (`CKG_GENERATE_COUNTER`).
    Counter,
    /// The token: that number exclusive-ored to what the caller gave with the first message
    /// (`CKG_GENERATE_COUNTER_XOR`).
    CounterXor,
}

/// The messages so far.
#[derive(Default)]
pub(super) struct IvState {
    messages: u64,
    /// What the number is exclusive-ored to.
    first: Option<Vec<u8>>,
}

impl Session {
    /// Makes the initialisation vector with which one key is wrapped (`CK_GCM_WRAP_PARAMS`, `CK_CCM_WRAP_PARAMS`).
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`] for a vector with no room, and for one out of a counter: no number of the keys
    /// that were wrapped before is kept anywhere. What the generator of random bytes answers.
    pub fn wrapping_iv(
        &self,
        mechanism: MechanismType,
        iv: &mut [u8],
        fixed_bits: usize,
        generator: IvGenerator,
    ) -> Result<()> {
        let invalid = Error::MechanismParamInvalid(mechanism);
        match generator {
            IvGenerator::Counter | IvGenerator::CounterXor => Err(invalid),
            _ => IvState::default().make(iv, fixed_bits, generator, &*self.token.random, invalid),
        }
    }
}

impl IvState {
    /// Makes the next one; `invalid` is what is said of a length or a number of bits that leaves no room for it. No
    /// number comes twice.
    pub(super) fn make(
        &mut self,
        iv: &mut [u8],
        fixed_bits: usize,
        generator: IvGenerator,
        random: &dyn Random,
        invalid: Error,
    ) -> Result<()> {
        if generator == IvGenerator::Caller {
            return Ok(());
        }
        let Some(free_bits) = iv.len().saturating_mul(8).checked_sub(fixed_bits).filter(|bits| *bits > 0)
        else {
            return Err(invalid);
        };
        let mut made = alloc::vec![0; iv.len()];
        if generator == IvGenerator::Random {
            random.fill(&mut made)?;
        } else {
            let used_up =
                u32::try_from(free_bits).is_ok_and(|bits| self.messages.checked_shr(bits) > Some(0));
            let Some(next) = self.messages.checked_add(1).filter(|_| !used_up) else { return Err(invalid) };
            for (place, byte) in made.iter_mut().rev().zip(self.messages.to_le_bytes()) {
                *place = byte;
            }
            if generator == IvGenerator::CounterXor {
                let first = self.first.get_or_insert_with(|| iv.to_vec());
                if first.len() != iv.len() {
                    return Err(invalid);
                }
                made.iter_mut().zip(&*first).for_each(|(made, first)| *made ^= first);
            }
            self.messages = next;
        }
        for (index, (place, made)) in iv.iter_mut().zip(made).enumerate() {
            let fixed = fixed_bits.saturating_sub(index.saturating_mul(8)).min(8);
            let mask = u8::try_from(0xff_u16 >> fixed).unwrap_or_default();
            *place = (*place & !mask) | (made & mask);
        }
        Ok(())
    }
}
