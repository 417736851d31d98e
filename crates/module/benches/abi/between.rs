//! The bare library where `aws-lc-rs` can't say what the module is asked to do: from one buffer into another.

use std::hint::black_box;
use std::ptr;

use aws_lc_sys::{EVP_AEAD_CTX_new, EVP_AEAD_CTX_seal_scatter, EVP_aead_aes_256_gcm};

use crate::c::Trouble;
use crate::rounds::{Run, Side, repeat};

/// What this side is called.
pub(crate) const BETWEEN: &str = "bare AWS-LC, not in place";

/// Bytes in a tag of GCM.
const TAG: usize = 16;

/// AES-256-GCM, as `C_Encrypt` is asked for it.
pub(crate) fn aes_gcm<'a>(len: usize) -> Side<'a> {
    Side { name: BETWEEN.to_owned(), run: sealing(len) }
}

fn sealing<'a>(len: usize) -> Result<Run<'a>, Trouble> {
    // SAFETY: gives a static.
    let algorithm = unsafe { EVP_aead_aes_256_gcm() };
    // SAFETY: the key has the 32 bytes that it is said to have, and the tag one of its lengths.
    let context = unsafe { EVP_AEAD_CTX_new(algorithm, [7; 32].as_ptr(), 32, TAG) };
    if context.is_null() {
        return Err(Trouble::Bare);
    }
    let (data, mut out) = (vec![0x5a; len], vec![0; len]);
    Ok(repeat(move || {
        let (mut tag, mut tag_len, from, to) = ([0_u8; TAG], 0, black_box(&data), black_box(&mut out));
        // SAFETY: AWS-LC reads `len` bytes and a nonce of 12, and writes `len` bytes to a buffer of as many, the tag and
        // its length; there is neither more data nor anything else to authenticate. The context was made above.
        let done = unsafe {
            EVP_AEAD_CTX_seal_scatter(
                context,
                to.as_mut_ptr(),
                tag.as_mut_ptr(),
                &raw mut tag_len,
                TAG,
                [1; 12].as_ptr(),
                12,
                from.as_ptr(),
                len,
                ptr::null(),
                0,
                ptr::null(),
                0,
            )
        };
        black_box(tag);
        if done == 1 { Ok(()) } else { Err(Trouble::Bare) }
    }))
}
