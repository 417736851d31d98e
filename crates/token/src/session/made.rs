//! What all calls share that make keys out of keys: the key that a call works with once, and what its template
//! wants. Each is checked before any secret is touched, so that a mistake of the caller's tells nothing of one.

use super::{Lease, Session, engine_error};
use crate::engine::{KeyLoader, LoadedKey, Mechanism};
use crate::object::build::Draft;
use crate::object::{Entry, ObjectClass, ObjectHandle, build};
use crate::policy::create::{self, Origin};
use crate::policy::history::Past;
use crate::policy::{access, usage, wrap};
use crate::token::View;
use crate::{
    AttributeType, EngineError, Error, KeyMaterial, KeyType, Login, MechanismCall, Result, Secret, Template,
};

/// A key that one call works with, and the capability that it is used by.
pub(super) struct Tool<C> {
    pub(super) entry: Entry,
    pub(super) mechanism: &'static dyn Mechanism,
    pub(super) capability: C,
    lease: Lease,
}

/// What a template asks for.
pub(super) struct Wanted {
    pub(super) template: Template,
    pub(super) class: ObjectClass,
    /// The key's type; a data object has none.
    pub(super) key_type: Option<KeyType>,
    /// The length that the template names, in bytes.
    pub(super) len: Option<usize>,
}

impl Session {
    /// The key with this handle, if it may be used so by the mechanism.
    pub(super) fn tool<C>(
        &self,
        view: &View,
        call: &MechanismCall,
        key: ObjectHandle,
        usage: AttributeType,
        capability: impl FnOnce(&'static dyn Mechanism) -> Option<C>,
    ) -> Result<Tool<C>> {
        let mechanism = self.mechanism(call.mechanism)?;
        let capability = capability(mechanism).ok_or(Error::MechanismInvalid(call.mechanism))?;
        let entry = self.token.key_entry(view, key)?;
        usage::check(&entry.object, usage, mechanism)?;
        usage::check_unattended(&entry.object)?;
        let lease = Lease::of(view, &entry.object);
        Ok(Tool { entry, mechanism, capability, lease })
    }

    /// What the caller's template and the key's own one ask for, if the session may make such an object.
    pub(super) fn wanted(
        &self,
        view: &View,
        tool: &Entry,
        imposing: AttributeType,
        template: Template,
        origin: Origin,
        default: Option<(ObjectClass, KeyType)>,
    ) -> Result<Wanted> {
        template.check()?;
        let mut template = wrap::impose(&tool.object, imposing, template)?;
        let class = template.class()?.or(default.map(|(class, _)| class));
        let class = class.ok_or(Error::TemplateIncomplete(AttributeType::Class))?;
        if !class.is_secret() {
            return Err(Error::TemplateInconsistent(AttributeType::Class));
        }
        let key_type = template.key_type()?.or(default.map(|(_, key_type)| key_type));
        let key_type = key_type.ok_or(Error::TemplateIncomplete(AttributeType::KeyType))?;
        if key_type.is_symmetric() != (class == ObjectClass::SecretKey) {
            return Err(Error::TemplateInconsistent(AttributeType::KeyType));
        }
        build::check_made(&template, class, key_type, origin, view.login == Login::So)?;
        build::settle_private(&mut template.values, class, origin, view.login);
        self.check_place(view, class, &template)?;
        let len = match template.values.ulong(AttributeType::ValueLen) {
            Some(len) => Some(
                usize::try_from(len).map_err(|_| Error::AttributeValueInvalid(AttributeType::ValueLen))?,
            ),
            None => None,
        };
        Ok(Wanted { template, class, key_type: Some(key_type), len })
    }

    /// Whether the session may make an object of this class where the template wants it.
    pub(super) fn check_place(&self, view: &View, class: ObjectClass, template: &Template) -> Result<()> {
        let token = template.values.flag(AttributeType::Token);
        let private = match template.values.value(AttributeType::Private) {
            Some(given) => given.as_bool().unwrap_or(true),
            None => create::private_by_default(class),
        };
        access::may_write(self.core.access, view.login, token, private)?;
        access::may_keep(class, token, private, view.login)
    }
}

impl<C> Tool<C> {
    /// The key as the capability's loader parsed it.
    pub(super) fn key(&self, view: &View, loader: &'static dyn KeyLoader) -> Result<LoadedKey> {
        view.open(&self.entry.object)?.key(&self.entry.object, loader)
    }

    /// Whether the login is still there under which the call began.
    pub(super) fn check_lease(&self, session: &Session) -> Result<()> {
        if self.lease.is_valid(&session.token) { Ok(()) } else { Err(Error::UserNotLoggedIn) }
    }

    /// An engine's error, as one of this mechanism.
    pub(super) fn error(&self) -> impl Fn(EngineError) -> Error {
        engine_error(self.mechanism.id())
    }
}

impl Wanted {
    /// The secret key that is wanted, with this value.
    pub(super) fn secret_key(self, value: Secret, past: &Past, by_so: bool) -> Result<Draft> {
        let key_type = self.key_type.ok_or(Error::TemplateIncomplete(AttributeType::KeyType))?;
        build::made(self.template, self.class, KeyMaterial::Secret { key_type, value }, past, by_so)
    }
}
