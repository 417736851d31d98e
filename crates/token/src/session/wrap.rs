//! Keys that leave the token encrypted, and that come in so: `C_WrapKey`, `C_UnwrapKey` and their authenticated
//! forms (PKCS #11 v3.2 sections 5.18.3, 5.18.4, 5.18.6 and 5.18.7).
//!
//! Whatever is wrong with a wrapped key has one name, [`Error::WrappedKeyInvalid`]: more would answer the questions
//! of whoever changes one bit at a time. Mistakes in a template are told before anything is decrypted.

use alloc::vec::Vec;

use super::cell::{Cell, Output, Shape};
use super::made::{Tool, Wanted};
use super::{Lease, Session};
use crate::engine::{Decrypting, Mechanism};
use crate::object::build::{self, Draft};
use crate::object::{Object, ObjectClass, ObjectHandle, key};
use crate::policy::create::Origin;
use crate::policy::history::Past;
use crate::policy::wrap;
use crate::token::View;
use crate::{
    AttributeType, EngineError, Error, KeyMaterial, Login, MechanismCall, MechanismType, Parameters, Result,
    Secret, Template, formats,
};

/// The block length of AES.
const BLOCK: usize = 16;

impl Session {
    /// Wraps a key (`C_WrapKey`): encrypts the value of a secret key, or the PKCS #8 structure of a private one.
    /// Returns the wrapped key's length.
    ///
    /// # Errors
    /// [`Error::KeyUnextractable`] and [`Error::KeyNotWrappable`] for a key that may not leave so,
    /// [`Error::KeySizeRange`] for one that the mechanism does not take, the `WrappingKey...` errors,
    /// [`Error::BufferTooSmall`].
    pub fn wrap_key(
        &self,
        call: impl Into<MechanismCall>,
        wrapping: ObjectHandle,
        key: ObjectHandle,
        out: Output<'_>,
    ) -> Result<usize> {
        self.wrap(call.into(), wrapping, key, &mut [], out)
    }

    /// Wraps a key, whose last bytes, the tag, go where there is room for them.
    fn wrap(
        &self,
        mut call: MechanismCall,
        wrapping: ObjectHandle,
        key: ObjectHandle,
        tag: &mut [u8],
        out: Output<'_>,
    ) -> Result<usize> {
        let view = self.view()?;
        let tool = self
            .tool(&view, &call, wrapping, AttributeType::Wrap, Mechanism::wrapping)
            .map_err(wrapping_error)?;
        let target = self.token.key_entry(&view, key)?;
        wrap::check(&tool.entry.object, &target.object)?;
        // The wrapping key may be public, and the other private.
        let lease = Lease::of(&view, &target.object);
        // The length of a private key shows only once it is encoded; a secret key stays closed until it is wrapped.
        let mechanism = call.mechanism;
        let encode = || encoded(&view, &target.object, mechanism);
        let mut encoded = None;
        let encoded_len = match secret_len(&target.object, mechanism) {
            Some(len) => len,
            None => encoded.insert(encode()?).len(),
        };
        count_data(&mut call.parameters, encoded_len);
        let loaded = tool.key(&view, tool.capability.loader())?;
        tool.capability.check(&loaded, &call.parameters).map_err(tool.error())?;
        let size_error = |error| match error {
            EngineError::DataLength => Error::KeySizeRange(mechanism),
            other => tool.error()(other),
        };
        let len =
            tool.capability.encrypted_len(&loaded, &call.parameters, encoded_len).map_err(size_error)?;
        let without_tag = len.checked_sub(tag.len()).ok_or(Error::MechanismParamInvalid(mechanism))?;
        let mut cell = Cell::default();
        cell.start(())?;
        cell.answer(
            Shape::Whole,
            out,
            |()| without_tag,
            |()| {
                let encoded = encoded.map_or_else(encode, Ok)?;
                let mut wrapped = alloc::vec![0; len];
                tool.capability
                    .encrypt(&loaded, &call.parameters, encoded.expose(), &mut wrapped, &*self.token.random)
                    .map_err(size_error)?;
                tool.check_lease(self)?;
                tag.copy_from_slice(&wrapped.split_off(without_tag));
                if lease.is_valid(&self.token) { Ok(wrapped) } else { Err(Error::UserNotLoggedIn) }
            },
        )
    }

    /// Wraps a key and authenticates `associated` with it (`C_WrapKeyAuthenticated`).
    ///
    /// # Errors
    /// As [`wrap_key`](Self::wrap_key), and [`Error::MechanismInvalid`] for a mechanism that authenticates nothing.
    pub fn wrap_key_authenticated(
        &self,
        call: impl Into<MechanismCall>,
        wrapping: ObjectHandle,
        key: ObjectHandle,
        associated: &[u8],
        out: Output<'_>,
    ) -> Result<usize> {
        self.wrap_key(authenticating(call.into(), associated)?, wrapping, key, out)
    }

    /// As [`wrap_key_authenticated`](Self::wrap_key_authenticated), with the tag in a place of its own.
    ///
    /// # Errors
    /// As there.
    pub fn wrap_key_tagged(
        &self,
        call: impl Into<MechanismCall>,
        (wrapping, key): (ObjectHandle, ObjectHandle),
        associated: &[u8],
        tag: &mut [u8],
        out: Output<'_>,
    ) -> Result<usize> {
        self.wrap(authenticating(call.into(), associated)?, wrapping, key, tag, out)
    }

    /// Unwraps a key into a new object (`C_UnwrapKey`). What it was where it was wrapped is not known: it is not
    /// local, and has neither always been sensitive nor never extractable. Unless the template says otherwise, it
    /// is private, sensitive and not extractable.
    ///
    /// # Errors
    /// What the templates lack or may not say, the `UnwrappingKey...` errors, [`Error::SessionReadOnly`],
    /// [`Error::UserNotLoggedIn`], and for anything that is wrong with the wrapped key
    /// [`Error::WrappedKeyInvalid`].
    pub fn unwrap_key(
        &self,
        call: impl Into<MechanismCall>,
        unwrapping: ObjectHandle,
        wrapped: &[u8],
        template: Template,
    ) -> Result<ObjectHandle> {
        let view = self.view()?;
        let mut call = call.into();
        let tool = self
            .tool(&view, &call, unwrapping, AttributeType::Unwrap, Mechanism::unwrapping)
            .map_err(unwrapping_error)?;
        let imposing = AttributeType::UnwrapTemplate;
        let wanted = self.wanted(&view, &tool.entry, imposing, template, Origin::Unwrapped, None)?;
        let tag_len = tag_len(&call.parameters);
        count_data(&mut call.parameters, wrapped.len().saturating_sub(tag_len));
        let plain = self.unwrapped(&view, &tool, &call, wrapped)?;
        let draft = self.unwrapped_draft(&view, wanted, &plain, call.mechanism);
        let draft = draft.map_err(|_| Error::WrappedKeyInvalid)?;
        tool.check_lease(self)?;
        let handles = self.token.add(&self.core, &view, alloc::vec![draft])?;
        handles.first().copied().ok_or(Error::ObjectHandleInvalid)
    }

    /// Unwraps a key that was wrapped with `associated` (`C_UnwrapKeyAuthenticated`).
    ///
    /// # Errors
    /// As [`unwrap_key`](Self::unwrap_key), and [`Error::MechanismInvalid`] for a mechanism that authenticates
    /// nothing.
    pub fn unwrap_key_authenticated(
        &self,
        call: impl Into<MechanismCall>,
        unwrapping: ObjectHandle,
        wrapped: &[u8],
        template: Template,
        associated: &[u8],
    ) -> Result<ObjectHandle> {
        self.unwrap_key(authenticating(call.into(), associated)?, unwrapping, wrapped, template)
    }

    /// The encoded key in a wrapped one.
    fn unwrapped(
        &self,
        view: &View,
        tool: &Tool<&'static dyn Decrypting>,
        call: &MechanismCall,
        wrapped: &[u8],
    ) -> Result<Secret> {
        let loaded = tool.key(view, tool.capability.loader())?;
        tool.capability.check(&loaded, &call.parameters).map_err(tool.error())?;
        let blind = |error| match error {
            EngineError::Random(error) => Error::Random(error),
            _ => Error::WrappedKeyInvalid,
        };
        let len = tool.capability.decrypted_len(&loaded, &call.parameters, wrapped.len()).map_err(blind)?;
        let mut plain = Secret::zeroed(len);
        let used = tool
            .capability
            .decrypt(&loaded, &call.parameters, wrapped, plain.expose_mut(), &*self.token.random)
            .map_err(blind)?;
        plain.expose().get(..used).map(Secret::copied).ok_or(Error::WrappedKeyInvalid)
    }

    fn unwrapped_draft(
        &self,
        view: &View,
        wanted: Wanted,
        plain: &Secret,
        mechanism: MechanismType,
    ) -> Result<Draft> {
        let by_so = view.login == Login::So;
        let past = Past::unwrapped();
        if wanted.class == ObjectClass::SecretKey {
            let value = unpadded(plain, wanted.len, mechanism)?;
            return wanted.secret_key(value, &past, by_so);
        }
        let material = formats::private_key(plain.expose())?;
        if wanted.key_type != Some(material.key_type()) {
            return Err(Error::WrappedKeyInvalid);
        }
        let material = build::checked_private(material, &*self.token.engine)?;
        build::made(wanted.template, wanted.class, material, &past, by_so)
    }
}

/// A key in the form in which it is wrapped.
fn encoded(view: &View, target: &alloc::sync::Arc<Object>, mechanism: MechanismType) -> Result<Secret> {
    let key_type = target.key_type.ok_or(Error::KeyNotWrappable)?;
    let opened = view.open(target)?;
    match key::material(target.class, key_type, &target.public, &opened.secrets)? {
        KeyMaterial::Secret { value, .. } if pads_with_zeros(mechanism) => {
            let mut padded = Vec::with_capacity(value.len().next_multiple_of(BLOCK));
            padded.extend_from_slice(value.expose());
            padded.resize(value.len().next_multiple_of(BLOCK), 0);
            Ok(Secret::new(padded))
        }
        KeyMaterial::Secret { value, .. } => Ok(value),
        _ if !takes_private_keys(mechanism) => Err(Error::KeyNotWrappable),
        private => Ok(formats::private_key_info(&private)?),
    }
}

/// The length of a secret key in that form, which its attributes tell.
fn secret_len(target: &Object, mechanism: MechanismType) -> Option<usize> {
    let len =
        target.public.ulong(AttributeType::ValueLen).filter(|_| target.class == ObjectClass::SecretKey)?;
    let len = usize::try_from(len).ok()?;
    if pads_with_zeros(mechanism) { len.checked_next_multiple_of(BLOCK) } else { Some(len) }
}

/// The value of a secret key without the zeros that the mechanism puts before or behind it, where the template says how
/// long the value is.
fn unpadded(plain: &Secret, len: Option<usize>, mechanism: MechanismType) -> Result<Secret> {
    let all = plain.expose();
    let parts = match len {
        Some(len) if pads_with_zeros(mechanism) => {
            all.split_at_checked(len).filter(|(_, rest)| rest.len() < BLOCK)
        }
        // A number of the modulus's length: the value is its end (section 6.1.8).
        Some(len) if mechanism == MechanismType::RSA_X_509 => all
            .len()
            .checked_sub(len)
            .and_then(|zeros| all.split_at_checked(zeros))
            .map(|(zeros, value)| (value, zeros)),
        _ => Some((all, &[][..])),
    };
    match parts {
        Some((value, zeros)) if zeros.iter().all(|byte| *byte == 0) => Ok(Secret::copied(value)),
        _ => Err(Error::WrappedKeyInvalid),
    }
}

/// Whether the mechanism takes whole blocks alone, and a secret key is filled up for it (sections 6.13.2, 6.13.3).
fn pads_with_zeros(mechanism: MechanismType) -> bool {
    matches!(mechanism, MechanismType::AES_ECB | MechanismType::AES_CBC)
}

/// Whether the mechanism wraps private keys: RSA and bare blocks wrap secret keys alone (sections 6.1.6, 6.13.2).
fn takes_private_keys(mechanism: MechanismType) -> bool {
    !pads_with_zeros(mechanism)
        && !matches!(
            mechanism,
            MechanismType::RSA_PKCS | MechanismType::RSA_PKCS_OAEP | MechanismType::RSA_X_509
        )
}

/// CCM is told beforehand how much it encrypts, which a caller can't know of an encoded key.
fn count_data(parameters: &mut Parameters, len: usize) {
    if let Parameters::Ccm { data_len, .. } = parameters {
        *data_len = len;
    }
}

fn tag_len(parameters: &Parameters) -> usize {
    match parameters {
        Parameters::Ccm { tag_len, .. } => *tag_len,
        _ => 0,
    }
}

/// The call with what is authenticated beside the key. It is an argument of the authenticated functions alone.
fn authenticating(mut call: MechanismCall, associated: &[u8]) -> Result<MechanismCall> {
    match &mut call.parameters {
        Parameters::Gcm { aad, .. }
        | Parameters::Ccm { aad, .. }
        | Parameters::ChaCha20Poly1305 { aad, .. } => {
            if !aad.is_empty() && aad != associated {
                return Err(Error::MechanismParamInvalid(call.mechanism));
            }
            *aad = associated.to_vec();
            Ok(call)
        }
        _ => Err(Error::MechanismInvalid(call.mechanism)),
    }
}

fn wrapping_error(error: Error) -> Error {
    match error {
        Error::KeyHandleInvalid => Error::WrappingKeyHandleInvalid,
        Error::KeyTypeInconsistent(mechanism) => Error::WrappingKeyTypeInconsistent(mechanism),
        Error::KeySizeRange(mechanism) => Error::WrappingKeySizeRange(mechanism),
        other => other,
    }
}

fn unwrapping_error(error: Error) -> Error {
    match error {
        Error::KeyHandleInvalid => Error::UnwrappingKeyHandleInvalid,
        Error::KeyTypeInconsistent(mechanism) => Error::UnwrappingKeyTypeInconsistent(mechanism),
        Error::KeySizeRange(mechanism) => Error::UnwrappingKeySizeRange(mechanism),
        other => other,
    }
}
