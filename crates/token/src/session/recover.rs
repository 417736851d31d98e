//! Signatures that contain their message: `C_SignRecoverInit`, `C_SignRecover`, `C_VerifyRecoverInit` and
//! `C_VerifyRecover` (PKCS #11 v3.2 sections 5.13.5 and 5.15.5). There are no parts.

use alloc::vec::Vec;

use super::cell::{Output, Shape, Step};
use super::keyed::Keyed;
use super::wiped::Wiped;
use super::{OperationKind, Session, engine_error};
use crate::engine::{Recovering, Signing};
use crate::object::ObjectHandle;
use crate::{AttributeType, Error, MechanismCall, Result};

/// A signature with its message inside, in the making.
pub(super) struct SignRecoverOperation {
    pub(super) keyed: Keyed,
    signing: &'static dyn Signing,
    len: usize,
}

/// A signature that is to give its message.
pub(super) struct VerifyRecoverOperation {
    pub(super) keyed: Keyed,
    recovering: &'static dyn Recovering,
    len: usize,
    /// The message of the call that goes on.
    message: Wiped,
}

impl VerifyRecoverOperation {
    fn recover(&mut self, signature: &[u8]) -> Result<usize> {
        if signature.len() != self.len {
            return Err(Error::SignatureLength);
        }
        let (key, call) = (self.keyed.key(), &self.keyed.call);
        let message = self.recovering.recover(key, &call.parameters, signature);
        self.message = Wiped::from(message.map_err(engine_error(call.mechanism))?);
        Ok(self.message.len())
    }
}

impl Session {
    /// Starts a signature that contains its message (`C_SignRecoverInit`).
    ///
    /// # Errors
    /// As [`sign_init`](Self::sign_init).
    pub fn sign_recover_init(&self, call: impl Into<MechanismCall>, key: ObjectHandle) -> Result<()> {
        let call = call.into();
        let mut operations = self.operations()?;
        operations.sign_recover.check_idle()?;
        let (ready, signing) =
            self.ready(&mut operations, call.mechanism, key, AttributeType::SignRecover, |mechanism| {
                mechanism.sign_recovering().map(|signing| (signing, signing.loader()))
            })?;
        let len = signing.signature_len(ready.key(), &call.parameters);
        let len = len.map_err(engine_error(call.mechanism))?;
        let keyed = Keyed::new(call, ready);
        operations.asked = Some(OperationKind::SignRecover);
        operations.sign_recover.start(SignRecoverOperation { keyed, signing, len })
    }

    /// Signs a message into its signature (`C_SignRecover`).
    ///
    /// # Errors
    /// As [`sign`](Self::sign).
    pub fn sign_recover(&self, message: &[u8]) -> Result<Vec<u8>> {
        let mut signature = Vec::new();
        self.sign_recover_into(message, Output::Vec(&mut signature))?;
        Ok(signature)
    }

    /// Signs a message into a signature that goes to its place, or says how long that must be (`C_SignRecover`).
    ///
    /// # Errors
    /// As [`sign_into`](Self::sign_into).
    pub fn sign_recover_into(&self, message: &[u8], out: Output<'_>) -> Result<usize> {
        let mut operations = self.operations()?;
        operations.sign_recover.ready(|operation| operation.keyed.check_ready())?;
        let (random, token) = (&*self.token.random, &*self.token);
        operations.sign_recover.answer(
            Shape::Whole,
            out,
            |operation| operation.len,
            |SignRecoverOperation { keyed, signing, .. }| {
                let signature = signing.sign(keyed.key(), &keyed.call.parameters, message, random);
                let mut signature = signature.map_err(engine_error(keyed.call.mechanism))?;
                keyed.give(token, &mut signature)?;
                Ok(signature)
            },
        )
    }

    /// Starts getting a message out of its signature (`C_VerifyRecoverInit`).
    ///
    /// # Errors
    /// As [`verify_init`](Self::verify_init).
    pub fn verify_recover_init(&self, call: impl Into<MechanismCall>, key: ObjectHandle) -> Result<()> {
        let call = call.into();
        let mut operations = self.operations()?;
        operations.verify_recover.check_idle()?;
        let (ready, recovering) =
            self.ready(&mut operations, call.mechanism, key, AttributeType::VerifyRecover, |mechanism| {
                mechanism.verify_recovering().map(|recovering| (recovering, recovering.loader()))
            })?;
        let len = recovering.signature_len(ready.key(), &call.parameters);
        let len = len.map_err(engine_error(call.mechanism))?;
        let keyed = Keyed::new(call, ready);
        let message = Wiped::default();
        operations.verify_recover.start(VerifyRecoverOperation { keyed, recovering, len, message })
    }

    /// The message that a signature was made over (`C_VerifyRecover`).
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    pub fn verify_recover(&self, signature: &[u8]) -> Result<Vec<u8>> {
        let mut message = Vec::new();
        self.verify_recover_into(signature, Output::Vec(&mut message))?;
        Ok(message)
    }

    /// The message that a signature was made over into its place, or how long it may be (`C_VerifyRecover`).
    ///
    /// # Errors
    /// As [`verify`](Self::verify), and [`Error::BufferTooSmall`].
    pub fn verify_recover_into(&self, signature: &[u8], out: Output<'_>) -> Result<usize> {
        self.operations()?.verify_recover.fill(
            Step::Whole,
            out,
            |operation, room| match room {
                None => Ok(operation.len),
                Some(_) => operation.recover(signature),
            },
            |operation, place| {
                place.copy_from_slice(&operation.message);
                Ok(place.len())
            },
        )
    }
}
