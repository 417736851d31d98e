//! What can go wrong between a token and rustls, one variant a cause. Each message says what to do.

use std::time::Duration;

use rustls::SignatureScheme;
use rustls::pki_types::UnixTime;
use rustls::server::VerifierBuilderError;
use x509_cert::der::{self, DateTime};

/// The result of a call of this crate.
pub type Result<T> = core::result::Result<T, Error>;

/// Why a token's key, certificates or anchors can't serve a TLS connection.
///
/// Keys are named by label and id, certificates by their subject.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An identity was to be made of no keys at all.
    #[error("no key was asked for; give at least one key query")]
    NoQuery,
    /// No private key matches a query.
    #[error("no private key matches {query}; check the name, and that the token is logged in")]
    NoSuchKey {
        /// What was asked for.
        query: String,
    },
    /// More than one private key matches a query that must name one.
    #[error("several private keys match {query}: {}; name one of them by its id", found.join(", "))]
    SeveralKeys {
        /// What was asked for.
        query: String,
        /// The keys that match.
        found: Vec<String>,
    },
    /// The key can't sign in any way that TLS knows.
    #[error("{key} can sign with no signature scheme of TLS; use another key")]
    UnsupportedKey {
        /// The key.
        key: String,
    },
    /// The token holds no certificate for the key.
    #[error("the token has no certificate for {key}; import the one that was issued for it")]
    NoCertificate {
        /// The key.
        key: String,
    },
    /// A certificate of the key is no X.509 certificate.
    #[error("a certificate of {key} is damaged; import it again")]
    MalformedCertificate {
        /// The key.
        key: String,
        /// Where parsing stopped.
        source: der::Error,
    },
    /// A certificate that is kept with the key was issued for another key.
    #[error("the certificate \"{subject}\" does not have the public key of {key}; import the one that does")]
    KeyMismatch {
        /// The key.
        key: String,
        /// The certificate's subject.
        subject: String,
    },
    /// The key's certificate has expired.
    #[error("the certificate \"{subject}\" of {key} expired at {}; import a renewed one", date(*not_after))]
    CertificateExpired {
        /// The key.
        key: String,
        /// The certificate's subject.
        subject: String,
        /// The last moment at which it was valid.
        not_after: UnixTime,
    },
    /// The key's certificate is not valid yet, or this machine's clock is wrong.
    #[error("the certificate \"{subject}\" of {key} is valid only from {}; check the clock", date(*not_before))]
    CertificateNotYetValid {
        /// The key.
        key: String,
        /// The certificate's subject.
        subject: String,
        /// The first moment at which it will be valid.
        not_before: UnixTime,
    },
    /// The token marks no certificate as trusted.
    #[error("the token holds no trusted certificate; import the peer's root and mark it as trusted")]
    NoAnchors,
    /// A certificate that the token marks as trusted can't be a trust anchor.
    #[error("trusted certificate number {number} of the token is no usable trust anchor; import it again")]
    BadAnchor {
        /// Its place in the token's list, from 1.
        number: usize,
        /// What rustls says.
        source: rustls::Error,
    },
    /// The token refused or failed to sign.
    #[error("{key} could not sign with {scheme:?}: {source}")]
    Sign {
        /// The key.
        key: String,
        /// The scheme that was agreed with the peer.
        scheme: SignatureScheme,
        /// What the token says.
        source: portcullis_token::Error,
    },
    /// The token could not be read.
    #[error(transparent)]
    Token(#[from] portcullis_token::Error),
    /// The check of client certificates could not be set up.
    #[error(transparent)]
    ClientVerifier(#[from] VerifierBuilderError),
    /// rustls refused the configuration.
    #[error(transparent)]
    Tls(#[from] rustls::Error),
}

/// `time` as in ISO 8601, in UTC.
fn date(time: UnixTime) -> String {
    DateTime::from_unix_duration(Duration::from_secs(time.as_secs()))
        .map_or_else(|_| "an unknown time".to_owned(), |date| date.to_string())
}
