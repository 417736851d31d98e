//! A rustls provider whose every random byte comes from one [`Random`]. Ciphers, hashes and signature
//! checks are `ring`'s.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use portcullis_entropy::Random;
use rustls::crypto::{CryptoProvider, GetRandomFailed, KeyProvider, SecureRandom, SupportedKxGroup, ring};
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::SigningKey;

use crate::kx::{self, fill};

/// `ring`'s cipher suites and signature checks, with all randomness drawn from `random`: hello randoms,
/// session ids, tickets, and the ephemeral secrets of the key exchange.
///
/// Key exchange groups are X25519, P-256 and P-384, in this order. Without P-256, OpenSSL refuses a P-256
/// client certificate in TLS 1.2.
///
/// Private keys are taken only from a token: the provider refuses to load one from its bytes, since
/// `ring` would sign with it by the operating system's randomness.
///
/// rustls wants what a provider draws from to live as long as the process. So the first call with a
/// `random` allocates a few words that are never freed and keep it alive; later calls with the same one
/// find them again.
#[must_use]
pub fn provider(random: Arc<dyn Random>) -> CryptoProvider {
    let parts = Parts::of(random);
    CryptoProvider {
        kx_groups: parts.groups.iter().map(|group| &**group as &dyn SupportedKxGroup).collect(),
        secure_random: &parts.random,
        key_provider: &TokenKeysOnly,
        ..ring::default_provider()
    }
}

/// The parts of a provider that draw from one source.
struct Parts {
    random: Source,
    groups: [Box<dyn SupportedKxGroup>; 3],
}

/// The parts made so far; they are never dropped, so no source's address is ever used again.
static KNOWN: Mutex<Vec<&'static Parts>> = Mutex::new(Vec::new());

impl Parts {
    fn of(random: Arc<dyn Random>) -> &'static Self {
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(parts) = known.iter().find(|parts| Arc::ptr_eq(&parts.random.0, &random)) {
            return parts;
        }
        let parts: &'static Self =
            Box::leak(Box::new(Self { groups: kx::groups(&random), random: Source(random) }));
        known.push(parts);
        parts
    }
}

/// A [`Random`] as rustls wants it.
struct Source(Arc<dyn Random>);

impl SecureRandom for Source {
    fn fill(&self, out: &mut [u8]) -> Result<(), GetRandomFailed> {
        fill(self.0.as_ref(), out)
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Source")
    }
}

/// Loads no private key from bytes.
#[derive(Debug)]
struct TokenKeysOnly;

impl KeyProvider for TokenKeysOnly {
    fn load_private_key(&self, _: PrivateKeyDer<'static>) -> Result<Arc<dyn SigningKey>, rustls::Error> {
        Err(rustls::Error::General(
            "this provider takes private keys only from a token; import the key and use a TokenCertResolver"
                .to_owned(),
        ))
    }
}
