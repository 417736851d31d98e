//! Digests: `C_DigestInit`, `C_Digest`, `C_DigestUpdate`, `C_DigestFinal` (PKCS #11 v3.1 section 5.12).

use alloc::vec::Vec;

use super::cell::{Output, Shape};
use super::{DigestOperation, Session};
use crate::{Error, MechanismCall, Parameters, Result};

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
        operations.digest.start(DigestOperation { len: digesting.digest_len(), stream: digesting.stream() })
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
