//! The demo's certificate authority. Its key lives in memory for as long as the demo runs.

use std::fmt::Display;

use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, DnType, ExtendedKeyUsagePurpose,
    IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use time::{Duration, OffsetDateTime};

use crate::error::{Error, Result};

/// A private CA.
pub(super) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its own certificate, PEM.
    pub(super) certificate: String,
}

/// A key outside of any token, for a server that is not ours.
pub(super) struct Loose {
    /// The certificate, PEM.
    pub(super) certificate: String,
    /// The private key, PKCS #8 in PEM.
    pub(super) key: String,
}

impl Authority {
    pub(super) fn new() -> Result<Self> {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "Portcullis demo CA");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        limit(&mut params);
        let key = KeyPair::generate().map_err(failed)?;
        let certificate = params.self_signed(&key).map_err(failed)?.pem();
        Ok(Self { issuer: Issuer::new(params, key), certificate })
    }

    /// Certifies the key of a request (PEM), once it is sure that who asks has that key.
    pub(super) fn certify(&self, request: &str, usage: ExtendedKeyUsagePurpose) -> Result<String> {
        // Reading it checks its signature.
        let mut request = CertificateSigningRequestParams::from_pem(request).map_err(failed)?;
        limit(&mut request.params);
        request.params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        request.params.extended_key_usages = vec![usage];
        request.params.use_authority_key_identifier_extension = true;
        Ok(request.params.signed_by(&request.public_key, &self.issuer).map_err(failed)?.pem())
    }

    /// A server's key in a file, with its certificate, as most servers have it.
    pub(super) fn loose_server(&self) -> Result<Loose> {
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let mut params = CertificateParams::new(names).map_err(failed)?;
        params.distinguished_name.push(DnType::CommonName, "localhost");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        limit(&mut params);
        let key = KeyPair::generate().map_err(failed)?;
        let certificate = params.signed_by(&key, &self.issuer).map_err(failed)?.pem();
        Ok(Loose { certificate, key: key.serialize_pem() })
    }
}

/// Makes a certificate valid for a week, and for the hour before, since clocks differ.
fn limit(params: &mut CertificateParams) {
    let now = OffsetDateTime::now_utc();
    params.not_before = now - Duration::HOUR;
    params.not_after = now + Duration::WEEK;
}

fn failed(error: impl Display) -> Error {
    Error::Demo(format!("the demo's CA could not issue a certificate: {error}"))
}
