//! Which signature scheme of a token is which of TLS (RFC 8446 section 4.2.3), and in which order they
//! are preferred.

use portcullis_token::key_service::{KeyAlgorithm, KeyInfo, SignatureScheme as TokenScheme};
use portcullis_token::{Curve, HashAlgorithm};
use rustls::{SignatureAlgorithm, SignatureScheme};

/// One signature scheme under both of its names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scheme {
    /// The token's name.
    pub(crate) token: TokenScheme,
    /// The name on the wire.
    pub(crate) tls: SignatureScheme,
    /// The kind of key, in the words of TLS 1.2.
    pub(crate) algorithm: SignatureAlgorithm,
}

impl Scheme {
    const fn new(token: TokenScheme, tls: SignatureScheme, algorithm: SignatureAlgorithm) -> Self {
        Self { token, tls, algorithm }
    }

    /// Whether a key of this kind can sign so at all, whatever the token says of it.
    fn goes_with(self, key: KeyAlgorithm) -> bool {
        match (self.token, key) {
            (TokenScheme::Ecdsa(curve, _), KeyAlgorithm::Ec(of_key)) => curve == of_key,
            (TokenScheme::Ed25519, KeyAlgorithm::Ec(of_key)) => of_key == Curve::Ed25519,
            (TokenScheme::RsaPss(_) | TokenScheme::RsaPkcs1(_), KeyAlgorithm::Rsa { .. }) => true,
            _ => false,
        }
    }
}

/// The schemes with which a key can sign in TLS: in the token's order, but PSS before PKCS #1 v1.5, which
/// TLS 1.3 forbids and TLS 1.2 keeps for old peers.
pub(crate) fn usable(key: &KeyInfo) -> Vec<Scheme> {
    let mut schemes: Vec<Scheme> = key
        .schemes
        .iter()
        .filter_map(|asked| SCHEMES.iter().find(|scheme| scheme.token == *asked).copied())
        .filter(|scheme| scheme.goes_with(key.algorithm))
        .collect();
    schemes.sort_by_key(|scheme| matches!(scheme.token, TokenScheme::RsaPkcs1(_)));
    schemes
}

/// Every scheme that both sides have a name for. A curve with another hash than its own has none in TLS
/// 1.3, and SHA-1 is left out (RFC 9155).
const SCHEMES: [Scheme; 10] = {
    use HashAlgorithm::{Sha256, Sha384, Sha512};
    use SignatureAlgorithm::{ECDSA, ED25519, RSA};
    use TokenScheme::{Ecdsa, Ed25519, RsaPkcs1, RsaPss};
    [
        Scheme::new(Ecdsa(Curve::P256, Sha256), SignatureScheme::ECDSA_NISTP256_SHA256, ECDSA),
        Scheme::new(Ecdsa(Curve::P384, Sha384), SignatureScheme::ECDSA_NISTP384_SHA384, ECDSA),
        Scheme::new(Ecdsa(Curve::P521, Sha512), SignatureScheme::ECDSA_NISTP521_SHA512, ECDSA),
        Scheme::new(Ed25519, SignatureScheme::ED25519, ED25519),
        Scheme::new(RsaPss(Sha256), SignatureScheme::RSA_PSS_SHA256, RSA),
        Scheme::new(RsaPss(Sha384), SignatureScheme::RSA_PSS_SHA384, RSA),
        Scheme::new(RsaPss(Sha512), SignatureScheme::RSA_PSS_SHA512, RSA),
        Scheme::new(RsaPkcs1(Sha256), SignatureScheme::RSA_PKCS1_SHA256, RSA),
        Scheme::new(RsaPkcs1(Sha384), SignatureScheme::RSA_PKCS1_SHA384, RSA),
        Scheme::new(RsaPkcs1(Sha512), SignatureScheme::RSA_PKCS1_SHA512, RSA),
    ]
};
