//! Objects through a session: creating, copying, reading, changing, destroying and finding them (PKCS #11 v3.1
//! section 5.7).

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::Session;
use crate::attribute::AttributeValue;
use crate::object::{ObjectHandle, build};
use crate::policy::change;
use crate::{AttributeType, Error, Result, Template};

/// The rest of a search's results.
pub(super) struct FindOperation {
    found: VecDeque<ObjectHandle>,
}

impl Session {
    /// Creates an object from values (`C_CreateObject`).
    ///
    /// # Errors
    /// What the template lacks or may not say; [`Error::SessionReadOnly`], [`Error::UserNotLoggedIn`]; that
    /// the store refuses. In each case there is no new object.
    pub fn create_object(&self, template: Template) -> Result<ObjectHandle> {
        self.create_objects(alloc::vec![template])?.first().copied().ok_or(Error::ObjectHandleInvalid)
    }

    /// Creates several objects from values, all or none, and gives their handles in the same order.
    ///
    /// # Errors
    /// As [`create_object`](Self::create_object), for any of them.
    pub fn create_objects(&self, templates: Vec<Template>) -> Result<Vec<ObjectHandle>> {
        let view = self.view()?;
        let draft = |template| build::created(template, view.login, &*self.token.engine);
        let drafts = templates.into_iter().map(draft).collect::<Result<_>>()?;
        self.token.add(&self.core, &view, drafts)
    }

    /// Copies an object, with the template's changes (`C_CopyObject`). A copy may be stricter than the object, and
    /// never weaker.
    ///
    /// # Errors
    /// [`Error::ActionProhibited`] for an object that can't be copied so, [`Error::AttributeReadOnly`] or
    /// [`Error::TemplateInconsistent`] for a difference that is not allowed; as
    /// [`create_object`](Self::create_object).
    pub fn copy_object(&self, object: ObjectHandle, template: &Template) -> Result<ObjectHandle> {
        template.check()?;
        let view = self.view()?;
        let object = self.token.entry(&view, object)?.object;
        change::check_copy(&object, template, view.login)?;
        let opened = view.open(&object)?;
        let draft = build::copied(&object, &opened.secrets, template)?;
        let copies = self.token.add(&self.core, &view, alloc::vec![draft])?;
        copies.first().copied().ok_or(Error::ObjectHandleInvalid)
    }

    /// Destroys an object (`C_DestroyObject`).
    ///
    /// # Errors
    /// [`Error::ObjectHandleInvalid`], [`Error::ActionProhibited`], [`Error::SessionReadOnly`]; that the store
    /// refuses.
    pub fn destroy_object(&self, object: ObjectHandle) -> Result<()> {
        self.check_open()?;
        self.token.destroy(&self.core, object)
    }

    /// Gives up objects that the store has lost or damaged, named by their records as [`Token::damage`](crate::Token::damage)
    /// names them: all of them, or none. What is left of them is destroyed, and nothing is missed any more. The user alone
    /// can do this, who could have destroyed them.
    ///
    /// # Errors
    /// [`Error::NotDamaged`] for a record that is not of a damaged or missing object, [`Error::SessionReadOnly`],
    /// [`Error::UserNotLoggedIn`]; that the store refuses.
    pub fn give_up(&self, records: &[&str]) -> Result<()> {
        self.check_open()?;
        self.token.give_up(&self.core, records)
    }

    /// Changes attributes of an object, all or none (`C_SetAttributeValue`).
    ///
    /// # Errors
    /// [`Error::AttributeReadOnly`] for a change that an attribute does not allow, [`Error::ActionProhibited`]
    /// for an object that can't be modified, [`Error::SessionReadOnly`]; that the store refuses.
    pub fn set_attributes(&self, object: ObjectHandle, template: &Template) -> Result<()> {
        self.check_open()?;
        self.token.change(&self.core, object, template)
    }

    /// One attribute of an object (`C_GetAttributeValue`).
    ///
    /// # Errors
    /// [`Error::AttributeSensitive`], [`Error::AttributeTypeInvalid`], [`Error::ObjectHandleInvalid`], or that
    /// the object's record is damaged.
    pub fn attribute(&self, object: ObjectHandle, attribute: AttributeType) -> Result<AttributeValue> {
        let view = self.view()?;
        let entry = self.token.entry(&view, object)?;
        self.token.attribute(&view, &entry.object, attribute)
    }

    /// Several attributes of an object, each with its own answer (`C_GetAttributeValue`).
    ///
    /// # Errors
    /// [`Error::ObjectHandleInvalid`]; for each attribute, as [`attribute`](Self::attribute).
    pub fn attributes(
        &self,
        object: ObjectHandle,
        attributes: impl IntoIterator<Item = AttributeType>,
    ) -> Result<Vec<Result<AttributeValue>>> {
        let view = self.view()?;
        let entry = self.token.entry(&view, object)?;
        let answer = |attribute| self.token.attribute(&view, &entry.object, attribute);
        Ok(attributes.into_iter().map(answer).collect())
    }

    /// About how many bytes an object takes (`C_GetObjectSize`): its record in the store, or the values of a
    /// session object.
    ///
    /// # Errors
    /// [`Error::ObjectHandleInvalid`].
    pub fn object_size(&self, object: ObjectHandle) -> Result<usize> {
        let view = self.view()?;
        Ok(self.token.entry(&view, object)?.object.size())
    }

    /// All objects that have the template's attributes, in the order in which they came to be known.
    ///
    /// # Errors
    /// [`Error::AttributeValueInvalid`]; when the store can't be read.
    pub fn find_objects(&self, template: &Template) -> Result<Vec<ObjectHandle>> {
        let view = self.view()?;
        Ok(self.token.find(&view, template)?.iter().map(|entry| view.handle(entry)).collect())
    }

    /// Starts a search (`C_FindObjectsInit`).
    ///
    /// # Errors
    /// As [`find_objects`](Self::find_objects), and [`Error::OperationActive`].
    pub fn find_init(&self, template: &Template) -> Result<()> {
        self.operations()?.find.check_idle()?;
        let found = self.find_objects(template)?.into();
        self.operations()?.find.start(FindOperation { found })
    }

    /// The next objects of a search, at most `max`; none when there are no more (`C_FindObjects`).
    ///
    /// # Errors
    /// [`Error::OperationNotInitialized`].
    pub fn find(&self, max: usize) -> Result<Vec<ObjectHandle>> {
        let mut operations = self.operations()?;
        let found = &mut operations.find.current()?.found;
        Ok(found.drain(..max.min(found.len())).collect())
    }

    /// Ends a search (`C_FindObjectsFinal`).
    ///
    /// # Errors
    /// [`Error::OperationNotInitialized`].
    pub fn find_final(&self) -> Result<()> {
        let mut operations = self.operations()?;
        operations.find.current()?;
        operations.find.cancel();
        Ok(())
    }
}
