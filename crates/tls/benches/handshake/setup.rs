//! What is compared: one authority, two keys with their certificates, and from them a client and a server
//! over a token, and two pairs of them over the keys in memory.

use std::sync::Arc;

use portcullis_engine::RingEngine;
use portcullis_entropy::{Random, RandomPool, Seed};
use portcullis_pal::MemoryStore;
use portcullis_tls::{client_config, provider, server_config};
use portcullis_token::key_service::KeyQuery;
use portcullis_token::{
    AttributeType, Device, KeyDerivation, KeyService, ObjectClass, Parts, Session, SessionAccess, Template,
    Token, TokenKeys, UserType, formats,
};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::version::TLS13;
use rustls::{ClientConfig, RootCertStore, ServerConfig};

/// The name that clients ask for.
pub(crate) const HOST: &str = "gate.example";

const PIN: &[u8] = b"4711-4711";

/// The kinds of keys that are compared.
#[derive(Clone, Copy)]
pub(crate) enum KeyKind {
    P256,
    P384,
    Ed25519,
    Rsa2048,
}

/// The two ends of a connection.
pub(crate) struct Ends {
    pub(crate) client: Arc<ClientConfig>,
    pub(crate) server: Arc<ServerConfig>,
}

/// The sides of the comparison.
pub(crate) struct World {
    pub(crate) token: Ends,
    /// Our provider, with the keys in memory: what differs from `token` is the token alone.
    pub(crate) memory: Ends,
    /// rustls' own provider, with the keys in memory.
    pub(crate) ring: Ends,
}

/// A key with its certificate, outside of any token.
struct Identity {
    label: &'static str,
    key: KeyPair,
    certificate: CertificateDer<'static>,
}

impl KeyKind {
    pub(crate) const ALL: [Self; 4] = [Self::P256, Self::P384, Self::Ed25519, Self::Rsa2048];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::Ed25519 => "Ed25519",
            Self::Rsa2048 => "RSA-2048",
        }
    }

    fn pair(self) -> KeyPair {
        match self {
            Self::P256 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256),
            Self::P384 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384),
            Self::Ed25519 => KeyPair::generate_for(&rcgen::PKCS_ED25519),
            Self::Rsa2048 => {
                let pem = include_str!("../../tests/data/test-only-rsa-2048.pem");
                KeyPair::from_pem_and_sign_algo(pem, &rcgen::PKCS_RSA_SHA256)
            }
        }
        .expect("ring makes such keys")
    }
}

impl World {
    pub(crate) fn new(kind: KeyKind) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = kind.pair();
        let root = params.self_signed(&key).expect("a certificate").der().clone();
        let issuer = Issuer::new(params, key);
        let identities = ["device", "gate"].map(|label| Identity::new(label, kind, &issuer));
        let mut roots = RootCertStore::empty();
        roots.add(root).expect("a root");
        let roots = Arc::new(roots);
        let random: Arc<dyn Random> = Arc::new(RandomPool::host(Seed::NotKept));
        let ring = ring::default_provider();
        let ours = CryptoProvider { key_provider: ring.key_provider, ..provider(Arc::clone(&random)) };
        Self {
            token: Ends::over_token(&identities, random, &roots),
            memory: Ends::over_bytes(&identities, ours, &roots),
            ring: Ends::over_bytes(&identities, ring, &roots),
        }
    }
}

impl Identity {
    fn new(label: &'static str, kind: KeyKind, issuer: &Issuer<'_, KeyPair>) -> Self {
        let params = CertificateParams::new([HOST.to_owned()]).expect("a host name");
        let key = kind.pair();
        let certificate = params.signed_by(&key, issuer).expect("a certificate").der().clone();
        Self { label, key, certificate }
    }

    fn private(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::try_from(self.key.serialize_der()).expect("PKCS #8")
    }
}

impl Ends {
    fn over_token(identities: &[Identity; 2], random: Arc<dyn Random>, roots: &Arc<RootCertStore>) -> Self {
        let keys = keys_of(&token(identities, &random));
        let query = |label: &str| KeyQuery { label: Some(label.to_owned()), ..KeyQuery::default() };
        let [device, gate] = identities.each_ref().map(|one| query(one.label));
        let client = client_config(&keys, &device, Arc::clone(&random), Arc::clone(roots), &[&TLS13]);
        let server = server_config(&keys, &gate, random, Arc::clone(roots), &[&TLS13]);
        Self::without_resumption(client.expect("a client"), server.expect("a server"))
    }

    fn over_bytes(
        [device, gate]: &[Identity; 2],
        provider: CryptoProvider,
        roots: &Arc<RootCertStore>,
    ) -> Self {
        let provider = Arc::new(provider);
        let client = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[&TLS13])
            .expect("ring has TLS 1.3")
            .with_root_certificates(Arc::clone(roots))
            .with_client_auth_cert(vec![device.certificate.clone()], device.private());
        let clients =
            WebPkiClientVerifier::builder_with_provider(Arc::clone(roots), Arc::clone(&provider)).build();
        let server = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13])
            .expect("ring has TLS 1.3")
            .with_client_cert_verifier(clients.expect("a verifier"))
            .with_single_cert(vec![gate.certificate.clone()], gate.private());
        Self::without_resumption(client.expect("a client"), server.expect("a server"))
    }

    fn without_resumption(mut client: ClientConfig, mut server: ServerConfig) -> Self {
        client.resumption = Resumption::disabled();
        server.session_storage = Arc::new(NoServerSessionStorage {});
        server.send_tls13_tickets = 0;
        Self { client: Arc::new(client), server: Arc::new(server) }
    }
}

/// A token in memory that holds both keys with their certificates.
fn token(identities: &[Identity], random: &Arc<dyn Random>) -> Token {
    let token = Token::open(Parts {
        store: Arc::new(MemoryStore::new()),
        engine: Arc::new(RingEngine),
        random: Arc::clone(random),
        key_derivation: KeyDerivation::MINIMUM,
        device: Device::default(),
    })
    .expect("a memory store opens");
    token.init(PIN, "bench").expect("a new token");
    let session = token.open_session(SessionAccess::ReadWrite).expect("a session");
    session.login(UserType::So, PIN).and_then(|()| session.init_pin(PIN)).expect("the user's PIN");
    session.logout().and_then(|()| session.login(UserType::User, PIN)).expect("a login");
    for identity in identities {
        import(&session, identity);
    }
    token
}

fn import(session: &Session, identity: &Identity) {
    let key = formats::private_key(&identity.key.serialize_der()).expect("PKCS #8");
    let named = |template: Template| {
        template.with(AttributeType::Token, true).with(AttributeType::Label, identity.label)
    };
    session.create_object(named(Template::of_key(key).expect("a template"))).expect("a private key");
    let certificate = Template::of(ObjectClass::Certificate)
        .with(AttributeType::CertificateType, 0)
        .with(AttributeType::Value, identity.certificate.as_ref());
    session.create_object(named(certificate)).expect("a certificate");
}

fn keys_of(token: &Token) -> Arc<dyn KeyService> {
    Arc::new(TokenKeys::login(token, PIN).expect("the PIN is right"))
}
