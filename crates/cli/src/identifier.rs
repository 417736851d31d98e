//! Object ids (`CKA_ID`): how they are written on the command line, and the one that a key gets when no one
//! chooses.

use sha2::{Digest, Sha256};
use spki::SubjectPublicKeyInfoRef;
use x509_cert::der::Decode;

/// How many bytes a derived id has.
const LEN: usize = 20;

/// An id as `--id` takes it.
#[derive(Clone, Debug)]
pub(crate) struct Id(pub(crate) Vec<u8>);

impl std::str::FromStr for Id {
    type Err = &'static str;

    fn from_str(digits: &str) -> Result<Self, Self::Err> {
        match hex::decode(digits) {
            Ok(id) if !id.is_empty() => Ok(Self(id)),
            _ => Err("an id is written in pairs of hexadecimal digits, as in 0a1b"),
        }
    }
}

/// The id of the objects of one key pair: the leftmost 160 bits of the SHA-256 hash of its public key, as
/// RFC 7093 section 2 (1) makes key identifiers.
pub(crate) fn of_key(public_key_info: &[u8]) -> Vec<u8> {
    let key = SubjectPublicKeyInfoRef::from_der(public_key_info)
        .map_or(public_key_info, |info| info.subject_public_key.raw_bytes());
    Sha256::digest(key).iter().copied().take(LEN).collect()
}
