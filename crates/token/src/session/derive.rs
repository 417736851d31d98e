//! Keys derived from keys: `C_DeriveKey` (PKCS #11 v3.2 section 5.18.5). How TLS's key block becomes four keys is in
//! [`key_block`](super::key_block).

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::made::{Tool, Wanted};
use super::{Session, key_block};
use crate::engine::{Deriving, LoadedKey, Mechanism};
use crate::object::build::{self, Draft};
use crate::object::{Entry, Object, ObjectClass, ObjectHandle};
use crate::policy::create::Origin;
use crate::policy::derivation;
use crate::policy::history::Past;
use crate::policy::wrap;
use crate::token::View;
use crate::{
    AttributeType, EngineError, Error, HkdfSalt, KbkdfField, KeyType, Login, MechanismCall, MechanismType,
    Parameters, Result, Secret, Template,
};

/// What a derivation gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DerivedKeys {
    /// The new objects, in the order of their templates; of a TLS key block the client's and the server's MAC keys
    /// if they have any bytes, then the client's and the server's encryption keys.
    pub keys: Vec<ObjectHandle>,
    /// The client's and the server's initialisation vectors of a TLS key block.
    pub ivs: Option<(Vec<u8>, Vec<u8>)>,
    /// The version of TLS, major and minor, that a premaster secret of RSA key exchange carries.
    pub version: Option<[u8; 2]>,
}

impl Session {
    /// Derives keys from a base key, all or none (`C_DeriveKey`). One template makes one key; SP 800-108 makes as
    /// many as there are templates, and TLS's key block out of one template four. Unless a template says otherwise,
    /// a derived key is a generic secret, private, sensitive and not extractable.
    ///
    /// # Errors
    /// What the templates lack or may not say, [`Error::SessionReadOnly`], [`Error::UserNotLoggedIn`]; as for any
    /// use of a key.
    pub fn derive_keys(
        &self,
        call: impl Into<MechanismCall>,
        base: ObjectHandle,
        templates: Vec<Template>,
    ) -> Result<DerivedKeys> {
        let view = self.view()?;
        let mut call = call.into();
        let usage = AttributeType::Derive;
        let tool = self.tool(&view, &call, base, usage, Mechanism::deriving)?;
        let parts = self.resolve(&view, &tool, &mut call.parameters)?;
        let bases = parts.iter().chain([&tool.entry]).map(|entry| &*entry.object);
        let past = Past::derived(bases.clone());
        let (mut templates, lens) = key_block::split(&mut call, templates)?;
        for template in &mut templates {
            derivation::inherit(call.mechanism, bases.clone(), template)?;
        }
        let wanted: Vec<_> = templates
            .into_iter()
            .map(|template| self.wanted_derived(&view, &tool.entry, call.mechanism, template))
            .collect::<Result<_>>()?;
        let lens = lens.unwrap_or_else(|| wanted.iter().map(|wanted| wanted.len).collect());
        let loaded = tool.key(&view, tool.capability.loader())?;
        let bytes = derive(&tool, &loaded, &call, &lens)?;
        let (values, ivs) = key_block::cut(&bytes, &call.parameters, &lens)?;
        let by_so = view.login == Login::So;
        let drafts: Vec<_> = wanted
            .into_iter()
            .zip(values)
            .map(|(wanted, value)| wanted.derived(value, &past, by_so))
            .collect::<Result<_>>()?;
        let version = version(&view, &tool.entry.object, call.mechanism)?;
        tool.check_lease(self)?;
        Ok(DerivedKeys { keys: self.token.add(&self.core, &view, drafts)?, ivs, version })
    }

    /// Puts the values of keys in the place of their handles, and gives those keys.
    fn resolve(
        &self,
        view: &View,
        tool: &Tool<&'static dyn Deriving>,
        parameters: &mut Parameters,
    ) -> Result<Vec<Entry>> {
        let mut entries = Vec::new();
        let mut value = |handle| -> Result<Arc<Secret>> {
            let entry = self.token.key_entry(view, handle)?;
            derivation::check_part(&entry.object, tool.mechanism)?;
            let opened = view.open(&entry.object)?;
            let value = opened.secrets.value(AttributeType::Value).ok_or(Error::KeyHandleInvalid)?;
            entries.push(entry);
            Ok(Arc::new(Secret::copied(value.expose())))
        };
        match parameters {
            Parameters::Key(handle) => *parameters = Parameters::KeyValue(value(*handle)?),
            Parameters::Hkdf { extract: Some(salt), .. } => {
                if let HkdfSalt::Key(handle) = salt {
                    *salt = HkdfSalt::Value(value(*handle)?);
                }
            }
            Parameters::Kbkdf { fields, .. } => {
                for field in fields {
                    if let KbkdfField::Key(handle) = field {
                        *field = KbkdfField::Value(value(*handle)?);
                    }
                }
            }
            _ => {}
        }
        Ok(entries)
    }

    fn wanted_derived(
        &self,
        view: &View,
        base: &Entry,
        mechanism: MechanismType,
        template: Template,
    ) -> Result<Wanted> {
        let imposing = AttributeType::DeriveTemplate;
        if mechanism == MechanismType::HKDF_DATA {
            return self.wanted_data(view, base, imposing, template);
        }
        let default = Some((ObjectClass::SecretKey, KeyType::GenericSecret));
        let mut wanted = self.wanted(view, base, imposing, template, Origin::Derived, default)?;
        if wanted.class != ObjectClass::SecretKey {
            return Err(Error::TemplateInconsistent(AttributeType::Class));
        }
        if wanted.key_type == Some(KeyType::ChaCha20) {
            wanted.len.get_or_insert(32);
        }
        Ok(wanted)
    }

    /// A data object instead of a key (`CKM_HKDF_DATA`). The template names its length as a key's would.
    fn wanted_data(
        &self,
        view: &View,
        base: &Entry,
        imposing: AttributeType,
        template: Template,
    ) -> Result<Wanted> {
        template.check()?;
        let mut template = wrap::impose(&base.object, imposing, template)?;
        if template.class()?.is_some_and(|class| class != ObjectClass::Data) {
            return Err(Error::TemplateInconsistent(AttributeType::Class));
        }
        let len = template.values.remove(AttributeType::ValueLen).and_then(|value| value.as_ulong());
        let len = len.map(|len| {
            usize::try_from(len).map_err(|_| Error::AttributeValueInvalid(AttributeType::ValueLen))
        });
        build::settle_private(&mut template.values, ObjectClass::Data, Origin::Derived, view.login);
        self.check_place(view, ObjectClass::Data, &template)?;
        Ok(Wanted { template, class: ObjectClass::Data, key_type: None, len: len.transpose()? })
    }
}

impl Wanted {
    /// The object that is wanted, with these bytes.
    fn derived(self, value: Secret, past: &Past, by_so: bool) -> Result<Draft> {
        if self.class == ObjectClass::Data {
            return build::derived_data(self.template, value, by_so);
        }
        // A length that the mechanism gave by itself may be none of the key type's.
        let unnamed = self.len.is_none();
        self.secret_key(value, past, by_so).map_err(|error| match error {
            Error::AttributeValueInvalid(AttributeType::Value) if unnamed => {
                Error::TemplateIncomplete(AttributeType::ValueLen)
            }
            Error::AttributeValueInvalid(AttributeType::Value) => {
                Error::AttributeValueInvalid(AttributeType::ValueLen)
            }
            other => other,
        })
    }
}

/// The bytes of all keys, one after the other.
fn derive(
    tool: &Tool<&'static dyn Deriving>,
    loaded: &LoadedKey,
    call: &MechanismCall,
    lens: &[Option<usize>],
) -> Result<Secret> {
    for len in lens {
        derivation::check_len(&call.parameters, *len)?;
    }
    let len = match (&call.parameters, lens) {
        (Parameters::TlsKeyBlock { .. }, _) => None,
        // As without the expand step.
        (Parameters::Hkdf { hash, .. }, [None]) => Some(hash.digest_len()),
        (_, [len]) => *len,
        (_, lens) => {
            let add = |sum: usize, len: &Option<usize>| sum.checked_add((*len)?);
            let sum = lens.iter().try_fold(0, add);
            Some(sum.ok_or(Error::TemplateIncomplete(AttributeType::ValueLen))?)
        }
    };
    tool.capability.derive(loaded, &call.parameters, len).map_err(|error| match error {
        EngineError::DataLength if len.is_none() => Error::TemplateIncomplete(AttributeType::ValueLen),
        // The data are too short, and not the key too long (the standard's section on derivation by data encryption).
        EngineError::DataLength if matches!(call.parameters, Parameters::EncryptData { .. }) => {
            Error::Engine(error)
        }
        EngineError::DataLength => Error::TemplateInconsistent(AttributeType::ValueLen),
        other => tool.error()(other),
    })
}

/// The version that the premaster secret of RSA key exchange begins with (RFC 5246 section 7.4.7.1). It is no
/// secret: the client's first message had it.
fn version(view: &View, base: &Arc<Object>, mechanism: MechanismType) -> Result<Option<[u8; 2]>> {
    let carried = matches!(
        mechanism,
        MechanismType::TLS12_MASTER_KEY_DERIVE | MechanismType::TLS12_EXTENDED_MASTER_KEY_DERIVE
    );
    if !carried {
        return Ok(None);
    }
    let opened = view.open(base)?;
    let value = opened.secrets.value(AttributeType::Value);
    Ok(value.and_then(|value| value.expose().first_chunk().copied()))
}
