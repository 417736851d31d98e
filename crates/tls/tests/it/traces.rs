//! What rustls keeps silent about is in the log.

use std::io::{Result, Write};
use std::sync::{Arc, Mutex};

use portcullis_tls::TokenCertResolver;
use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert as _;

use crate::common::{Authority, FakeToken, HOST, TestKey, cert_for, labelled};

/// A log that is kept.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, line: &[u8]) -> Result<usize> {
        self.0.lock().unwrap().write(line)
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

/// What is logged on this thread while `act` runs.
fn logged(act: impl FnOnce()) -> String {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    tracing::subscriber::with_default(subscriber, act);
    String::from_utf8(log.0.lock().unwrap().clone()).unwrap()
}

#[test]
fn the_reason_for_an_empty_certificate_or_a_missing_signature_is_logged() {
    let (pair, root) = (TestKey::P256.pair(), Authority::new("root"));
    let chain = vec![cert_for(HOST, &pair, &root)];
    let token = FakeToken::holding("device", TestKey::P256, &pair, chain);
    let resolver = TokenCertResolver::new(token.service(), &[labelled("device")]).unwrap();

    let line = logged(|| assert!(resolver.resolve(&[b"stranger"], &[SignatureScheme::ED25519]).is_none()));
    for part in [" WARN ", "no client certificate fits", "issued_by_them=0", "signing_so=0", "ED25519"] {
        assert!(line.contains(part), "{part:?} is not in {line:?}");
    }

    let key = resolver.resolve(&[], &[SignatureScheme::ECDSA_NISTP256_SHA256]).unwrap().key.clone();
    let line = logged(|| assert!(key.choose_scheme(&[SignatureScheme::ED25519]).is_none()));
    for part in [" WARN ", "no signature scheme in common", "device", "[ED25519]", "[ECDSA_NISTP256_SHA256]"]
    {
        assert!(line.contains(part), "{part:?} is not in {line:?}");
    }

    let signer = key.choose_scheme(&[SignatureScheme::ECDSA_NISTP256_SHA256]).unwrap();
    token.break_down();
    let line = logged(|| assert!(signer.sign(b"secret message").is_err()));
    for part in [" WARN ", "could not sign with ECDSA_NISTP256_SHA256", "the engine failed"] {
        assert!(line.contains(part), "{part:?} is not in {line:?}");
    }
    assert!(!line.contains("secret"), "{line:?}");
}
