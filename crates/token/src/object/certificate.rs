//! Certificate objects: what the caller left out is read out of the certificate (PKCS #11 v3.2 section 4.6.3).
//!
//! X.509 public key certificates are kept, WTLS and attribute certificates (sections 4.6.4 and 4.6.5) are not.

use crate::attribute::{AttributeSet, Secrets, Value};
use crate::{AttributeType, Error, MechanismType, Result, formats};

/// `CKC_X_509`
const X_509: u64 = 0;

/// The greatest of the certificate categories and of the security domains (sections 4.6.3.1 and 4.6.3.2).
const LAST: u64 = 3;

/// What a caller gives of the certificate itself.
enum Source {
    /// The certificate.
    Value,
    /// Where it can be had, and the hashes by which it is known.
    Url,
}

/// Checks what a template says of a certificate, and fills in the rest.
pub(super) fn fill(public: &mut AttributeSet, secrets: &Secrets) -> Result<()> {
    match public.ulong(AttributeType::CertificateType) {
        None => return Err(Error::TemplateIncomplete(AttributeType::CertificateType)),
        Some(X_509) => {}
        Some(_) => return Err(Error::AttributeValueInvalid(AttributeType::CertificateType)),
    }
    let numbers = [AttributeType::CertificateCategory, AttributeType::JavaMidpSecurityDomain];
    for attribute in numbers {
        if public.ulong(attribute).is_some_and(|number| number > LAST) {
            return Err(Error::AttributeValueInvalid(attribute));
        }
    }
    match source(public, secrets)? {
        Source::Value => read(public, secrets)?,
        Source::Url if public.bytes(AttributeType::Subject).is_empty() => {
            return Err(Error::TemplateIncomplete(AttributeType::Subject));
        }
        Source::Url => {}
    }
    for attribute in numbers {
        public.set_default(attribute, 0);
    }
    for attribute in [
        AttributeType::Id,
        AttributeType::Issuer,
        AttributeType::SerialNumber,
        AttributeType::Url,
        AttributeType::HashOfSubjectPublicKey,
        AttributeType::HashOfIssuerPublicKey,
        AttributeType::PublicKeyInfo,
    ] {
        public.set_default(attribute, "");
    }
    public.set_default(AttributeType::NameHashAlgorithm, MechanismType::SHA_1);
    public.set_default(AttributeType::Trusted, false);
    for date in [AttributeType::StartDate, AttributeType::EndDate] {
        public.set_default(date, Value::Date(None));
    }
    Ok(())
}

/// A certificate may be empty only where a URL stands for it, and that only beside both hashes.
fn source(public: &AttributeSet, secrets: &Secrets) -> Result<Source> {
    let by_url = !public.bytes(AttributeType::Url).is_empty();
    if by_url {
        for hash in [AttributeType::HashOfSubjectPublicKey, AttributeType::HashOfIssuerPublicKey] {
            if public.bytes(hash).is_empty() {
                return Err(Error::TemplateIncomplete(hash));
            }
        }
    }
    match secrets.value(AttributeType::Value) {
        Some(value) if !value.is_empty() => Ok(Source::Value),
        Some(_) if by_url => Ok(Source::Url),
        _ => Err(Error::TemplateIncomplete(AttributeType::Value)),
    }
}

/// Reads out of a certificate what the template leaves open.
fn read(public: &mut AttributeSet, secrets: &Secrets) -> Result<()> {
    let value = secrets.value(AttributeType::Value).map_or(&[][..], |value| value.expose());
    let parts = match formats::CertificateParts::parse(value) {
        Ok(parts) => parts,
        // The standard lets a token keep a certificate that it can't read, if its subject is given.
        Err(_) if public.value(AttributeType::Subject).is_some() => return Ok(()),
        Err(_) => return Err(Error::AttributeValueInvalid(AttributeType::Value)),
    };
    match public.bytes(AttributeType::PublicKeyInfo) {
        [] => public.set(AttributeType::PublicKeyInfo, parts.public_key_info),
        given if given == parts.public_key_info => {}
        _ => return Err(Error::TemplateInconsistent(AttributeType::PublicKeyInfo)),
    }
    public.set_default(AttributeType::Subject, parts.subject);
    public.set_default(AttributeType::Issuer, parts.issuer);
    public.set_default(AttributeType::SerialNumber, parts.serial);
    Ok(())
}
