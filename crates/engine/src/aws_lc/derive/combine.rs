//! Keys made of the bytes of a key and something beside them (PKCS #11 v3.2, section on miscellaneous simple key
//! derivation): `CKM_CONCATENATE_...` and `CKM_XOR_BASE_AND_DATA`.
//!
//! A derived key holds its base whole. The standard would have it cut; but a key of the base's first byte, or of
//! fifteen known bytes and that one, gives the byte away by trying, and then the next. `CKM_EXTRACT_KEY_FROM_KEY`
//! does nothing else, so it is not here.

use portcullis_token::{EngineError, KeyType, MechanismType, Parameters, Secret};

use super::{BaseKey, Derive, Deriver, base_key};
use crate::shell::generate::SECRET_LENGTHS;
use crate::shell::loader::Loader;

pub(in super::super) static CONCATENATE_BASE_AND_KEY: Deriver<BaseKey<Bytes>> =
    deriver(MechanismType::CONCATENATE_BASE_AND_KEY, |base, parameters, len| match parameters {
        Parameters::KeyValue(other) => whole(concatenated(&base.value, other.expose()), len),
        _ => Err(EngineError::ParametersInvalid),
    });
pub(in super::super) static CONCATENATE_BASE_AND_DATA: Deriver<BaseKey<Bytes>> =
    deriver(MechanismType::CONCATENATE_BASE_AND_DATA, |base, parameters, len| {
        whole(concatenated(&base.value, data(parameters)?), len)
    });
pub(in super::super) static CONCATENATE_DATA_AND_BASE: Deriver<BaseKey<Bytes>> =
    deriver(MechanismType::CONCATENATE_DATA_AND_BASE, |base, parameters, len| {
        let data = Secret::copied(data(parameters)?);
        whole(concatenated(&data, base.value.expose()), len)
    });
pub(in super::super) static XOR_BASE_AND_DATA: Deriver<BaseKey<Bytes>> =
    deriver(MechanismType::XOR_BASE_AND_DATA, |base, parameters, len| {
        let data = data(parameters)?;
        if data.len() < base.value.len() {
            return Err(EngineError::DataLength);
        }
        let mut derived = Secret::copied(base.value.expose());
        derived.expose_mut().iter_mut().zip(data).for_each(|(byte, other)| *byte ^= other);
        whole(derived, len)
    });

/// The family of base keys whose bytes are used as they are.
pub(in super::super) enum Bytes {}

static BASE: Loader = Loader {
    name: "aws-lc bytes",
    parse: |key| base_key::<Bytes>(key, &KeyType::SYMMETRIC, &SECRET_LENGTHS),
};

const fn deriver(id: MechanismType, derive: Derive<BaseKey<Bytes>>) -> Deriver<BaseKey<Bytes>> {
    Deriver { id, key_types: &KeyType::SYMMETRIC, sizes: SECRET_LENGTHS, loader: &BASE, derive }
}

fn data(parameters: &Parameters) -> Result<&[u8], EngineError> {
    match parameters {
        Parameters::DerivationData(data) => Ok(data),
        _ => Err(EngineError::ParametersInvalid),
    }
}

fn concatenated(first: &Secret, second: &[u8]) -> Secret {
    let mut both = Secret::zeroed(first.len() + second.len());
    let (head, tail) = both.expose_mut().split_at_mut(first.len());
    head.copy_from_slice(first.expose());
    tail.copy_from_slice(second);
    both
}

/// A derived secret, if it has the wanted length and one that secrets can have.
fn whole(derived: Secret, len: Option<usize>) -> Result<Secret, EngineError> {
    let wanted = len.is_none_or(|len| len == derived.len());
    let possible = u32::try_from(derived.len()).is_ok_and(|len| SECRET_LENGTHS.contains(&len));
    if wanted && possible { Ok(derived) } else { Err(EngineError::DataLength) }
}
