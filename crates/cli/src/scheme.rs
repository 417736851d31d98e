//! Signature schemes by the names that the command line has for them.

use portcullis_token::key_service::{KeyAlgorithm, SignatureScheme};
use portcullis_token::{HashAlgorithm, KeyMaterial};

use crate::error::{Error, Result};

/// The scheme with this name among those of a key; the best one when no name is given.
pub(crate) fn choose(name: Option<&str>, schemes: &[SignatureScheme]) -> Result<SignatureScheme> {
    let chosen = match name {
        None => schemes.first(),
        Some(name) => schemes.iter().find(|scheme| self::name(**scheme) == name),
    };
    chosen.copied().ok_or_else(|| {
        let names: Vec<_> = schemes.iter().map(|scheme| self::name(*scheme)).collect();
        Error::Usage(format!("the key has no such signature scheme; --scheme takes {}", names.join(", ")))
    })
}

/// A scheme's name.
pub(crate) fn name(scheme: SignatureScheme) -> String {
    match scheme {
        SignatureScheme::Ecdsa(_, hash) => format!("ecdsa-{}", hash_name(hash)),
        SignatureScheme::Ed25519 => "ed25519".into(),
        SignatureScheme::RsaPss(hash) => format!("rsa-pss-{}", hash_name(hash)),
        SignatureScheme::RsaPkcs1(hash) => format!("rsa-pkcs1-{}", hash_name(hash)),
        _ => "unnamed".into(),
    }
}

/// What kind of signing key a public key belongs to.
pub(crate) fn algorithm(key: &KeyMaterial) -> Option<KeyAlgorithm> {
    match key {
        KeyMaterial::RsaPublic(key) => Some(KeyAlgorithm::Rsa { bits: key.bits() }),
        KeyMaterial::EcPublic { curve, .. } => Some(KeyAlgorithm::Ec(*curve)),
        _ => None,
    }
}

fn hash_name(hash: HashAlgorithm) -> String {
    format!("sha{}", if hash == HashAlgorithm::Sha1 { 1 } else { hash.digest_len() * 8 })
}
