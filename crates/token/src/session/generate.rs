//! Keys that the token makes itself: `C_GenerateKey`, `C_GenerateKeyPair` (PKCS #11 v3.1 section 5.18).

use alloc::vec::Vec;

use super::{Session, engine_error};
use crate::engine::{Generating, KeyRequest, Mechanism};
use crate::object::{ObjectClass, ObjectHandle, build, key, lattice};
use crate::policy::history::Past;
use crate::policy::usage;
use crate::{AttributeType, EngineError, Error, KeyType, Login, MechanismCall, Parameters, Result, Template};

/// The public exponent of a new RSA key when the template names none: 65537.
const PUBLIC_EXPONENT: [u8; 3] = [1, 0, 1];

/// The one length of ChaCha20 keys in bytes.
const CHACHA20_LEN: u32 = 32;

impl Session {
    /// Generates a key pair (`C_GenerateKeyPair`): the public key's handle, then the private key's.
    ///
    /// Both keys come into being together or not at all. Unless the template says otherwise, the private key
    /// is private, sensitive and not extractable.
    ///
    /// # Errors
    /// What the templates lack or may not say; [`Error::SessionReadOnly`], [`Error::UserNotLoggedIn`]; that no
    /// randomness is to be had or that the store refuses.
    pub fn generate_key_pair(
        &self,
        call: impl Into<MechanismCall>,
        public: Template,
        private: Template,
    ) -> Result<(ObjectHandle, ObjectHandle)> {
        self.generate_pair(&call.into(), public, private, |_| None)
    }

    /// Generates a key pair whose `CKA_ID` follows from its public key: `id` makes it out of the DER
    /// `SubjectPublicKeyInfo`. The keys are never there without it.
    ///
    /// # Errors
    /// As [`generate_key_pair`](Self::generate_key_pair).
    pub fn generate_key_pair_with_id(
        &self,
        call: impl Into<MechanismCall>,
        public: Template,
        private: Template,
        id: impl FnOnce(&[u8]) -> Vec<u8>,
    ) -> Result<(ObjectHandle, ObjectHandle)> {
        self.generate_pair(&call.into(), public, private, |info| Some(id(info)))
    }

    fn generate_pair(
        &self,
        call: &MechanismCall,
        public: Template,
        private: Template,
        name: impl FnOnce(&[u8]) -> Option<Vec<u8>>,
    ) -> Result<(ObjectHandle, ObjectHandle)> {
        let view = self.view()?;
        let (mechanism, generating) = self.generator(call)?;
        let request = pair_request(mechanism, &public)?;
        let id = mechanism.id();
        let made = generating.generate(&request, &call.parameters, &*self.token.random);
        let material = made.map_err(|error| match (error, &request) {
            (EngineError::Unsupported, KeyRequest::Rsa { .. }) => Error::KeySizeRange(id),
            (EngineError::KeyInvalid, KeyRequest::Rsa { .. }) => {
                Error::AttributeValueInvalid(AttributeType::PublicExponent)
            }
            (other, _) => engine_error(id)(other),
        })?;
        usage::check_size(material.size(), mechanism)?;
        let public_half = material.public_half().ok_or(Error::MechanismInvalid(id))?;
        let (by_so, past) = (view.login == Login::So, Past::generated(id));
        let mut drafts = alloc::vec![
            build::made(public, ObjectClass::PublicKey, public_half, &past, by_so)?,
            build::made(private, ObjectClass::PrivateKey, material, &past, by_so)?,
        ];
        if let Some(name) = name(drafts[0].public.bytes(AttributeType::PublicKeyInfo)) {
            for draft in &mut drafts {
                draft.public.set(AttributeType::Id, &name[..]);
            }
        }
        match self.token.add(&self.core, &view, drafts)?[..] {
            [public, private] => Ok((public, private)),
            _ => Err(Error::ObjectHandleInvalid),
        }
    }

    /// Generates a secret key (`C_GenerateKey`). Unless the template says otherwise, it is private, sensitive
    /// and not extractable.
    ///
    /// # Errors
    /// As [`generate_key_pair`](Self::generate_key_pair).
    pub fn generate_key(&self, call: impl Into<MechanismCall>, template: Template) -> Result<ObjectHandle> {
        let view = self.view()?;
        let call = call.into();
        let (mechanism, generating) = self.generator(&call)?;
        let id = mechanism.id();
        let (key_type, len) = secret_request(mechanism, &call.parameters, &template)?;
        let request = KeyRequest::Secret { key_type, len };
        let by_so = view.login == Login::So;
        let past = match call.parameters {
            Parameters::Pbkdf2 { .. } => Past::of_password(id),
            _ => Past::generated(id),
        };
        build::check_made(&template, ObjectClass::SecretKey, key_type, past.origin, by_so)?;
        let material =
            generating.generate(&request, &call.parameters, &*self.token.random).map_err(engine_error(id))?;
        let draft = build::made(template, ObjectClass::SecretKey, material, &past, by_so)?;
        let handles = self.token.add(&self.core, &view, alloc::vec![draft])?;
        handles.first().copied().ok_or(Error::ObjectHandleInvalid)
    }

    fn generator(&self, call: &MechanismCall) -> Result<(&'static dyn Mechanism, &'static dyn Generating)> {
        let mechanism = self.mechanism(call.mechanism)?;
        let generating = mechanism.generating().ok_or(Error::MechanismInvalid(call.mechanism))?;
        Ok((mechanism, generating))
    }
}

/// What key the public template asks for.
fn pair_request(mechanism: &dyn Mechanism, public: &Template) -> Result<KeyRequest> {
    public.check()?;
    match mechanism.key_types().first().copied() {
        Some(key_type @ (KeyType::Ec | KeyType::EcEdwards | KeyType::EcMontgomery)) => {
            key::curve(key_type, &public.values).map(KeyRequest::Ec)
        }
        Some(KeyType::Rsa) => {
            let bits = public
                .values
                .ulong(AttributeType::ModulusBits)
                .ok_or(Error::TemplateIncomplete(AttributeType::ModulusBits))?;
            let bits = u32::try_from(bits).map_err(|_| Error::KeySizeRange(mechanism.id()))?;
            usage::check_size(bits, mechanism)?;
            let public_exponent = match public.values.bytes(AttributeType::PublicExponent) {
                [] => PUBLIC_EXPONENT.to_vec(),
                given => given.to_vec(),
            };
            Ok(KeyRequest::Rsa { bits, public_exponent })
        }
        Some(key_type @ (KeyType::MlKem | KeyType::MlDsa)) => {
            lattice::parameters(key_type, &public.values).map(KeyRequest::Lattice)
        }
        _ => Err(Error::MechanismInvalid(mechanism.id())),
    }
}

/// What secret key the template asks for. A key that comes out of a password may be of any type that the template
/// names (section 6.16.6); what the mechanism generates is otherwise of its own.
fn secret_request(
    mechanism: &dyn Mechanism,
    parameters: &Parameters,
    template: &Template,
) -> Result<(KeyType, usize)> {
    template.check()?;
    let id = mechanism.id();
    let own = mechanism.key_types().first().copied();
    let key_type = match parameters {
        Parameters::Pbkdf2 { .. } => template.key_type()?.or(own).unwrap_or(KeyType::GenericSecret),
        _ => own.ok_or(Error::MechanismInvalid(id))?,
    };
    if !key_type.is_symmetric() {
        return Err(Error::MechanismInvalid(id));
    }
    let len = match (template.values.ulong(AttributeType::ValueLen), key_type) {
        (Some(len), _) => u32::try_from(len).map_err(|_| Error::KeySizeRange(id))?,
        (None, KeyType::ChaCha20) => CHACHA20_LEN,
        (None, _) => return Err(Error::TemplateIncomplete(AttributeType::ValueLen)),
    };
    if !matches!(parameters, Parameters::Pbkdf2 { .. }) {
        usage::check_size(len, mechanism)?;
    }
    Ok((key_type, len as usize))
}
