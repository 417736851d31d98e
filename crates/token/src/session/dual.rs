//! Two operations on one part: `C_DigestEncryptUpdate`, `C_DecryptDigestUpdate`, `C_SignEncryptUpdate` and
//! `C_DecryptVerifyUpdate` (PKCS #11 v3.2 section 5.17). Each operation is ended by its own function.
//!
//! The second operation is given the part when the first has an answer: neither a size query nor a short buffer
//! gives it anything. What a decryption keeps to its end, the caller gives to the second operation itself, as the
//! standard says.

use super::cell::Output;
use super::{Operations, Session, cipher};
use crate::Result;

impl Session {
    /// Digests and encrypts a part (`C_DigestEncryptUpdate`).
    ///
    /// # Errors
    /// As [`encrypt_update_into`](Self::encrypt_update_into), and that no digest is being made.
    pub fn digest_encrypt_update_into(&self, part: &[u8], out: Output<'_>) -> Result<usize> {
        let mut operations = self.operations()?;
        let Operations { digest, encrypt, .. } = &mut *operations;
        digest.current()?;
        cipher::part(&self.token, encrypt, part, out, |_| {
            digest.stream()?.update(part);
            Ok(())
        })
    }

    /// Decrypts a part and digests what comes out (`C_DecryptDigestUpdate`).
    ///
    /// # Errors
    /// As [`decrypt_update_into`](Self::decrypt_update_into), and that no digest is being made.
    pub fn decrypt_digest_update_into(&self, part: &[u8], out: Output<'_>) -> Result<usize> {
        let mut operations = self.operations()?;
        let Operations { digest, decrypt, .. } = &mut *operations;
        digest.current()?;
        cipher::part(&self.token, decrypt, part, out, |plaintext| {
            digest.stream()?.update(plaintext);
            Ok(())
        })
    }

    /// Signs and encrypts a part (`C_SignEncryptUpdate`).
    ///
    /// # Errors
    /// As [`encrypt_update_into`](Self::encrypt_update_into) and [`sign_update`](Self::sign_update).
    pub fn sign_encrypt_update_into(&self, part: &[u8], out: Output<'_>) -> Result<usize> {
        let mut operations = self.operations()?;
        let Operations { sign, encrypt, .. } = &mut *operations;
        sign.ready(|operation| operation.keyed.check_part())?;
        cipher::part(&self.token, encrypt, part, out, |_| {
            sign.stream()?.update(part);
            Ok(())
        })
    }

    /// Decrypts a part and checks a signature over what comes out (`C_DecryptVerifyUpdate`).
    ///
    /// # Errors
    /// As [`decrypt_update_into`](Self::decrypt_update_into) and [`verify_update`](Self::verify_update).
    pub fn decrypt_verify_update_into(&self, part: &[u8], out: Output<'_>) -> Result<usize> {
        let mut operations = self.operations()?;
        let Operations { verify, decrypt, .. } = &mut *operations;
        verify.ready(|operation| operation.keyed.check_parts())?;
        cipher::part(&self.token, decrypt, part, out, |plaintext| {
            verify.stream()?.update(plaintext);
            Ok(())
        })
    }
}
