//! X25519 (RFC 7748).

use std::fmt;
use std::sync::Arc;

use portcullis_entropy::Random;
use rustls::crypto::{ActiveKeyExchange, SharedSecret, SupportedKxGroup};
use rustls::ffdhe_groups::FfdheGroup;
use rustls::{Error, NamedGroup};
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

use super::{fill, invalid_share};

/// X25519 with secrets from one source.
pub(crate) struct X25519Group {
    random: Arc<dyn Random>,
}

impl X25519Group {
    pub(crate) fn new(random: Arc<dyn Random>) -> Self {
        Self { random }
    }
}

impl SupportedKxGroup for X25519Group {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        let mut seed = Zeroizing::new([0; 32]);
        fill(self.random.as_ref(), seed.as_mut_slice())?;
        // `EphemeralSecret` takes only generators that can't fail; this one is used once all the same.
        let secret = StaticSecret::from(*seed);
        Ok(Box::new(Exchange { public: PublicKey::from(&secret), secret }))
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn name(&self) -> NamedGroup {
        NamedGroup::X25519
    }
}

impl fmt::Debug for X25519Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("X25519")
    }
}

/// An exchange that waits for the peer's share. The secret wipes itself when dropped.
struct Exchange {
    secret: StaticSecret,
    public: PublicKey,
}

impl ActiveKeyExchange for Exchange {
    fn complete(self: Box<Self>, peer: &[u8]) -> Result<SharedSecret, Error> {
        let peer: [u8; 32] = peer.try_into().map_err(|_| invalid_share())?;
        let shared = self.secret.diffie_hellman(&PublicKey::from(peer));
        // A peer's point of small order makes the secret all zero: RFC 8446 section 7.4.2 says to abort.
        if !shared.was_contributory() {
            return Err(invalid_share());
        }
        Ok(SharedSecret::from(shared.as_bytes().as_slice()))
    }

    fn pub_key(&self) -> &[u8] {
        self.public.as_bytes()
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn group(&self) -> NamedGroup {
        NamedGroup::X25519
    }
}
