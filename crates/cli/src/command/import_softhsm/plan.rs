//! What an object of SoftHSM2 becomes in the token: the same attributes, but for those that a token says of a key by
//! itself. Nothing is written here.

use portcullis_token::formats::curve_from_params;
use portcullis_token::{
    AttributeKind, AttributeType, Date, KeyType, MechanismType, ObjectClass, Template, Value,
};

use super::file::{Attributes, Stored};

/// What the token settles by itself: how a key came to be is not what another token says.
const SETTLED: [AttributeType; 9] = [
    AttributeType::UniqueId,
    AttributeType::Local,
    AttributeType::KeyGenMechanism,
    AttributeType::AlwaysSensitive,
    AttributeType::NeverExtractable,
    AttributeType::ModulusBits,
    AttributeType::ValueLen,
    AttributeType::CheckValue,
    AttributeType::Trusted,
];

/// An object that a template can be made of.
pub(super) struct Planned<'a> {
    pub(super) class: ObjectClass,
    key_type: Option<KeyType>,
    attributes: &'a Attributes,
}

impl<'a> Planned<'a> {
    /// What kind of object it is; an error says why it can't be brought in.
    pub(super) fn new(attributes: &'a Attributes) -> Result<Self, String> {
        let number = |attribute: AttributeType| attributes.get(&attribute.code()).and_then(Stored::number);
        let code = number(AttributeType::Class).ok_or("it names no class")?;
        let class = ObjectClass::from_code(code)
            .ok_or_else(|| format!("objects of class {code:#x} are not known"))?;
        let key_type = match number(AttributeType::KeyType) {
            None => None,
            Some(code) => Some(
                KeyType::from_code(code).ok_or_else(|| format!("keys of type {code:#x} are not known"))?,
            ),
        };
        Ok(Self { class, key_type, attributes })
    }

    pub(super) fn text(&self, attribute: AttributeType) -> String {
        let bytes = self.attributes.get(&attribute.code()).and_then(Stored::bytes).unwrap_or_default();
        match attribute {
            AttributeType::Id => hex::encode(bytes),
            _ => String::from_utf8_lossy(bytes).into_owned(),
        }
    }

    /// Whether another token's security officer had marked it trusted.
    pub(super) fn was_trusted(&self) -> bool {
        self.attributes.get(&AttributeType::Trusted.code()).is_some_and(Stored::is_true)
    }

    /// What finds the object where it is there already. The values of keys can't be asked for.
    pub(super) fn same(&self) -> Template {
        let mut template = Template::of(self.class);
        for attribute in
            [AttributeType::KeyType, AttributeType::Label, AttributeType::Id, AttributeType::Modulus]
        {
            template = self.add(template, attribute);
        }
        if !self.class.is_key() {
            template = self.add(template, AttributeType::Value);
        }
        template
    }

    /// The new object, on the token or in the session alone.
    pub(super) fn template(&self, on_token: bool) -> Template {
        let known = self.attributes.keys().filter_map(|&code| AttributeType::from_code(code));
        let own =
            known.filter(|attribute| !SETTLED.contains(attribute) && *attribute != AttributeType::Token);
        own.fold(Template::new().with(AttributeType::Token, on_token), |template, each| {
            self.add(template, each)
        })
    }

    fn add(&self, template: Template, attribute: AttributeType) -> Template {
        match self.attributes.get(&attribute.code()) {
            Some(stored) if self.is_of_it(attribute, stored) => match self.padded(attribute, stored) {
                Some(scalar) => template.with(attribute, scalar),
                None => add(template, attribute, stored),
            },
            _ => template,
        }
    }

    /// SoftHSM2 gives objects some attributes that say nothing.
    fn is_of_it(&self, attribute: AttributeType, stored: &Stored) -> bool {
        let says_something = match stored {
            Stored::Bytes(bytes) => !bytes.is_empty() || attribute == AttributeType::Value,
            Stored::Attributes(inner) => !inner.is_empty(),
            Stored::Mechanisms(list) => !list.is_empty(),
            Stored::Bool(_) | Stored::Number(_) => true,
        };
        says_something && attribute.is_of(self.class)
    }

    /// A private key's number on a Weierstrass curve with the zeros at its head, which SoftHSM2 leaves out; `None` for
    /// all else.
    fn padded(&self, attribute: AttributeType, stored: &Stored) -> Option<Vec<u8>> {
        let is_scalar = attribute == AttributeType::Value
            && self.class == ObjectClass::PrivateKey
            && self.key_type == Some(KeyType::Ec);
        let scalar = stored.bytes().filter(|_| is_scalar)?;
        let params = self.attributes.get(&AttributeType::EcParams.code()).and_then(Stored::bytes)?;
        let len = curve_from_params(params).ok()?.scalar_len();
        Some([&vec![0; len.saturating_sub(scalar.len())][..], scalar].concat())
    }
}

fn add(template: Template, attribute: AttributeType, stored: &Stored) -> Template {
    match (attribute.kind(), stored) {
        (_, Stored::Bool(value)) => template.with(attribute, *value),
        (_, Stored::Number(value)) => template.with(attribute, *value),
        (AttributeKind::Date, Stored::Bytes(bytes)) => {
            template.with(attribute, Value::Date(bytes.as_slice().try_into().ok().map(Date)))
        }
        (_, Stored::Bytes(bytes)) => template.with(attribute, bytes.as_slice()),
        (_, Stored::Mechanisms(list)) => {
            template.with(attribute, Value::Mechanisms(list.iter().copied().map(MechanismType).collect()))
        }
        (_, Stored::Attributes(inner)) => {
            let known =
                inner.iter().filter_map(|(&code, stored)| Some((AttributeType::from_code(code)?, stored)));
            let inner =
                known.fold(Template::new(), |template, (attribute, stored)| add(template, attribute, stored));
            template.with_template(attribute, inner)
        }
    }
}
