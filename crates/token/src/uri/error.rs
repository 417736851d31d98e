//! Why a text is no PKCS #11 URI, or names no key. Messages quote names and positions, never values: a value
//! may be a PIN.

use alloc::string::String;

/// Why a text is not a PKCS #11 URI. Positions count bytes from 0.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UriError {
    /// It does not start with the scheme.
    #[error("a PKCS #11 URI starts with `pkcs11:`")]
    Scheme,
    /// A character must be percent-encoded where it stands.
    #[error("the character at position {0} of the URI must be percent-encoded")]
    Character(usize),
    /// `%` is not followed by two hexadecimal digits.
    #[error("the `%` at position {0} of the URI must be followed by two hexadecimal digits")]
    PercentEncoding(usize),
    /// An attribute is not of the form `name=value`.
    #[error("the attribute at position {0} of the URI is not of the form `name=value`")]
    Attribute(usize),
    /// A path attribute, or a query attribute that the RFC defines, is there twice.
    #[error("the URI has the attribute `{0}` twice")]
    Duplicate(String),
    /// A path attribute stands after the `?`, or a query attribute before it.
    #[error("the attribute `{0}` stands on the wrong side of the URI's `?`")]
    Misplaced(String),
    /// A textual value is not UTF-8.
    #[error("the value of `{0}` in the URI is not UTF-8")]
    NotUtf8(String),
    /// `type` has another value than the RFC gives it.
    #[error("the value of `type` in the URI is none of public, private, cert, secret-key and data")]
    Class,
    /// A number is not one, or too large.
    #[error("the value of `{0}` in the URI is not a number of the right size")]
    Number(String),
    /// Both `pin-source` and `pin-value` are there (section 2.4).
    #[error("the URI has both `pin-source` and `pin-value`; leave one out")]
    TwoPins,
}

/// Why a text does not name a private key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// It is a URI that can't be read.
    #[error(transparent)]
    Uri(#[from] UriError),
    /// There is no text.
    #[error("the name of the key is empty; give a label, `id:` and hexadecimal digits, or a `pkcs11:` URI")]
    Empty,
    /// What follows `id:` are not pairs of hexadecimal digits.
    #[error("`id:` must be followed by pairs of hexadecimal digits, as in `id:0a1b`")]
    Id,
    /// The URI names something else than a private key.
    #[error("the URI names an object of type `{0}`, but a private key is wanted; write `type=private`")]
    Class(&'static str),
    /// The URI asks for something by which keys are not chosen here. To pass it over could choose the wrong
    /// key (RFC 7512 section 2.5).
    #[error("keys can't be chosen by the URI's attribute `{0}`; leave it out")]
    Attribute(String),
}
