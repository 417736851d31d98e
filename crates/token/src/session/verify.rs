//! Checking signatures and MACs: `C_VerifyInit`, `C_Verify`, `C_VerifyUpdate`, `C_VerifyFinal`, and the same with
//! the signature first, `C_VerifySignature...` (PKCS #11 v3.2 sections 5.15 and 5.16).

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::cell::Shape;
use super::keyed::Keyed;
use super::{Lease, Operations, Session, engine_error};
use crate::engine::{Mechanism, VerifyStream, Verifying};
use crate::object::ObjectHandle;
use crate::{AttributeType, Error, MechanismCall, Result};

/// A check in the making.
pub(super) struct VerifyOperation {
    pub(super) keyed: Keyed,
    verifying: &'static dyn Verifying,
    len: usize,
    parts: Option<Parts>,
}

/// A check of a signature that was given before its message.
pub(super) struct SignatureOperation {
    check: VerifyOperation,
    signature: Vec<u8>,
}

impl SignatureOperation {
    pub(super) fn lease(&self) -> Lease {
        self.check.keyed.lease()
    }

    fn check_parts(&self) -> Result<()> {
        self.check.keyed.check_parts()
    }
}

/// The message so far, where it comes in parts.
enum Parts {
    Streamed(Box<dyn VerifyStream>),
    /// For an engine that needs the message whole.
    Collected(Vec<u8>),
}

impl VerifyOperation {
    pub(super) fn update(&mut self, part: &[u8]) {
        let parts = self.parts.get_or_insert_with(|| {
            match self.verifying.stream(self.keyed.key(), &self.keyed.call.parameters) {
                Some(stream) => Parts::Streamed(stream),
                None => Parts::Collected(Vec::new()),
            }
        });
        match parts {
            Parts::Streamed(stream) => stream.update(part),
            Parts::Collected(message) => message.extend_from_slice(part),
        }
    }

    pub(super) fn check(&self, message: &[u8], signature: &[u8]) -> Result<()> {
        self.check_len(signature)?;
        self.verifying
            .verify(self.keyed.key(), &self.keyed.call.parameters, message, signature)
            .map_err(engine_error(self.keyed.call.mechanism))
    }

    pub(super) fn finish(&mut self, signature: &[u8]) -> Result<()> {
        match self.parts.take() {
            Some(Parts::Streamed(stream)) => {
                self.check_len(signature)?;
                stream.finish(signature).map_err(engine_error(self.keyed.call.mechanism))
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
        let mut operations = self.operations()?;
        operations.verify.check_idle()?;
        let operation = self.verification(&mut operations, call.into(), key)?;
        operations.verify.start(operation)
    }

    /// Prepares a check.
    pub(super) fn verification(
        &self,
        operations: &mut Operations,
        call: MechanismCall,
        key: ObjectHandle,
    ) -> Result<VerifyOperation> {
        let capability = |mechanism: &'static dyn Mechanism| {
            mechanism.verifying().map(|verifying| (verifying, verifying.loader()))
        };
        let (ready, verifying) =
            self.ready(operations, call.mechanism, key, AttributeType::Verify, capability)?;
        let len = verifying.signature_len(ready.key(), &call.parameters);
        let len = len.map_err(engine_error(call.mechanism))?;
        Ok(VerifyOperation { keyed: Keyed::new(call, ready), verifying, len, parts: None })
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
    /// [`Error::OperationNotInitialized`], also for a mechanism that [takes no parts](crate::MechanismType::takes_parts),
    /// which ends the check.
    pub fn verify_update(&self, part: &[u8]) -> Result<()> {
        let mut operations = self.operations()?;
        operations.verify.ready(|operation| operation.keyed.check_parts())?;
        operations.verify.stream()?.update(part);
        Ok(())
    }

    /// Checks a signature over all parts (`C_VerifyFinal`).
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    pub fn verify_final(&self, signature: &[u8]) -> Result<()> {
        self.end_verify(Shape::Parts, |mut operation| operation.finish(signature))
    }

    fn end_verify(&self, shape: Shape, run: impl FnOnce(VerifyOperation) -> Result<()>) -> Result<()> {
        let mut operations = self.operations()?;
        if shape == Shape::Parts {
            operations.verify.ready(|operation| operation.keyed.check_parts())?;
        }
        run(operations.verify.finish(shape)?)
    }

    /// Starts a check of a signature that is given before its message (`C_VerifySignatureInit`).
    ///
    /// # Errors
    /// As [`verify_init`](Self::verify_init), and [`Error::SignatureLength`].
    pub fn verify_signature_init(
        &self,
        call: impl Into<MechanismCall>,
        key: ObjectHandle,
        signature: &[u8],
    ) -> Result<()> {
        let mut operations = self.operations()?;
        operations.verify_signature.check_idle()?;
        let check = self.verification(&mut operations, call.into(), key)?;
        check.check_len(signature)?;
        operations.verify_signature.start(SignatureOperation { check, signature: signature.to_vec() })
    }

    /// Checks the signature over a whole message (`C_VerifySignature`).
    ///
    /// # Errors
    /// [`Error::SignatureInvalid`], [`Error::OperationNotInitialized`].
    pub fn verify_signature(&self, message: &[u8]) -> Result<()> {
        let SignatureOperation { check, signature } =
            self.operations()?.verify_signature.finish(Shape::Whole)?;
        check.check(message, &signature)
    }

    /// Takes the next part of the message (`C_VerifySignatureUpdate`).
    ///
    /// # Errors
    /// As [`verify_update`](Self::verify_update).
    pub fn verify_signature_update(&self, part: &[u8]) -> Result<()> {
        let mut operations = self.operations()?;
        operations.verify_signature.ready(SignatureOperation::check_parts)?;
        operations.verify_signature.stream()?.check.update(part);
        Ok(())
    }

    /// Checks the signature over all parts (`C_VerifySignatureFinal`).
    ///
    /// # Errors
    /// As [`verify_signature`](Self::verify_signature).
    pub fn verify_signature_final(&self) -> Result<()> {
        let mut operations = self.operations()?;
        operations.verify_signature.ready(SignatureOperation::check_parts)?;
        let SignatureOperation { mut check, signature } = operations.verify_signature.finish(Shape::Parts)?;
        check.finish(&signature)
    }
}
