//! Digests: `C_DigestInit`, `C_Digest`, `C_DigestUpdate`, `C_DigestKey`, `C_DigestFinal` (PKCS #11 v3.2 section
//! 5.12).

use alloc::vec::Vec;

use super::cell::{Output, Shape};
use super::{DigestOperation, Session};
use crate::object::{ObjectClass, ObjectHandle, key};
use crate::{Error, KeyMaterial, MechanismCall, Parameters, Result};

impl Session {
    /// Starts a digest (`C_DigestInit`).
    ///
    /// # Errors
    /// [`Error::MechanismInvalid`], or that a digest is already in the making.
    pub fn digest_init(&self, call: impl Into<MechanismCall>) -> Result<()> {
        let call = call.into();
        self.view()?;
        let mut operations = self.operations();
        operations.digest.check_idle()?;
        let digesting =
            self.mechanism(call.mechanism)?.digesting().ok_or(Error::MechanismInvalid(call.mechanism))?;
        if call.parameters != Parameters::None {
            return Err(Error::MechanismParamInvalid(call.mechanism));
        }
        operations.digest.start(DigestOperation {
            mechanism: call.mechanism,
            len: digesting.digest_len(),
            stream: digesting.stream(),
            has_key: false,
        })
    }

    /// The digest of a whole message (`C_Digest`).
    ///
    /// # Errors
    /// [`Error::OperationNotInitialized`], [`Error::OperationActive`] after a part.
    pub fn digest(&self, message: &[u8]) -> Result<Vec<u8>> {
        let mut digest = Vec::new();
        self.digest_into(message, Output::Vec(&mut digest))?;
        Ok(digest)
    }

    /// The digest of a whole message into a buffer, or how long it must be (`C_Digest`).
    ///
    /// # Errors
    /// As [`digest`](Self::digest), and [`Error::BufferTooSmall`].
    pub fn digest_into(&self, message: &[u8], out: Output<'_>) -> Result<usize> {
        self.view()?;
        self.operations().digest.answer(Shape::Whole, out, DigestOperation::len, |mut operation| {
            operation.stream.update(message);
            Ok(operation.stream.finish())
        })
    }

    /// Takes the next part of the message (`C_DigestUpdate`).
    ///
    /// # Errors
    /// [`Error::OperationNotInitialized`].
    pub fn digest_update(&self, part: &[u8]) -> Result<()> {
        self.view()?;
        self.operations().digest.stream()?.stream.update(part);
        Ok(())
    }

    /// Takes a secret key's value as the next part of the message (`C_DigestKey`).
    ///
    /// # Errors
    /// [`Error::OperationNotInitialized`], [`Error::KeyHandleInvalid`], [`Error::KeyIndigestible`] for any other key.
    pub fn digest_key(&self, key: ObjectHandle) -> Result<()> {
        let view = self.view()?;
        let mut operations = self.operations();
        operations.digest.current()?;
        let object = self.token.key_entry(&view, key)?.object;
        let key_type = object.key_type.filter(|_| object.class == ObjectClass::SecretKey);
        let key_type = key_type.ok_or(Error::KeyIndigestible)?;
        let opened = view.open(&object)?;
        match key::material(object.class, key_type, &object.public, &opened.secrets)? {
            KeyMaterial::Secret { value, .. } => {
                let operation = operations.digest.stream()?;
                operation.has_key = true;
                operation.stream.update(value.expose());
                Ok(())
            }
            _ => Err(Error::KeyIndigestible),
        }
    }

    /// The digest of all parts (`C_DigestFinal`).
    ///
    /// # Errors
    /// [`Error::OperationNotInitialized`].
    pub fn digest_final(&self) -> Result<Vec<u8>> {
        let mut digest = Vec::new();
        self.digest_final_into(Output::Vec(&mut digest))?;
        Ok(digest)
    }

    /// The digest of all parts into a buffer, or how long it must be (`C_DigestFinal`).
    ///
    /// # Errors
    /// As [`digest_final`](Self::digest_final), and [`Error::BufferTooSmall`].
    pub fn digest_final_into(&self, out: Output<'_>) -> Result<usize> {
        self.view()?;
        let mut operations = self.operations();
        operations
            .digest
            .answer(Shape::Parts, out, DigestOperation::len, |operation| Ok(operation.stream.finish()))
    }
}

impl DigestOperation {
    fn len(&self) -> usize {
        self.len
    }
}
