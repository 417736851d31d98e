//! ECDSA on P-256, P-384, P-521 and secp256k1, over a digest that the caller gives or with any hash (FIPS 186-5
//! section 6; PKCS #11 3.1, `CKM_ECDSA` and `CKM_ECDSA_SHA...`). A signature is r and s side by side, each of
//! the curve's length.
//!
//! Not here: the DER form of a signature (the key service's).

use alloc::vec::Vec;
use core::ops::RangeInclusive;

use aws_lc_rs::digest::{self, Digest};
use aws_lc_rs::error::Unspecified;
use portcullis_token::{Curve, EngineError, KeyType, MechanismType, Parameters};

use super::hash::Hash;
use super::hashed::{Hashed, hashed};
use super::keys::{self, EcPrivate, EcPublic};
use crate::shell::loader::Loader;
use crate::shell::no_parameters;
use crate::shell::signer::{Scheme, Signer};

/// ECDSA over a digest of any length from 1 byte on.
#[derive(Clone, Copy)]
pub(super) struct Ecdsa;

pub(super) static ECDSA: Signer<Ecdsa> = Signer { id: MechanismType::ECDSA, scheme: Ecdsa };
pub(super) static ECDSA_SHA1: Signer<Hashed<Ecdsa>> = hashed(MechanismType::ECDSA_SHA1, Hash::SHA1, Ecdsa);
pub(super) static ECDSA_SHA224: Signer<Hashed<Ecdsa>> =
    hashed(MechanismType::ECDSA_SHA224, Hash::SHA224, Ecdsa);
pub(super) static ECDSA_SHA256: Signer<Hashed<Ecdsa>> =
    hashed(MechanismType::ECDSA_SHA256, Hash::SHA256, Ecdsa);
pub(super) static ECDSA_SHA384: Signer<Hashed<Ecdsa>> =
    hashed(MechanismType::ECDSA_SHA384, Hash::SHA384, Ecdsa);
pub(super) static ECDSA_SHA512: Signer<Hashed<Ecdsa>> =
    hashed(MechanismType::ECDSA_SHA512, Hash::SHA512, Ecdsa);
pub(super) static ECDSA_SHA3_224: Signer<Hashed<Ecdsa>> =
    hashed(MechanismType::ECDSA_SHA3_224, Hash::SHA3_224, Ecdsa);
pub(super) static ECDSA_SHA3_256: Signer<Hashed<Ecdsa>> =
    hashed(MechanismType::ECDSA_SHA3_256, Hash::SHA3_256, Ecdsa);
pub(super) static ECDSA_SHA3_384: Signer<Hashed<Ecdsa>> =
    hashed(MechanismType::ECDSA_SHA3_384, Hash::SHA3_384, Ecdsa);
pub(super) static ECDSA_SHA3_512: Signer<Hashed<Ecdsa>> =
    hashed(MechanismType::ECDSA_SHA3_512, Hash::SHA3_512, Ecdsa);

/// A digest as long as the one that `aws-lc-rs` pairs with the curve, and that stands for the same number:
/// cut to its leftmost bytes where it is longer than the order, else filled with zeros on the left
/// (FIPS 186-5 section 6.4.1, step 2). The orders of P-256, secp256k1 and P-384 are of whole bytes, so nothing is
/// shifted.
///
/// # Errors
/// [`EngineError::DataLength`] when `digest` is empty, or longer than 64 bytes on P-521, whose order has more
/// bits than any digest of `aws-lc-rs`.
fn fitted(curve: Curve, digest: &[u8]) -> Result<Digest, EngineError> {
    let (algorithm, longest) = match curve {
        Curve::P256 | Curve::Secp256k1 => (&digest::SHA256, usize::MAX),
        Curve::P384 => (&digest::SHA384, usize::MAX),
        _ => (&digest::SHA512, digest::SHA512_OUTPUT_LEN),
    };
    if digest.is_empty() || digest.len() > longest {
        return Err(EngineError::DataLength);
    }
    let len = algorithm.output_len();
    let mut fitted = Vec::with_capacity(len);
    fitted.resize(len.saturating_sub(digest.len()), 0);
    fitted.extend(digest.iter().take(len));
    Digest::import_less_safe(&fitted, algorithm).map_err(|Unspecified| EngineError::Failed)
}

impl Scheme for Ecdsa {
    type Private = EcPrivate;
    type Public = EcPublic;

    const KEY_TYPES: &'static [KeyType] = &[KeyType::Ec];
    const PRIVATE: &'static Loader = &keys::EC_PRIVATE;
    const PUBLIC: &'static Loader = &keys::EC_PUBLIC;

    fn key_sizes(&self) -> RangeInclusive<u32> {
        keys::EC_BITS
    }

    fn len_by(&self, key: &EcPrivate, parameters: &Parameters) -> Result<usize, EngineError> {
        no_parameters(parameters)?;
        Ok(2 * key.curve.scalar_len())
    }

    fn len_for(&self, key: &EcPublic, parameters: &Parameters) -> Result<usize, EngineError> {
        no_parameters(parameters)?;
        Ok(2 * key.curve.scalar_len())
    }

    fn sign(&self, key: &EcPrivate, _: &Parameters, digest: &[u8]) -> Result<Vec<u8>, EngineError> {
        let signature = key.pair.sign_digest(&fitted(key.curve, digest)?);
        Ok(signature.map_err(|Unspecified| EngineError::Failed)?.as_ref().to_vec())
    }

    fn verify(
        &self,
        key: &EcPublic,
        _: &Parameters,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<(), EngineError> {
        let verdict = key.key.verify_digest_sig(&fitted(key.curve, digest)?, signature);
        verdict.map_err(|Unspecified| EngineError::SignatureInvalid)
    }
}
