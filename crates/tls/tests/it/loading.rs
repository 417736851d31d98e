//! Reading identities and anchors out of a token: what is refused and how it is said.

use std::sync::Arc;

use portcullis_tls::{Error, TokenCertResolver, ValidityPolicy, anchors, client_config, server_config};
use portcullis_token::key_service::{KeyQuery, SignatureScheme as TokenScheme};
use portcullis_token::{Curve, HashAlgorithm};
use rustls::client::ResolvesClientCert as _;
use rustls::pki_types::CertificateDer;
use rustls::{ALL_VERSIONS, RootCertStore, SignatureScheme};

use crate::common::{Authority, FakeToken, HOST, Stream, TestKey, Times, cert_for, cert_for_times, labelled};

const P256: &[SignatureScheme] = &[SignatureScheme::ECDSA_NISTP256_SHA256];

fn refusal(token: &Arc<FakeToken>, query: KeyQuery) -> Error {
    TokenCertResolver::new(token.service(), &[query]).unwrap_err()
}

/// A token whose one key has these certificates.
fn token_with(
    leaves: impl FnOnce(&rcgen::KeyPair, &Authority) -> Vec<CertificateDer<'static>>,
) -> Arc<FakeToken> {
    let (pair, root) = (TestKey::P256.pair(), Authority::new("root"));
    let token = FakeToken::new();
    let chains = leaves(&pair, &root).into_iter().map(|leaf| vec![leaf]).collect();
    token.add("device", TestKey::P256, &pair, chains);
    token
}

#[test]
fn a_key_that_is_not_there_is_named() {
    let error = refusal(&FakeToken::new(), labelled("device"));
    assert!(matches!(&error, Error::NoSuchKey { .. }));
    assert_eq!(
        error.to_string(),
        "no private key matches label \"device\"; check the name, and that the token is logged in"
    );
    assert!(matches!(TokenCertResolver::new(FakeToken::new().service(), &[]), Err(Error::NoQuery)));
}

#[test]
fn several_keys_for_one_query_are_all_named() {
    let token = FakeToken::new();
    for _ in 0..2 {
        token.add("device", TestKey::P256, &TestKey::P256.pair(), Vec::new());
    }
    let error = refusal(&token, labelled("device"));
    assert!(matches!(&error, Error::SeveralKeys { found, .. } if found.len() == 2));
    let message = error.to_string();
    assert!(message.contains("key \"device\" (id 01), key \"device\" (id 02)"), "{message}");

    let by_id = KeyQuery { id: Some(vec![2]), ..labelled("device") };
    assert!(matches!(refusal(&token, by_id), Error::NoCertificate { .. }));
}

#[test]
fn a_key_without_a_certificate_is_refused() {
    for chains in [vec![], vec![vec![]]] {
        let token = FakeToken::new();
        token.add("device", TestKey::P256, &TestKey::P256.pair(), chains);
        let error = refusal(&token, labelled("device"));
        assert!(matches!(&error, Error::NoCertificate { key } if key == "key \"device\" (id 01)"), "{error}");
    }
}

#[test]
fn a_certificate_of_another_key_is_refused() {
    let token = token_with(|_, root| vec![cert_for(HOST, &TestKey::P256.pair(), root)]);
    let error = refusal(&token, labelled("device"));
    assert!(matches!(&error, Error::KeyMismatch { subject, .. } if subject == "CN=gate.example"), "{error}");
}

#[test]
fn a_damaged_certificate_is_refused_at_every_length() {
    let (pair, root) = (TestKey::P256.pair(), Authority::new("root"));
    let whole = cert_for(HOST, &pair, &root);
    for length in 0..whole.len() {
        let cut = CertificateDer::from(whole[..length].to_vec());
        let token = FakeToken::holding("device", TestKey::P256, &pair, vec![cut]);
        assert!(
            matches!(refusal(&token, labelled("device")), Error::MalformedCertificate { .. }),
            "{length}"
        );
    }
    let issuer_cut = vec![whole, CertificateDer::from(root.certificate[..99].to_vec())];
    let token = FakeToken::holding("device", TestKey::P256, &pair, issuer_cut);
    assert!(matches!(refusal(&token, labelled("device")), Error::MalformedCertificate { .. }));
}

#[test]
fn a_certificate_out_of_its_time_is_refused_unless_the_caller_leaves_it_to_the_peer() {
    let expired =
        token_with(|pair, root| vec![cert_for_times(HOST, pair, root, Times { from: 2020, to: 2021 })]);
    let error = refusal(&expired, labelled("device"));
    assert!(
        matches!(&error, Error::CertificateExpired { not_after, .. } if not_after.as_secs() == 1_609_459_200)
    );
    assert_eq!(
        error.to_string(),
        "the certificate \"CN=gate.example\" of key \"device\" (id 01) expired at 2021-01-01T00:00:00Z; \
         import a renewed one"
    );

    let early =
        token_with(|pair, root| vec![cert_for_times(HOST, pair, root, Times { from: 2390, to: 2400 })]);
    let error = refusal(&early, labelled("device"));
    assert!(matches!(&error, Error::CertificateNotYetValid { .. }));
    assert!(error.to_string().contains("is valid only from 2390-01-01T00:00:00Z"), "{error}");

    for token in [expired, early] {
        let query = [labelled("device")];
        let resolver =
            TokenCertResolver::with_policy(token.service(), &query, ValidityPolicy::LeftToPeer).unwrap();
        assert!(resolver.resolve(&[], P256).is_some());
    }
}

#[test]
fn a_bad_certificate_does_not_hide_a_good_one() {
    let token = token_with(|pair, root| {
        vec![
            CertificateDer::from(vec![0x30]),
            cert_for(HOST, &TestKey::P256.pair(), root),
            cert_for_times(HOST, pair, root, Times { from: 2020, to: 2021 }),
            cert_for(HOST, pair, root),
        ]
    });
    let resolver = TokenCertResolver::new(token.service(), &[labelled("device")]).unwrap();
    assert!(resolver.resolve(&[], P256).is_some());
}

#[test]
fn a_key_that_tls_has_no_scheme_for_is_refused() {
    let token = token_with(|pair, root| vec![cert_for(HOST, pair, root)]);
    let mut info = token.info("device");
    for schemes in [
        vec![],
        vec![TokenScheme::Ecdsa(Curve::P256, HashAlgorithm::Sha384)],
        vec![TokenScheme::RsaPkcs1(HashAlgorithm::Sha256)],
    ] {
        info.schemes = schemes;
        let error = portcullis_tls::TokenSigningKey::new(token.service(), info.clone()).unwrap_err();
        assert!(matches!(error, Error::UnsupportedKey { .. }));
    }
}

#[test]
fn a_token_that_can_not_be_read_says_why() {
    let token = token_with(|pair, root| vec![cert_for(HOST, pair, root)]);
    token.break_down();
    assert_eq!(refusal(&token, labelled("device")).to_string(), "the engine failed");
    assert!(matches!(anchors(token.as_ref()), Err(Error::Token(_))));
}

#[test]
fn anchors_are_the_tokens_trusted_certificates() {
    let token = FakeToken::new();
    let error = anchors(token.as_ref()).unwrap_err();
    assert!(matches!(error, Error::NoAnchors));
    assert!(error.to_string().contains("mark it as trusted"), "{error}");

    let roots = ["one", "two"].map(Authority::new);
    for root in &roots {
        token.trust(root.certificate.clone());
    }
    assert_eq!(anchors(token.as_ref()).unwrap().len(), 2);

    token.trust(CertificateDer::from(vec![0x30, 0x00]));
    assert!(matches!(anchors(token.as_ref()), Err(Error::BadAnchor { number: 3, .. })));
}

#[test]
fn a_config_without_versions_or_roots_is_refused() {
    let token = token_with(|pair, root| vec![cert_for(HOST, pair, root)]);
    let (service, query) = (token.service(), labelled("device"));
    let none = RootCertStore::empty;
    let client = client_config(&service, &query, Stream::new(1), none(), &[]);
    assert!(matches!(client, Err(Error::Tls(_))));
    let server = server_config(&service, &query, Stream::new(1), none(), ALL_VERSIONS);
    assert!(matches!(server, Err(Error::ClientVerifier(_))));
}
