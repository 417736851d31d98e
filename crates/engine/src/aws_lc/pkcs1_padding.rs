//! The padding of RSAES-PKCS1-v1_5 taken off again, with implicit rejection (RFC 8017 section 7.2.2;
//! draft-irtf-cfrg-rsa-guidance, the algorithm that OpenSSL has since 3.2).
//!
//! Whoever can tell a wrong padding from a right one can decrypt (Bleichenbacher 1998). So a wrong one gives a
//! message too: it follows from key and ciphertext, looks random, has a random length, and is the same every
//! time. No branch and no index here depends on which of the two it is, until the length of what is given out.
//! RSA and HMAC are the library's.

use aws_lc_rs::{digest, hmac};
use portcullis_token::Secret;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq, ConstantTimeGreater, ConstantTimeLess};

/// What comes before the padding's random bytes: 0 and the block type.
const PREFIX: usize = 2;

/// The least random bytes that there are.
const LEAST_RANDOM: usize = 8;

/// What the padding takes at least.
pub(super) const OVERHEAD: usize = PREFIX + LEAST_RANDOM + 1;

/// How many lengths are drawn for a message of our own making; that none fits happens once in 2^128 times.
const DRAWS: usize = 128;

/// The secret from which messages of our own making follow.
pub(super) struct Rejection(hmac::Key);

impl Rejection {
    /// That of a private exponent of a key whose modulus has `len` bytes.
    pub(super) fn new(exponent: &[u8], len: usize) -> Self {
        let mut context = digest::Context::new(&digest::SHA256);
        for _ in exponent.len()..len {
            context.update(&[0]);
        }
        context.update(exponent);
        Self(hmac::Key::new(hmac::HMAC_SHA256, context.finish().as_ref()))
    }

    /// Writes to `out` the message in a decrypted block, or the one of our own making when there is none; its
    /// length. `None` when there is no room, which is not for a block and `out` of the same key.
    pub(super) fn unpad(&self, ciphertext: &[u8], block: &[u8], out: &mut [u8]) -> Option<usize> {
        let key = hmac::sign(&self.0, ciphertext);
        let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_ref());
        let mut invented = stretched(&key, b"message", block.len());
        let invented_len = invented_len(&key, block.len())?;
        let (valid, start) = separated(block);
        let invented_start = u32::try_from(block.len()).ok()?.wrapping_sub(invented_len);
        let start = u32::conditional_select(&invented_start, &start, valid) as usize;
        for (mine, theirs) in invented.expose_mut().iter_mut().zip(block) {
            mine.conditional_assign(theirs, valid);
        }
        let message = invented.expose().get(start..)?;
        out.get_mut(..message.len())?.copy_from_slice(message);
        Some(message.len())
    }
}

/// Whether a block is padded, and where its message starts.
fn separated(block: &[u8]) -> (Choice, u32) {
    let mut valid = Choice::from(1);
    let mut searching = Choice::from(1);
    let mut zero = 0;
    for (index, byte) in (0_u32..).zip(block) {
        match index {
            0 => valid &= byte.ct_eq(&0),
            1 => valid &= byte.ct_eq(&2),
            _ => {
                let found = searching & byte.ct_eq(&0);
                zero.conditional_assign(&index, found);
                searching &= !found;
            }
        }
    }
    valid &= !searching & !zero.ct_lt(&((PREFIX + LEAST_RANDOM) as u32));
    (valid, zero.wrapping_add(1))
}

/// The last of the drawn lengths that a message in a block of `len` bytes can have.
fn invented_len(key: &hmac::Key, len: usize) -> Option<u32> {
    let bound = u32::try_from(len.checked_sub(PREFIX + LEAST_RANDOM)?).ok()?;
    let mask = bound.checked_next_power_of_two()?.wrapping_sub(1) | bound;
    let draws = stretched(key, b"length", 2 * DRAWS);
    let mut chosen = 0;
    for draw in draws.expose().chunks_exact(2) {
        let drawn = draw.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)) & mask;
        chosen.conditional_assign(&drawn, bound.ct_gt(&drawn));
    }
    Some(chosen)
}

/// The draft's pseudorandom function: `len` bytes for a label.
fn stretched(key: &hmac::Key, label: &[u8], len: usize) -> Secret {
    let mut out = Secret::zeroed(len);
    let bits = (len as u16).wrapping_mul(8).to_be_bytes();
    for (round, chunk) in (0_u16..).zip(out.expose_mut().chunks_mut(digest::SHA256_OUTPUT_LEN)) {
        let mut context = hmac::Context::with_key(key);
        context.update(&round.to_be_bytes());
        context.update(label);
        context.update(&bits);
        for (place, byte) in chunk.iter_mut().zip(context.sign().as_ref()) {
            *place = *byte;
        }
    }
    out
}
