//! PKCS #11 URIs (RFC 7512): the names by which users and configuration files point at tokens and keys.
//!
//! Parsing is as strict as the grammar of section 2.3. What is absent: looking anything up, and fetching a
//! PIN from where `pin-source` says it is.
//!
//! # Which object a URI means (section 2.5)
//! An attribute that is there must match; one that is not there matches everything. An empty value matches
//! only an empty value. Values are compared octet by octet, letter case included, after the blanks with
//! which PKCS #11 pads its fixed-length fields have been cut off. A path attribute that isn't understood
//! makes the URI match nothing; a query attribute that isn't understood is passed over. Query attributes say
//! how to get at the object and never which one it is.
//!
//! # When two URIs are equal (section 2.6)
//! When they have the same attributes with the same decoded values; neither the order of the path attributes
//! nor which characters are percent-encoded counts. That is what `==` on [`Pkcs11Uri`] says.

mod encode;
mod error;
mod parse;
mod percent;
mod query;

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

pub use error::{QueryError, UriError};

use crate::Secret;

/// A PKCS #11 URI, decoded.
///
/// `Debug` and `Display` leave out `pin-value`; [`encode`](Self::encode) writes everything.
#[derive(Default, PartialEq, Eq)]
pub struct Pkcs11Uri {
    /// `token`: the token's label.
    pub token: Option<String>,
    /// `manufacturer`: the token's.
    pub manufacturer: Option<String>,
    /// `serial`: the token's serial number.
    pub serial: Option<String>,
    /// `model`: the token's.
    pub model: Option<String>,
    /// `library-manufacturer`
    pub library_manufacturer: Option<String>,
    /// `library-description`
    pub library_description: Option<String>,
    /// `library-version`
    pub library_version: Option<LibraryVersion>,
    /// `object`: the object's label (`CKA_LABEL`).
    pub object: Option<String>,
    /// `type`: the object's class (`CKA_CLASS`).
    pub class: Option<UriClass>,
    /// `id`: the object's id (`CKA_ID`), any octets.
    pub id: Option<Vec<u8>>,
    /// `slot-manufacturer`
    pub slot_manufacturer: Option<String>,
    /// `slot-description`
    pub slot_description: Option<String>,
    /// `slot-id`
    pub slot_id: Option<u64>,
    /// Path attributes that the RFC doesn't define, by name; none of the RFC's names.
    pub vendor: BTreeMap<String, Vec<u8>>,
    /// `pin-source`: where the PIN is to be had. Never together with [`pin_value`](Self::pin_value).
    pub pin_source: Option<String>,
    /// `pin-value`: the PIN itself.
    pub pin_value: Option<Secret>,
    /// `module-name`: the library's name without path, prefix and suffix.
    pub module_name: Option<String>,
    /// `module-path`: the library's file.
    pub module_path: Option<String>,
    /// Query attributes that the RFC doesn't define, in their order; a name may come twice.
    /// None of the RFC's names.
    pub vendor_query: Vec<(String, Vec<u8>)>,
}

/// What `type` can say an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UriClass {
    /// `public`: a public key.
    Public,
    /// `private`: a private key.
    Private,
    /// `cert`: a certificate.
    Certificate,
    /// `secret-key`: a symmetric key.
    SecretKey,
    /// `data`: a data object.
    Data,
}

impl Pkcs11Uri {
    /// The file with the PIN, where `pin-source` names one: a path, or a `file:` URI of this machine (section 2.4).
    #[must_use]
    pub fn pin_file(&self) -> Option<&str> {
        let source = self.pin_source.as_deref()?;
        let path = source.strip_prefix("file:").unwrap_or(source);
        Some(path.strip_prefix("//").unwrap_or(path)).filter(|path| path.starts_with('/'))
    }
}

impl UriClass {
    /// Every class with its word in the URI.
    const WORDS: [(Self, &'static str); 5] = [
        (Self::Public, "public"),
        (Self::Private, "private"),
        (Self::Certificate, "cert"),
        (Self::SecretKey, "secret-key"),
        (Self::Data, "data"),
    ];

    /// Its word in the URI.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(class, _)| *class == self).map_or("", |(_, word)| *word)
    }

    fn from_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, known)| *known == word).map(|(class, _)| *class)
    }
}

/// A library's version (`CK_VERSION`). A URI may leave the minor number out when it is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LibraryVersion {
    /// The number before the point.
    pub major: u8,
    /// The number after it.
    pub minor: u8,
}

impl fmt::Debug for Pkcs11Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pkcs11Uri(\"{self}\"")?;
        if self.pin_value.is_some() {
            write!(f, ", pin-value withheld")?;
        }
        write!(f, ")")
    }
}

#[cfg(test)]
mod tests;
