//! A key service in memory, whose failures a test can order.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use portcullis_token::key_service::{KeyInfo, KeyQuery, KeyRef, SignatureScheme};
use portcullis_token::{Curve, EngineError, Error, HashAlgorithm, KeyService, Result};
use rcgen::{KeyPair, PublicKeyData as _};
use rustls::SignatureScheme as TlsScheme;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::SigningKey;

use super::TestKey;

type Chain = Vec<CertificateDer<'static>>;

#[derive(Default)]
pub(crate) struct FakeToken {
    held: Mutex<Vec<Held>>,
    trusted: Mutex<Chain>,
    broken: AtomicBool,
    signatures: AtomicUsize,
}

struct Held {
    info: KeyInfo,
    key: Arc<dyn SigningKey>,
    chains: Vec<Chain>,
}

impl FakeToken {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// A token with one key and one certificate.
    pub(crate) fn holding(label: &str, kind: TestKey, pair: &KeyPair, chain: Chain) -> Arc<Self> {
        let token = Self::new();
        token.add(label, kind, pair, vec![chain]);
        token
    }

    pub(crate) fn add(&self, label: &str, kind: TestKey, pair: &KeyPair, chains: Vec<Chain>) {
        let mut held = self.held.lock().unwrap();
        let number = held.len() as u8 + 1;
        let private = PrivateKeyDer::try_from(pair.serialize_der()).unwrap();
        held.push(Held {
            info: KeyInfo {
                key: KeyRef(number.into()),
                label: label.to_owned(),
                id: vec![number],
                algorithm: kind.algorithm(),
                public_key: pair.subject_public_key_info().into(),
                schemes: kind.schemes(),
            },
            key: any_supported_type(&private).unwrap(),
            chains,
        });
    }

    /// Puts `chains` in place of what the key has.
    pub(crate) fn renew(&self, label: &str, chains: Vec<Chain>) {
        let mut held = self.held.lock().unwrap();
        held.iter_mut().find(|held| held.info.label == label).unwrap().chains = chains;
    }

    pub(crate) fn trust(&self, certificate: CertificateDer<'static>) {
        self.trusted.lock().unwrap().push(certificate);
    }

    /// From now on every call fails.
    pub(crate) fn break_down(&self) {
        self.broken.store(true, Ordering::SeqCst);
    }

    /// How many signatures it has made.
    pub(crate) fn signatures(&self) -> usize {
        self.signatures.load(Ordering::SeqCst)
    }

    pub(crate) fn info(&self, label: &str) -> KeyInfo {
        self.held.lock().unwrap().iter().find(|held| held.info.label == label).unwrap().info.clone()
    }

    pub(crate) fn service(self: &Arc<Self>) -> Arc<dyn KeyService> {
        Arc::clone(self) as _
    }

    fn check(&self) -> Result<()> {
        if self.broken.load(Ordering::SeqCst) { Err(EngineError::Failed.into()) } else { Ok(()) }
    }
}

impl KeyService for FakeToken {
    fn keys(&self, query: &KeyQuery) -> Result<Vec<KeyInfo>> {
        self.check()?;
        let held = self.held.lock().unwrap();
        let fits = |info: &&KeyInfo| {
            query.label.as_ref().is_none_or(|label| info.label == *label)
                && query.id.as_ref().is_none_or(|id| info.id == *id)
        };
        Ok(held.iter().map(|held| &held.info).filter(fits).cloned().collect())
    }

    fn certificates(&self, key: KeyRef) -> Result<Vec<Chain>> {
        self.check()?;
        let held = self.held.lock().unwrap();
        Ok(held.iter().find(|held| held.info.key == key).ok_or(EngineError::KeyInvalid)?.chains.clone())
    }

    fn anchors(&self) -> Result<Chain> {
        self.check()?;
        Ok(self.trusted.lock().unwrap().clone())
    }

    fn sign(&self, key: KeyRef, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>> {
        self.check()?;
        let held = self.held.lock().unwrap();
        let held = held.iter().find(|held| held.info.key == key).ok_or(EngineError::KeyInvalid)?;
        let signer = held.key.choose_scheme(&[tls_scheme(scheme)]).ok_or(EngineError::Unsupported)?;
        self.signatures.fetch_add(1, Ordering::SeqCst);
        signer.sign(message).map_err(|_| Error::Engine(EngineError::Failed))
    }
}

/// The names once more, written down apart from the crate's own table.
fn tls_scheme(scheme: SignatureScheme) -> TlsScheme {
    use HashAlgorithm::{Sha256, Sha384, Sha512};
    match scheme {
        SignatureScheme::Ecdsa(Curve::P256, Sha256) => TlsScheme::ECDSA_NISTP256_SHA256,
        SignatureScheme::Ecdsa(Curve::P384, Sha384) => TlsScheme::ECDSA_NISTP384_SHA384,
        SignatureScheme::Ed25519 => TlsScheme::ED25519,
        SignatureScheme::RsaPss(Sha256) => TlsScheme::RSA_PSS_SHA256,
        SignatureScheme::RsaPss(Sha384) => TlsScheme::RSA_PSS_SHA384,
        SignatureScheme::RsaPss(Sha512) => TlsScheme::RSA_PSS_SHA512,
        SignatureScheme::RsaPkcs1(Sha256) => TlsScheme::RSA_PKCS1_SHA256,
        SignatureScheme::RsaPkcs1(Sha384) => TlsScheme::RSA_PKCS1_SHA384,
        SignatureScheme::RsaPkcs1(Sha512) => TlsScheme::RSA_PKCS1_SHA512,
        other => panic!("the tests sign with no {other:?}"),
    }
}
