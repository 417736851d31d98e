//! The life of objects: how they come, change and go. How that becomes durable is in [`commit`](super::commit), and how
//! the catalog follows other processes in [`refresh`](super::refresh).

use alloc::sync::Arc;
use alloc::vec::Vec;

use portcullis_pal::When;

use super::commit::Intent;
use super::{Shared, View};
use crate::attribute::{AttributeValue, Value};
use crate::object::build::Draft;
use crate::object::{Contents, Entry, Object, ObjectHandle, ObjectNumber};
use crate::policy::{access, change, create};
use crate::session::SessionCore;
use crate::{AttributeType, Error, Result, Secret, Template};

impl Shared {
    /// Gives new objects their numbers and their places: all of them, or none.
    pub(crate) fn add(
        &self,
        session: &SessionCore,
        view: &View,
        drafts: Vec<Draft>,
    ) -> Result<Vec<ObjectHandle>> {
        let mut numbers = Vec::new();
        let mut for_store = Vec::new();
        let mut for_session = Vec::new();
        for draft in drafts {
            let object = self.place(session, view, draft)?;
            numbers.push(object.number);
            match object.contents {
                Contents::Sealed(..) => for_store.push(object),
                Contents::Open(_) => for_session.push(object),
            }
        }
        if !for_store.is_empty() {
            let mut intent = Intent::of(view.identity.header.serial);
            for object in for_store {
                intent.save(object, When::Absent);
            }
            if !self.commit(intent)? {
                // Numbers are drawn anew at the next call.
                return Err(Error::ObjectHandleInvalid);
            }
        }
        let mut catalog = self.catalog.write();
        if session.is_closed() && !for_session.is_empty() {
            // What was the session's has been removed.
            return Err(Error::SessionClosed);
        }
        for object in for_session {
            catalog.add_session_object(object, session.number);
        }
        drop(catalog);
        numbers.into_iter().map(|number| self.handle_of(view, number)).collect()
    }

    fn handle_of(&self, view: &View, number: ObjectNumber) -> Result<ObjectHandle> {
        let catalog = self.catalog.read();
        // Another process may have destroyed it already.
        catalog.by_number(number).map(|entry| view.handle(entry)).ok_or(Error::ObjectHandleInvalid)
    }

    /// The object that a draft becomes, sealed if it is to be kept.
    fn place(&self, session: &SessionCore, view: &View, mut draft: Draft) -> Result<Object> {
        let (token, private) =
            (draft.public.flag(AttributeType::Token), draft.public.flag(AttributeType::Private));
        access::may_write(session.access, view.login, token, private)?;
        access::may_keep(draft.class, token, private, view.login)?;
        let number = self.numbers.next(&*self.random)?;
        self.settle_check_value(&mut draft)?;
        draft.public.set(AttributeType::UniqueId, number.unique_id());
        let contents =
            if token { self.seal(view, number, 1, &draft)? } else { Contents::Open(Arc::new(draft.secrets)) };
        let Draft { class, key_type, public, .. } = draft;
        Ok(Object { number, version: 1, class, key_type, public, contents })
    }

    fn seal(&self, view: &View, number: ObjectNumber, version: u32, draft: &Draft) -> Result<Contents> {
        let domain = Object::domain(draft.class, &draft.public);
        let key = view.vault(domain)?.key();
        key.seal(domain, number, version, &draft.public, &draft.secrets, &*self.random).map(Contents::Sealed)
    }

    /// Destroys an object (`C_DestroyObject`).
    pub(crate) fn destroy(&self, session: &SessionCore, handle: ObjectHandle) -> Result<()> {
        let view = self.view()?;
        loop {
            let entry = self.entry(&view, handle)?;
            let object = &entry.object;
            access::may_write(session.access, view.login, object.is_token(), object.is_private())?;
            access::may_destroy(object)?;
            if let Contents::Sealed(sealed) = &object.contents {
                // What is under the master key goes with the knowledge of who has it, or is missed.
                view.vault(sealed.domain)?;
                let mut gone = Intent::of(view.identity.header.serial);
                gone.destroy(object, entry.revision);
                if !self.commit(gone)? {
                    self.refresh()?;
                    continue;
                }
            }
            self.catalog.write().remove(object.number);
            view.forget(object);
            if object.class.is_secret() {
                self.sessions.lock().let_go_of_keys();
            }
            return Ok(());
        }
    }

    /// Changes attributes of an object (`C_SetAttributeValue`).
    pub(crate) fn change(
        &self,
        session: &SessionCore,
        handle: ObjectHandle,
        template: &Template,
    ) -> Result<()> {
        template.check()?;
        let view = self.view()?;
        loop {
            let entry = self.entry(&view, handle)?;
            let old = &entry.object;
            access::may_write(session.access, view.login, old.is_token(), old.is_private())?;
            change::check(old, template, view.login)?;
            let changed = self.changed(&view, old, template)?;
            if old.is_token() {
                let mut changes = Intent::of(view.identity.header.serial);
                changes.replace(old, changed, entry.revision);
                if !self.commit(changes)? {
                    self.refresh()?;
                    continue;
                }
            } else {
                self.catalog.write().replace_session_object(changed);
            }
            view.forget(old);
            return Ok(());
        }
    }

    /// The next version of an object.
    fn changed(&self, view: &View, old: &Arc<Object>, template: &Template) -> Result<Object> {
        let opened = view.open(old)?;
        let mut public = old.public.clone();
        for (attribute, value) in template.values.iter() {
            public.set(attribute, value.clone());
        }
        create::check_result(&public, old.class)?;
        let version = old.version.checked_add(1).ok_or(Error::ActionProhibited)?;
        let contents = if old.is_token() {
            let domain = Object::domain(old.class, &public);
            let key = view.vault(domain)?.key();
            let sealed = key.seal(domain, old.number, version, &public, &opened.secrets, &*self.random)?;
            Contents::Sealed(sealed)
        } else {
            Contents::Open(opened.secrets.clone())
        };
        Ok(Object { number: old.number, version, class: old.class, key_type: old.key_type, public, contents })
    }

    /// One attribute of an object (`C_GetAttributeValue`).
    pub(crate) fn attribute(
        &self,
        view: &View,
        object: &Arc<Object>,
        attribute: AttributeType,
    ) -> Result<AttributeValue> {
        let stored = object.public.value(attribute).cloned();
        if let Some(value) = stored.or_else(|| attribute.open_template(object.class, object.key_type)) {
            // What the record says counts only once it has been checked.
            if view.can_open(object) {
                view.open(object)?;
            }
            return Ok(AttributeValue::Plain(value));
        }
        if let Some(value) = self.computed(view, object, attribute) {
            return value.map(AttributeValue::Plain);
        }
        if !attribute.is_secret() || !attribute.row().applies_to(object.class, object.key_type) {
            return Err(Error::AttributeTypeInvalid(attribute));
        }
        access::may_read_secret(object, attribute)?;
        let opened = view.open(object)?;
        let secret = opened.secrets.value(attribute).ok_or(Error::AttributeTypeInvalid(attribute))?;
        Ok(AttributeValue::Secret(Secret::copied(secret.expose())))
    }

    /// An attribute that is kept nowhere, if it is one: it is computed when it is asked for.
    fn computed(&self, view: &View, object: &Arc<Object>, attribute: AttributeType) -> Option<Result<Value>> {
        match attribute {
            AttributeType::CheckValue => Some(self.check_value(view, object).map(Value::from)),
            // No authority has validated this token, so no key was made under a validation.
            AttributeType::ObjectValidationFlags if object.class.is_key() => Some(Ok(Value::Ulong(0))),
            _ => None,
        }
    }

    /// The objects that a template describes, in the order in which they came to be known.
    pub(crate) fn find(&self, view: &View, template: &Template) -> Result<Vec<Entry>> {
        template.check()?;
        self.refresh()?;
        let mut found = self.catalog.read().candidates(template);
        found.retain(|entry| {
            access::is_visible(&entry.object, view.login) && self.matches(view, &entry.object, template)
        });
        Ok(found)
    }

    /// Whether an object has all attributes of a template. A secret that may not be read matches nothing.
    fn matches(&self, view: &View, object: &Arc<Object>, template: &Template) -> bool {
        let plain = |(attribute, wanted): (AttributeType, &Value)| match object.public.value(attribute) {
            None => {
                self.computed(view, object, attribute).is_some_and(|own| own.is_ok_and(|own| own == *wanted))
            }
            own => own == Some(wanted),
        };
        let secret = |(attribute, wanted): (AttributeType, &Secret)| match object.public.value(attribute) {
            Some(value) => value.as_bytes() == Some(wanted.expose()),
            None if access::may_read_secret(object, attribute).is_err() => false,
            None => view.open(object).is_ok_and(|opened| opened.secrets.value(attribute) == Some(wanted)),
        };
        template.values.iter().all(plain) && template.secrets.iter().all(secret)
    }
}
