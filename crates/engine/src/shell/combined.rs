//! The shell of a mechanism that signs, lets what it signed be recovered, and encrypts: `CKM_RSA_PKCS` and
//! `CKM_RSA_X_509`.

use core::ops::RangeInclusive;

use portcullis_token::engine::{Decrypting, Encrypting, Recovering, Signing, Verifying};
use portcullis_token::{KeyType, Mechanism, MechanismType};

/// One mechanism of several parts.
pub(crate) struct Combined {
    /// What signs, with a message that can be recovered.
    pub(crate) signer: &'static dyn Mechanism,
    /// What recovers it.
    pub(crate) recovering: &'static dyn Recovering,
    /// What encrypts and wraps.
    pub(crate) cipher: &'static dyn Mechanism,
}

impl Mechanism for Combined {
    fn id(&self) -> MechanismType {
        self.signer.id()
    }

    fn key_sizes(&self) -> RangeInclusive<u32> {
        self.signer.key_sizes()
    }

    fn key_types(&self) -> &'static [KeyType] {
        self.signer.key_types()
    }

    fn signing(&'static self) -> Option<&'static dyn Signing> {
        self.signer.signing()
    }

    fn verifying(&'static self) -> Option<&'static dyn Verifying> {
        self.signer.verifying()
    }

    fn sign_recovering(&'static self) -> Option<&'static dyn Signing> {
        self.signer.signing()
    }

    fn verify_recovering(&'static self) -> Option<&'static dyn Recovering> {
        Some(self.recovering)
    }

    fn encrypting(&'static self) -> Option<&'static dyn Encrypting> {
        self.cipher.encrypting()
    }

    fn decrypting(&'static self) -> Option<&'static dyn Decrypting> {
        self.cipher.decrypting()
    }

    fn wrapping(&'static self) -> Option<&'static dyn Encrypting> {
        self.cipher.wrapping()
    }

    fn unwrapping(&'static self) -> Option<&'static dyn Decrypting> {
        self.cipher.unwrapping()
    }
}
