//! The set of identities that a client or server may show, read from a token and read again on demand.
//! How one of them is chosen for a peer is in `client` and `server`.

mod client;
mod server;

use std::cmp::Reverse;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use portcullis_token::KeyService;
use portcullis_token::key_service::{KeyInfo, KeyQuery};
use rustls::pki_types::UnixTime;
use rustls::sign::CertifiedKey;
use tracing::{info, warn};

use crate::candidate::Candidate;
use crate::{Error, Result, TokenSigningKey, describe};

/// Shows a token's certificates to peers, as a client ([`ResolvesClientCert`]) or as a server
/// ([`ResolvesServerCert`]).
///
/// It holds every certificate chain of one or more keys. Of those that a peer will accept it shows one
/// that is valid now before one that is not, a key that was asked for earlier before a later one, and of
/// one key's certificates the one with the latest start of validity.
///
/// [`ResolvesClientCert`]: rustls::client::ResolvesClientCert
/// [`ResolvesServerCert`]: rustls::server::ResolvesServerCert
pub struct TokenCertResolver {
    service: Arc<dyn KeyService>,
    queries: Vec<KeyQuery>,
    policy: ValidityPolicy,
    reloads: AtomicU64,
    published: RwLock<Published>,
}

/// What to do about a certificate that is outside its validity period by this machine's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ValidityPolicy {
    /// It is not used; a key that has no other is an error.
    #[default]
    Enforced,
    /// It is used when there is no better one, and the peer decides. For a device whose clock is not set
    /// before it has connected.
    LeftToPeer,
}

/// The identities in force, best first, and the reload that brought them.
struct Published {
    reload: u64,
    candidates: Arc<[Candidate]>,
}

impl TokenCertResolver {
    /// Reads the certificates of the keys that `queries` name; each must name exactly one key.
    ///
    /// # Errors
    /// [`Error::NoQuery`], [`Error::NoSuchKey`], [`Error::SeveralKeys`], [`Error::UnsupportedKey`],
    /// [`Error::Token`]; and when a key has no usable certificate, the reason:
    /// [`Error::NoCertificate`], [`Error::MalformedCertificate`], [`Error::KeyMismatch`],
    /// [`Error::CertificateExpired`] or [`Error::CertificateNotYetValid`].
    pub fn new(service: Arc<dyn KeyService>, queries: &[KeyQuery]) -> Result<Self> {
        Self::with_policy(service, queries, ValidityPolicy::Enforced)
    }

    /// As [`new`](Self::new), with a choice about certificates outside their validity period.
    ///
    /// # Errors
    /// As [`new`](Self::new), less what `policy` allows.
    pub fn with_policy(
        service: Arc<dyn KeyService>,
        queries: &[KeyQuery],
        policy: ValidityPolicy,
    ) -> Result<Self> {
        let candidates = load(&service, queries, policy)?;
        Ok(Self {
            service,
            queries: queries.to_vec(),
            policy,
            reloads: AtomicU64::new(0),
            published: RwLock::new(Published { reload: 0, candidates }),
        })
    }

    /// Reads keys and certificates again, so that a renewed certificate is shown from the next handshake
    /// on. Handshakes go on with the old ones meanwhile; none waits.
    ///
    /// # Errors
    /// As [`new`](Self::new). What was there before then stays in force.
    pub fn reload(&self) -> Result<()> {
        let reload = self.reloads.fetch_add(1, Ordering::Relaxed) + 1;
        let candidates = load(&self.service, &self.queries, self.policy)?;
        let mut published = self.published.write().unwrap_or_else(PoisonError::into_inner);
        // Of two reloads at once the one that began later has seen the newer token.
        if published.reload < reload {
            *published = Published { reload, candidates };
            info!("certificates read again");
        }
        Ok(())
    }

    fn candidates(&self) -> Arc<[Candidate]> {
        let published = self.published.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&published.candidates)
    }
}

impl fmt::Debug for TokenCertResolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenCertResolver").field("candidates", &self.candidates()).finish_non_exhaustive()
    }
}

/// The first of `candidates`, which are in order of preference, that `fits`: one that is valid now if
/// there is one.
fn choose(candidates: &[Candidate], fits: impl Fn(&Candidate) -> bool) -> Option<Arc<CertifiedKey>> {
    let now = UnixTime::now();
    let fitting = || candidates.iter().filter(|candidate| fits(candidate));
    fitting()
        .find(|candidate| candidate.check_validity(now).is_ok())
        .or_else(|| fitting().next().inspect(|stale| warn_of_stale(stale, now)))
        .map(Candidate::certified_key)
}

fn warn_of_stale(candidate: &Candidate, now: UnixTime) {
    if let Err(reason) = candidate.check_validity(now) {
        warn!("{reason}; it is shown to the peer for want of a better one");
    }
}

fn load(
    service: &Arc<dyn KeyService>,
    queries: &[KeyQuery],
    policy: ValidityPolicy,
) -> Result<Arc<[Candidate]>> {
    if queries.is_empty() {
        return Err(Error::NoQuery);
    }
    let mut candidates = Vec::new();
    for query in queries {
        candidates.extend(of_key(service, the_key(service.as_ref(), query)?, policy)?);
    }
    Ok(candidates.into())
}

/// The one key that `query` names.
fn the_key(service: &dyn KeyService, query: &KeyQuery) -> Result<KeyInfo> {
    let mut keys = service.keys(query)?;
    if keys.len() > 1 {
        let found = keys.iter().map(describe::key).collect();
        return Err(Error::SeveralKeys { query: describe::query(query), found });
    }
    keys.pop().ok_or_else(|| Error::NoSuchKey { query: describe::query(query) })
}

/// The usable certificates of a key, the latest first. One that can't be used is passed over with a
/// warning, as long as there is another.
fn of_key(service: &Arc<dyn KeyService>, info: KeyInfo, policy: ValidityPolicy) -> Result<Vec<Candidate>> {
    let chains = service.certificates(info.key)?;
    let key = Arc::new(TokenSigningKey::new(Arc::clone(service), info)?);
    let now = UnixTime::now();
    let mut candidates = Vec::new();
    let mut reasons = Vec::new();
    for chain in chains {
        let candidate = Candidate::new(Arc::clone(&key), chain).and_then(|candidate| match policy {
            ValidityPolicy::Enforced => candidate.check_validity(now).map(|()| candidate),
            ValidityPolicy::LeftToPeer => Ok(candidate),
        });
        match candidate {
            Ok(candidate) => candidates.push(candidate),
            Err(reason) => reasons.push(reason),
        }
    }
    if candidates.is_empty() {
        let none = Error::NoCertificate { key: key.name().to_owned() };
        return Err(reasons.into_iter().next().unwrap_or(none));
    }
    for reason in reasons {
        warn!("certificate passed over: {reason}");
    }
    candidates.sort_by_key(|candidate| Reverse(candidate.not_before()));
    Ok(candidates)
}
