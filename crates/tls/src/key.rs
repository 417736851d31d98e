//! A token's private key as a rustls signing key. Which certificate goes with it is `resolver`'s matter.

use std::fmt;
use std::sync::Arc;

use portcullis_token::KeyService;
use portcullis_token::key_service::{KeyInfo, KeyRef};
use rustls::pki_types::SubjectPublicKeyInfoDer;
use rustls::sign::{Signer, SigningKey};
use rustls::{OtherError, SignatureAlgorithm, SignatureScheme};
use tracing::warn;

use crate::scheme::{self, Scheme};
use crate::{Error, Result, describe};

/// A private key that stays in its token; rustls asks it for signatures.
///
/// All that rustls asks about the key (its kind, its public half, its schemes) is answered from memory:
/// the token is called once a handshake, to sign.
pub struct TokenSigningKey {
    key: Arc<Key>,
    algorithm: SignatureAlgorithm,
    schemes: Vec<Scheme>,
    public_key: SubjectPublicKeyInfoDer<'static>,
}

/// Where the key is, and its name for errors and logs.
struct Key {
    service: Arc<dyn KeyService>,
    reference: KeyRef,
    name: String,
}

impl TokenSigningKey {
    /// The key that `info` describes, of the service that described it.
    ///
    /// # Errors
    /// [`Error::UnsupportedKey`] when TLS has no name for any scheme that the key signs with.
    pub fn new(service: Arc<dyn KeyService>, info: KeyInfo) -> Result<Self> {
        let name = describe::key(&info);
        let schemes = scheme::usable(&info);
        let Some(algorithm) = schemes.first().map(|scheme| scheme.algorithm) else {
            return Err(Error::UnsupportedKey { key: name });
        };
        Ok(Self {
            key: Arc::new(Key { service, reference: info.key, name }),
            algorithm,
            schemes,
            public_key: info.public_key,
        })
    }

    /// Whether the key can sign with one of the schemes that a peer offers.
    #[must_use]
    pub fn signs_with(&self, offered: &[SignatureScheme]) -> bool {
        self.choose(offered).is_some()
    }

    /// The key's name for errors and logs.
    pub(crate) fn name(&self) -> &str {
        &self.key.name
    }

    fn choose(&self, offered: &[SignatureScheme]) -> Option<Scheme> {
        self.schemes.iter().find(|scheme| offered.contains(&scheme.tls)).copied()
    }

    fn tls_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes.iter().map(|scheme| scheme.tls).collect()
    }
}

impl SigningKey for TokenSigningKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        match self.choose(offered) {
            Some(scheme) => Some(Box::new(TokenSigner { key: Arc::clone(&self.key), scheme })),
            None => {
                warn!(key = self.name(), ?offered, ours = ?self.tls_schemes(), "no signature scheme in common");
                None
            }
        }
    }

    fn public_key(&self) -> Option<SubjectPublicKeyInfoDer<'_>> {
        Some(SubjectPublicKeyInfoDer::from(self.public_key.as_ref()))
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }
}

impl fmt::Debug for TokenSigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSigningKey")
            .field("key", &self.key.name)
            .field("schemes", &self.tls_schemes())
            .finish_non_exhaustive()
    }
}

/// One signature to come, with the scheme that was agreed.
struct TokenSigner {
    key: Arc<Key>,
    scheme: Scheme,
}

impl Signer for TokenSigner {
    fn sign(&self, message: &[u8]) -> core::result::Result<Vec<u8>, rustls::Error> {
        let Key { service, reference, name } = self.key.as_ref();
        service.sign(*reference, self.scheme.token, message).map_err(|source| {
            let error = Error::Sign { key: name.clone(), scheme: self.scheme.tls, source };
            warn!("{error}");
            rustls::Error::Other(OtherError(Arc::new(error)))
        })
    }

    fn scheme(&self) -> SignatureScheme {
        self.scheme.tls
    }
}

impl fmt::Debug for TokenSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSigner")
            .field("key", &self.key.name)
            .field("scheme", &self.scheme.tls)
            .finish_non_exhaustive()
    }
}
