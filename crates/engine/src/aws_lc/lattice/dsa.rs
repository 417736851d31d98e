//! ML-DSA (FIPS 204; PKCS #11 v3.2, `CKM_ML_DSA_KEY_PAIR_GEN` and `CKM_ML_DSA`), with a context or without.
//!
//! Signatures are hedged with AWS-LC's own draw. The deterministic variant, and messages that were hashed
//! first (`CKM_HASH_ML_DSA...`), are not here: AWS-LC offers neither.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

use portcullis_token::{EngineError, Hedge, KeyMaterial, KeyType, MechanismType, ParameterSet, Parameters};

use super::super::raw::lattice::LatticeKey;
use super::{expand, private_key};
use crate::shell::generate::Generator;
use crate::shell::loader::Loader;
use crate::shell::signer::{Scheme, Signer};

const KEY_TYPES: &[KeyType] = &[KeyType::MlDsa];

/// The public keys of ML-DSA-44 and ML-DSA-87, in bytes.
const SIZES: RangeInclusive<u32> = 1312..=2592;

/// The most that a context has (FIPS 204 section 5.2).
const CONTEXT_MOST: usize = 255;

pub(in super::super) static ML_DSA_KEY_PAIR_GEN: Generator =
    Generator::lattice(MechanismType::ML_DSA_KEY_PAIR_GEN, KEY_TYPES, SIZES, expand);
pub(in super::super) static ML_DSA: Signer<MlDsa> = Signer { id: MechanismType::ML_DSA, scheme: MlDsa };

/// ML-DSA over whole messages.
pub(in super::super) struct MlDsa;

/// A private key.
pub(in super::super) struct Private(LatticeKey);

/// A public key.
pub(in super::super) struct Public(LatticeKey);

static PRIVATE: Loader = Loader {
    name: "aws-lc ml-dsa private",
    parse: |key| match key {
        KeyMaterial::LatticePrivate { set, value, seed, public } if set.key_type() == KeyType::MlDsa => {
            Ok(Arc::new(Private(private_key(*set, value, seed.as_ref(), public)?)))
        }
        _ => Err(EngineError::KeyInvalid),
    },
};

static PUBLIC: Loader = Loader {
    name: "aws-lc ml-dsa public",
    parse: |key| match key {
        KeyMaterial::LatticePublic { set, value } if set.key_type() == KeyType::MlDsa => {
            let key = LatticeKey::dsa_public(*set, value).ok_or(EngineError::KeyInvalid)?;
            Ok(Arc::new(Public(key)))
        }
        _ => Err(EngineError::KeyInvalid),
    },
};

/// The context that the parameters name.
fn context(parameters: &Parameters) -> Result<&[u8], EngineError> {
    match parameters {
        Parameters::None => Ok(&[]),
        Parameters::MlDsa { hedge: Hedge::Preferred | Hedge::Required, context, hash: None }
            if context.len() <= CONTEXT_MOST =>
        {
            Ok(context)
        }
        _ => Err(EngineError::ParametersInvalid),
    }
}

/// The length of a signature (FIPS 204 table 2).
fn signature_len(set: ParameterSet, parameters: &Parameters) -> Result<usize, EngineError> {
    context(parameters)?;
    match set {
        ParameterSet::MlDsa44 => Ok(2420),
        ParameterSet::MlDsa65 => Ok(3309),
        ParameterSet::MlDsa87 => Ok(4627),
        _ => Err(EngineError::KeyInvalid),
    }
}

impl Scheme for MlDsa {
    type Private = Private;
    type Public = Public;

    const KEY_TYPES: &'static [KeyType] = KEY_TYPES;
    const PRIVATE: &'static Loader = &PRIVATE;
    const PUBLIC: &'static Loader = &PUBLIC;

    fn key_sizes(&self) -> RangeInclusive<u32> {
        SIZES
    }

    fn len_by(&self, Private(key): &Private, parameters: &Parameters) -> Result<usize, EngineError> {
        signature_len(key.set(), parameters)
    }

    fn len_for(&self, Public(key): &Public, parameters: &Parameters) -> Result<usize, EngineError> {
        signature_len(key.set(), parameters)
    }

    fn sign(
        &self,
        Private(key): &Private,
        parameters: &Parameters,
        message: &[u8],
    ) -> Result<Vec<u8>, EngineError> {
        let len = signature_len(key.set(), parameters)?;
        key.sign(context(parameters)?, message, len).ok_or(EngineError::Failed)
    }

    fn verify(
        &self,
        Public(key): &Public,
        parameters: &Parameters,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), EngineError> {
        let valid = key.verify(context(parameters)?, message, signature);
        if valid { Ok(()) } else { Err(EngineError::SignatureInvalid) }
    }
}
