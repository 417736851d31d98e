//! Templates for keys and certificates that come from outside (PKCS #11 v3.1 sections 4.6, 6.1 and 6.3).

use portcullis_token::formats::{self, CertificateParts};
use portcullis_token::{AttributeType, Date, KeyMaterial, ObjectClass, RsaPublic, Template, Value};

use crate::certificate;
use crate::error::{Error, Result};

/// `CKC_X_509`
const X_509: u64 = 0;

/// `CK_CERTIFICATE_CATEGORY_TOKEN_USER` and `CK_CERTIFICATE_CATEGORY_AUTHORITY`
const TOKEN_USER: u64 = 1;
const AUTHORITY: u64 = 2;

/// A public key, or the public half of a private one.
pub(crate) fn public_key(key: &KeyMaterial) -> Result<Template> {
    let template = Template::key(ObjectClass::PublicKey, key.key_type());
    match key {
        KeyMaterial::RsaPublic(public) => Ok(rsa(template, public)),
        KeyMaterial::RsaPrivate(private) => Ok(rsa(template, &private.public)),
        KeyMaterial::EcPublic { curve, point } | KeyMaterial::EcPrivate { curve, point, .. } => {
            let point = formats::point_attribute(*curve, point)
                .map_err(|error| Error::format("the public key", &error))?;
            Ok(template
                .with(AttributeType::EcParams, formats::curve_params(*curve))
                .with(AttributeType::EcPoint, point))
        }
        _ => Ok(template),
    }
}

/// A private key. Its values are moved, not copied.
pub(crate) fn private_key(key: KeyMaterial) -> Template {
    let template = Template::key(ObjectClass::PrivateKey, key.key_type());
    match key {
        KeyMaterial::RsaPrivate(private) => rsa(template, &private.public)
            .with_secret(AttributeType::PrivateExponent, private.private_exponent)
            .with_secret(AttributeType::Prime1, private.prime_1)
            .with_secret(AttributeType::Prime2, private.prime_2)
            .with_secret(AttributeType::Exponent1, private.exponent_1)
            .with_secret(AttributeType::Exponent2, private.exponent_2)
            .with_secret(AttributeType::Coefficient, private.coefficient),
        KeyMaterial::EcPrivate { curve, scalar, .. } => template
            .with(AttributeType::EcParams, formats::curve_params(curve))
            .with_secret(AttributeType::Value, scalar),
        _ => template,
    }
}

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

fn rsa(template: Template, public: &RsaPublic) -> Template {
    template
        .with(AttributeType::Modulus, public.modulus.as_slice())
        .with(AttributeType::PublicExponent, public.public_exponent.as_slice())
}

/// The day of a time as `CK_DATE` has it: `20260131`.
fn day(seconds: u64) -> Option<Date> {
    let digits: Vec<u8> = certificate::date(seconds).bytes().filter(u8::is_ascii_digit).collect();
    digits.try_into().ok().map(Date)
}
