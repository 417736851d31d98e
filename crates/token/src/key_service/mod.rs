//! All that TLS knows of a token, ours or a vendor's: which keys there are, their certificates, and a
//! signature on request.

mod scheme;
mod token;

use alloc::string::String;
use alloc::vec::Vec;

use rustls_pki_types::{CertificateDer, SubjectPublicKeyInfoDer};

pub use token::TokenKeys;

use crate::{Curve, HashAlgorithm, MechanismCall, Result};

/// A place where private keys live and sign without leaving it.
///
/// Any thread may call it at any time; calls do not wait for each other.
pub trait KeyService: Send + Sync {
    /// The private keys that match `query`, each of which can sign.
    ///
    /// # Errors
    /// When the token can't be read or no one is logged in.
    fn keys(&self, query: &KeyQuery) -> Result<Vec<KeyInfo>>;

    /// The certificates of a key: one chain for each end-entity certificate whose public key is the key's,
    /// that certificate first, then its issuers as far as the token holds them, without the root.
    ///
    /// # Errors
    /// As [`keys`](Self::keys).
    fn certificates(&self, key: KeyRef) -> Result<Vec<Vec<CertificateDer<'static>>>>;

    /// The certificates that the token's owner has marked as trusted (`CKA_TRUSTED`).
    ///
    /// # Errors
    /// As [`keys`](Self::keys).
    fn anchors(&self) -> Result<Vec<CertificateDer<'static>>>;

    /// Signs `message`, hashing included, in the form that TLS and X.509 use (ECDSA as an ASN.1 DER
    /// sequence, RFC 5480).
    ///
    /// # Errors
    /// When the key is gone, may not sign, or does not go with `scheme`.
    fn sign(&self, key: KeyRef, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>>;
}

/// A key service's own short name for a key, valid for as long as the key exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyRef(pub u64);

/// Which keys are meant. Every field that is given must match; the default means any key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyQuery {
    /// The token's label.
    pub token: Option<String>,
    /// The token's serial number.
    pub serial: Option<String>,
    /// The token's manufacturer.
    pub manufacturer: Option<String>,
    /// The token's model.
    pub model: Option<String>,
    /// The key's label (`CKA_LABEL`).
    pub label: Option<String>,
    /// The key's id (`CKA_ID`).
    pub id: Option<Vec<u8>>,
}

/// A private key, described by what is not secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyInfo {
    /// How to name it in later calls.
    pub key: KeyRef,
    /// `CKA_LABEL`, empty when it has none.
    pub label: String,
    /// `CKA_ID`, empty when it has none.
    pub id: Vec<u8>,
    /// What kind of key it is.
    pub algorithm: KeyAlgorithm,
    /// The public half.
    pub public_key: SubjectPublicKeyInfoDer<'static>,
    /// What it can sign with here, best first.
    pub schemes: Vec<SignatureScheme>,
}

/// The kind of a signing key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyAlgorithm {
    /// RSA with a modulus of so many bits.
    Rsa {
        /// The modulus's length.
        bits: u32,
    },
    /// ECDSA, or EdDSA on an Edwards curve.
    Ec(Curve),
}

/// A signature scheme as TLS 1.3 names them (RFC 8446 section 4.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SignatureScheme {
    /// `ecdsa_...`
    Ecdsa(Curve, HashAlgorithm),
    /// `ed25519`
    Ed25519,
    /// `rsa_pss_rsae_...`, the salt as long as the digest.
    RsaPss(HashAlgorithm),
    /// `rsa_pkcs1_...`
    RsaPkcs1(HashAlgorithm),
}

impl KeyAlgorithm {
    /// The schemes that keys of this kind sign with, best first; whether an engine has them all is another
    /// matter.
    #[must_use]
    pub fn schemes(self) -> Vec<SignatureScheme> {
        scheme::of(self)
    }
}

impl SignatureScheme {
    /// The mechanism that signs and verifies by this scheme. An ECDSA mechanism's signatures are r and s side
    /// by side, the scheme's their DER form.
    #[must_use]
    pub fn mechanism(self) -> MechanismCall {
        scheme::call(self)
    }
}
