//! The signing key by itself.

use portcullis_tls::TokenSigningKey;
use rustls::sign::{CertifiedKey, SigningKey};
use rustls::{SignatureAlgorithm, SignatureScheme};
use std::sync::Arc;

use crate::common::{Authority, FakeToken, HOST, TestKey, cert_for};

/// A key of this kind, and the certificate that was made for it.
fn key(kind: TestKey) -> (TokenSigningKey, rustls::pki_types::CertificateDer<'static>, Arc<FakeToken>) {
    let (pair, root) = (kind.pair(), Authority::new("root"));
    let certificate = cert_for(HOST, &pair, &root);
    let token = FakeToken::holding("device", kind, &pair, vec![certificate.clone()]);
    let key = TokenSigningKey::new(token.service(), token.info("device")).unwrap();
    (key, certificate, token)
}

fn chosen(key: &TokenSigningKey, offered: &[SignatureScheme]) -> Option<SignatureScheme> {
    assert_eq!(key.signs_with(offered), key.choose_scheme(offered).is_some());
    key.choose_scheme(offered).map(|signer| signer.scheme())
}

#[test]
fn an_rsa_key_prefers_pss_whatever_the_order_of_the_offer() {
    use SignatureScheme as S;
    let (key, ..) = key(TestKey::Rsa2048);
    assert_eq!(chosen(&key, &[S::RSA_PKCS1_SHA256, S::RSA_PSS_SHA512]), Some(S::RSA_PSS_SHA512));
    assert_eq!(chosen(&key, &[S::RSA_PSS_SHA512, S::RSA_PSS_SHA256]), Some(S::RSA_PSS_SHA256));
    assert_eq!(chosen(&key, &[S::RSA_PKCS1_SHA512, S::RSA_PKCS1_SHA384]), Some(S::RSA_PKCS1_SHA384));
    assert_eq!(chosen(&key, &[S::RSA_PKCS1_SHA1, S::ECDSA_NISTP256_SHA256, S::ED25519]), None);
}

#[test]
fn a_curve_goes_with_its_own_hash_alone() {
    use SignatureScheme as S;
    for (kind, own) in [
        (TestKey::P256, S::ECDSA_NISTP256_SHA256),
        (TestKey::P384, S::ECDSA_NISTP384_SHA384),
        (TestKey::Ed25519, S::ED25519),
    ] {
        let (key, ..) = key(kind);
        let all = [
            S::RSA_PSS_SHA256,
            S::ECDSA_SHA1_Legacy,
            S::ECDSA_NISTP521_SHA512,
            S::ECDSA_NISTP384_SHA384,
            S::ECDSA_NISTP256_SHA256,
            S::ED25519,
            S::Unknown(0x4242),
        ];
        assert_eq!(chosen(&key, &all), Some(own));
        let others: Vec<_> = all.into_iter().filter(|scheme| *scheme != own).collect();
        assert_eq!(chosen(&key, &others), None);
        assert_eq!(chosen(&key, &[]), None);
    }
}

#[test]
fn the_kind_and_the_public_half_are_known_without_the_token() {
    for (kind, algorithm) in [
        (TestKey::P256, SignatureAlgorithm::ECDSA),
        (TestKey::P384, SignatureAlgorithm::ECDSA),
        (TestKey::Ed25519, SignatureAlgorithm::ED25519),
        (TestKey::Rsa2048, SignatureAlgorithm::RSA),
    ] {
        let (key, certificate, token) = key(kind);
        token.break_down();
        assert_eq!(key.algorithm(), algorithm);
        assert_eq!(CertifiedKey::new(vec![certificate], Arc::new(key)).keys_match(), Ok(()));
    }
}

#[test]
fn a_key_does_not_match_the_certificate_of_another() {
    let ((key, ..), (_, certificate, _)) = (key(TestKey::P256), key(TestKey::P256));
    assert!(CertifiedKey::new(vec![certificate], Arc::new(key)).keys_match().is_err());
}

#[test]
fn the_reason_of_a_failed_signature_is_kept() {
    let (key, _, token) = key(TestKey::P256);
    let signer = key.choose_scheme(&[SignatureScheme::ECDSA_NISTP256_SHA256]).unwrap();
    token.break_down();
    let rustls::Error::Other(other) = signer.sign(b"message").unwrap_err() else {
        panic!("an error of ours");
    };
    assert!(matches!(other.0.downcast_ref(), Some(portcullis_tls::Error::Sign { .. })));
}

#[test]
fn debug_shows_names_and_no_more() {
    let (key, ..) = key(TestKey::P256);
    assert_eq!(
        format!("{key:?}"),
        "TokenSigningKey { key: \"key \\\"device\\\" (id 01)\", schemes: [ECDSA_NISTP256_SHA256], .. }"
    );
}
