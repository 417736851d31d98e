//! Signatures message by message: `C_MessageSignInit`, `C_SignMessage...`, `C_MessageSignFinal`, and the checks,
//! `C_MessageVerifyInit`, `C_VerifyMessage...`, `C_MessageVerifyFinal` (PKCS #11 v3.2 sections 5.14 and 5.16). The key
//! stays; a failure ends the message and not the whole.

use alloc::vec::Vec;

use super::cell::{Output, Step};
use super::{OperationKind, Session};
use crate::object::ObjectHandle;
use crate::{Error, MechanismCall, Result};

/// Messages that are signed or checked with one key, of which one may be in the making.
pub(super) struct Messages<T> {
    pub(super) operation: T,
    pub(super) begun: bool,
}

impl<T> Messages<T> {
    fn new(operation: T) -> Self {
        Self { operation, begun: false }
    }

    fn begin(&mut self) -> Result<()> {
        self.check_begun(false)?;
        self.begun = true;
        Ok(())
    }

    fn check_begun(&self, begun: bool) -> Result<()> {
        match (self.begun, begun) {
            (true, false) => Err(Error::OperationActive),
            (false, true) => Err(Error::OperationNotInitialized),
            _ => Ok(()),
        }
    }
}

impl Session {
    /// Starts signing messages (`C_MessageSignInit`). A key that asks for the PIN before each use asks before each
    /// message.
    ///
    /// # Errors
    /// As [`sign_init`](Self::sign_init).
    pub fn message_sign_init(&self, call: impl Into<MechanismCall>, key: ObjectHandle) -> Result<()> {
        let mut operations = self.operations()?;
        operations.message_sign.check_idle()?;
        let operation = self.signature(&mut operations, call.into(), key)?;
        operations.asked = Some(OperationKind::MessageSign);
        operations.message_sign.start(Messages::new(operation))
    }

    /// Signs a whole message (`C_SignMessage`).
    ///
    /// # Errors
    /// As [`sign`](Self::sign); [`Error::OperationActive`] while another comes in parts.
    pub fn sign_message(&self, message: &[u8]) -> Result<Vec<u8>> {
        let mut signature = Vec::new();
        self.sign_message_into(message, Output::Vec(&mut signature))?;
        Ok(signature)
    }

    /// Signs a whole message into its place, or says how long that must be (`C_SignMessage`).
    ///
    /// # Errors
    /// As [`sign_message`](Self::sign_message), and [`Error::BufferTooSmall`].
    pub fn sign_message_into(&self, message: &[u8], out: Output<'_>) -> Result<usize> {
        self.end_message(false, message, out)
    }

    /// Starts a message in parts (`C_SignMessageBegin`).
    ///
    /// # Errors
    /// [`Error::OperationNotInitialized`], [`Error::OperationActive`], [`Error::UserNotLoggedIn`].
    pub fn sign_message_begin(&self) -> Result<()> {
        let mut operations = self.operations()?;
        let messages = operations.message_sign.current()?;
        messages.operation.keyed.check_part()?;
        messages.begin()
    }

    /// Takes the next part of the message, which is not its last (`C_SignMessageNext`).
    ///
    /// # Errors
    /// [`Error::OperationNotInitialized`].
    pub fn sign_message_next(&self, part: &[u8]) -> Result<()> {
        let mut operations = self.operations()?;
        let messages = operations.message_sign.current()?;
        messages.check_begun(true)?;
        messages.operation.update(part);
        Ok(())
    }

    /// Takes the last part of the message and gives its signature (`C_SignMessageNext`).
    ///
    /// # Errors
    /// As [`sign_message_into`](Self::sign_message_into).
    pub fn sign_message_last_into(&self, part: &[u8], out: Output<'_>) -> Result<usize> {
        self.end_message(true, part, out)
    }

    fn end_message(&self, begun: bool, part: &[u8], out: Output<'_>) -> Result<usize> {
        let mut operations = self.operations()?;
        let messages = operations.message_sign.current()?;
        messages.operation.keyed.check_ready()?;
        messages.check_begun(begun)?;
        let (token, len) = (&*self.token, messages.operation.len());
        operations.message_sign.fill(
            Step::Message,
            out,
            |_, _| Ok(len),
            |Messages { operation, begun }, place| {
                let signature = if core::mem::take(begun) {
                    operation.update(part);
                    operation.finish(token)
                } else {
                    operation.sign(token, part)
                };
                operation.keyed.ask_again();
                let signature = signature?;
                if !operation.keyed.lease().is_valid(token) {
                    return Err(Error::OperationNotInitialized);
                }
                let start = place.get_mut(..signature.len());
                let start = start.ok_or(Error::BufferTooSmall { needed: signature.len() })?;
                start.copy_from_slice(&signature);
                Ok(signature.len())
            },
        )
    }

    /// Ends signing messages (`C_MessageSignFinal`).
    ///
    /// # Errors
    /// [`Error::OperationNotInitialized`], [`Error::OperationActive`] while a message comes in parts.
    pub fn message_sign_final(&self) -> Result<()> {
        let mut operations = self.operations()?;
        operations.message_sign.current()?.check_begun(false)?;
        operations.message_sign.cancel();
        Ok(())
    }

    /// Starts checking signatures of messages (`C_MessageVerifyInit`).
    ///
    /// # Errors
    /// As [`verify_init`](Self::verify_init).
    pub fn message_verify_init(&self, call: impl Into<MechanismCall>, key: ObjectHandle) -> Result<()> {
        let mut operations = self.operations()?;
        operations.message_verify.check_idle()?;
        let operation = self.verification(&mut operations, call.into(), key)?;
        operations.message_verify.start(Messages::new(operation))
    }

    /// Checks the signature of a whole message (`C_VerifyMessage`).
    ///
    /// # Errors
    /// As [`verify`](Self::verify); [`Error::OperationActive`] while another comes in parts.
    pub fn verify_message(&self, message: &[u8], signature: &[u8]) -> Result<()> {
        let mut operations = self.operations()?;
        let messages = operations.message_verify.current()?;
        messages.check_begun(false)?;
        messages.operation.check(message, signature)
    }

    /// Starts a message in parts (`C_VerifyMessageBegin`).
    ///
    /// # Errors
    /// [`Error::OperationNotInitialized`], [`Error::OperationActive`].
    pub fn verify_message_begin(&self) -> Result<()> {
        let mut operations = self.operations()?;
        let messages = operations.message_verify.current()?;
        messages.operation.keyed.check_parts()?;
        messages.begin()
    }

    /// Takes the next part of the message, which is not its last (`C_VerifyMessageNext`).
    ///
    /// # Errors
    /// [`Error::OperationNotInitialized`].
    pub fn verify_message_next(&self, part: &[u8]) -> Result<()> {
        let mut operations = self.operations()?;
        let messages = operations.message_verify.current()?;
        messages.check_begun(true)?;
        messages.operation.update(part);
        Ok(())
    }

    /// Takes the last part of the message and checks its signature (`C_VerifyMessageNext`).
    ///
    /// # Errors
    /// As [`verify_message`](Self::verify_message).
    pub fn verify_message_last(&self, part: &[u8], signature: &[u8]) -> Result<()> {
        let mut operations = self.operations()?;
        let messages = operations.message_verify.current()?;
        messages.check_begun(true)?;
        messages.begun = false;
        messages.operation.update(part);
        messages.operation.finish(signature)
    }

    /// Ends checking signatures of messages (`C_MessageVerifyFinal`).
    ///
    /// # Errors
    /// [`Error::OperationNotInitialized`], [`Error::OperationActive`] while a message comes in parts.
    pub fn message_verify_final(&self) -> Result<()> {
        let mut operations = self.operations()?;
        operations.message_verify.current()?.check_begun(false)?;
        operations.message_verify.cancel();
        Ok(())
    }
}
