//! The operations of a session, one of each kind, and what is done to all of them.

use alloc::sync::Arc;

use super::cell::Cell;
use super::keyed::Ready;
use super::{Lease, cipher, digest, message, message_sign, objects, recover, sign, verify};
use crate::{Error, Result};

/// The operations of a session, one of each kind.
#[derive(Default)]
pub(crate) struct Operations {
    pub(super) sign: Cell<sign::SignOperation>,
    pub(super) verify: Cell<verify::VerifyOperation>,
    pub(super) digest: Cell<digest::DigestOperation>,
    pub(super) encrypt: Cell<cipher::CipherOperation>,
    pub(super) decrypt: Cell<cipher::CipherOperation>,
    pub(super) sign_recover: Cell<recover::SignRecoverOperation>,
    pub(super) verify_recover: Cell<recover::VerifyRecoverOperation>,
    pub(super) verify_signature: Cell<verify::SignatureOperation>,
    pub(super) message_sign: Cell<message_sign::Messages<sign::SignOperation>>,
    pub(super) message_verify: Cell<message_sign::Messages<verify::VerifyOperation>>,
    pub(super) message_encrypt: Cell<message::MessageCipher>,
    pub(super) message_decrypt: Cell<message::MessageCipher>,
    /// The operation with a key that was started last: the one that a PIN is for.
    pub(super) asked: Option<OperationKind>,
    pub(super) find: Cell<objects::FindOperation>,
    /// The key that was used last.
    pub(super) held: Option<Arc<Ready>>,
    /// The epoch of the login under which all that is here was started, but for what needs none.
    epoch: u32,
    /// What [`Shared::changes`](crate::token::Shared::changes) was before that key was looked for.
    changes: usize,
}

/// The kinds of operations that can run in a session, one of each (`CKF_SIGN`, ... of `C_SessionCancel`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OperationKind {
    /// A signature or MAC in the making.
    Sign,
    /// A check of one.
    Verify,
    /// A digest.
    Digest,
    /// An encryption.
    Encrypt,
    /// A decryption.
    Decrypt,
    /// A signature with its message inside.
    SignRecover,
    /// The reading of one.
    VerifyRecover,
    /// A check of a signature that was given first.
    VerifySignature,
    /// Signatures of messages.
    MessageSign,
    /// Checks of them.
    MessageVerify,
    /// Messages being encrypted.
    MessageEncrypt,
    /// Messages being decrypted.
    MessageDecrypt,
    /// A search.
    Find,
}

impl Operations {
    /// Cancels the operation of a kind; whether there was one.
    pub(super) fn cancel(&mut self, kind: OperationKind) -> bool {
        match kind {
            OperationKind::Sign => self.sign.cancel(),
            OperationKind::Verify => self.verify.cancel(),
            OperationKind::Digest => self.digest.cancel(),
            OperationKind::Encrypt => self.encrypt.cancel(),
            OperationKind::Decrypt => self.decrypt.cancel(),
            OperationKind::SignRecover => self.sign_recover.cancel(),
            OperationKind::VerifyRecover => self.verify_recover.cancel(),
            OperationKind::VerifySignature => self.verify_signature.cancel(),
            OperationKind::MessageSign => self.message_sign.cancel(),
            OperationKind::MessageVerify => self.message_verify.cancel(),
            OperationKind::MessageEncrypt => self.message_encrypt.cancel(),
            OperationKind::MessageDecrypt => self.message_decrypt.cancel(),
            OperationKind::Find => self.find.cancel(),
        }
    }

    /// Ends all of them.
    pub(super) fn end(&mut self) {
        self.cancel_leased(|_| true);
        self.digest.cancel();
        self.find.cancel();
    }

    /// Ends what was started under another login than the one of this epoch, and lets go of the key that was used
    /// last if objects have changed since.
    pub(super) fn enter(&mut self, epoch: u32, changes: usize) {
        if self.changes != changes {
            self.changes = changes;
            self.held = None;
        }
        if self.epoch != epoch {
            self.epoch = epoch;
            self.cancel_leased(|lease| lease.0.is_some_and(|started| started != epoch));
        }
    }

    /// Cancels the operations with keys whose lease is such a one, and lets go of the key that was used last.
    pub(super) fn cancel_leased(&mut self, such: impl Fn(Lease) -> bool) {
        self.held = None;
        self.sign.cancel_if(|operation| such(operation.keyed.lease()));
        self.verify.cancel_if(|operation| such(operation.keyed.lease()));
        self.encrypt.cancel_if(|operation| such(operation.keyed.lease()));
        self.decrypt.cancel_if(|operation| such(operation.keyed.lease()));
        self.sign_recover.cancel_if(|operation| such(operation.keyed.lease()));
        self.verify_recover.cancel_if(|operation| such(operation.keyed.lease()));
        self.verify_signature.cancel_if(|operation| such(operation.lease()));
        self.message_sign.cancel_if(|messages| such(messages.operation.keyed.lease()));
        self.message_verify.cancel_if(|messages| such(messages.operation.keyed.lease()));
        self.message_encrypt.cancel_if(|operation| such(operation.keyed.lease()));
        self.message_decrypt.cancel_if(|operation| such(operation.keyed.lease()));
    }

    /// Whether an operation with a key is running.
    pub(super) fn has_keyed(&self) -> bool {
        let idle = self.sign.is_idle()
            && self.verify.is_idle()
            && self.encrypt.is_idle()
            && self.decrypt.is_idle()
            && self.sign_recover.is_idle()
            && self.verify_recover.is_idle()
            && self.verify_signature.is_idle()
            && self.message_sign.is_idle()
            && self.message_verify.is_idle()
            && self.message_encrypt.is_idle()
            && self.message_decrypt.is_idle();
        !idle
    }

    /// Whether the operation that was started last still waits for its key's PIN.
    pub(super) fn awaiting(&mut self) -> Result<&mut bool> {
        let awaits = match self.asked {
            Some(OperationKind::Sign) => &mut self.sign.current()?.keyed.awaits_pin,
            Some(OperationKind::Decrypt) => &mut self.decrypt.current()?.keyed.awaits_pin,
            Some(OperationKind::SignRecover) => &mut self.sign_recover.current()?.keyed.awaits_pin,
            Some(OperationKind::MessageSign) => &mut self.message_sign.current()?.operation.keyed.awaits_pin,
            Some(OperationKind::MessageDecrypt) => &mut self.message_decrypt.current()?.keyed.awaits_pin,
            _ => return Err(Error::OperationNotInitialized),
        };
        if *awaits { Ok(awaits) } else { Err(Error::OperationNotInitialized) }
    }
}
