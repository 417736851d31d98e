//! Reading a token again while connections go on.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

use portcullis_tls::{Error, TokenCertResolver};
use portcullis_token::key_service::{KeyInfo, KeyQuery, KeyRef, SignatureScheme as TokenScheme};
use portcullis_token::{KeyService, Result};
use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert as _;
use rustls::pki_types::CertificateDer;

use crate::common::{Authority, FakeToken, HOST, TestKey, Times, cert_for_times, labelled};

const P256: &[SignatureScheme] = &[SignatureScheme::ECDSA_NISTP256_SHA256];

/// A token whose key has the first of two certificates.
fn renewable() -> (Arc<FakeToken>, CertificateDer<'static>, CertificateDer<'static>) {
    let (pair, root) = (TestKey::P256.pair(), Authority::new("root"));
    let [old, new] = [2020, 2021].map(|from| cert_for_times(HOST, &pair, &root, Times { from, to: 2400 }));
    let token = FakeToken::holding("device", TestKey::P256, &pair, vec![old.clone()]);
    (token, old, new)
}

#[test]
fn a_renewed_certificate_is_shown_after_a_reload_and_not_before() {
    let (token, old, new) = renewable();
    let resolver = TokenCertResolver::new(token.service(), &[labelled("device")]).unwrap();
    let shown = || resolver.resolve(&[], P256).unwrap().cert[0].clone();

    token.renew("device", vec![vec![new.clone()]]);
    assert_eq!(shown(), old);
    resolver.reload().unwrap();
    assert_eq!(shown(), new);
}

#[test]
fn a_reload_that_fails_leaves_the_old_certificate_in_force() {
    let (token, ..) = renewable();
    let resolver = TokenCertResolver::new(token.service(), &[labelled("device")]).unwrap();
    token.renew("device", Vec::new());
    assert!(matches!(resolver.reload(), Err(Error::NoCertificate { .. })));
    token.break_down();
    assert!(matches!(resolver.reload(), Err(Error::Token(_))));
    assert!(resolver.has_certs());
    assert!(resolver.resolve(&[], P256).is_some());
}

#[test]
fn reloads_and_handshakes_may_run_at_once() {
    let (token, ..) = renewable();
    let resolver = TokenCertResolver::new(token.service(), &[labelled("device")]).unwrap();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| (0..50).for_each(|_| resolver.reload().unwrap()));
            scope.spawn(|| (0..200).for_each(|_| assert!(resolver.resolve(&[], P256).is_some())));
        }
    });
}

/// A token that, once, says when it has read the certificates and answers only when it is told to.
struct Slow {
    token: Arc<FakeToken>,
    gate: Mutex<Option<(Sender<()>, Receiver<()>)>>,
}

impl KeyService for Slow {
    fn keys(&self, query: &KeyQuery) -> Result<Vec<KeyInfo>> {
        self.token.keys(query)
    }

    fn certificates(&self, key: KeyRef) -> Result<Vec<Vec<CertificateDer<'static>>>> {
        let chains = self.token.certificates(key)?;
        let gate = self.gate.lock().unwrap().take();
        if let Some((read, answer)) = gate {
            read.send(()).unwrap();
            answer.recv().unwrap();
        }
        Ok(chains)
    }

    fn anchors(&self) -> Result<Vec<CertificateDer<'static>>> {
        self.token.anchors()
    }

    fn sign(&self, key: KeyRef, scheme: TokenScheme, message: &[u8]) -> Result<Vec<u8>> {
        self.token.sign(key, scheme, message)
    }
}

#[test]
fn a_slow_reload_holds_no_one_up_and_does_not_undo_a_later_one() {
    let (token, old, new) = renewable();
    let slow = Arc::new(Slow { token: Arc::clone(&token), gate: Mutex::default() });
    let resolver = TokenCertResolver::new(Arc::clone(&slow) as _, &[labelled("device")]).unwrap();
    let shown = || resolver.resolve(&[], P256).unwrap().cert[0].clone();

    let ((read, is_read), (answer, may_answer)) = (channel(), channel());
    *slow.gate.lock().unwrap() = Some((read, may_answer));
    thread::scope(|scope| {
        let stale = scope.spawn(|| resolver.reload());
        is_read.recv().unwrap();
        assert_eq!(shown(), old);

        token.renew("device", vec![vec![new.clone()]]);
        resolver.reload().unwrap();
        assert_eq!(shown(), new);

        answer.send(()).unwrap();
        stale.join().unwrap().unwrap();
        assert_eq!(shown(), new);
    });
}
