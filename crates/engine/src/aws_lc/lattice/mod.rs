//! Keys on module lattices: what ML-KEM (FIPS 203) and ML-DSA (FIPS 204) have in common, which is how their
//! keys are made, parsed and checked. [`kem`] and [`dsa`] use them.

pub(super) mod dsa;
pub(super) mod kem;

use core::ops::RangeInclusive;

use portcullis_entropy::Random;
use portcullis_token::engine::{Generating, KeyRequest};
use portcullis_token::{
    EngineError, KeyMaterial, KeyType, Mechanism, MechanismType, ParameterSet, Parameters, Secret,
};

use super::raw::lattice::LatticeKey;
use crate::shell::generate::drawn;
use crate::shell::no_parameters;

/// A mechanism that makes keys of one type, out of a seed that the caller's randomness gives. The seed is kept
/// with the key.
pub(super) struct Generator {
    id: MechanismType,
    key_types: &'static [KeyType],
    sizes: RangeInclusive<u32>,
}

impl Mechanism for Generator {
    fn id(&self) -> MechanismType {
        self.id
    }

    fn key_sizes(&self) -> RangeInclusive<u32> {
        self.sizes.clone()
    }

    fn key_types(&self) -> &'static [KeyType] {
        self.key_types
    }

    fn generating(&'static self) -> Option<&'static dyn Generating> {
        Some(self)
    }
}

impl Generating for Generator {
    fn generate(
        &self,
        wanted: &KeyRequest,
        parameters: &Parameters,
        random: &dyn Random,
    ) -> Result<KeyMaterial, EngineError> {
        no_parameters(parameters)?;
        let set = match wanted {
            KeyRequest::Lattice(set) if self.key_types.contains(&set.key_type()) => *set,
            _ => return Err(EngineError::Unsupported),
        };
        let seed = drawn(set.seed_len(), random)?;
        let key = from_seed(set, &seed).map_err(|_| EngineError::Failed)?;
        let value = key.private_value().ok_or(EngineError::Failed)?;
        let public = key.public_value().ok_or(EngineError::Failed)?;
        Ok(KeyMaterial::LatticePrivate { set, value, seed: Some(seed), public })
    }
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
