//! Signing and MACs: `C_SignInit`, `C_Sign`, `C_SignUpdate`, `C_SignFinal` (PKCS #11 v3.1 section 5.13).

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::cell::{Output, Shape};
use super::wiped::Wiped;
use super::{Lease, OperationKind, Session, engine_error};
use crate::engine::{LoadedKey, SignStream, Signing};
use crate::object::{Entry, ObjectHandle};
use crate::policy::usage;
use crate::token::{Shared, View};
use crate::{AttributeType, Error, MechanismCall, Parameters, Result};

/// A key that is ready to sign by a mechanism.
pub(crate) struct Signer {
    call: MechanismCall,
    signing: &'static dyn Signing,
    key: LoadedKey,
}

/// A signature in the making.
pub(super) struct SignOperation {
    pub(super) lease: Lease,
    signer: Signer,
    len: usize,
    /// Whether the key's user has to give the PIN first.
    pub(super) awaits_pin: bool,
    /// Whether that is so before each use.
    asks: bool,
    parts: Option<Parts>,
}

/// The message so far, where it comes in parts.
enum Parts {
    Streamed(Box<dyn SignStream>),
    /// For an engine that needs the message whole.
    Collected(Wiped),
}

impl Signer {
    /// Prepares a key, if it may sign by this mechanism.
    pub(crate) fn prepare(token: &Shared, view: &View, entry: &Entry, call: MechanismCall) -> Result<Self> {
        let mechanism = token.mechanism(call.mechanism)?;
        let signing = mechanism.signing().ok_or(Error::MechanismInvalid(call.mechanism))?;
        usage::check(&entry.object, AttributeType::Sign, mechanism)?;
        let key = view.open(&entry.object)?.key(&entry.object, signing.loader())?;
        Ok(Self { call, signing, key })
    }

    fn signature_len(&self) -> Result<usize> {
        self.signing
            .signature_len(&self.key, &self.call.parameters)
            .map_err(engine_error(self.call.mechanism))
    }

    /// Signs a whole message.
    pub(crate) fn sign(&self, token: &Shared, message: &[u8]) -> Result<Vec<u8>> {
        self.signing
            .sign(&self.key, &self.call.parameters, message, &*token.random)
            .map_err(engine_error(self.call.mechanism))
    }

    fn start_parts(&self) -> Parts {
        match self.signing.stream(&self.key, &self.call.parameters) {
            Some(stream) => Parts::Streamed(stream),
            None => Parts::Collected(Wiped::default()),
        }
    }
}

impl SignOperation {
    pub(super) fn check_ready(&self) -> Result<()> {
        if self.awaits_pin { Err(Error::UserNotLoggedIn) } else { Ok(()) }
    }

    /// Lets the next use wait for the PIN again, if the key wants it so.
    pub(super) fn ask_again(&mut self) {
        self.awaits_pin = self.asks;
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Signs a whole message.
    pub(super) fn sign(&self, token: &Shared, message: &[u8]) -> Result<Vec<u8>> {
        self.signer.sign(token, message)
    }

    pub(super) fn update(&mut self, part: &[u8]) {
        match self.parts.get_or_insert_with(|| self.signer.start_parts()) {
            Parts::Streamed(stream) => stream.update(part),
            Parts::Collected(message) => message.push(part),
        }
    }

    pub(super) fn finish(&mut self, token: &Shared) -> Result<Vec<u8>> {
        match self.parts.take() {
            Some(Parts::Streamed(stream)) => {
                stream.finish(&*token.random).map_err(engine_error(self.signer.call.mechanism))
            }
            Some(Parts::Collected(message)) => self.signer.sign(token, &message),
            None => self.signer.sign(token, &[]),
        }
    }
}

impl Session {
    /// Starts a signature (`C_SignInit`).
    ///
    /// # Errors
    /// That the key can't be seen or may not sign so, or that a signature is already in the making.
    pub fn sign_init(&self, call: impl Into<MechanismCall>, key: ObjectHandle) -> Result<()> {
        let view = self.view()?;
        let mut operations = self.operations();
        operations.sign.check_idle()?;
        let operation = self.signature(&view, call.into(), key)?;
        operations.asked = Some(OperationKind::Sign);
        operations.sign.start(operation)
    }

    /// Prepares a signature.
    pub(super) fn signature(
        &self,
        view: &View,
        call: MechanismCall,
        key: ObjectHandle,
    ) -> Result<SignOperation> {
        let entry = self.token.key_entry(view, key)?;
        let signer = Signer::prepare(&self.token, view, &entry, call)?;
        let len = signer.signature_len()?;
        let lease = Lease::of(view, &entry.object);
        let asks = usage::asks_each_time(&entry.object);
        Ok(SignOperation { lease, signer, len, awaits_pin: asks, asks, parts: None })
    }

    /// Gives the user's PIN for the operation that has just been started, when its key asks for it before each
    /// use (`C_Login` with `CKU_CONTEXT_SPECIFIC`).
    ///
    /// # Errors
    /// [`Error::OperationNotInitialized`] when that operation waits for no PIN; [`Error::PinIncorrect`],
    /// [`Error::PinLocked`]. The operation goes on waiting.
    pub fn authenticate(&self, pin: &[u8]) -> Result<()> {
        self.view()?;
        let mut operations = self.operations();
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
    /// [`Error::OperationNotInitialized`].
    pub fn sign_update(&self, part: &[u8]) -> Result<()> {
        self.view()?;
        let mut operations = self.operations();
        operations.sign.ready(SignOperation::check_ready)?;
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
        self.end_sign(Shape::Parts, out, |mut operation, token| operation.finish(token))
    }

    fn end_sign(
        &self,
        shape: Shape,
        out: Output<'_>,
        run: impl FnOnce(SignOperation, &Shared) -> Result<Vec<u8>>,
    ) -> Result<usize> {
        self.view()?;
        let mut operations = self.operations();
        let lease = operations.sign.current()?.lease;
        operations.sign.answer(
            shape,
            out,
            |operation| operation.len,
            |operation| {
                operation.check_ready()?;
                let signature = run(operation, &self.token)?;
                // A logout while the engine was at work takes the signature with it.
                if lease.is_valid(&self.token) { Ok(signature) } else { Err(Error::OperationNotInitialized) }
            },
        )
    }
}

impl From<(crate::MechanismType, Parameters)> for MechanismCall {
    fn from((mechanism, parameters): (crate::MechanismType, Parameters)) -> Self {
        Self { mechanism, parameters }
    }
}
