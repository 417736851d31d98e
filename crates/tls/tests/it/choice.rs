//! Which of several certificates is shown to whom.

use std::sync::Arc;

use portcullis_tls::{TokenCertResolver, ValidityPolicy, client_config, provider, server_config};
use rustls::client::ResolvesClientCert as _;
use rustls::pki_types::CertificateDer;
use rustls::version::{TLS12, TLS13};
use rustls::{ALL_VERSIONS, CipherSuite, ClientConfig, ServerConfig, SignatureScheme};

use crate::common::{
    Authority, FakeToken, HOST, Side, Stream, TestKey, Times, cert_for, cert_for_times, connect,
    connect_with, labelled,
};

const ANY_SCHEME: &[SignatureScheme] = &[
    SignatureScheme::RSA_PSS_SHA256,
    SignatureScheme::ECDSA_NISTP256_SHA256,
    SignatureScheme::ECDSA_NISTP384_SHA384,
];

/// The name of an authority, as a server hints at it.
fn name_of(authority: &Authority) -> Vec<u8> {
    authority.roots().subjects().remove(0).as_ref().to_vec()
}

fn leaf(chosen: Option<Arc<rustls::sign::CertifiedKey>>) -> Option<CertificateDer<'static>> {
    chosen.map(|chosen| chosen.cert[0].clone())
}

#[test]
fn a_client_shows_the_certificate_whose_authority_the_server_names() {
    let (first, second) = (Authority::new("first"), Authority::new("second"));
    let token = FakeToken::new();
    let mut certificates = Vec::new();
    for (label, authority) in [("one", &first), ("two", &second)] {
        let pair = TestKey::P256.pair();
        certificates.push(cert_for(HOST, &pair, authority));
        token.add(label, TestKey::P256, &pair, vec![vec![certificates[certificates.len() - 1].clone()]]);
    }
    let resolver =
        Arc::new(TokenCertResolver::new(token.service(), &[labelled("one"), labelled("two")]).unwrap());
    for (authority, certificate) in [&first, &second].into_iter().zip(&certificates) {
        for version in [&TLS12, &TLS13] {
            let client = ClientConfig::builder_with_provider(Arc::new(provider(Stream::new(1))))
                .with_protocol_versions(&[version])
                .unwrap()
                .with_root_certificates(first.roots())
                .with_client_cert_resolver(Arc::clone(&resolver) as _);
            let random = Stream::new(2);
            let server =
                server_config(&token.service(), &labelled("one"), random, authority.roots(), &[version]);
            let ends = connect(client, server.unwrap()).unwrap();
            assert_eq!(ends.server.peer_certificates(), Some(std::slice::from_ref(certificate)));
        }
    }
}

#[test]
fn a_chain_fits_when_the_named_authority_issued_any_of_it() {
    let root = Authority::new("root");
    let middle = root.subordinate("middle");
    let pair = TestKey::P256.pair();
    let chain = vec![cert_for(HOST, &pair, &middle), middle.certificate.clone()];
    let token = FakeToken::holding("device", TestKey::P256, &pair, chain.clone());
    let resolver = TokenCertResolver::new(token.service(), &[labelled("device")]).unwrap();

    let stranger = name_of(&Authority::new("stranger"));
    for (authorities, fits) in [
        (vec![name_of(&root)], true),
        (vec![name_of(&middle)], true),
        (vec![stranger.clone(), name_of(&root)], true),
        (vec![], true),
        (vec![stranger], false),
        (vec![b"no name at all".to_vec(), Vec::new()], false),
    ] {
        let authorities: Vec<&[u8]> = authorities.iter().map(Vec::as_slice).collect();
        assert_eq!(resolver.resolve(&authorities, ANY_SCHEME).is_some(), fits, "{authorities:x?}");
    }

    let config =
        client_config(&token.service(), &labelled("device"), Stream::new(1), root.roots(), ALL_VERSIONS);
    let server =
        server_config(&token.service(), &labelled("device"), Stream::new(2), root.roots(), ALL_VERSIONS);
    let ends = connect(config.unwrap(), server.unwrap()).unwrap();
    assert_eq!(ends.server.peer_certificates(), Some(chain.as_slice()));
}

#[test]
fn a_client_shows_the_certificate_whose_key_signs_as_the_server_likes() {
    let root = Authority::new("root");
    let token = FakeToken::new();
    let mut leaves = Vec::new();
    for (label, kind) in [("ecdsa", TestKey::P256), ("rsa", TestKey::Rsa2048)] {
        let pair = kind.pair();
        leaves.push(cert_for(HOST, &pair, &root));
        token.add(label, kind, &pair, vec![vec![leaves[leaves.len() - 1].clone()]]);
    }
    let resolver = TokenCertResolver::new(token.service(), &[labelled("ecdsa"), labelled("rsa")]).unwrap();
    let shown = |offered: &[SignatureScheme]| leaf(resolver.resolve(&[], offered));

    assert_eq!(shown(&[SignatureScheme::RSA_PKCS1_SHA256]).as_ref(), Some(&leaves[1]));
    assert_eq!(shown(&[SignatureScheme::ECDSA_NISTP256_SHA256]).as_ref(), Some(&leaves[0]));
    assert_eq!(shown(ANY_SCHEME).as_ref(), Some(&leaves[0]), "the key that was asked for first");
    assert_eq!(shown(&[SignatureScheme::ECDSA_NISTP384_SHA384, SignatureScheme::ED25519]), None);
    assert_eq!(shown(&[]), None);
}

#[test]
fn both_conditions_must_hold_for_the_same_certificate() {
    let (first, second) = (Authority::new("first"), Authority::new("second"));
    let token = FakeToken::new();
    for (label, kind, authority) in [("ecdsa", TestKey::P256, &first), ("rsa", TestKey::Rsa2048, &second)] {
        let pair = kind.pair();
        token.add(label, kind, &pair, vec![vec![cert_for(HOST, &pair, authority)]]);
    }
    let resolver = TokenCertResolver::new(token.service(), &[labelled("ecdsa"), labelled("rsa")]).unwrap();
    assert!(resolver.resolve(&[&name_of(&first)], &[SignatureScheme::RSA_PSS_SHA256]).is_none());
    assert!(resolver.resolve(&[&name_of(&second)], &[SignatureScheme::RSA_PSS_SHA256]).is_some());
}

#[test]
fn when_nothing_fits_no_certificate_is_sent_and_the_server_says_so() {
    let (ours, theirs) = (Authority::new("ours"), Authority::new("theirs"));
    let pair = TestKey::P256.pair();
    let token = FakeToken::holding("key", TestKey::P256, &pair, vec![cert_for(HOST, &pair, &ours)]);
    for version in [&TLS12, &TLS13] {
        let client =
            client_config(&token.service(), &labelled("key"), Stream::new(1), ours.roots(), &[version]);
        let server =
            server_config(&token.service(), &labelled("key"), Stream::new(2), theirs.roots(), &[version]);
        let Err(broken) = connect(client.unwrap(), server.unwrap()) else {
            panic!("a client without a certificate was let in");
        };
        assert_eq!((broken.side, broken.error), (Side::Server, rustls::Error::NoCertificatesPresented));
    }
}

#[test]
fn of_one_keys_certificates_the_latest_that_is_valid_now_is_shown() {
    let root = Authority::new("root");
    let pair = TestKey::P256.pair();
    let of = |from, to| cert_for_times(HOST, &pair, &root, Times { from, to });
    let (old, renewed) = (of(2020, 2400), of(2022, 2400));
    let (expired, future) = (of(2023, 2024), of(2390, 2400));
    let token = FakeToken::new();
    let chains = [&expired, &old, &renewed, &future].map(|leaf| vec![leaf.clone()]).to_vec();
    token.add("device", TestKey::P256, &pair, chains);

    for policy in [ValidityPolicy::Enforced, ValidityPolicy::LeftToPeer] {
        let resolver =
            TokenCertResolver::with_policy(token.service(), &[labelled("device")], policy).unwrap();
        assert_eq!(leaf(resolver.resolve(&[], ANY_SCHEME)).as_ref(), Some(&renewed), "{policy:?}");
    }
}

#[test]
fn a_certificate_out_of_its_time_is_shown_last_and_only_if_the_caller_says_so() {
    let root = Authority::new("root");
    let (stale_pair, good_pair) = (TestKey::P256.pair(), TestKey::P384.pair());
    let stale = cert_for_times(HOST, &stale_pair, &root, Times { from: 2020, to: 2021 });
    let good = cert_for(HOST, &good_pair, &root);
    let token = FakeToken::holding("stale", TestKey::P256, &stale_pair, vec![stale.clone()]);
    token.add("good", TestKey::P384, &good_pair, vec![vec![good.clone()]]);

    let queries = [labelled("stale"), labelled("good")];
    let resolver =
        TokenCertResolver::with_policy(token.service(), &queries, ValidityPolicy::LeftToPeer).unwrap();
    assert_eq!(leaf(resolver.resolve(&[], ANY_SCHEME)), Some(good));
    assert_eq!(leaf(resolver.resolve(&[], &[SignatureScheme::ECDSA_NISTP256_SHA256])), Some(stale));
}

/// A server with an ECDSA key for one host and an RSA key for two others, and a client's view of it.
struct Hosts {
    root: Authority,
    token: Arc<FakeToken>,
    server: Arc<ServerConfig>,
}

impl Hosts {
    fn new() -> Self {
        let root = Authority::new("root");
        let token = FakeToken::new();
        let (ecdsa, rsa) = (TestKey::P256.pair(), TestKey::Rsa2048.pair());
        token.add("one", TestKey::P256, &ecdsa, vec![vec![cert_for("one.example", &ecdsa, &root)]]);
        let chains = ["two.example", "*.three.example"].map(|host| vec![cert_for(host, &rsa, &root)]);
        token.add("more", TestKey::Rsa2048, &rsa, chains.to_vec());
        let resolver = TokenCertResolver::new(token.service(), &[labelled("one"), labelled("more")]).unwrap();
        let server = ServerConfig::builder_with_provider(Arc::new(provider(Stream::new(1))))
            .with_protocol_versions(ALL_VERSIONS)
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(resolver));
        Self { root, token, server: Arc::new(server) }
    }

    fn client(&self, suites: impl Fn(CipherSuite) -> bool) -> Arc<ClientConfig> {
        let mut provider = provider(Stream::new(2));
        provider.cipher_suites.retain(|known| suites(known.suite()));
        let config = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(self.root.roots())
            .with_no_client_auth();
        Arc::new(config)
    }
}

#[test]
fn a_server_shows_the_certificate_for_the_name_that_the_client_asks_for() {
    let hosts = Hosts::new();
    let client = hosts.client(|_| true);
    for host in ["one.example", "two.example", "any.three.example"] {
        // rustls checks the name, so a handshake that ends well had the right certificate.
        assert!(connect_with(host, &client, &hosts.server).is_ok(), "{host}");
    }
    assert!(connect_with("four.example", &client, &hosts.server).is_err());
}

#[test]
fn a_server_falls_back_to_the_first_certificate_that_the_client_can_check() {
    let hosts = Hosts::new();
    let only_rsa = hosts.client(|suite| suite == CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256);
    let Err(broken) = connect_with("one.example", &only_rsa, &hosts.server) else {
        panic!("the RSA certificates are for other names");
    };
    // The RSA certificate was shown, and it is the client that does not like its name.
    assert_eq!(broken.side, Side::Client);
    assert!(broken.error.to_string().contains("two.example"), "{}", broken.error);
    assert!(connect_with("two.example", &only_rsa, &hosts.server).is_ok());
}

#[test]
fn a_client_that_names_no_host_is_shown_the_first_certificate() {
    let hosts = Hosts::new();
    // An address is never sent as a server name (RFC 6066 section 3).
    let Err(broken) = connect_with("192.0.2.7", &hosts.client(|_| true), &hosts.server) else {
        panic!("no certificate is for an address");
    };
    assert_eq!(broken.side, Side::Client);
    assert!(broken.error.to_string().contains("one.example"), "{}", broken.error);
}

#[test]
fn a_server_without_a_fitting_key_ends_the_handshake() {
    let hosts = Hosts::new();
    let config = server_config(
        &hosts.token.service(),
        &labelled("one"),
        Stream::new(3),
        hosts.root.roots(),
        ALL_VERSIONS,
    );
    let only_rsa = hosts.client(|suite| suite == CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256);
    let Err(broken) = connect_with("one.example", &only_rsa, &Arc::new(config.unwrap())) else {
        panic!("an ECDSA key for an RSA suite");
    };
    assert_eq!(broken.side, Side::Server);
}
