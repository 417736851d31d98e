//! Keys on module lattices: what ML-KEM (FIPS 203) and ML-DSA (FIPS 204) have in common, which is how their
//! keys are made, parsed and checked. [`kem`] and [`dsa`] use them.

pub(super) mod dsa;
pub(super) mod kem;

use portcullis_token::{EngineError, KeyMaterial, KeyType, ParameterSet, Secret};

use super::raw::lattice::LatticeKey;

/// The private key that a seed expands to (FIPS 203 section 6.1, FIPS 204 section 6.1).
///
/// # Errors
/// [`EngineError::KeyInvalid`] for a seed of another length than the set's.
pub(super) fn expand(set: ParameterSet, seed: Secret) -> Result<KeyMaterial, EngineError> {
    let key = from_seed(set, &seed)?;
    let value = key.private_value().ok_or(EngineError::Failed)?;
    let public = key.public_value().ok_or(EngineError::Failed)?;
    Ok(KeyMaterial::LatticePrivate { set, value, seed: Some(seed), public })
}

/// The public half of a private key.
///
/// # Errors
/// [`EngineError::KeyInvalid`] unless the key is one of its set, and its seed, where there is one, expands to
/// its value, where there is one.
pub(super) fn public_half(
    set: ParameterSet,
    value: &Secret,
    seed: Option<&Secret>,
) -> Result<KeyMaterial, EngineError> {
    let value = private_key(set, value, seed, &[])?.public_value().ok_or(EngineError::Failed)?;
    Ok(KeyMaterial::LatticePublic { set, value })
}

/// Parses a private key that is given as its value, its seed, or both; a public half that is given must be its
/// own.
fn private_key(
    set: ParameterSet,
    value: &Secret,
    seed: Option<&Secret>,
    public: &[u8],
) -> Result<LatticeKey, EngineError> {
    let key = match seed {
        Some(seed) => from_seed(set, seed)?,
        None => from_value(set, value)?,
    };
    let same = value.is_empty() || seed.is_none() || key.private_value().as_ref() == Some(value);
    let fits = public.is_empty() || key.public_value().as_deref() == Some(public);
    if same && fits { Ok(key) } else { Err(EngineError::KeyInvalid) }
}

fn from_seed(set: ParameterSet, seed: &Secret) -> Result<LatticeKey, EngineError> {
    let key = match set.key_type() {
        _ if seed.len() != set.seed_len() => None,
        KeyType::MlKem => LatticeKey::kem_from_pkcs8(set, kem::pkcs8(set, seed).expose()),
        _ => LatticeKey::dsa_private(set, seed.expose()),
    };
    key.ok_or(EngineError::KeyInvalid)
}

fn from_value(set: ParameterSet, value: &Secret) -> Result<LatticeKey, EngineError> {
    let bytes = value.expose();
    let key = match set.key_type() {
        _ if bytes.len() != set.private_len() => None,
        KeyType::MlKem => {
            kem::public_part(set, bytes).and_then(|public| LatticeKey::kem_private(set, bytes, public))
        }
        _ => LatticeKey::dsa_private(set, bytes),
    };
    key.ok_or(EngineError::KeyInvalid)
}
