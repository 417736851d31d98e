//! The template for a certificate that comes from outside (PKCS #11 v3.1 section 4.6.3).

use portcullis_token::formats::CertificateParts;
use portcullis_token::{AttributeType, Date, ObjectClass, Template, Value};

use crate::certificate;

/// `CKC_X_509`
const X_509: u64 = 0;

/// `CK_CERTIFICATE_CATEGORY_TOKEN_USER` and `CK_CERTIFICATE_CATEGORY_AUTHORITY`
const TOKEN_USER: u64 = 1;
const AUTHORITY: u64 = 2;

/// An X.509 certificate.
pub(crate) fn certificate(der: &[u8], parts: &CertificateParts) -> Template {
    let category = if parts.is_ca { AUTHORITY } else { TOKEN_USER };
    Template::of(ObjectClass::Certificate)
        .with(AttributeType::CertificateType, X_509)
        .with(AttributeType::CertificateCategory, category)
        .with(AttributeType::Value, der)
        .with(AttributeType::StartDate, Value::Date(day(parts.not_before)))
        .with(AttributeType::EndDate, Value::Date(day(parts.not_after)))
}

/// The day of a time as `CK_DATE` has it: `20260131`.
fn day(seconds: u64) -> Option<Date> {
    let digits: Vec<u8> = certificate::date(seconds).bytes().filter(u8::is_ascii_digit).collect();
    digits.try_into().ok().map(Date)
}
