//! What the provider is made of.

use std::sync::Arc;

use portcullis_entropy::Random;
use portcullis_tls::provider;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::PrivateKeyDer;
use rustls::{CipherSuite, SupportedCipherSuite};

use crate::common::{Stream, TestKey};

fn suites(provider: &CryptoProvider) -> Vec<CipherSuite> {
    provider.cipher_suites.iter().map(SupportedCipherSuite::suite).collect()
}

#[test]
fn the_suites_are_rings_with_those_of_aws_iot_among_them() {
    let ours = suites(&provider(Stream::new(1)));
    assert_eq!(ours, suites(&ring::default_provider()));
    for needed in [
        CipherSuite::TLS13_AES_128_GCM_SHA256,
        CipherSuite::TLS13_AES_256_GCM_SHA384,
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    ] {
        assert!(ours.contains(&needed), "{needed:?}");
    }
}

#[test]
fn one_source_is_kept_once_and_two_are_kept_apart() {
    let address = |provider: &CryptoProvider| std::ptr::from_ref(provider.secure_random).cast::<()>();
    let (one, two) = (Stream::new(1), Stream::new(1));
    let [first, again, other] =
        [&one, &one, &two].map(|random| provider(Arc::clone(random) as Arc<dyn Random>));
    assert_eq!(address(&first), address(&again));
    assert_ne!(address(&first), address(&other));
    let kept = Arc::strong_count(&one);
    drop(provider(Arc::clone(&one) as Arc<dyn Random>));
    assert_eq!(Arc::strong_count(&one), kept);
}

#[test]
fn a_private_key_in_bytes_is_refused() {
    let key = PrivateKeyDer::try_from(TestKey::P256.pair().serialize_der()).unwrap();
    let error = provider(Stream::new(1)).key_provider.load_private_key(key).unwrap_err();
    assert!(error.to_string().contains("only from a token"), "{error}");
}
