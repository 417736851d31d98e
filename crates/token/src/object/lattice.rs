//! Between the attributes of ML-KEM and ML-DSA keys and their material (PKCS #11 v3.2 sections 6.67 and 6.68):
//! `CKA_PARAMETER_SET`, `CKA_VALUE` and `CKA_SEED`.

use alloc::vec::Vec;

use crate::attribute::{AttributeSet, Secrets};
use crate::engine::{Engine, EngineError};
use crate::formats;
use crate::object::key::required;
use crate::{AttributeType, Error, KeyMaterial, KeyType, ParameterSet, Result, Secret};

/// The parameter set that `CKA_PARAMETER_SET` names; it must be one of the key type's.
pub(crate) fn parameters(key_type: KeyType, public: &AttributeSet) -> Result<ParameterSet> {
    let code = public
        .ulong(AttributeType::ParameterSet)
        .ok_or(Error::TemplateIncomplete(AttributeType::ParameterSet))?;
    ParameterSet::from_code(key_type, code).ok_or(Error::ParameterSetNotSupported)
}

/// A public key. Its value is an attribute like any other, unless the object is private.
pub(super) fn public(key_type: KeyType, public: &AttributeSet, secrets: &Secrets) -> Result<KeyMaterial> {
    let set = parameters(key_type, public)?;
    let value = match secrets.value(AttributeType::Value) {
        Some(value) => value.expose(),
        None => required(public, AttributeType::Value)?,
    };
    if value.len() != set.public_len() {
        return Err(Error::AttributeValueInvalid(AttributeType::Value));
    }
    Ok(KeyMaterial::LatticePublic { set, value: value.to_vec() })
}

/// A private key: its expanded value, its seed, or both.
pub(super) fn private(key_type: KeyType, public: &AttributeSet, secrets: &Secrets) -> Result<KeyMaterial> {
    let set = parameters(key_type, public)?;
    let part = |attribute, len| match secrets.value(attribute) {
        Some(value) if value.len() == len => Ok(Some(Secret::copied(value.expose()))),
        Some(value) if value.is_empty() => Ok(None),
        Some(_) => Err(Error::AttributeValueInvalid(attribute)),
        None => Ok(None),
    };
    let value = part(AttributeType::Value, set.private_len())?;
    let seed = part(AttributeType::Seed, set.seed_len())?;
    if value.is_none() && seed.is_none() {
        return Err(Error::TemplateIncomplete(AttributeType::Value));
    }
    let value = value.unwrap_or_else(|| Secret::zeroed(0));
    let public = match public.bytes(AttributeType::PublicKeyInfo) {
        [] => Vec::new(),
        info => match formats::public_key(info) {
            Ok(KeyMaterial::LatticePublic { set: other, value }) if other == set => value,
            _ => return Err(Error::AttributeValueInvalid(AttributeType::PublicKeyInfo)),
        },
    };
    Ok(KeyMaterial::LatticePrivate { set, value, seed, public })
}

/// A private key as it is kept: expanded, and with a seed only if that is the value's own. An engine that expands
/// none for others still checks both when it computes the public half.
pub(super) fn completed(material: KeyMaterial, engine: &dyn Engine) -> Result<KeyMaterial> {
    let KeyMaterial::LatticePrivate { set, value, seed: Some(seed), public } = material else {
        return Ok(material);
    };
    match engine.expand(set, &seed) {
        Ok(KeyMaterial::LatticePrivate { value: own, public: computed, .. }) => {
            if !value.is_empty() && value != own {
                return Err(Error::TemplateInconsistent(AttributeType::Seed));
            }
            if !public.is_empty() && public != computed {
                return Err(Error::TemplateInconsistent(AttributeType::PublicKeyInfo));
            }
            Ok(KeyMaterial::LatticePrivate { set, value: own, seed: Some(seed), public: computed })
        }
        Ok(_) => Err(EngineError::Failed.into()),
        Err(EngineError::Unsupported) => {
            Ok(KeyMaterial::LatticePrivate { set, value, seed: Some(seed), public })
        }
        Err(error) => Err(error.into()),
    }
}
