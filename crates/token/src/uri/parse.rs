//! Text to [`Pkcs11Uri`] (RFC 7512 section 2.3).

use alloc::collections::btree_map::Entry;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::str::FromStr;

use super::percent::{Part, decode};
use super::{LibraryVersion, Pkcs11Uri, UriClass, UriError};
use crate::Secret;

/// The scheme with its colon.
pub(super) const SCHEME: &str = "pkcs11:";

/// The attributes that the RFC defines for the path.
pub(super) const PATH_NAMES: [&str; 13] = [
    "token",
    "manufacturer",
    "serial",
    "model",
    "library-manufacturer",
    "library-description",
    "library-version",
    "object",
    "type",
    "id",
    "slot-manufacturer",
    "slot-description",
    "slot-id",
];

/// The attributes that the RFC defines for the query.
pub(super) const QUERY_NAMES: [&str; 4] = ["pin-source", "pin-value", "module-name", "module-path"];

/// What follows the scheme in `text`, if it has the scheme. Letter case doesn't count (RFC 3986 section 3.1).
pub(super) fn after_scheme(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_at_checked(SCHEME.len())?;
    scheme.eq_ignore_ascii_case(SCHEME).then_some(rest)
}

impl Pkcs11Uri {
    /// Reads a URI.
    ///
    /// Attributes that the RFC doesn't define are kept: those of the path once each, those of the query as
    /// often as they come (sections 2.3 and 2.4).
    ///
    /// # Errors
    /// A [`UriError`] that says what is wrong, and where; it never quotes a value.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        let rest = after_scheme(text).ok_or(UriError::Scheme)?;
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (rest, None),
        };
        let mut uri = Self::default();
        for attribute in attributes(path, Part::Path, SCHEME.len()) {
            let (name, value) = attribute?;
            uri.take_path(name, value)?;
        }
        let after_path = SCHEME.len().saturating_add(path.len()).saturating_add(1);
        for attribute in attributes(query.unwrap_or_default(), Part::Query, after_path) {
            let (name, value) = attribute?;
            uri.take_query(name, value)?;
        }
        if uri.pin_source.is_some() && uri.pin_value.is_some() {
            return Err(UriError::TwoPins);
        }
        Ok(uri)
    }

    fn take_path(&mut self, name: &str, value: Vec<u8>) -> Result<(), UriError> {
        match name {
            "token" => put_text(&mut self.token, name, value),
            "manufacturer" => put_text(&mut self.manufacturer, name, value),
            "serial" => put_text(&mut self.serial, name, value),
            "model" => put_text(&mut self.model, name, value),
            "library-manufacturer" => put_text(&mut self.library_manufacturer, name, value),
            "library-description" => put_text(&mut self.library_description, name, value),
            "library-version" => put(&mut self.library_version, name, version(name, value)?),
            "object" => put_text(&mut self.object, name, value),
            "type" => {
                let class = UriClass::from_word(&text(name, value)?).ok_or(UriError::Class)?;
                put(&mut self.class, name, class)
            }
            "id" => put(&mut self.id, name, value),
            "slot-manufacturer" => put_text(&mut self.slot_manufacturer, name, value),
            "slot-description" => put_text(&mut self.slot_description, name, value),
            "slot-id" => put(&mut self.slot_id, name, number(name, &text(name, value)?)?),
            // Kept as a vendor's attribute, a PIN would be neither used nor kept secret.
            _ if QUERY_NAMES.contains(&name) => Err(UriError::Misplaced(name.to_string())),
            vendor => match self.vendor.entry(vendor.to_string()) {
                Entry::Occupied(there) => Err(UriError::Duplicate(there.key().clone())),
                Entry::Vacant(free) => {
                    free.insert(value);
                    Ok(())
                }
            },
        }
    }

    fn take_query(&mut self, name: &str, value: Vec<u8>) -> Result<(), UriError> {
        match name {
            "pin-source" => put_text(&mut self.pin_source, name, value),
            "pin-value" => put(&mut self.pin_value, name, Secret::new(value)),
            "module-name" => put_text(&mut self.module_name, name, value),
            "module-path" => put_text(&mut self.module_path, name, value),
            // Passed over, it would let the URI match more than was meant.
            _ if PATH_NAMES.contains(&name) => Err(UriError::Misplaced(name.to_string())),
            vendor => {
                self.vendor_query.push((vendor.to_string(), value));
                Ok(())
            }
        }
    }
}

impl FromStr for Pkcs11Uri {
    type Err = UriError;

    fn from_str(text: &str) -> Result<Self, UriError> {
        Self::parse(text)
    }
}

/// The attributes of one part of the URI, which starts at `start`: name and decoded value.
fn attributes(
    text: &str,
    part: Part,
    start: usize,
) -> impl Iterator<Item = Result<(&str, Vec<u8>), UriError>> {
    let separator = match part {
        Part::Path => ';',
        Part::Query => '&',
    };
    let mut position = start;
    // An empty part has no attribute, but splitting it gives one empty piece.
    text.split(separator).filter(move |_| !text.is_empty()).map(move |attribute| {
        let at = position;
        position = at.saturating_add(attribute.len()).saturating_add(1);
        let (name, value) = attribute.split_once('=').ok_or(UriError::Attribute(at))?;
        let named = !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if !named {
            return Err(UriError::Attribute(at));
        }
        let value_at = at.saturating_add(name.len()).saturating_add(1);
        Ok((name, decode(value, part, value_at)?))
    })
}

/// Fills `place` once.
fn put<T>(place: &mut Option<T>, name: &str, value: T) -> Result<(), UriError> {
    if place.is_some() {
        return Err(UriError::Duplicate(name.to_string()));
    }
    *place = Some(value);
    Ok(())
}

fn put_text(place: &mut Option<String>, name: &str, value: Vec<u8>) -> Result<(), UriError> {
    put(place, name, text(name, value)?)
}

fn text(name: &str, value: Vec<u8>) -> Result<String, UriError> {
    String::from_utf8(value).map_err(|_| UriError::NotUtf8(name.to_string()))
}

/// `1*DIGIT`
fn number<T: FromStr>(name: &str, digits: &str) -> Result<T, UriError> {
    let number = if digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None };
    number.ok_or_else(|| UriError::Number(name.to_string()))
}

/// `1*DIGIT [ "." 1*DIGIT ]`
fn version(name: &str, value: Vec<u8>) -> Result<LibraryVersion, UriError> {
    let value = text(name, value)?;
    let (major, minor) = value.split_once('.').unwrap_or((&value, "0"));
    Ok(LibraryVersion { major: number(name, major)?, minor: number(name, minor)? })
}
