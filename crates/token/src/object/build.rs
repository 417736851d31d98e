//! New objects: from a template's values, or from a template and a key that the token generated. What the
//! caller may give is `policy::create`'s to say; here the rest is filled in.

use crate::attribute::{AttributeSet, Secrets, Value};
use crate::engine::Engine;
use crate::object::{Object, ObjectClass, certificate, key, lattice};
use crate::policy::create::{self, Origin};
use crate::policy::history::Past;
use crate::{AttributeType, Error, KeyMaterial, KeyType, Login, Result, Secret, Template};

/// The standard's "no information" value of a number (`CK_UNAVAILABLE_INFORMATION`).
const UNAVAILABLE: u64 = u64::MAX;

/// An object before it has a number and a place.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) class: ObjectClass,
    pub(crate) key_type: Option<KeyType>,
    pub(crate) public: AttributeSet,
    pub(crate) secrets: Secrets,
}

/// An object made of values that the caller gives (`C_CreateObject`).
pub(crate) fn created(template: Template, login: Login, engine: &dyn Engine) -> Result<Draft> {
    template.check()?;
    let class = template.class()?.ok_or(Error::TemplateIncomplete(AttributeType::Class))?;
    let key_type = match (class.is_key(), template.key_type()?) {
        (true, None) => return Err(Error::TemplateIncomplete(AttributeType::KeyType)),
        (true, given) => given,
        (false, _) => None,
    };
    create::check(&template, class, key_type, Origin::Values, login == Login::So)?;
    let mut draft = Draft { class, key_type, public: template.values, secrets: template.secrets };
    settle_private(&mut draft.public, class, Origin::Values, login);
    match class {
        ObjectClass::Data => draft.fill_data(),
        ObjectClass::Certificate => certificate::fill(&mut draft.public, &draft.secrets)?,
        ObjectClass::PublicKey | ObjectClass::PrivateKey | ObjectClass::SecretKey => {
            let key_type = draft.fill_key(engine)?;
            draft.finish_key(key_type, &Past::given())?;
            return Ok(draft);
        }
        // They are the token's own.
        ObjectClass::Profile => return Err(Error::AttributeValueInvalid(AttributeType::Class)),
    }
    draft.fill_common();
    create::check_result(&draft.public, class)?;
    Ok(draft)
}

/// Says that an object is public where its template leaves it open and it is, other than its class by default.
pub(crate) fn settle_private(public: &mut AttributeSet, class: ObjectClass, origin: Origin, login: Login) {
    if create::public_for_the_moment(public, class, origin, login) {
        public.set_default(AttributeType::Private, false);
    }
}

/// A key of which the token has the material: generated, unwrapped, derived or encapsulated.
pub(crate) fn made(
    template: Template,
    class: ObjectClass,
    material: KeyMaterial,
    past: &Past,
    by_so: bool,
) -> Result<Draft> {
    let key_type = material.key_type();
    if let KeyMaterial::Secret { value, .. } = &material {
        key::check_len(key_type, value.len())?;
    }
    check_made(&template, class, key_type, past.origin, by_so)?;
    let mut draft =
        Draft { class, key_type: Some(key_type), public: template.values, secrets: template.secrets };
    let given = draft.public.clone();
    key::describe(class, material, &mut draft.public, &mut draft.secrets)?;
    if past.origin != Origin::Generated {
        check_kept(&given, &draft.public)?;
    }
    draft.finish_key(key_type, past)?;
    Ok(draft)
}

/// Whether the template may say what it says of a key that the token is about to make.
pub(crate) fn check_made(
    template: &Template,
    class: ObjectClass,
    key_type: KeyType,
    origin: Origin,
    by_so: bool,
) -> Result<()> {
    template.check()?;
    if template.class()?.is_some_and(|given| given != class) {
        return Err(Error::TemplateInconsistent(AttributeType::Class));
    }
    if template.key_type()?.is_some_and(|given| given != key_type) {
        return Err(Error::TemplateInconsistent(AttributeType::KeyType));
    }
    create::check(template, class, Some(key_type), origin, by_so)
}

/// Whether the key is the one that the template describes.
fn check_kept(given: &AttributeSet, public: &AttributeSet) -> Result<()> {
    match given.iter().find(|(attribute, value)| public.value(*attribute) != Some(value)) {
        Some((attribute, _)) => Err(Error::TemplateInconsistent(attribute)),
        None => Ok(()),
    }
}

/// A private key from outside, checked and completed by the engine.
pub(crate) fn checked_private(material: KeyMaterial, engine: &dyn Engine) -> Result<KeyMaterial> {
    let mut material = lattice::completed(material, engine)?;
    let public = engine.public_key(&material)?;
    check_public_half(&mut material, public)?;
    Ok(material)
}

/// A data object whose content the token derived.
pub(crate) fn derived_data(template: Template, content: Secret, by_so: bool) -> Result<Draft> {
    template.check()?;
    create::check(&template, ObjectClass::Data, None, Origin::Derived, by_so)?;
    let mut draft = Draft {
        class: ObjectClass::Data,
        key_type: None,
        public: template.values,
        secrets: template.secrets,
    };
    draft.secrets.set(AttributeType::Value, content);
    draft.fill_data();
    draft.fill_common();
    Ok(draft)
}

/// A copy of an object with the template's changes (`C_CopyObject`), which `policy::change` has allowed.
pub(crate) fn copied(object: &Object, secrets: &Secrets, template: &Template) -> Result<Draft> {
    let Object { class, key_type, .. } = *object;
    let mut draft = Draft { class, key_type, public: object.public.clone(), secrets: secrets.copied() };
    for (attribute, value) in template.values.iter() {
        draft.public.set(attribute, value.clone());
    }
    create::check_result(&draft.public, class)?;
    // What a data object holds: plain where the object is public.
    for (attribute, content) in template.secrets.iter() {
        if object.is_private() {
            draft.secrets.set(attribute, Secret::copied(content.expose()));
        } else {
            draft.public.set(attribute, content.expose().to_vec());
        }
    }
    // The content of a public object that becomes private becomes a secret.
    let is_now_private = draft.public.flag(AttributeType::Private) && !object.is_private();
    if is_now_private
        && !class.is_key()
        && let Some(content) = draft.public.take_bytes(AttributeType::Value)
    {
        draft.secrets.set(AttributeType::Value, Secret::new(content));
    }
    Ok(draft)
}

impl Draft {
    fn fill_data(&mut self) {
        self.public.set_default(AttributeType::Application, "");
        self.public.set_default(AttributeType::ObjectId, "");
        if self.secrets.value(AttributeType::Value).is_none() {
            self.secrets.set(AttributeType::Value, Secret::zeroed(0));
        }
    }

    /// Replaces the key's values as given by the same values in their canonical form.
    fn fill_key(&mut self, engine: &dyn Engine) -> Result<KeyType> {
        let key_type = self.key_type.ok_or(Error::TemplateIncomplete(AttributeType::KeyType))?;
        let mut material = key::material(self.class, key_type, &self.public, &self.secrets)?;
        if self.class == ObjectClass::PrivateKey {
            material = checked_private(material, engine)?;
            self.secrets.take(AttributeType::Seed);
        }
        key::describe(self.class, material, &mut self.public, &mut self.secrets)?;
        Ok(key_type)
    }

    /// What the template left open, of a key that has its values.
    fn finish_key(&mut self, key_type: KeyType, past: &Past) -> Result<()> {
        self.fill_usage(key_type, past.origin);
        self.fill_history(past);
        self.fill_common();
        create::check_result(&self.public, self.class)
    }

    /// What the template leaves open and keys of the type can do is allowed.
    fn fill_usage(&mut self, key_type: KeyType, origin: Origin) {
        let given = self.public.clone();
        for attribute in create::USAGES {
            if attribute.row().applies_to(self.class, Some(key_type)) {
                let open = create::usage_by_default(&given, self.class, key_type, origin, attribute);
                self.public.set_default(attribute, open);
            }
        }
    }

    /// What a key's past says of it (sections 4.7 to 4.9: `CKA_LOCAL`, `CKA_ALWAYS_SENSITIVE`, ...).
    fn fill_history(&mut self, past: &Past) {
        self.public.set(AttributeType::Local, past.generated_by.is_some());
        let generated_by = past.generated_by.map_or(UNAVAILABLE, |mechanism| mechanism.0);
        self.public.set(AttributeType::KeyGenMechanism, generated_by);
        self.public.set_default(AttributeType::Id, "");
        for date in [AttributeType::StartDate, AttributeType::EndDate] {
            self.public.set_default(date, Value::Date(None));
        }
        match self.class {
            ObjectClass::PublicKey => {
                self.public.set_default(AttributeType::Subject, "");
                self.public.set_default(AttributeType::Trusted, false);
                return;
            }
            ObjectClass::PrivateKey => {
                self.public.set_default(AttributeType::Subject, "");
                self.public.set_default(AttributeType::AlwaysAuthenticate, false);
            }
            _ => self.public.set_default(AttributeType::Trusted, false),
        }
        self.public.set_default(AttributeType::Sensitive, true);
        self.public.set_default(AttributeType::Extractable, false);
        self.public.set_default(AttributeType::WrapWithTrusted, false);
        let (sensitive, unextractable) =
            (past.always_sensitive(&self.public), past.never_extractable(&self.public));
        self.public.set(AttributeType::AlwaysSensitive, sensitive);
        self.public.set(AttributeType::NeverExtractable, unextractable);
    }

    fn fill_common(&mut self) {
        self.public.set(AttributeType::Class, self.class.code());
        self.public.set_default(AttributeType::Token, false);
        self.public.set_default(AttributeType::Private, create::private_by_default(self.class));
        self.public.set_default(AttributeType::Label, "");
        for attribute in [AttributeType::Modifiable, AttributeType::Copyable, AttributeType::Destroyable] {
            self.public.set_default(attribute, true);
        }
        // Only keys and private objects have secrets: the content of a public object is an attribute like
        // any other.
        let is_public = !self.class.is_secret() && !self.public.flag(AttributeType::Private);
        if is_public && let Some(content) = self.secrets.take(AttributeType::Value) {
            self.public.set(AttributeType::Value, content.expose());
        }
    }
}

/// The public half that the caller gave must be the one that the private values have.
fn check_public_half(material: &mut KeyMaterial, computed: KeyMaterial) -> Result<()> {
    let mismatch = |attribute| Err(Error::TemplateInconsistent(attribute));
    match (material, computed) {
        (KeyMaterial::EcPrivate { point, .. }, KeyMaterial::EcPublic { point: computed, .. }) => {
            if !point.is_empty() && *point != computed {
                return mismatch(AttributeType::PublicKeyInfo);
            }
            *point = computed;
            Ok(())
        }
        (KeyMaterial::RsaPrivate(private), KeyMaterial::RsaPublic(computed)) => {
            if private.public == computed { Ok(()) } else { mismatch(AttributeType::Modulus) }
        }
        (KeyMaterial::LatticePrivate { public, .. }, KeyMaterial::LatticePublic { value: computed, .. }) => {
            if !public.is_empty() && *public != computed {
                return mismatch(AttributeType::PublicKeyInfo);
            }
            *public = computed;
            Ok(())
        }
        _ => mismatch(AttributeType::KeyType),
    }
}
