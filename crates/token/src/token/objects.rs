//! The life of objects: how they get into the store and the catalog, change and go. Durable first, visible
//! second; two writers never overwrite each other unseen.

use alloc::sync::Arc;
use alloc::vec::Vec;

use portcullis_pal::{Change, Label, Record, Stamp, When};

use super::{Shared, View};
use crate::attribute::{AttributeValue, Value};
use crate::object::build::Draft;
use crate::object::{Contents, Entry, Merge, Object, ObjectHandle, ObjectNumber};
use crate::policy::{access, change, create};
use crate::session::SessionCore;
use crate::store::{self, Header};
use crate::{AttributeType, Error, Result, Secret, Template};

/// The records of a scan, decoded.
#[derive(Default)]
struct Scanned {
    saved: Vec<(Object, Stamp)>,
    destroyed: Vec<ObjectNumber>,
    header: Option<Result<Option<Header>>>,
    damage: Vec<Error>,
}

impl Scanned {
    fn take(&mut self, record: Record<'_>) {
        if record.label == store::HEADER {
            self.header = Some(record.value.map(Header::decode).transpose());
            return;
        }
        let Some(number) = store::object_number(&record.label) else { return };
        match record.value.map(|bytes| Object::from_record(number, bytes)) {
            Some(Ok(object)) => self.saved.push((object, record.revision)),
            // A record that can't be used must not hide the others.
            Some(Err(error)) => {
                tracing::error!(%error, "an object can't be used");
                self.destroyed.push(number);
                self.damage.push(error);
            }
            None => self.destroyed.push(number),
        }
    }
}

impl Shared {
    /// Brings the catalog up to what the store holds, if another process has changed it.
    pub(crate) fn refresh(&self) -> Result<()> {
        loop {
            let since = self.catalog.read().known();
            if self.store.stamp()? == since {
                return Ok(());
            }
            let mut scanned = Scanned::default();
            let scan = self.store.scan(since, &mut |record| scanned.take(record))?;
            let header = match scanned.header {
                Some(header) => Some(header?),
                None if scan.complete => Some(None),
                None => None,
            };
            let Scanned { saved, destroyed, .. } = scanned;
            let merge = Merge { since, stamp: scan.stamp, complete: scan.complete, saved, destroyed };
            if self.catalog.write().merge(merge) {
                if let Some(header) = header {
                    self.adopt(header);
                }
                return Ok(());
            }
        }
    }

    /// What is wrong with records that can't be used. Whether a record is authentic shows only to a login
    /// that can open it.
    pub(super) fn damage(&self) -> Result<Vec<Error>> {
        let mut scanned = Scanned::default();
        self.store.scan(Stamp::START, &mut |record| scanned.take(record))?;
        let mut damage = scanned.damage;
        let Ok(view) = self.view() else { return Ok(damage) };
        for (object, _) in scanned.saved {
            if let Contents::Sealed(domain, _) = &object.contents
                && let Ok(vault) = view.vault(*domain)
                && let Err(error) = vault.check(&object)
            {
                damage.push(error);
            }
        }
        Ok(damage)
    }

    /// The labels of all object records that the store holds, whether they can be used or not.
    pub(super) fn object_labels(&self) -> Result<Vec<Label>> {
        let mut labels = Vec::new();
        self.store.scan(Stamp::START, &mut |record| {
            if record.value.is_some() && store::object_number(&record.label).is_some() {
                labels.push(record.label);
            }
        })?;
        Ok(labels)
    }

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
            let batch: Vec<_> = for_store.iter().filter_map(|object| save(object, When::Absent)).collect();
            let stamp = self.store.apply(&batch)?;
            self.catalog.write().publish(for_store, &[], stamp);
        }
        let mut catalog = self.catalog.write();
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
        let mut number = [0; 8];
        self.random.fill(&mut number)?;
        let number = ObjectNumber(u64::from_be_bytes(number));
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
        let record = key.seal(domain, number, version, &draft.public, &draft.secrets, &*self.random)?;
        Ok(Contents::Sealed(domain, record))
    }

    /// Destroys an object (`C_DestroyObject`).
    pub(crate) fn destroy(&self, session: &SessionCore, handle: ObjectHandle) -> Result<()> {
        let view = self.view()?;
        loop {
            let entry = self.entry(&view, handle)?;
            let object = &entry.object;
            access::may_write(session.access, view.login, object.is_token(), object.is_private())?;
            access::may_destroy(object)?;
            if object.is_token() {
                let gone = Change::destroy(store::object_label(object.number));
                let Some(stamp) = self.apply_unless_changed(gone.when(When::Unchanged(entry.revision)))?
                else {
                    self.refresh()?;
                    continue;
                };
                self.catalog.write().publish(Vec::new(), &[object.number], stamp);
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
                let Some(saved) = save(&changed, When::Unchanged(entry.revision)) else { return Ok(()) };
                let Some(stamp) = self.apply_unless_changed(saved)? else {
                    self.refresh()?;
                    continue;
                };
                self.catalog.write().publish(alloc::vec![changed], &[], stamp);
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
            let record = key.seal(domain, old.number, version, &public, &opened.secrets, &*self.random)?;
            Contents::Sealed(domain, record)
        } else {
            Contents::Open(opened.secrets.clone())
        };
        Ok(Object { number: old.number, version, class: old.class, key_type: old.key_type, public, contents })
    }

    /// Makes one change durable, or `None` when another writer was there first.
    pub(super) fn apply_unless_changed(&self, change: Change<'_>) -> Result<Option<Stamp>> {
        match self.store.apply(&[change]) {
            Ok(stamp) => Ok(Some(stamp)),
            Err(portcullis_pal::Error::Conflict { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// One attribute of an object (`C_GetAttributeValue`).
    pub(crate) fn attribute(
        &self,
        view: &View,
        object: &Arc<Object>,
        attribute: AttributeType,
    ) -> Result<AttributeValue> {
        let stored = object.public.value(attribute).cloned();
        if let Some(value) = stored.or_else(|| attribute.open_list(object.class, object.key_type)) {
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

/// The change that saves an object at rest.
fn save(object: &Object, when: When) -> Option<Change<'_>> {
    match &object.contents {
        Contents::Sealed(_, record) => {
            Some(Change::save(store::object_label(object.number), record).when(when))
        }
        Contents::Open(_) => None,
    }
}
