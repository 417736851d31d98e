//! Certificate requests (PKCS #10, RFC 2986) signed by a token's key.

use std::net::IpAddr;
use std::str::FromStr;

use portcullis_token::key_service::{KeyInfo, KeyService, SignatureScheme};
use portcullis_token::{Curve, HashAlgorithm};
use spki::AlgorithmIdentifierOwned;
use x509_cert::attr::Attribute;
use x509_cert::der::asn1::{Any, BitString, Ia5String, OctetString, SetOfVec};
use x509_cert::der::oid::db::{rfc5912, rfc8410};
use x509_cert::der::{self, Decode, Encode};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::name::Name;
use x509_cert::request::{CertReq, CertReqInfo, ExtensionReq, Version};

use crate::error::{Error, Result};

/// A name of the subject beside the distinguished one, as `--san` takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AlternativeName(GeneralName);

impl FromStr for AlternativeName {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        let (kind, value) = text.split_once(':').unwrap_or_default();
        match kind {
            "dns" if is_host_name(value) => Ia5String::new(value)
                .map(|name| Self(GeneralName::DnsName(name)))
                .map_err(|error| format!("the DNS name can't be encoded: {error}")),
            "ip" => {
                let octets = match value.parse().map_err(|_| format!("\"{value}\" is no IP address"))? {
                    IpAddr::V4(address) => address.octets().to_vec(),
                    IpAddr::V6(address) => address.octets().to_vec(),
                };
                OctetString::new(octets)
                    .map(|address| Self(GeneralName::IpAddress(address)))
                    .map_err(|error| format!("the address can't be encoded: {error}"))
            }
            _ => Err("write dns:HOST or ip:ADDRESS".into()),
        }
    }
}

/// Whether a text has the form of a host name, with a wildcard at most as its first label (RFC 5280 section
/// 4.2.1.6, RFC 6125 section 6.4.3).
fn is_host_name(text: &str) -> bool {
    let text = text.strip_prefix("*.").unwrap_or(text);
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    text.len() <= 253 && text.split('.').all(label)
}

/// Reads a distinguished name in the form of RFC 4514, such as `CN=device,O=Example`. As in its predecessor
/// RFC 2253 section 4, blanks after a comma don't count.
pub(crate) fn subject(text: &str) -> Result<Name> {
    Name::from_str(&without_blanks(text)).map_err(|_| {
        Error::Usage(format!(
            "\"{text}\" is no distinguished name; write it like CN=device,O=Example (RFC 4514)"
        ))
    })
}

/// The text without the blanks that follow a comma. A comma or blank that belongs to a value is escaped.
fn without_blanks(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let (mut escaped, mut after_comma) = (false, false);
    for character in text.chars() {
        if after_comma && character == ' ' {
            continue;
        }
        after_comma = character == ',' && !escaped;
        escaped = character == '\\' && !escaped;
        kept.push(character);
    }
    kept
}

/// A request for a certificate of `key`, DER.
pub(crate) fn build(
    keys: &dyn KeyService,
    key: &KeyInfo,
    subject: Name,
    names: &[AlternativeName],
) -> Result<Vec<u8>> {
    let supported = key.schemes.iter().find_map(|scheme| Some((*scheme, algorithm(*scheme)?)));
    let (scheme, algorithm) = supported.ok_or_else(|| {
        Error::Refused(format!(
            "the key \"{}\" can't sign certificate requests; choose another key",
            key.label
        ))
    })?;
    let info = info(key, subject, names).map_err(encoding)?;
    let signature = keys.sign(key.key, scheme, &info.to_der().map_err(encoding)?)?;
    let signature = BitString::from_bytes(&signature).map_err(encoding)?;
    CertReq { info, algorithm, signature }.to_der().map_err(encoding)
}

fn info(key: &KeyInfo, subject: Name, names: &[AlternativeName]) -> der::Result<CertReqInfo> {
    let mut attributes = SetOfVec::new();
    if !names.is_empty() {
        let names = SubjectAltName(names.iter().map(|name| name.0.clone()).collect());
        let extension = Extension {
            extn_id: rfc5912::ID_CE_SUBJECT_ALT_NAME,
            // RFC 5280 section 4.2.1.6: critical where it is the only name.
            critical: subject.is_empty(),
            extn_value: OctetString::new(names.to_der()?)?,
        };
        attributes.insert(Attribute::try_from(ExtensionReq(vec![extension]))?)?;
    }
    let public_key = Decode::from_der(&key.public_key)?;
    Ok(CertReqInfo { version: Version::V1, subject, public_key, attributes })
}

/// How X.509 names a scheme (RFC 5758, RFC 8410, RFC 4055).
fn algorithm(scheme: SignatureScheme) -> Option<AlgorithmIdentifierOwned> {
    use HashAlgorithm::{Sha256, Sha384, Sha512};
    let (oid, parameters) = match scheme {
        SignatureScheme::Ecdsa(Curve::P256, Sha256) => (rfc5912::ECDSA_WITH_SHA_256, None),
        SignatureScheme::Ecdsa(Curve::P384, Sha384) => (rfc5912::ECDSA_WITH_SHA_384, None),
        SignatureScheme::Ecdsa(Curve::P521, Sha512) => (rfc5912::ECDSA_WITH_SHA_512, None),
        SignatureScheme::Ed25519 => (rfc8410::ID_ED_25519, None),
        SignatureScheme::RsaPkcs1(Sha256) => (rfc5912::SHA_256_WITH_RSA_ENCRYPTION, Some(Any::null())),
        _ => return None,
    };
    Some(AlgorithmIdentifierOwned { oid, parameters })
}

fn encoding(error: der::Error) -> Error {
    Error::Usage(format!("the request can't be encoded: {error}; shorten the names in it"))
}

#[cfg(test)]
mod tests;
