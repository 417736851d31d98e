//! AES key schedules, and what AWS-LC does with a bare one: CBC, CTR and key wrapping (`openssl/aes.h`).

use alloc::boxed::Box;
use core::ffi::{c_int, c_uint};
use core::ptr;

use aws_lc_sys::{
    AES_DECRYPT, AES_ENCRYPT, AES_KEY, AES_cbc_encrypt, AES_ctr128_encrypt, AES_set_decrypt_key,
    AES_set_encrypt_key, AES_unwrap_key, AES_unwrap_key_padded, AES_wrap_key, AES_wrap_key_padded,
    OPENSSL_cleanse,
};

use super::OK;

/// The block's length in bytes.
pub(crate) const BLOCK: usize = 16;

/// A block.
pub(crate) type Block = [u8; BLOCK];

/// A schedule, overwritten when dropped.
struct Schedule(Box<AES_KEY>);

impl Schedule {
    fn zeroed() -> Self {
        Self(Box::new(AES_KEY { rd_key: [0; 60], rounds: 0 }))
    }

    fn cbc(&self, iv: &mut Block, input: &[u8], out: &mut [u8], direction: c_int) {
        assert_eq!(input.len(), out.len(), "CBC gives as much as it takes");
        assert_eq!(input.len() % BLOCK, 0, "CBC takes whole blocks");
        // SAFETY: AWS-LC reads `input.len()` bytes from `input` and writes as many to `out`, which has them; it
        // reads and writes one block at `iv`. The slices don't overlap, and the schedule is only read.
        unsafe {
            AES_cbc_encrypt(
                input.as_ptr(),
                out.as_mut_ptr(),
                input.len(),
                &raw const *self.0,
                iv.as_mut_ptr(),
                direction,
            );
        }
    }
}

impl Drop for Schedule {
    fn drop(&mut self) {
        // SAFETY: writes as many bytes as the schedule has, which is plain numbers.
        unsafe { OPENSSL_cleanse((&raw mut *self.0).cast(), size_of::<AES_KEY>()) }
    }
}

/// A key to encrypt with.
pub(crate) struct EncryptKey(Schedule);

/// A key to decrypt with.
pub(crate) struct DecryptKey(Schedule);

/// Where a counter mode stands.
pub(crate) struct CounterState {
    /// The next block to be counted.
    block: Block,
    /// The last key stream block.
    stream: Block,
    /// How much of it is used.
    used: c_uint,
}

impl CounterState {
    pub(crate) fn new(block: Block) -> Self {
        Self { block, stream: [0; BLOCK], used: 0 }
    }
}

impl Drop for CounterState {
    fn drop(&mut self) {
        // SAFETY: writes one block to where one is.
        unsafe { OPENSSL_cleanse(self.stream.as_mut_ptr().cast(), BLOCK) }
    }
}

impl EncryptKey {
    /// The schedule of a key of 16, 24 or 32 bytes; `None` for another length.
    pub(crate) fn new(key: &[u8]) -> Option<Self> {
        let mut schedule = Schedule::zeroed();
        // SAFETY: AWS-LC reads `bits` bits from `key`, which has them, and writes the schedule.
        let result = unsafe { AES_set_encrypt_key(key.as_ptr(), bits(key)?, &raw mut *schedule.0) };
        (result == 0).then_some(Self(schedule))
    }

    /// Encrypts whole blocks into `out` of the same length, and moves `iv` on.
    pub(crate) fn cbc(&self, iv: &mut Block, plaintext: &[u8], out: &mut [u8]) {
        self.0.cbc(iv, plaintext, out, AES_ENCRYPT);
    }

    /// Adds the key stream to `input`, into `out` of the same length, and moves `state` on. The whole block
    /// counts.
    pub(crate) fn ctr(&self, state: &mut CounterState, input: &[u8], out: &mut [u8]) {
        assert_eq!(input.len(), out.len(), "CTR gives as much as it takes");
        // SAFETY: AWS-LC reads `input.len()` bytes from `input` and writes as many to `out`, which has them;
        // it reads and writes a block at each of the state's two and one number, which it wrote itself or is
        // 0. The slices don't overlap, and the schedule is only read.
        unsafe {
            AES_ctr128_encrypt(
                input.as_ptr(),
                out.as_mut_ptr(),
                input.len(),
                &raw const *self.0.0,
                state.block.as_mut_ptr(),
                state.stream.as_mut_ptr(),
                &raw mut state.used,
            );
        }
    }

    /// Wraps (RFC 3394 section 2.2.1) into `out`, which has 8 bytes more. Whether it could.
    pub(crate) fn wrap(&self, iv: Option<&[u8; 8]>, plaintext: &[u8], out: &mut [u8]) -> bool {
        assert_eq!(plaintext.len() + 8, out.len(), "wrapping adds 8 bytes");
        let iv = iv.map_or(ptr::null(), |iv| iv.as_ptr());
        // SAFETY: AWS-LC reads `plaintext.len()` bytes, 8 from `iv` unless it is null, and writes 8 more than
        // it read to `out`, which has them. The schedule is only read.
        let written = unsafe {
            AES_wrap_key(&raw const *self.0.0, iv, out.as_mut_ptr(), plaintext.as_ptr(), plaintext.len())
        };
        usize::try_from(written) == Ok(out.len())
    }

    /// Wraps with padding (RFC 5649 section 4.1) into `out`; how many bytes it wrote, if it could.
    pub(crate) fn wrap_padded(&self, plaintext: &[u8], out: &mut [u8]) -> Option<usize> {
        let mut len = 0;
        // SAFETY: AWS-LC reads `plaintext.len()` bytes, writes at most `out.len()` to `out` and one number to
        // `len`. The schedule is only read.
        let result = unsafe {
            AES_wrap_key_padded(
                &raw const *self.0.0,
                out.as_mut_ptr(),
                &raw mut len,
                out.len(),
                plaintext.as_ptr(),
                plaintext.len(),
            )
        };
        (result == OK).then_some(len)
    }
}

impl DecryptKey {
    /// The schedule of a key of 16, 24 or 32 bytes; `None` for another length.
    pub(crate) fn new(key: &[u8]) -> Option<Self> {
        let mut schedule = Schedule::zeroed();
        // SAFETY: AWS-LC reads `bits` bits from `key`, which has them, and writes the schedule.
        let result = unsafe { AES_set_decrypt_key(key.as_ptr(), bits(key)?, &raw mut *schedule.0) };
        (result == 0).then_some(Self(schedule))
    }

    /// Decrypts whole blocks into `out` of the same length, and moves `iv` on.
    pub(crate) fn cbc(&self, iv: &mut Block, ciphertext: &[u8], out: &mut [u8]) {
        self.0.cbc(iv, ciphertext, out, AES_DECRYPT);
    }

    /// Unwraps (RFC 3394 section 2.2.2) into `out`, which has 8 bytes less. Whether it was by this key.
    pub(crate) fn unwrap(&self, iv: Option<&[u8; 8]>, ciphertext: &[u8], out: &mut [u8]) -> bool {
        assert_eq!(ciphertext.len(), out.len() + 8, "unwrapping removes 8 bytes");
        let iv = iv.map_or(ptr::null(), |iv| iv.as_ptr());
        // SAFETY: AWS-LC reads `ciphertext.len()` bytes, 8 from `iv` unless it is null, and writes 8 less than
        // it read to `out`, which has them. The schedule is only read.
        let written = unsafe {
            AES_unwrap_key(&raw const *self.0.0, iv, out.as_mut_ptr(), ciphertext.as_ptr(), ciphertext.len())
        };
        usize::try_from(written) == Ok(out.len())
    }

    /// Unwraps with padding (RFC 5649 section 4.2) into `out`, which has 8 bytes less; how many are the
    /// plaintext's, if it was by this key.
    pub(crate) fn unwrap_padded(&self, ciphertext: &[u8], out: &mut [u8]) -> Option<usize> {
        let mut len = 0;
        // SAFETY: AWS-LC reads `ciphertext.len()` bytes, writes at most `out.len()` to `out` and one number to
        // `len`. The schedule is only read.
        let result = unsafe {
            AES_unwrap_key_padded(
                &raw const *self.0.0,
                out.as_mut_ptr(),
                &raw mut len,
                out.len(),
                ciphertext.as_ptr(),
                ciphertext.len(),
            )
        };
        (result == OK && len <= out.len()).then_some(len)
    }
}

/// A key's length in bits, if AES has it.
fn bits(key: &[u8]) -> Option<c_uint> {
    match key.len() {
        16 => Some(128),
        24 => Some(192),
        32 => Some(256),
        _ => None,
    }
}
