//! A certificate chain with its token key, and what a choice among several goes by (RFC 5280 section
//! 4.1.2: issuer, validity, public key). The choice itself is `resolver`'s.

use std::sync::Arc;

use rustls::SignatureScheme;
use rustls::client::verify_server_name;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::sign::{CertifiedKey, SigningKey as _};
use x509_cert::Certificate;
use x509_cert::der::{self, Decode as _, Encode as _};

use crate::{Error, Result, TokenSigningKey};

/// One identity that may be shown to a peer.
#[derive(Debug)]
pub(crate) struct Candidate {
    certified: Arc<CertifiedKey>,
    key: Arc<TokenSigningKey>,
    subject: String,
    /// The issuer of each certificate of the chain, as DER names.
    issuers: Vec<Vec<u8>>,
    not_before: UnixTime,
    not_after: UnixTime,
}

impl Candidate {
    /// Reads `chain`, its end-entity certificate first.
    ///
    /// Only the end-entity certificate's own words count here; whether the chain holds together is the
    /// peer's to judge.
    ///
    /// # Errors
    /// [`Error::NoCertificate`] for an empty chain, [`Error::MalformedCertificate`],
    /// [`Error::KeyMismatch`].
    pub(crate) fn new(key: Arc<TokenSigningKey>, chain: Vec<CertificateDer<'static>>) -> Result<Self> {
        let malformed = |source| Error::MalformedCertificate { key: key.name().to_owned(), source };
        let parsed = chain
            .iter()
            .map(|certificate| Certificate::from_der(certificate))
            .collect::<der::Result<Vec<_>>>()
            .map_err(malformed)?;
        let Some(leaf) = parsed.first().map(Certificate::tbs_certificate) else {
            return Err(Error::NoCertificate { key: key.name().to_owned() });
        };
        let subject = leaf.subject().to_string();
        let certified_key = leaf.subject_public_key_info().to_der().map_err(malformed)?;
        if key.public_key().as_deref() != Some(certified_key.as_slice()) {
            return Err(Error::KeyMismatch { key: key.name().to_owned(), subject });
        }
        let issuers = parsed
            .iter()
            .map(|certificate| certificate.tbs_certificate().issuer().to_der())
            .collect::<der::Result<Vec<_>>>()
            .map_err(malformed)?;
        Ok(Self {
            not_before: UnixTime::since_unix_epoch(leaf.validity().not_before.to_unix_duration()),
            not_after: UnixTime::since_unix_epoch(leaf.validity().not_after.to_unix_duration()),
            certified: Arc::new(CertifiedKey::new(chain, Arc::clone(&key) as _)),
            key,
            subject,
            issuers,
        })
    }

    /// What rustls is given when this candidate is chosen.
    pub(crate) fn certified_key(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.certified)
    }

    /// The first moment of validity; of two certificates for one key the later one is the renewed one.
    pub(crate) fn not_before(&self) -> UnixTime {
        self.not_before
    }

    /// # Errors
    /// [`Error::CertificateExpired`] or [`Error::CertificateNotYetValid`] when the end-entity certificate
    /// is not valid at `time`. Both of its bounds belong to the period (RFC 5280 section 4.1.2.5).
    pub(crate) fn check_validity(&self, time: UnixTime) -> Result<()> {
        let Self { not_before, not_after, .. } = *self;
        let (key, subject) = (|| self.key.name().to_owned(), || self.subject.clone());
        if time < not_before {
            return Err(Error::CertificateNotYetValid { key: key(), subject: subject(), not_before });
        }
        if time > not_after {
            return Err(Error::CertificateExpired { key: key(), subject: subject(), not_after });
        }
        Ok(())
    }

    /// Whether a peer that names the authorities it accepts will accept this chain: one of them issued a
    /// certificate of it. A peer that names none accepts any (RFC 8446 section 4.2.4).
    pub(crate) fn is_issued_by(&self, authorities: &[&[u8]]) -> bool {
        authorities.is_empty() || self.issuers.iter().any(|issuer| authorities.contains(&issuer.as_slice()))
    }

    /// Whether the key can sign with one of the schemes that a peer offers.
    pub(crate) fn signs_with(&self, offered: &[SignatureScheme]) -> bool {
        self.key.signs_with(offered)
    }

    /// Whether the end-entity certificate is for this host name (RFC 9525).
    pub(crate) fn is_for(&self, name: &ServerName<'_>) -> bool {
        self.certified
            .end_entity_cert()
            .and_then(ParsedCertificate::try_from)
            .is_ok_and(|certificate| verify_server_name(&certificate, name).is_ok())
    }
}
