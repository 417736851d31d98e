//! Checking signatures and MACs: `C_VerifyInit`, `C_Verify`, `C_VerifyUpdate`, `C_VerifyFinal` (PKCS #11
//! v3.1 section 5.15).

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::cell::Shape;
use super::{Lease, Session, engine_error};
use crate::engine::{LoadedKey, VerifyStream, Verifying};
use crate::object::ObjectHandle;
use crate::policy::usage;
use crate::{AttributeType, Error, MechanismCall, Result};

/// A check in the making.
pub(super) struct VerifyOperation {
    pub(super) lease: Lease,
    call: MechanismCall,
    verifying: &'static dyn Verifying,
    key: LoadedKey,
    len: usize,
    parts: Option<Parts>,
}

/// The message so far, where it comes in parts.
enum Parts {
    Streamed(Box<dyn VerifyStream>),
    /// For an engine that needs the message whole.
    Collected(Vec<u8>),
}

impl VerifyOperation {
    fn update(&mut self, part: &[u8]) {
        let parts =
            self.parts.get_or_insert_with(|| match self.verifying.stream(&self.key, &self.call.parameters) {
                Some(stream) => Parts::Streamed(stream),
                None => Parts::Collected(Vec::new()),
            });
        match parts {
            Parts::Streamed(stream) => stream.update(part),
            Parts::Collected(message) => message.extend_from_slice(part),
        }
    }

    fn check(&self, message: &[u8], signature: &[u8]) -> Result<()> {
        self.check_len(signature)?;
        self.verifying
            .verify(&self.key, &self.call.parameters, message, signature)
            .map_err(engine_error(self.call.mechanism))
    }

    fn finish(mut self, signature: &[u8]) -> Result<()> {
        match self.parts.take() {
            Some(Parts::Streamed(stream)) => {
                self.check_len(signature)?;
                stream.finish(signature).map_err(engine_error(self.call.mechanism))
            }
            Some(Parts::Collected(message)) => self.check(&message, signature),
            None => self.check(&[], signature),
        }
    }

    fn check_len(&self, signature: &[u8]) -> Result<()> {
        if signature.len() == self.len { Ok(()) } else { Err(Error::SignatureLength) }
    }
}

impl Session {
    /// Starts a check (`C_VerifyInit`).
    ///
    /// # Errors
    /// That the key can't be seen or may not verify so, or that a check is already in the making.
    pub fn verify_init(&self, call: impl Into<MechanismCall>, key: ObjectHandle) -> Result<()> {
        let call = call.into();
        let view = self.view()?;
        let mut operations = self.operations();
        operations.verify.check_idle()?;
        let mechanism = self.mechanism(call.mechanism)?;
        let verifying = mechanism.verifying().ok_or(Error::MechanismInvalid(call.mechanism))?;
        let entry = self.token.key_entry(&view, key)?;
        usage::check(&entry.object, AttributeType::Verify, mechanism)?;
        let key = view.open(&entry.object)?.key(&entry.object, verifying.loader())?;
        let len = verifying.signature_len(&key, &call.parameters).map_err(engine_error(call.mechanism))?;
        let lease = Lease::of(&view, &entry.object);
        operations.verify.start(VerifyOperation { lease, call, verifying, key, len, parts: None })
    }

    /// Checks a signature over a whole message (`C_Verify`).
    ///
    /// # Errors
    /// [`Error::SignatureInvalid`], [`Error::SignatureLength`], [`Error::OperationNotInitialized`].
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<()> {
        self.end_verify(Shape::Whole, |operation| operation.check(message, signature))
    }

    /// Takes the next part of the message (`C_VerifyUpdate`).
    ///
    /// # Errors
    /// [`Error::OperationNotInitialized`].
    pub fn verify_update(&self, part: &[u8]) -> Result<()> {
        self.view()?;
        let mut operations = self.operations();
        operations.verify.stream()?.update(part);
        Ok(())
    }

    /// Checks a signature over all parts (`C_VerifyFinal`).
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    pub fn verify_final(&self, signature: &[u8]) -> Result<()> {
        self.end_verify(Shape::Parts, |operation| operation.finish(signature))
    }

    fn end_verify(&self, shape: Shape, run: impl FnOnce(VerifyOperation) -> Result<()>) -> Result<()> {
        self.view()?;
        let mut operations = self.operations();
        run(operations.verify.finish(shape)?)
    }
}
