//! What is shown of a certificate, and how much longer it is valid.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use portcullis_token::formats::CertificateParts;
use serde::Serialize;
use time::OffsetDateTime;
use x509_cert::der::Decode;
use x509_cert::name::Name;

/// A certificate as people read it. Names are in the form of RFC 4514, times are UTC.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Certificate {
    pub(crate) subject: String,
    pub(crate) issuer: String,
    pub(crate) not_before: String,
    pub(crate) not_after: String,
    pub(crate) ca: bool,
    #[serde(skip)]
    expires: u64,
}

impl Certificate {
    pub(crate) fn new(parts: &CertificateParts) -> Self {
        Self {
            subject: name(&parts.subject),
            issuer: name(&parts.issuer),
            not_before: date(parts.not_before),
            not_after: date(parts.not_after),
            ca: parts.is_ca,
            expires: parts.not_after,
        }
    }

    /// How many whole days it is still valid, or `None` when it has expired.
    pub(crate) fn days_left(&self) -> Option<u64> {
        self.expires.checked_sub(now()).map(|seconds| seconds / (24 * 60 * 60))
    }
}

impl fmt::Display for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { subject, issuer, not_after, .. } = self;
        match self.days_left() {
            Some(days) => write!(f, "{subject}; by {issuer}; valid until {not_after} ({days} days left)"),
            None => write!(f, "{subject}; by {issuer}; EXPIRED on {not_after}"),
        }
    }
}

/// The time, in seconds since the start of 1970 (UTC).
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs())
}

/// The day of a time, such as `2026-01-31`.
pub(crate) fn date(seconds: u64) -> String {
    i64::try_from(seconds)
        .ok()
        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
        .map_or_else(|| "never".into(), |time| time.date().to_string())
}

fn name(der: &[u8]) -> String {
    Name::from_der(der).map_or_else(|_| "(unreadable name)".into(), |name| name.to_string())
}
