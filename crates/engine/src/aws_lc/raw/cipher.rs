//! Ciphers with a state (`openssl/cipher.h`): AES-ECB over many blocks, AES-GCM over parts, AES-CCM.

use core::ffi::{c_int, c_void};
use core::ptr::{self, NonNull};

use aws_lc_sys::{
    EVP_CIPHER, EVP_CIPHER_CTX, EVP_CIPHER_CTX_ctrl, EVP_CIPHER_CTX_free, EVP_CIPHER_CTX_new,
    EVP_CIPHER_CTX_set_padding, EVP_CTRL_AEAD_GET_TAG, EVP_CTRL_AEAD_SET_IVLEN, EVP_CTRL_AEAD_SET_TAG,
    EVP_CipherFinal_ex, EVP_CipherInit_ex, EVP_CipherUpdate, EVP_aes_128_ccm, EVP_aes_128_ecb,
    EVP_aes_128_gcm, EVP_aes_192_ccm, EVP_aes_192_ecb, EVP_aes_192_gcm, EVP_aes_256_ccm, EVP_aes_256_ecb,
    EVP_aes_256_gcm,
};

use super::OK;

/// How much is handed over at once, at most: AWS-LC counts in `int`s here. Whole blocks.
const CHUNK: usize = 1 << 30;

/// What is to be done.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Encrypt,
    Decrypt,
}

impl Direction {
    /// AWS-LC's number for it.
    fn code(self) -> c_int {
        c_int::from(self == Self::Encrypt)
    }
}

/// AWS-LC's number for the direction that a context has already.
const AS_BEFORE: c_int = -1;

/// One mode of AES with its three key lengths.
type Family = [unsafe extern "C" fn() -> *const EVP_CIPHER; 3];

/// A cipher in the making.
pub(crate) struct Cipher(NonNull<EVP_CIPHER_CTX>);

// SAFETY: an `EVP_CIPHER_CTX` is not bound to the thread that made it, and no one else holds the pointer.
unsafe impl Send for Cipher {}

impl Drop for Cipher {
    fn drop(&mut self) {
        // SAFETY: the pointer is AWS-LC's, owned by this value alone, and not used after.
        unsafe { EVP_CIPHER_CTX_free(self.0.as_ptr()) }
    }
}

impl Cipher {
    /// AES-ECB over whole blocks. `None` for a key that AES doesn't have.
    pub(crate) fn ecb(key: &[u8], direction: Direction) -> Option<Self> {
        let cipher = Self::new([EVP_aes_128_ecb, EVP_aes_192_ecb, EVP_aes_256_ecb], key, direction)?;
        cipher.start(key, None)?;
        // SAFETY: changes a flag of a live context.
        let result = unsafe { EVP_CIPHER_CTX_set_padding(cipher.0.as_ptr(), 0) };
        (result == OK).then_some(cipher)
    }

    /// AES-GCM encryption, to which [`authenticate`](Self::authenticate) comes first. `None` for a key or
    /// an initialisation vector that it doesn't take.
    pub(crate) fn gcm(key: &[u8], iv: &[u8]) -> Option<Self> {
        let family = [EVP_aes_128_gcm, EVP_aes_192_gcm, EVP_aes_256_gcm];
        let cipher = Self::new(family, key, Direction::Encrypt)?;
        cipher.control(EVP_CTRL_AEAD_SET_IVLEN, iv.len(), ptr::null_mut())?;
        cipher.start(key, Some(iv))?;
        Some(cipher)
    }

    /// AES-CCM encryption of `data_len` bytes with tags of `tag_len`.
    pub(crate) fn ccm_encrypt(key: &[u8], nonce: &[u8], tag_len: usize, data_len: usize) -> Option<Self> {
        Self::ccm(key, nonce, data_len, Direction::Encrypt, tag_len, ptr::null_mut())
    }

    /// AES-CCM decryption of `data_len` bytes whose tag is `tag`.
    pub(crate) fn ccm_decrypt(key: &[u8], nonce: &[u8], tag: &[u8], data_len: usize) -> Option<Self> {
        let mut copy = [0; 16];
        copy.get_mut(..tag.len())?.copy_from_slice(tag);
        Self::ccm(key, nonce, data_len, Direction::Decrypt, tag.len(), copy.as_mut_ptr().cast())
    }

    /// `tag` points to `tag_len` bytes, or is null.
    fn ccm(
        key: &[u8],
        nonce: &[u8],
        data_len: usize,
        direction: Direction,
        tag_len: usize,
        tag: *mut c_void,
    ) -> Option<Self> {
        let mut cipher = Self::new([EVP_aes_128_ccm, EVP_aes_192_ccm, EVP_aes_256_ccm], key, direction)?;
        cipher.control(EVP_CTRL_AEAD_SET_IVLEN, nonce.len(), ptr::null_mut())?;
        cipher.control(EVP_CTRL_AEAD_SET_TAG, tag_len, tag)?;
        cipher.start(key, Some(nonce))?;
        // SAFETY: with neither input nor output AWS-LC takes the number as the data's length to come.
        unsafe { cipher.feed(ptr::null_mut(), ptr::null(), data_len) }.then_some(cipher)
    }

    /// A context for a mode of AES, without key and initialisation vector.
    fn new(family: Family, key: &[u8], direction: Direction) -> Option<Self> {
        let [aes_128, aes_192, aes_256] = family;
        let algorithm = match key.len() {
            16 => aes_128,
            24 => aes_192,
            32 => aes_256,
            _ => return None,
        };
        // SAFETY: gives a static.
        let algorithm = unsafe { algorithm() };
        // SAFETY: gives a new context or null.
        let cipher = Self(NonNull::new(unsafe { EVP_CIPHER_CTX_new() })?);
        // SAFETY: the context is live and the algorithm a static; null stands for what is given later.
        let result = unsafe {
            EVP_CipherInit_ex(
                cipher.0.as_ptr(),
                algorithm,
                ptr::null_mut(),
                ptr::null(),
                ptr::null(),
                direction.code(),
            )
        };
        (result == OK).then_some(cipher)
    }

    /// Gives key and initialisation vector, of the lengths that the context was told.
    fn start(&self, key: &[u8], iv: Option<&[u8]>) -> Option<()> {
        // SAFETY: AWS-LC reads as many bytes from the key as its algorithm has, which `new` chose by the
        // key's length, and from the vector as it was told by `EVP_CTRL_AEAD_SET_IVLEN`; null is no value.
        let result = unsafe {
            EVP_CipherInit_ex(
                self.0.as_ptr(),
                ptr::null(),
                ptr::null_mut(),
                key.as_ptr(),
                iv.map_or(ptr::null(), <[u8]>::as_ptr),
                AS_BEFORE,
            )
        };
        (result == OK).then_some(())
    }

    /// `value` points to `len` bytes that the command reads or writes, or is null.
    fn control(&self, command: c_int, len: usize, value: *mut c_void) -> Option<()> {
        let len = c_int::try_from(len).ok()?;
        // SAFETY: AWS-LC reads or writes at most `len` bytes at `value`, as the command says.
        let result = unsafe { EVP_CIPHER_CTX_ctrl(self.0.as_ptr(), command, len, value) };
        (result == OK).then_some(())
    }

    /// Takes a part of what is authenticated and not encrypted. CCM takes it in one piece.
    pub(crate) fn authenticate(&mut self, aad: &[u8]) -> bool {
        aad.chunks(CHUNK).all(|part| {
            // SAFETY: AWS-LC reads `part.len()` bytes; a null output makes it authenticate them.
            unsafe { self.feed(ptr::null_mut(), part.as_ptr(), part.len()) }
        })
    }

    /// Takes a part of the data and writes as many bytes to `out`, which has them. ECB takes whole blocks.
    pub(crate) fn update(&mut self, part: &[u8], out: &mut [u8]) -> bool {
        assert_eq!(part.len(), out.len(), "the cipher gives as much as it takes");
        part.chunks(CHUNK).zip(out.chunks_mut(CHUNK)).all(|(part, out)| {
            // SAFETY: AWS-LC reads `part.len()` bytes and writes as many to `out`, which has them: no mode here
            // keeps or adds any, given whole blocks for ECB.
            unsafe { self.feed(out.as_mut_ptr(), part.as_ptr(), part.len()) }
        })
    }

    /// Takes CCM's data, all at once, also when there is none. Decryption fails, and leaves zeros, when the
    /// tag is wrong.
    pub(crate) fn whole(&mut self, data: &[u8], out: &mut [u8]) -> bool {
        assert_eq!(data.len(), out.len(), "the cipher gives as much as it takes");
        // SAFETY: AWS-LC reads `data.len()` bytes and writes as many to `out`, which has them.
        unsafe { self.feed(out.as_mut_ptr(), data.as_ptr(), data.len()) }
    }

    /// Ends an encryption and writes its tag. CCM's tag must have the length that it was started with.
    pub(crate) fn tag(self, tag: &mut [u8]) -> bool {
        let mut none = [0_u8; 16];
        let mut written = 0;
        // SAFETY: AWS-LC writes at most a block to `none`, which has one, and one number to `written`.
        let result = unsafe { EVP_CipherFinal_ex(self.0.as_ptr(), none.as_mut_ptr(), &raw mut written) };
        result == OK && self.control(EVP_CTRL_AEAD_GET_TAG, tag.len(), tag.as_mut_ptr().cast()).is_some()
    }

    /// # Safety
    /// `input` is null or has `len` bytes to read, `out` is null or as many to write.
    unsafe fn feed(&mut self, out: *mut u8, input: *const u8, len: usize) -> bool {
        let Ok(len) = c_int::try_from(len) else { return false };
        let mut written = 0;
        // SAFETY: the caller promises the pointers; the context is live and held by no one else.
        let result = unsafe { EVP_CipherUpdate(self.0.as_ptr(), out, &raw mut written, input, len) };
        result == OK && written == len
    }
}
