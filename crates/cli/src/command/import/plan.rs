//! What a file's contents become in the token: which key a certificate belongs to, what each is called, and
//! what is there already. Nothing is written here.

use portcullis_token::formats::{self, CertificateParts};
use portcullis_token::{
    AttributeType, Engine, KeyMaterial, ObjectClass, ObjectHandle, Session, Template, TokenInfo,
};

use super::read::{Content, Item};
use super::{Import, Outcome};
use crate::certificate::Certificate;
use crate::error::{Error, Result};
use crate::object::{self, Object};
use crate::{identifier, template};

/// What is to be done for one item of the file.
pub(super) struct Step {
    pub(super) new: New,
    pub(super) outcome: Outcome,
}

/// What an item adds to the token.
pub(super) enum New {
    Objects(Vec<Template>),
    /// A certificate that is there becomes a trust anchor.
    Trust(ObjectHandle),
    Nothing,
}

/// A key that certificates may belong to.
struct Owner {
    public_key: Vec<u8>,
    id: Vec<u8>,
    label: String,
}

/// What the plan is made from.
pub(super) struct Plan<'a> {
    options: &'a Import,
    session: &'a Session,
    engine: &'a dyn Engine,
    /// The keys of the token that can be seen.
    keys: Vec<Object>,
}

impl<'a> Plan<'a> {
    pub(super) fn new(
        options: &'a Import,
        session: &'a Session,
        token: &TokenInfo,
        engine: &'a dyn Engine,
    ) -> Result<Self> {
        let mut keys = Vec::new();
        for class in [ObjectClass::PrivateKey, ObjectClass::PublicKey] {
            for handle in session.find_objects(&Template::of(class))? {
                keys.push(Object::read(session, token, handle)?);
            }
        }
        Ok(Self { options, session, engine, keys })
    }

    /// What to do for each item, keys first.
    pub(super) fn steps(&self, items: Vec<Item>) -> Result<Vec<Step>> {
        let alone = items.len() == 1;
        let mut owners: Vec<Owner> = self.keys.iter().map(Owner::of).collect();
        let mut steps = Vec::new();
        let mut certificates = Vec::new();
        for Item { place, content } in items {
            match content {
                Content::Key(material) => {
                    let (owner, step) = self.key(&place, material)?;
                    owners.insert(0, owner);
                    steps.push(step);
                }
                Content::Certificate { der, parts } => certificates.push((der, parts)),
            }
        }
        for (der, parts) in certificates {
            let owner = owners.iter().find(|owner| owner.public_key == parts.public_key_info);
            steps.push(self.certificate(&der, &parts, owner, alone)?);
        }
        Ok(steps)
    }

    fn key(&self, place: &str, material: KeyMaterial) -> Result<(Owner, Step)> {
        let bad = |why: &str| Error::BadInput {
            place: place.into(),
            why: why.into(),
            advice: "make or export the key anew, as RSA of 2048 to 4096 bits, P-256, P-384 or Ed25519",
        };
        let public = self.engine.public_key(&material).map_err(|error| bad(&error.to_string()))?;
        let public_key = formats::public_key_info(&public).map_err(|error| Error::format(place, &error))?;
        let claimed = material.public_half().and_then(|half| formats::public_key_info(&half).ok());
        if claimed.is_some_and(|claimed| claimed != public_key) {
            return Err(bad("the private key carries a public key that is not its own"));
        }

        let there = self.key_of(ObjectClass::PrivateKey, &public_key);
        let new_owner = || Owner {
            public_key: public_key.clone(),
            id: self.options.id.as_ref().map_or_else(|| identifier::of_key(&public_key), |id| id.0.clone()),
            label: self.options.label.clone().unwrap_or_default(),
        };
        let owner = there.map_or_else(new_owner, Owner::of);
        let new = match there {
            Some(_) => New::Nothing,
            None => {
                let mut templates = vec![self.named(Template::of_key(material)?, &owner.label, &owner.id)];
                if self.key_of(ObjectClass::PublicKey, &public_key).is_none() {
                    templates.push(self.named(Template::of_key(public)?, &owner.label, &owner.id));
                }
                New::Objects(templates)
            }
        };
        let outcome = Outcome {
            what: "private key",
            label: owner.label.clone(),
            id: hex::encode(&owner.id),
            of_key: None,
            was_there: there.is_some(),
        };
        Ok((owner, Step { new, outcome }))
    }

    /// The key of this class in the token that has this public key.
    fn key_of(&self, class: ObjectClass, public_key: &[u8]) -> Option<&Object> {
        self.keys.iter().find(|key| key.class == class && key.public_key == public_key)
    }

    fn certificate(
        &self,
        der: &[u8],
        parts: &CertificateParts,
        owner: Option<&Owner>,
        alone: bool,
    ) -> Result<Step> {
        // The options name the one certificate of a file, and in a bundle those of keys: not their issuers.
        let named = alone || owner.is_some();
        let given_label = self.options.label.clone().filter(|_| named);
        let given_id = self.options.id.as_ref().filter(|_| named).map(|id| id.0.clone());
        let label = given_label
            .or_else(|| owner.map(|owner| owner.label.clone()).filter(|label| !label.is_empty()))
            .unwrap_or_else(|| Certificate::new(parts).subject);
        let id = given_id
            .or_else(|| owner.map(|owner| owner.id.clone()).filter(|id| !id.is_empty()))
            .unwrap_or_else(|| identifier::of_key(&parts.public_key_info));

        let same = Template::of(ObjectClass::Certificate).with(AttributeType::Value, der);
        let there = self.session.find_objects(&same)?.first().copied();
        let new = match there {
            Some(handle) if self.options.trusted => New::Trust(handle),
            Some(_) => New::Nothing,
            None => {
                let new = self.named(template::certificate(der, parts), &label, &id);
                New::Objects(vec![if self.options.trusted {
                    new.with(AttributeType::Trusted, true)
                } else {
                    new
                }])
            }
        };
        let what = if self.options.trusted { "trust anchor" } else { "certificate" };
        let of_key = owner.map(|owner| owner.label.clone());
        let was_there = there.is_some();
        let (label, id) = match there {
            Some(handle) => (
                String::from_utf8_lossy(&object::bytes(self.session, handle, AttributeType::Label)?)
                    .into_owned(),
                object::bytes(self.session, handle, AttributeType::Id)?,
            ),
            None => (label, id),
        };
        Ok(Step { new, outcome: Outcome { what, label, id: hex::encode(id), of_key, was_there } })
    }

    fn named(&self, template: Template, label: &str, id: &[u8]) -> Template {
        template
            .with(AttributeType::Token, true)
            .with(AttributeType::Label, label)
            .with(AttributeType::Id, id)
    }
}

impl Owner {
    fn of(key: &Object) -> Self {
        Self { public_key: key.public_key.clone(), id: key.id.clone(), label: key.label.clone() }
    }
}
