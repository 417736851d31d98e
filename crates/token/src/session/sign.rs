//! Signing and MACs: `C_SignInit`, `C_Sign`, `C_SignUpdate`, `C_SignFinal` (PKCS #11 v3.1 section 5.13).

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::cell::{Output, Shape};
use super::keyed::{self, Capability, Keyed};
use super::wiped::Wiped;
use super::{OperationKind, Operations, Session, engine_error};
use crate::engine::{Mechanism, SignStream, Signing};
use crate::object::{Entry, ObjectHandle};
use crate::token::{Shared, View};
use crate::{AttributeType, Error, MechanismCall, Parameters, Result};

/// A signature in the making.
pub(super) struct SignOperation {
    pub(super) keyed: Keyed,
    signing: &'static dyn Signing,
    len: usize,
    parts: Option<Parts>,
}

/// The message so far, where it comes in parts.
enum Parts {
    Streamed(Box<dyn SignStream>),
    /// For an engine that needs the message whole.
    Collected(Wiped),
}

fn capability(mechanism: &'static dyn Mechanism) -> Option<Capability<&'static dyn Signing>> {
    mechanism.signing().map(|signing| (signing, signing.loader()))
}

/// Signs a whole message outside of any operation.
///
/// # Errors
/// As [`Session::sign_init`] and [`Session::sign`].
pub(crate) fn sign(
    token: &Shared,
    view: &View,
    entry: &Entry,
    call: &MechanismCall,
    message: &[u8],
) -> Result<Vec<u8>> {
    let mechanism = token.mechanism(call.mechanism)?;
    let (signing, loader) = capability(mechanism).ok_or(Error::MechanismInvalid(call.mechanism))?;
    let key = keyed::usable(view, entry, AttributeType::Sign, mechanism, loader)?;
    let signature = signing.sign(&key, &call.parameters, message, &*token.random);
    signature.map_err(engine_error(call.mechanism))
}

impl SignOperation {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Signs a whole message.
    pub(super) fn sign(&self, token: &Shared, message: &[u8]) -> Result<Vec<u8>> {
        let Keyed { call, .. } = &self.keyed;
        let signature = self.signing.sign(self.keyed.key(), &call.parameters, message, &*token.random);
        signature.map_err(engine_error(call.mechanism))
    }

    pub(super) fn update(&mut self, part: &[u8]) {
        let Self { keyed, signing, parts, .. } = self;
        let parts = parts.get_or_insert_with(|| match signing.stream(keyed.key(), &keyed.call.parameters) {
            Some(stream) => Parts::Streamed(stream),
            None => Parts::Collected(Wiped::default()),
        });
        match parts {
            Parts::Streamed(stream) => stream.update(part),
            Parts::Collected(message) => message.push(part),
        }
    }

    pub(super) fn finish(&mut self, token: &Shared) -> Result<Vec<u8>> {
        match self.parts.take() {
            Some(Parts::Streamed(stream)) => {
                stream.finish(&*token.random).map_err(engine_error(self.keyed.call.mechanism))
            }
            Some(Parts::Collected(message)) => self.sign(token, &message),
            None => self.sign(token, &[]),
        }
    }
}

impl Session {
    /// Starts a signature (`C_SignInit`).
    ///
    /// # Errors
    /// That the key can't be seen or may not sign so, or that a signature is already in the making.
    pub fn sign_init(&self, call: impl Into<MechanismCall>, key: ObjectHandle) -> Result<()> {
        let mut operations = self.operations()?;
        operations.sign.check_idle()?;
        let operation = self.signature(&mut operations, call.into(), key)?;
        operations.asked = Some(OperationKind::Sign);
        operations.sign.start(operation)
    }

    /// Prepares a signature.
    pub(super) fn signature(
        &self,
        operations: &mut Operations,
        call: MechanismCall,
        key: ObjectHandle,
    ) -> Result<SignOperation> {
        let (ready, signing) =
            self.ready(operations, call.mechanism, key, AttributeType::Sign, capability)?;
        let len = signing.signature_len(ready.key(), &call.parameters);
        let len = len.map_err(engine_error(call.mechanism))?;
        Ok(SignOperation { keyed: Keyed::new(call, ready), signing, len, parts: None })
    }

    /// Gives the user's PIN for the operation that has just been started, when its key asks for it before each
    /// use (`C_Login` with `CKU_CONTEXT_SPECIFIC`).
    ///
    /// # Errors
    /// [`Error::OperationNotInitialized`] when that operation waits for no PIN; [`Error::PinIncorrect`],
    /// [`Error::PinLocked`]. The operation goes on waiting.
    pub fn authenticate(&self, pin: &[u8]) -> Result<()> {
        let mut operations = self.operations()?;
        let awaits = operations.awaiting()?;
        self.token.check_user(pin)?;
        *awaits = false;
        Ok(())
    }

    /// Signs a whole message (`C_Sign`).
    ///
    /// # Errors
    /// [`Error::OperationNotInitialized`], also after a logout; [`Error::UserNotLoggedIn`] when the key still waits
    /// for its user's PIN ([`authenticate`](Self::authenticate)), which ends the signature; what the engine says.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        let mut signature = Vec::new();
        self.sign_into(message, Output::Vec(&mut signature))?;
        Ok(signature)
    }

    /// Signs a whole message into a buffer, or says how long it must be (`C_Sign`); the signature's length.
    ///
    /// # Errors
    /// As [`sign`](Self::sign), and [`Error::BufferTooSmall`].
    pub fn sign_into(&self, message: &[u8], out: Output<'_>) -> Result<usize> {
        self.end_sign(Shape::Whole, out, |operation, token| operation.sign(token, message))
    }

    /// Takes the next part of the message (`C_SignUpdate`).
    ///
    /// # Errors
    /// [`Error::OperationNotInitialized`], also for a mechanism that [takes no parts](crate::MechanismType::takes_parts);
    /// [`Error::OperationActive`] after a whole message whose signature's length was asked for. Both end the signature.
    pub fn sign_update(&self, part: &[u8]) -> Result<()> {
        let mut operations = self.operations()?;
        operations.sign.ready(|operation| operation.keyed.check_part())?;
        operations.sign.stream()?.update(part);
        Ok(())
    }

    /// The signature over all parts (`C_SignFinal`).
    ///
    /// # Errors
    /// As [`sign`](Self::sign).
    pub fn sign_final(&self) -> Result<Vec<u8>> {
        let mut signature = Vec::new();
        self.sign_final_into(Output::Vec(&mut signature))?;
        Ok(signature)
    }

    /// The signature over all parts into a buffer, or how long it must be (`C_SignFinal`).
    ///
    /// # Errors
    /// As [`sign_into`](Self::sign_into).
    pub fn sign_final_into(&self, out: Output<'_>) -> Result<usize> {
        self.end_sign(Shape::Parts, out, SignOperation::finish)
    }

    fn end_sign(
        &self,
        shape: Shape,
        out: Output<'_>,
        run: impl FnOnce(&mut SignOperation, &Shared) -> Result<Vec<u8>>,
    ) -> Result<usize> {
        let mut operations = self.operations()?;
        if shape == Shape::Parts {
            operations.sign.ready(|operation| operation.keyed.check_parts())?;
        }
        operations.sign.answer(shape, out, SignOperation::len, |mut operation| {
            operation.keyed.check_ready()?;
            let mut signature = run(&mut operation, &self.token)?;
            operation.keyed.give(&self.token, &mut signature)?;
            Ok(signature)
        })
    }
}

impl From<(crate::MechanismType, Parameters)> for MechanismCall {
    fn from((mechanism, parameters): (crate::MechanismType, Parameters)) -> Self {
        Self { mechanism, parameters }
    }
}
