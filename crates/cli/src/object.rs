//! Objects of a token as people and programs are shown them. Which object is meant is `selection`'s to say.

use portcullis_token::formats::{self, CertificateParts};
use portcullis_token::uri::{Pkcs11Uri, UriClass};
use portcullis_token::{
    AttributeType, AttributeValue, Curve, Error as TokenError, KeyMaterial, KeyType, ObjectClass,
    ObjectHandle, Session, TokenInfo, Value,
};
use serde::{Serialize, Serializer};

use crate::certificate::Certificate;
use crate::error::Result;

/// The truths about an object that are worth a word, in the order in which they are shown.
const FLAGS: [(AttributeType, &str); 12] = [
    (AttributeType::Trusted, "trusted"),
    (AttributeType::Private, "private"),
    (AttributeType::Sensitive, "sensitive"),
    (AttributeType::Extractable, "extractable"),
    (AttributeType::Local, "local"),
    (AttributeType::AlwaysAuthenticate, "always-authenticate"),
    (AttributeType::Sign, "sign"),
    (AttributeType::Verify, "verify"),
    (AttributeType::Encrypt, "encrypt"),
    (AttributeType::Decrypt, "decrypt"),
    (AttributeType::Derive, "derive"),
    (AttributeType::Wrap, "wrap"),
];

/// What an object is and how it is named.
#[derive(Debug, Serialize)]
pub(crate) struct Object {
    #[serde(skip)]
    pub(crate) handle: ObjectHandle,
    #[serde(serialize_with = "word")]
    pub(crate) class: ObjectClass,
    /// The kind of its key, such as `P-256`; empty for data.
    pub(crate) kind: String,
    pub(crate) label: String,
    #[serde(with = "hex")]
    pub(crate) id: Vec<u8>,
    pub(crate) flags: Vec<&'static str>,
    pub(crate) uri: String,
    /// The `SubjectPublicKeyInfo`, DER; empty where the object has none.
    #[serde(skip)]
    pub(crate) public_key: Vec<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) certificate: Option<Certificate>,
}

impl Object {
    /// Reads what is shown of an object.
    pub(crate) fn read(session: &Session, token: &TokenInfo, handle: ObjectHandle) -> Result<Self> {
        let class = number(session, handle, AttributeType::Class)?.and_then(ObjectClass::from_code);
        let class = class.ok_or(TokenError::AttributeValueInvalid(AttributeType::Class))?;
        let label = String::from_utf8_lossy(&bytes(session, handle, AttributeType::Label)?).into_owned();
        let id = bytes(session, handle, AttributeType::Id)?;
        let public_key = bytes(session, handle, AttributeType::PublicKeyInfo)?;
        let kind = match class {
            ObjectClass::SecretKey => secret_kind(session, handle)?,
            _ => formats::public_key(&public_key).map(|key| kind(&key)).unwrap_or_default(),
        };
        let certificate = match class {
            ObjectClass::Certificate => {
                let der = bytes(session, handle, AttributeType::Value)?;
                CertificateParts::parse(&der).ok().map(|parts| Certificate::new(&parts))
            }
            _ => None,
        };
        let mut flags = Vec::new();
        for (attribute, flag) in FLAGS {
            if matches!(value(session, handle, attribute)?, Some(AttributeValue::Plain(Value::Bool(true)))) {
                flags.push(flag);
            }
        }
        let uri = uri(token, class, &label, &id).to_string();
        Ok(Self { handle, class, kind, label, id, flags, uri, public_key, certificate })
    }

    /// One line that tells it from others.
    pub(crate) fn line(&self) -> String {
        let mut line = class_word(self.class).to_owned();
        for (name, value) in [("", &self.kind), ("label ", &self.label), ("id:", &hex::encode(&self.id))] {
            if !value.is_empty() {
                line.push_str(&format!(" {name}{value}"));
            }
        }
        if let Some(certificate) = &self.certificate {
            line.push_str(&format!(" ({}, valid until {})", certificate.subject, certificate.not_after));
        }
        line
    }
}

/// The word for a class in output and in `--type`.
pub(crate) fn class_word(class: ObjectClass) -> &'static str {
    match class {
        ObjectClass::PrivateKey => "private",
        ObjectClass::PublicKey => "public",
        ObjectClass::Certificate => "cert",
        ObjectClass::SecretKey => "secret-key",
        _ => "data",
    }
}

/// The kind of a key, by the name that people give it.
pub(crate) fn kind(key: &KeyMaterial) -> String {
    match key {
        KeyMaterial::RsaPublic(key) => format!("RSA-{}", key.bits()),
        KeyMaterial::RsaPrivate(key) => format!("RSA-{}", key.public.bits()),
        KeyMaterial::EcPublic { curve, .. } | KeyMaterial::EcPrivate { curve, .. } => {
            curve_name(*curve).into()
        }
        _ => String::new(),
    }
}

/// A curve's name.
pub(crate) fn curve_name(curve: Curve) -> &'static str {
    match curve {
        Curve::P256 => "P-256",
        Curve::P384 => "P-384",
        Curve::P521 => "P-521",
        Curve::Ed25519 => "Ed25519",
        _ => "EC",
    }
}

/// An attribute that is a byte array; empty when the object has none.
pub(crate) fn bytes(session: &Session, handle: ObjectHandle, attribute: AttributeType) -> Result<Vec<u8>> {
    Ok(match value(session, handle, attribute)? {
        Some(AttributeValue::Plain(Value::Bytes(bytes))) => bytes,
        Some(AttributeValue::Secret(secret)) => secret.expose().to_vec(),
        _ => Vec::new(),
    })
}

fn number(session: &Session, handle: ObjectHandle, attribute: AttributeType) -> Result<Option<u64>> {
    Ok(match value(session, handle, attribute)? {
        Some(AttributeValue::Plain(value)) => value.as_ulong(),
        _ => None,
    })
}

/// An attribute's value, or `None` when objects of this kind have no such attribute.
fn value(
    session: &Session,
    handle: ObjectHandle,
    attribute: AttributeType,
) -> Result<Option<AttributeValue>> {
    match session.attribute(handle, attribute) {
        Ok(value) => Ok(Some(value)),
        Err(TokenError::AttributeTypeInvalid(_) | TokenError::AttributeSensitive(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn secret_kind(session: &Session, handle: ObjectHandle) -> Result<String> {
    let key_type = number(session, handle, AttributeType::KeyType)?.and_then(KeyType::from_code);
    let bits = number(session, handle, AttributeType::ValueLen)?.unwrap_or_default().saturating_mul(8);
    let name = if key_type == Some(KeyType::Aes) { "AES" } else { "secret" };
    Ok(format!("{name}-{bits}"))
}

fn uri(token: &TokenInfo, class: ObjectClass, label: &str, id: &[u8]) -> Pkcs11Uri {
    let class = match class {
        ObjectClass::PrivateKey => UriClass::Private,
        ObjectClass::PublicKey => UriClass::Public,
        ObjectClass::Certificate => UriClass::Certificate,
        ObjectClass::SecretKey => UriClass::SecretKey,
        _ => UriClass::Data,
    };
    Pkcs11Uri {
        token: Some(token.label.clone()),
        object: (!label.is_empty()).then(|| label.to_owned()),
        id: (!id.is_empty()).then(|| id.to_owned()),
        class: Some(class),
        ..Pkcs11Uri::default()
    }
}

fn word<S: Serializer>(class: &ObjectClass, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(class_word(*class))
}
