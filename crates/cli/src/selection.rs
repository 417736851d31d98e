//! Which key or object a name on the command line means: a label, `id:` and hexadecimal digits, or a
//! `pkcs11:` URI. A name that fits several is refused, and the candidates are listed.

use clap::ValueEnum;
use portcullis_token::key_service::{KeyInfo, KeyQuery, KeyService};
use portcullis_token::uri::{Pkcs11Uri, QueryError, UriClass, UriError};
use portcullis_token::{AttributeType, ObjectClass, Session, Template, TokenInfo, formats};

use crate::error::{Error, Result};
use crate::object::{self, Object};

/// What to do about a name that fits several.
const BY_ID: &str = "name one by its id";

/// A class of objects, as `--type` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Class {
    Private,
    Public,
    Cert,
    SecretKey,
    Data,
}

/// Which objects are meant.
pub(crate) struct Selection {
    name: String,
    query: KeyQuery,
    class: Option<ObjectClass>,
}

/// Reads the name of a private key, for `--key`: one that can't be read is refused before a PIN is asked for.
pub(crate) fn key_name(text: &str) -> std::result::Result<String, QueryError> {
    KeyQuery::parse(text).map(|_| text.into())
}

/// The one private key that a name means.
pub(crate) fn key(keys: &dyn KeyService, name: &str) -> Result<KeyInfo> {
    let mut found = keys.keys(&KeyQuery::parse(name)?)?;
    match (found.pop(), found.is_empty()) {
        (None, _) => Err(Error::NotFound { what: "signing key", name: name.into() }),
        (Some(key), true) => Ok(key),
        (Some(last), false) => {
            found.push(last);
            let candidates = found.iter().map(describe).collect();
            Err(Error::Ambiguous { name: name.into(), advice: BY_ID, candidates })
        }
    }
}

fn describe(key: &KeyInfo) -> String {
    let kind = formats::public_key(&key.public_key).map(|key| object::kind(&key)).unwrap_or_default();
    format!("{kind} label {} id:{}", key.label, hex::encode(&key.id))
}

impl Selection {
    /// Reads a name. A URI's `type` and `--type` must not contradict each other.
    pub(crate) fn parse(name: &str, class: Option<Class>) -> Result<Self> {
        let wanted = class.map(Class::object_class);
        let (query, named) = match Pkcs11Uri::parse(name) {
            Ok(mut uri) => {
                let class = uri.class.take().map(of_uri);
                (KeyQuery::try_from(uri)?, class)
            }
            Err(UriError::Scheme) => (KeyQuery::parse(name)?, None),
            Err(error) => return Err(error.into()),
        };
        if let (Some(wanted), Some(named)) = (wanted, named)
            && wanted != named
        {
            return Err(Error::Usage("the URI's type and --type differ; leave one of them out".into()));
        }
        Ok(Self { name: name.into(), query, class: wanted.or(named) })
    }

    /// All objects that fit and can be seen.
    pub(crate) fn all(&self, session: &Session, token: &TokenInfo) -> Result<Vec<Object>> {
        if !self.is_of(token) {
            return Ok(Vec::new());
        }
        let template = self
            .class
            .map_or_else(Template::new, Template::of)
            .with_some(AttributeType::Label, self.query.label.as_deref())
            .with_some(AttributeType::Id, self.query.id.as_deref());
        let found = session.find_objects(&template)?;
        found.into_iter().map(|handle| Object::read(session, token, handle)).collect()
    }

    /// The objects that fit; at least one.
    pub(crate) fn some(
        &self,
        session: &Session,
        token: &TokenInfo,
        what: &'static str,
    ) -> Result<Vec<Object>> {
        let found = self.all(session, token)?;
        if found.is_empty() { Err(self.not_found(what)) } else { Ok(found) }
    }

    /// The one object that fits.
    pub(crate) fn one(
        &self,
        session: &Session,
        token: &TokenInfo,
        what: &'static str,
        advice: &'static str,
    ) -> Result<Object> {
        let mut found = self.some(session, token, what)?;
        if found.len() > 1 {
            return Err(self.ambiguous(&found, advice));
        }
        found.pop().ok_or_else(|| self.not_found(what))
    }

    /// The public key that the name means, by a public-key object or else by a certificate.
    pub(crate) fn public_key(&self, session: &Session, token: &TokenInfo) -> Result<Object> {
        self.with_public_key(session, token, "public key or certificate", |class| {
            matches!(class, ObjectClass::PublicKey | ObjectClass::Certificate)
        })
    }

    /// The key pair that the name means, by whichever half can be seen.
    pub(crate) fn key_pair(&self, session: &Session, token: &TokenInfo) -> Result<Object> {
        self.with_public_key(session, token, "key", |class| {
            matches!(class, ObjectClass::PublicKey | ObjectClass::PrivateKey)
        })
    }

    /// An object that tells the one public key that the name means; a public-key object if there is one.
    fn with_public_key(
        &self,
        session: &Session,
        token: &TokenInfo,
        what: &'static str,
        such: impl Fn(ObjectClass) -> bool,
    ) -> Result<Object> {
        let mut found = self.all(session, token)?;
        found.retain(|object| such(object.class));
        if found.windows(2).any(|pair| matches!(pair, [a, b] if a.public_key != b.public_key)) {
            return Err(self.ambiguous(&found, BY_ID));
        }
        found.sort_by_key(|object| object.class != ObjectClass::PublicKey);
        found.into_iter().next().ok_or_else(|| self.not_found(what))
    }

    fn not_found(&self, what: &'static str) -> Error {
        Error::NotFound { what, name: self.name.clone() }
    }

    /// That the name fits all of these.
    pub(crate) fn ambiguous(&self, found: &[Object], advice: &'static str) -> Error {
        let candidates = found.iter().map(Object::line).collect();
        Error::Ambiguous { name: self.name.clone(), advice, candidates }
    }

    fn is_of(&self, token: &TokenInfo) -> bool {
        let here = [
            (&self.query.token, token.label.as_str()),
            (&self.query.serial, &token.serial),
            (&self.query.manufacturer, TokenInfo::MANUFACTURER),
            (&self.query.model, TokenInfo::MODEL),
        ];
        here.iter().all(|(wanted, own)| wanted.as_deref().is_none_or(|wanted| wanted.trim_end() == *own))
    }
}

impl Class {
    /// The class that it names.
    pub(crate) fn object_class(self) -> ObjectClass {
        match self {
            Self::Private => ObjectClass::PrivateKey,
            Self::Public => ObjectClass::PublicKey,
            Self::Cert => ObjectClass::Certificate,
            Self::SecretKey => ObjectClass::SecretKey,
            Self::Data => ObjectClass::Data,
        }
    }
}

fn of_uri(class: UriClass) -> ObjectClass {
    match class {
        UriClass::Private => ObjectClass::PrivateKey,
        UriClass::Public => ObjectClass::PublicKey,
        UriClass::Certificate => ObjectClass::Certificate,
        UriClass::SecretKey => ObjectClass::SecretKey,
        UriClass::Data => ObjectClass::Data,
    }
}
