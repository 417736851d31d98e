//! Templates: attributes as a caller gives them, checked for their types but not yet for their meaning.

use alloc::boxed::Box;

use super::set::MAX_DEPTH;
use super::{AttributeSet, AttributeType, Kind, Secrets, Value};
use crate::object::ObjectClass;
use crate::{Error, KeyType, Result, Secret};

/// A list of attributes to create, generate, change or find objects by (`CK_ATTRIBUTE_PTR`).
///
/// ```
/// use portcullis_token::{AttributeType, ObjectClass, Template};
///
/// let private_keys = Template::of(ObjectClass::PrivateKey)
///     .with(AttributeType::Label, "device")
///     .with(AttributeType::Sign, true);
/// ```
#[derive(Debug, Default)]
pub struct Template {
    pub(crate) values: AttributeSet,
    pub(crate) secrets: Secrets,
    // The first attribute that was given twice, or with a value of the wrong kind: a builder can't refuse,
    // so the first use of the template does.
    flaw: Option<Flaw>,
}

#[derive(Clone, Copy, Debug)]
enum Flaw {
    Twice(AttributeType),
    Kind(AttributeType),
}

impl Template {
    /// An empty template. To find objects by, it matches all of them.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A template for objects of this class.
    #[must_use]
    pub fn of(class: ObjectClass) -> Self {
        Self::new().with(AttributeType::Class, class.code())
    }

    /// A template for keys of this class and type.
    #[must_use]
    pub fn key(class: ObjectClass, key_type: KeyType) -> Self {
        Self::of(class).with(AttributeType::KeyType, key_type.code())
    }

    /// Adds an attribute. A byte value of an attribute that can be secret is taken as a secret.
    #[must_use]
    pub fn with(mut self, attribute: AttributeType, value: impl Into<Value>) -> Self {
        match (attribute.row().kind, value.into()) {
            (Kind::Secret, Value::Bytes(bytes)) => return self.with_secret(attribute, Secret::new(bytes)),
            (kind, value) if fits(kind, &value) => {
                if self.values.value(attribute).is_some_and(|earlier| *earlier != value) {
                    self.flaw.get_or_insert(Flaw::Twice(attribute));
                }
                self.values.set(attribute, value);
            }
            _ => {
                self.flaw.get_or_insert(Flaw::Kind(attribute));
            }
        }
        self
    }

    /// Adds the attribute when there is a value for it.
    #[must_use]
    pub fn with_some(self, attribute: AttributeType, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(attribute, value),
            None => self,
        }
    }

    /// Adds a secret attribute.
    #[must_use]
    pub fn with_secret(mut self, attribute: AttributeType, value: Secret) -> Self {
        if !attribute.is_secret() {
            self.flaw.get_or_insert(Flaw::Kind(attribute));
            return self;
        }
        if self.secrets.value(attribute).is_some_and(|earlier| *earlier != value) {
            self.flaw.get_or_insert(Flaw::Twice(attribute));
        }
        self.secrets.set(attribute, value);
        self
    }

    /// Adds a template for other keys. It holds no secrets, and few templates of its own in one another.
    #[must_use]
    pub fn with_template(mut self, attribute: AttributeType, inner: Self) -> Self {
        let fits = inner.flaw.is_none() && inner.secrets.is_empty() && inner.values.depth() < MAX_DEPTH;
        if !fits {
            self.flaw.get_or_insert(Flaw::Kind(attribute));
            return self;
        }
        self.with(attribute, Value::Template(Box::new(inner.values)))
    }

    /// The same template once more, but for its secrets.
    pub(crate) fn without_secrets(&self) -> Self {
        Self { values: self.values.clone(), secrets: Secrets::default(), flaw: self.flaw }
    }

    /// Checks that each value is of its attribute's kind, and that no attribute is given two values.
    pub(crate) fn check(&self) -> Result<()> {
        match self.flaw {
            None => Ok(()),
            Some(Flaw::Twice(attribute)) => Err(Error::TemplateInconsistent(attribute)),
            Some(Flaw::Kind(attribute)) => Err(Error::AttributeValueInvalid(attribute)),
        }
    }

    /// Every attribute that the template names.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = AttributeType> {
        self.values
            .iter()
            .map(|(attribute, _)| attribute)
            .chain(self.secrets.iter().map(|(attribute, _)| attribute))
    }

    /// The class that the template names.
    pub(crate) fn class(&self) -> Result<Option<ObjectClass>> {
        let known =
            |code| ObjectClass::from_code(code).ok_or(Error::AttributeValueInvalid(AttributeType::Class));
        self.values.ulong(AttributeType::Class).map(known).transpose()
    }

    /// The key type that the template names.
    pub(crate) fn key_type(&self) -> Result<Option<KeyType>> {
        let known =
            |code| KeyType::from_code(code).ok_or(Error::AttributeValueInvalid(AttributeType::KeyType));
        self.values.ulong(AttributeType::KeyType).map(known).transpose()
    }
}

/// Whether a value is of an attribute's kind.
fn fits(kind: Kind, value: &Value) -> bool {
    matches!(
        (kind, value),
        (Kind::Bool, Value::Bool(_))
            | (Kind::Ulong, Value::Ulong(_))
            | (Kind::Bytes, Value::Bytes(_))
            | (Kind::Date, Value::Date(None))
            | (Kind::Mechanisms, Value::Mechanisms(_))
            | (Kind::Template, Value::Template(_))
    ) || matches!((kind, value), (Kind::Date, Value::Date(Some(date))) if date.is_valid())
}
