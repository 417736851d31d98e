//! Keys, certificates and signatures as other programs write them: DER and PEM in, [`KeyMaterial`] and
//! raw values out, and back.
//!
//! Every structure is read and written by the RustCrypto format crates. What is absent: curve and integer
//! arithmetic (the engine's: a point or a prime that has the right length may still be wrong), objects and
//! attributes, and passwords: an encrypted key is named as such and refused.
//!
//! Follows RFC 5958 (PKCS #8), RFC 8017 appendix A (PKCS #1), RFC 5915 and SEC 1 (EC keys), RFC 8410
//! (Ed25519, X25519), RFC 9935 and RFC 9881 (ML-KEM, ML-DSA), RFC 5480 and RFC 3279 (public keys, signatures), RFC 5280 (certificates), RFC 7468 (PEM), and
//! PKCS #11 3.1 section 6.3 (`CKA_EC_PARAMS`, `CKA_EC_POINT`).
//!
//! [`KeyMaterial`]: crate::KeyMaterial

mod certificate;
mod curve;
mod error;
mod lattice;
mod pem;
mod pkcs8;
mod private;
mod public;
mod signature;

pub use certificate::CertificateParts;
pub use curve::{curve_from_params, curve_params, point_attribute, point_from_attribute};
pub use error::FormatError;
pub use pem::{PemBlock, PemKind, encode_pem, pem_blocks};
pub use pkcs8::private_key_info;
pub use private::private_key;
pub use public::{public_key, public_key_info};
pub use signature::{ecdsa_from_der, ecdsa_to_der};

#[cfg(test)]
mod tests;
