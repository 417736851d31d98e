//! Whole handshakes with token keys at both ends.

use std::sync::Arc;

use portcullis_tls::{TokenCertResolver, client_config, provider, server_config};
use rustls::crypto::SupportedKxGroup;
use rustls::server::WebPkiClientVerifier;
use rustls::version::{TLS12, TLS13};
use rustls::{
    ALL_VERSIONS, CipherSuite, ClientConfig, NamedGroup, ProtocolVersion, ServerConfig,
    SupportedProtocolVersion,
};

use crate::common::{Authority, Broken, FakeToken, HOST, Side, Stream, TestKey, cert_for, connect, labelled};

/// An authority, and a device and a server that it vouches for.
struct World {
    authority: Authority,
    device: Arc<FakeToken>,
    server: Arc<FakeToken>,
}

impl World {
    fn new(kind: TestKey) -> Self {
        let authority = Authority::new("root");
        let token = |label| {
            let pair = kind.pair();
            let chain = vec![cert_for(HOST, &pair, &authority)];
            FakeToken::holding(label, kind, &pair, chain)
        };
        Self { device: token("device"), server: token("server"), authority }
    }

    fn client_config(&self, versions: &[&'static SupportedProtocolVersion]) -> ClientConfig {
        let roots = self.authority.roots();
        client_config(&self.device.service(), &labelled("device"), Stream::new(1), roots, versions).unwrap()
    }

    fn server_config(&self, versions: &[&'static SupportedProtocolVersion]) -> ServerConfig {
        let roots = self.authority.roots();
        server_config(&self.server.service(), &labelled("server"), Stream::new(2), roots, versions).unwrap()
    }
}

#[test]
fn both_ends_prove_themselves_with_every_kind_of_key_in_both_versions() {
    for kind in TestKey::ALL {
        for version in [&TLS12, &TLS13] {
            let world = World::new(kind);
            let ends = connect(world.client_config(&[version]), world.server_config(&[version])).unwrap();
            assert_eq!(ends.client.protocol_version(), Some(version.version), "{kind:?}");
            assert_eq!(ends.client.peer_certificates().map(<[_]>::len), Some(1), "{kind:?} {version:?}");
            assert_eq!(ends.server.peer_certificates().map(<[_]>::len), Some(1), "{kind:?} {version:?}");
            assert_eq!(
                (world.device.signatures(), world.server.signatures()),
                (1, 1),
                "{kind:?} {version:?}"
            );
        }
    }
}

#[test]
fn the_newest_common_version_is_spoken() {
    let world = World::new(TestKey::P256);
    for (client, server, spoken) in [
        (ALL_VERSIONS, ALL_VERSIONS, ProtocolVersion::TLSv1_3),
        (&[&TLS12], ALL_VERSIONS, ProtocolVersion::TLSv1_2),
        (ALL_VERSIONS, &[&TLS12], ProtocolVersion::TLSv1_2),
    ] {
        let ends = connect(world.client_config(client), world.server_config(server)).unwrap();
        assert_eq!(ends.server.protocol_version(), Some(spoken));
    }
    assert!(connect(world.client_config(&[&TLS12]), world.server_config(&[&TLS13])).is_err());
}

#[test]
fn each_suite_that_aws_iot_takes_is_negotiated_in_tls_1_2() {
    let ecdsa = [
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    ];
    let rsa = [
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        // The one that both AWS IoT Greengrass and the original port layer ask for.
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ];
    for (kind, suites) in [(TestKey::P256, ecdsa), (TestKey::Rsa2048, rsa)] {
        let world = World::new(kind);
        for suite in suites {
            let mut only_this = provider(Stream::new(3));
            only_this.cipher_suites.retain(|known| known.suite() == suite);
            let resolver = TokenCertResolver::new(world.device.service(), &[labelled("device")]).unwrap();
            let client = ClientConfig::builder_with_provider(Arc::new(only_this))
                .with_protocol_versions(&[&TLS12])
                .unwrap()
                .with_root_certificates(world.authority.roots())
                .with_client_cert_resolver(Arc::new(resolver));
            let ends = connect(client, world.server_config(ALL_VERSIONS)).unwrap();
            assert_eq!(ends.client.negotiated_cipher_suite().map(|known| known.suite()), Some(suite));
        }
    }
}

#[test]
fn every_key_exchange_group_carries_a_handshake() {
    let world = World::new(TestKey::P256);
    for group in [NamedGroup::X25519, NamedGroup::secp256r1, NamedGroup::secp384r1] {
        for version in [&TLS12, &TLS13] {
            let mut only_this = provider(Stream::new(4));
            only_this.kx_groups.retain(|known| known.name() == group);
            let resolver = TokenCertResolver::new(world.server.service(), &[labelled("server")]).unwrap();
            let only_this = Arc::new(only_this);
            let roots = Arc::new(world.authority.roots());
            let clients =
                WebPkiClientVerifier::builder_with_provider(roots, Arc::clone(&only_this)).build().unwrap();
            let server = ServerConfig::builder_with_provider(only_this)
                .with_protocol_versions(&[version])
                .unwrap()
                .with_client_cert_verifier(clients)
                .with_cert_resolver(Arc::new(resolver));
            let ends = connect(world.client_config(ALL_VERSIONS), server).unwrap();
            assert_eq!(ends.client.negotiated_key_exchange_group().map(SupportedKxGroup::name), Some(group));
        }
    }
}

#[test]
fn a_token_that_fails_to_sign_ends_the_handshake_with_its_reason() {
    for version in [&TLS12, &TLS13] {
        for side in [Side::Client, Side::Server] {
            let world = World::new(TestKey::P256);
            let (client, server) = (world.client_config(&[version]), world.server_config(&[version]));
            let (token, label) = match side {
                Side::Client => (&world.device, "device"),
                Side::Server => (&world.server, "server"),
            };
            token.break_down();
            let Err(Broken { side: broken, error }) = connect(client, server) else {
                panic!("a handshake without a signature");
            };
            assert_eq!(broken, side);
            let message = error.to_string();
            assert!(message.contains(&format!("key \"{label}\" (id 01) could not sign")), "{message}");
            assert!(message.contains("the engine failed"), "{message}");
        }
    }
}

#[test]
fn a_server_lets_in_only_clients_of_its_own_authority() {
    for version in [&TLS12, &TLS13] {
        let (world, stranger) = (World::new(TestKey::P256), World::new(TestKey::P256));
        let mut trusting = world.authority.roots();
        trusting.add(stranger.authority.certificate.clone()).unwrap();
        let client = client_config(
            &stranger.device.service(),
            &labelled("device"),
            Stream::new(5),
            trusting,
            &[version],
        );
        let Err(broken) = connect(client.unwrap(), world.server_config(&[version])) else {
            panic!("a stranger was let in");
        };
        assert_eq!(broken.side, Side::Server);
    }
}
