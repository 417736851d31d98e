//! What a token reads out of an X.509 certificate (RFC 5280 section 4.1): the fields that become
//! `CKA_SUBJECT`, `CKA_ISSUER`, `CKA_SERIAL_NUMBER`, `CKA_START_DATE` and `CKA_END_DATE`, its key, and whether
//! it is a CA's.
//!
//! Nothing is verified: not the signature, not the dates, not the names.

use alloc::vec::Vec;

use const_oid::AssociatedOid;
use der::asn1::{AnyRef, BitStringRef, IntRef};
use der::{Decode, Encode, Sequence, Tag, Tagged};
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};
use x509_cert::certificate::Version;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::BasicConstraints;
use x509_cert::time::Validity;

use super::error::{FormatError, Result};

/// The fields of a certificate by which a token files and finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateParts {
    /// The subject's name, in the very bytes of the certificate (DER).
    pub subject: Vec<u8>,
    /// The issuer's name, in the very bytes of the certificate (DER).
    pub issuer: Vec<u8>,
    /// The serial number, a DER `INTEGER` with its tag and length.
    pub serial: Vec<u8>,
    /// The `SubjectPublicKeyInfo`, DER.
    pub public_key_info: Vec<u8>,
    /// From when it is valid, in seconds since the start of 1970 (UTC).
    pub not_before: u64,
    /// Until when it is valid, that second included.
    pub not_after: u64,
    /// Whether its basic constraints say that it is a CA's.
    pub is_ca: bool,
}

/// `Certificate`. The crate `x509-cert` has this structure too, but decodes names into a form of its own;
/// here they stay as they are encoded, since `CKA_SUBJECT` and `CKA_ISSUER` are compared byte by byte.
#[derive(Sequence)]
struct Certificate<'a> {
    body: TbsCertificate<'a>,
    signature_algorithm: AlgorithmIdentifierRef<'a>,
    signature: BitStringRef<'a>,
}

#[derive(Sequence)]
struct TbsCertificate<'a> {
    #[asn1(context_specific = "0", default = "Default::default")]
    version: Version,
    serial: IntRef<'a>,
    signature_algorithm: AlgorithmIdentifierRef<'a>,
    issuer: AnyRef<'a>,
    validity: Validity,
    subject: AnyRef<'a>,
    public_key_info: SubjectPublicKeyInfoRef<'a>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    issuer_unique_id: Option<BitStringRef<'a>>,
    #[asn1(context_specific = "2", tag_mode = "IMPLICIT", optional = "true")]
    subject_unique_id: Option<BitStringRef<'a>>,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Vec<Extension>>,
}

impl CertificateParts {
    /// Reads a DER certificate.
    ///
    /// # Errors
    /// [`FormatError::Truncated`], [`FormatError::TrailingData`] or [`FormatError::Malformed`] when `der` is
    /// not exactly one certificate.
    pub fn parse(der: &[u8]) -> Result<Self> {
        let body = Certificate::from_der(der)?.body;
        Ok(Self {
            subject: name(body.subject)?,
            issuer: name(body.issuer)?,
            serial: body.serial.to_der()?,
            public_key_info: body.public_key_info.to_der()?,
            not_before: body.validity.not_before.to_unix_duration().as_secs(),
            not_after: body.validity.not_after.to_unix_duration().as_secs(),
            is_ca: is_ca(body.extensions.as_deref().unwrap_or_default())?,
        })
    }

    /// Whether subject and issuer are the same name, as in every root.
    #[must_use]
    pub fn self_issued(&self) -> bool {
        self.subject == self.issuer
    }
}

/// A `Name`'s DER. DER leaves one way to write tag and length, so these are the bytes of the certificate.
fn name(name: AnyRef<'_>) -> Result<Vec<u8>> {
    name.tag().assert_eq(Tag::Sequence)?;
    Ok(name.to_der()?)
}

/// Whether the basic constraints, if there are any, name a CA (RFC 5280 section 4.2.1.9).
fn is_ca(extensions: &[Extension]) -> Result<bool> {
    let mut found = extensions.iter().filter(|extension| extension.extn_id == BasicConstraints::OID);
    match (found.next(), found.next()) {
        (None, _) => Ok(false),
        (Some(extension), None) => Ok(BasicConstraints::from_der(extension.extn_value.as_bytes())?.ca),
        // An extension may appear once (section 4.2); of two, neither can be believed.
        (Some(_), Some(_)) => Err(FormatError::Malformed(Tag::Sequence.value_error().to_error())),
    }
}
