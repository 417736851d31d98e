//! Ephemeral key exchange that draws its secrets from a [`Random`] of ours (RFC 8446 section 7.4.2, RFC
//! 8422). `ring`'s own groups draw from the operating system and can't be told otherwise.
//!
//! Here is what all groups do alike; the arithmetic is that of `portable` libraries or, where the processor
//! can run it, of a `fast` one.

#[cfg(target_arch = "x86_64")]
mod fast;
mod portable;
#[cfg(test)]
mod tests;

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use portcullis_entropy::Random;
use rustls::crypto::{ActiveKeyExchange, GetRandomFailed, SharedSecret, SupportedKxGroup};
use rustls::ffdhe_groups::FfdheGroup;
use rustls::{Error, NamedGroup, PeerMisbehaved};
use tracing::error;
use zeroize::Zeroizing;

/// How often a secret is drawn before the source is taken to be broken. One draw in 2^32 is no scalar of
/// P-256, far fewer of P-384, none of X25519.
const DRAWS: usize = 8;

/// The groups that draw from `random`, best first.
pub(crate) fn groups(random: &Arc<dyn Random>) -> [Box<dyn SupportedKxGroup>; 3] {
    #[cfg(target_arch = "x86_64")]
    if fast::is_available() {
        return [
            Group::<fast::X25519>::boxed(random),
            Group::<fast::P256>::boxed(random),
            Group::<fast::P384>::boxed(random),
        ];
    }
    [
        Group::<portable::X25519>::boxed(random),
        Group::<portable::Nist<p256::NistP256>>::boxed(random),
        Group::<portable::Nist<p384::NistP384>>::boxed(random),
    ]
}

/// Fills `out`, or says in rustls' words that it can't be filled.
pub(crate) fn fill(random: &dyn Random, out: &mut [u8]) -> Result<(), GetRandomFailed> {
    random.fill(out).map_err(|cause| {
        error!(%cause, "no random bytes for TLS");
        GetRandomFailed
    })
}

/// The secret of one exchange, wiped when dropped.
trait Secret: Sized + Send + Sync + 'static {
    /// The group that it is a secret of.
    const GROUP: NamedGroup;

    /// How many random bytes it is made of.
    const LEN: usize;

    /// The secret with these [`LEN`](Self::LEN) bytes, or `None` when they are not one: then others are drawn, so that each
    /// secret is as likely as the other (FIPS 186-5 appendix A.2.2).
    fn from_bytes(bytes: &[u8]) -> Option<Self>;

    /// The share that goes to the peer.
    fn share(&self) -> Vec<u8>;

    /// What is shared with the peer, or `None` when its share is not valid: off the curve, of small order,
    /// or not in the one form that TLS allows.
    fn agree(self, peer: &[u8]) -> Option<SharedSecret>;
}

/// A group whose secrets come from one source.
struct Group<S> {
    random: Arc<dyn Random>,
    secret: PhantomData<S>,
}

impl<S: Secret> Group<S> {
    fn boxed(random: &Arc<dyn Random>) -> Box<dyn SupportedKxGroup> {
        Box::new(Self { random: Arc::clone(random), secret: PhantomData })
    }

    fn draw(&self) -> Result<S, GetRandomFailed> {
        let mut bytes = Zeroizing::new(vec![0; S::LEN]);
        for _ in 0..DRAWS {
            fill(self.random.as_ref(), &mut bytes)?;
            if let Some(secret) = S::from_bytes(&bytes) {
                return Ok(secret);
            }
        }
        Err(GetRandomFailed)
    }
}

impl<S: Secret> SupportedKxGroup for Group<S> {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        let secret = self.draw()?;
        Ok(Box::new(Exchange { share: secret.share(), secret }))
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn name(&self) -> NamedGroup {
        S::GROUP
    }
}

impl<S: Secret> fmt::Debug for Group<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        S::GROUP.fmt(f)
    }
}

/// An exchange that waits for the peer's share.
struct Exchange<S> {
    secret: S,
    share: Vec<u8>,
}

impl<S: Secret> ActiveKeyExchange for Exchange<S> {
    fn complete(self: Box<Self>, peer: &[u8]) -> Result<SharedSecret, Error> {
        self.secret.agree(peer).ok_or_else(|| PeerMisbehaved::InvalidKeyShare.into())
    }

    fn pub_key(&self) -> &[u8] {
        &self.share
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn group(&self) -> NamedGroup {
        S::GROUP
    }
}
