//! Secrets shared by encapsulation: `C_EncapsulateKey`, `C_DecapsulateKey` (PKCS #11 v3.2 sections 5.18.8 and
//! 5.18.9). Both sides' keys come from outside as much as from here: they are not local, and have neither always
//! been sensitive nor never extractable.

use super::Session;
use super::cell::{Cell, Output, Shape};
use super::made::{Tool, Wanted};
use crate::engine::Mechanism;
use crate::object::{ObjectClass, ObjectHandle};
use crate::policy::create::Origin;
use crate::policy::derivation;
use crate::policy::history::Past;
use crate::token::View;
use crate::{AttributeType, EngineError, Error, KeyType, Login, MechanismCall, Result, Secret, Template};

impl Session {
    /// Makes a shared secret for the holder of a private key, and the ciphertext that tells them
    /// (`C_EncapsulateKey`): the ciphertext's length, and the secret's key unless only the length was asked for.
    ///
    /// # Errors
    /// What the templates lack or may not say, [`Error::SessionReadOnly`], [`Error::UserNotLoggedIn`],
    /// [`Error::BufferTooSmall`]; as for any use of a key.
    pub fn encapsulate_key(
        &self,
        call: impl Into<MechanismCall>,
        public: ObjectHandle,
        template: Template,
        out: Output<'_>,
    ) -> Result<(usize, Option<ObjectHandle>)> {
        let view = self.view()?;
        let call = call.into();
        let usage = AttributeType::Encapsulate;
        let tool = self.tool(&view, &call, public, usage, Mechanism::encapsulating)?;
        let wanted = self.shared(&view, &tool, AttributeType::EncapsulateTemplate, template)?;
        let loaded = tool.key(&view, tool.capability.loader())?;
        let len = tool.capability.ciphertext_len(&loaded, &call.parameters).map_err(tool.error())?;
        let mut made = None;
        let mut cell = Cell::default();
        cell.start(())?;
        let len = cell.answer(
            Shape::Whole,
            out,
            |()| len,
            |()| {
                let (ciphertext, secret) = tool
                    .capability
                    .encapsulate(&loaded, &call.parameters, &*self.token.random)
                    .map_err(tool.error())?;
                made = Some(self.add_shared(&view, wanted, secret)?);
                Ok(ciphertext)
            },
        )?;
        Ok((len, made))
    }

    /// Finds the shared secret in a ciphertext (`C_DecapsulateKey`).
    ///
    /// # Errors
    /// As [`encapsulate_key`](Self::encapsulate_key), and [`Error::WrappedKeyLength`] or
    /// [`Error::WrappedKeyInvalid`] for a ciphertext that is none of the key's.
    pub fn decapsulate_key(
        &self,
        call: impl Into<MechanismCall>,
        private: ObjectHandle,
        ciphertext: &[u8],
        template: Template,
    ) -> Result<ObjectHandle> {
        let view = self.view()?;
        let call = call.into();
        let usage = AttributeType::Decapsulate;
        let tool = self.tool(&view, &call, private, usage, Mechanism::decapsulating)?;
        let wanted = self.shared(&view, &tool, AttributeType::DecapsulateTemplate, template)?;
        let loaded = tool.key(&view, tool.capability.loader())?;
        let secret =
            tool.capability.decapsulate(&loaded, &call.parameters, ciphertext).map_err(
                |error| match error {
                    // A length is no secret, so it may have a name of its own.
                    EngineError::DataLength => Error::WrappedKeyLength,
                    EngineError::DecryptionFailed => Error::WrappedKeyInvalid,
                    other => tool.error()(other),
                },
            )?;
        tool.check_lease(self)?;
        self.add_shared(&view, wanted, secret)
    }

    /// What becomes of the secret. Made again with one byte, then two, it would give itself away by trying.
    fn shared<C>(
        &self,
        view: &View,
        tool: &Tool<C>,
        imposing: AttributeType,
        template: Template,
    ) -> Result<Wanted> {
        let default = Some((ObjectClass::SecretKey, KeyType::GenericSecret));
        let wanted = self.wanted(view, &tool.entry, imposing, template, Origin::Unwrapped, default)?;
        if wanted.class != ObjectClass::SecretKey {
            return Err(Error::TemplateInconsistent(AttributeType::Class));
        }
        derivation::check_cut(wanted.len)?;
        Ok(wanted)
    }

    fn add_shared(&self, view: &View, wanted: Wanted, secret: Secret) -> Result<ObjectHandle> {
        let secret = cut(secret, wanted.len)?;
        let draft = wanted.secret_key(secret, &Past::unwrapped(), view.login == Login::So)?;
        let handles = self.token.add(&self.core, view, alloc::vec![draft])?;
        handles.first().copied().ok_or(Error::ObjectHandleInvalid)
    }
}

/// The first bytes of a shared secret, where the template wants fewer than there are.
fn cut(secret: Secret, wanted: Option<usize>) -> Result<Secret> {
    match wanted {
        None => Ok(secret),
        Some(len) => match secret.expose().get(..len) {
            Some(start) => Ok(Secret::copied(start)),
            None => Err(Error::TemplateInconsistent(AttributeType::ValueLen)),
        },
    }
}
