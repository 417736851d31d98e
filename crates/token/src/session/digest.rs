//! Digests: `C_DigestInit`, `C_Digest`, `C_DigestUpdate`, `C_DigestKey`, `C_DigestFinal` (PKCS #11 v3.2 section
//! 5.12).

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::Session;
use super::cell::{Output, Step};
use crate::engine::{DigestStream, Digesting};
use crate::object::{ObjectClass, ObjectHandle, key};
use crate::{EngineError, Error, KeyMaterial, MechanismCall, MechanismType, Parameters, Result};

/// A digest in the making.
pub(super) struct DigestOperation {
    pub(super) mechanism: MechanismType,
    digesting: &'static dyn Digesting,
    /// What the engine holds between parts; a message that comes whole needs nothing of the kind.
    stream: Option<Box<dyn DigestStream>>,
    /// Whether a key's value went into it.
    has_key: bool,
}

impl DigestOperation {
    pub(super) fn new(mechanism: MechanismType, digesting: &'static dyn Digesting) -> Self {
        Self { mechanism, digesting, stream: None, has_key: false }
    }

    /// Goes on with what an engine saved.
    ///
    /// # Errors
    /// [`EngineError::StateInvalid`], [`EngineError::Unsupported`].
    pub(super) fn resume(
        mechanism: MechanismType,
        digesting: &'static dyn Digesting,
        state: &[u8],
    ) -> core::result::Result<Self, EngineError> {
        let stream = digesting.resume(state)?;
        Ok(Self { stream: Some(stream), ..Self::new(mechanism, digesting) })
    }

    /// What the engine can go on with elsewhere; `None` where it can't, and for what holds a key.
    pub(super) fn state(&mut self) -> Option<Vec<u8>> {
        if self.has_key { None } else { self.stream().state() }
    }

    pub(super) fn update(&mut self, part: &[u8]) {
        self.stream().update(part);
    }

    fn len(&self) -> usize {
        self.digesting.digest_len()
    }

    fn stream(&mut self) -> &mut dyn DigestStream {
        &mut **self.stream.get_or_insert_with(|| self.digesting.stream())
    }

    /// The digest of a whole message, into a place of its length; the length.
    fn whole(&mut self, message: &[u8], place: &mut [u8]) -> usize {
        if self.stream.is_some() {
            self.update(message);
            return self.finish(place);
        }
        self.digesting.digest(message, place);
        place.len()
    }

    /// The digest of all parts, into a place of its length; the length.
    fn finish(&mut self, place: &mut [u8]) -> usize {
        match self.stream.take() {
            Some(stream) => place.copy_from_slice(&stream.finish()),
            None => self.digesting.digest(&[], place),
        }
        place.len()
    }
}

impl Session {
    /// Starts a digest (`C_DigestInit`).
    ///
    /// # Errors
    /// [`Error::MechanismInvalid`], or that a digest is already in the making.
    pub fn digest_init(&self, call: impl Into<MechanismCall>) -> Result<()> {
        let call = call.into();
        let mut operations = self.operations()?;
        operations.digest.check_idle()?;
        let digesting = self.mechanism(call.mechanism)?.digesting();
        let digesting = digesting.ok_or_else(|| Error::MechanismInvalid(call.mechanism))?;
        if !matches!(call.parameters, Parameters::None) {
            return Err(Error::MechanismParamInvalid(call.mechanism));
        }
        operations.digest.start(DigestOperation::new(call.mechanism, digesting))
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
        self.operations()?.digest.fill(
            Step::Whole,
            out,
            |operation, _| Ok(operation.len()),
            |operation, place| Ok(operation.whole(message, place)),
        )
    }

    /// Takes the next part of the message (`C_DigestUpdate`).
    ///
    /// # Errors
    /// [`Error::OperationNotInitialized`].
    pub fn digest_update(&self, part: &[u8]) -> Result<()> {
        self.operations()?.digest.stream()?.update(part);
        Ok(())
    }

    /// Takes a secret key's value as the next part of the message (`C_DigestKey`).
    ///
    /// # Errors
    /// [`Error::OperationNotInitialized`], [`Error::KeyHandleInvalid`], [`Error::KeyIndigestible`] for any other key.
    pub fn digest_key(&self, key: ObjectHandle) -> Result<()> {
        let view = self.view()?;
        let mut operations = self.operations()?;
        operations.digest.current()?;
        let object = self.token.key_entry(&view, key)?.object;
        let key_type = object.key_type.filter(|_| object.class == ObjectClass::SecretKey);
        let key_type = key_type.ok_or(Error::KeyIndigestible)?;
        let opened = view.open(&object)?;
        match key::material(object.class, key_type, &object.public, &opened.secrets)? {
            KeyMaterial::Secret { value, .. } => {
                let operation = operations.digest.stream()?;
                operation.has_key = true;
                operation.update(value.expose());
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
        self.operations()?.digest.fill(
            Step::Last,
            out,
            |operation, _| Ok(operation.len()),
            |operation, place| Ok(operation.finish(place)),
        )
    }
}
