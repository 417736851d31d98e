//! Keys, authorities and certificates, made on the spot.

use portcullis_token::key_service::{KeyAlgorithm, SignatureScheme};
use portcullis_token::{Curve, HashAlgorithm};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair,
    PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, PKCS_RSA_SHA256, date_time_ymd,
};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;

/// The kinds of key that the tests go through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TestKey {
    P256,
    P384,
    Ed25519,
    Rsa2048,
}

impl TestKey {
    pub(crate) const ALL: [Self; 4] = [Self::P256, Self::P384, Self::Ed25519, Self::Rsa2048];

    /// A new key, but for RSA, of which there is one.
    pub(crate) fn pair(self) -> KeyPair {
        match self {
            Self::P256 => KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap(),
            Self::P384 => KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap(),
            Self::Ed25519 => KeyPair::generate_for(&PKCS_ED25519).unwrap(),
            Self::Rsa2048 => {
                let pem = include_str!("../../data/test-only-rsa-2048.pem");
                KeyPair::from_pem_and_sign_algo(pem, &PKCS_RSA_SHA256).unwrap()
            }
        }
    }

    pub(crate) fn algorithm(self) -> KeyAlgorithm {
        match self {
            Self::P256 => KeyAlgorithm::Ec(Curve::P256),
            Self::P384 => KeyAlgorithm::Ec(Curve::P384),
            Self::Ed25519 => KeyAlgorithm::Ec(Curve::Ed25519),
            Self::Rsa2048 => KeyAlgorithm::Rsa { bits: 2048 },
        }
    }

    /// What a token would say that the key signs with.
    pub(crate) fn schemes(self) -> Vec<SignatureScheme> {
        use HashAlgorithm::{Sha256, Sha384, Sha512};
        match self {
            Self::P256 => vec![SignatureScheme::Ecdsa(Curve::P256, Sha256)],
            Self::P384 => vec![SignatureScheme::Ecdsa(Curve::P384, Sha384)],
            Self::Ed25519 => vec![SignatureScheme::Ed25519],
            Self::Rsa2048 => [SignatureScheme::RsaPkcs1, SignatureScheme::RsaPss]
                .into_iter()
                .flat_map(|scheme| [Sha256, Sha384, Sha512].map(scheme))
                .collect(),
        }
    }
}

/// A private certificate authority.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) certificate: CertificateDer<'static>,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let (params, key) = (authority_params(name), TestKey::P256.pair());
        let certificate = params.self_signed(&key).unwrap().der().clone();
        Self { issuer: Issuer::new(params, key), certificate }
    }

    /// An authority under this one.
    pub(crate) fn subordinate(&self, name: &str) -> Self {
        let (params, key) = (authority_params(name), TestKey::P256.pair());
        let certificate = params.signed_by(&key, &self.issuer).unwrap().der().clone();
        Self { issuer: Issuer::new(params, key), certificate }
    }

    pub(crate) fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        roots
    }
}

fn authority_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = common_name(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

fn common_name(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}

/// The years of a certificate, each from its first of January.
#[derive(Clone, Copy)]
pub(crate) struct Times {
    pub(crate) from: i32,
    pub(crate) to: i32,
}

/// A certificate for `host` that is valid for the length of these tests' life.
pub(crate) fn cert_for(host: &str, key: &KeyPair, by: &Authority) -> CertificateDer<'static> {
    cert_for_times(host, key, by, Times { from: 2020, to: 2400 })
}

pub(crate) fn cert_for_times(
    host: &str,
    key: &KeyPair,
    by: &Authority,
    times: Times,
) -> CertificateDer<'static> {
    let mut params = CertificateParams::new([host.to_owned()]).unwrap();
    params.distinguished_name = common_name(host);
    params.not_before = date_time_ymd(times.from, 1, 1);
    params.not_after = date_time_ymd(times.to, 1, 1);
    params.signed_by(key, &by.issuer).unwrap().der().clone()
}
