//! URIs, and key names as users type them, to [`KeyQuery`].

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::parse::after_scheme;
use super::percent::hex_pair;
use super::{Pkcs11Uri, QueryError, UriClass};
use crate::key_service::KeyQuery;

/// What an id in hexadecimal digits starts with.
const ID: &str = "id:";

impl KeyQuery {
    /// Reads the name of a key as a user types it: a `pkcs11:` URI, `id:` and hexadecimal digits, or a plain
    /// label. A label that looks like one of the first two is written as `pkcs11:object=...`.
    ///
    /// # Errors
    /// [`QueryError::Empty`], [`QueryError::Id`], or as for a URI: [`QueryError::Uri`] when it can't be
    /// read, [`QueryError::Class`] when it doesn't name a private key, and [`QueryError::Attribute`] when it
    /// has an attribute by which no key is chosen.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        if after_scheme(text).is_some() {
            return Self::try_from(Pkcs11Uri::parse(text)?);
        }
        if let Some(digits) = text.strip_prefix(ID) {
            return Ok(Self { id: Some(hex_octets(digits)?), ..Self::default() });
        }
        if text.is_empty() {
            return Err(QueryError::Empty);
        }
        Ok(Self { label: Some(text.to_string()), ..Self::default() })
    }
}

/// The query attributes say how to get at a key, not which, and are passed over.
impl TryFrom<Pkcs11Uri> for KeyQuery {
    type Error = QueryError;

    fn try_from(uri: Pkcs11Uri) -> Result<Self, QueryError> {
        if let Some(class) = uri.class.filter(|class| *class != UriClass::Private) {
            return Err(QueryError::Class(class.word()));
        }
        if let Some(name) = attribute_without_meaning(&uri) {
            return Err(QueryError::Attribute(name.to_string()));
        }
        Ok(Self {
            token: uri.token,
            serial: uri.serial,
            manufacturer: uri.manufacturer,
            model: uri.model,
            label: uri.object,
            id: uri.id,
        })
    }
}

/// The name of a path attribute that a [`KeyQuery`] has no field for.
fn attribute_without_meaning(uri: &Pkcs11Uri) -> Option<&str> {
    let present = [
        ("library-manufacturer", uri.library_manufacturer.is_some()),
        ("library-description", uri.library_description.is_some()),
        ("library-version", uri.library_version.is_some()),
        ("slot-manufacturer", uri.slot_manufacturer.is_some()),
        ("slot-description", uri.slot_description.is_some()),
        ("slot-id", uri.slot_id.is_some()),
    ];
    let defined = present.into_iter().find(|(_, present)| *present).map(|(name, _)| name);
    defined.or_else(|| uri.vendor.keys().next().map(String::as_str))
}

fn hex_octets(digits: &str) -> Result<Vec<u8>, QueryError> {
    let pairs = digits.as_bytes().chunks(2);
    let octets = pairs.map(|pair| match pair {
        [high, low] => hex_pair(*high, *low).ok_or(QueryError::Id),
        _ => Err(QueryError::Id),
    });
    let octets: Vec<u8> = octets.collect::<Result<_, _>>()?;
    if octets.is_empty() { Err(QueryError::Id) } else { Ok(octets) }
}
