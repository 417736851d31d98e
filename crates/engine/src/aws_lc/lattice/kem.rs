//! ML-KEM (FIPS 203; PKCS #11 v3.2, `CKM_ML_KEM_KEY_PAIR_GEN` and `CKM_ML_KEM`), all of it out of the caller's
//! randomness. Keys are made and secrets decapsulated by AWS-LC; secrets are encapsulated by the `ml-kem` crate,
//! because AWS-LC's bindings for every target have no encapsulation but one out of its own randomness.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

use ml_kem::{B32, EncapsulationKey512, EncapsulationKey768, EncapsulationKey1024};
use portcullis_entropy::Random;
use portcullis_token::engine::{Decapsulating, Encapsulating, KeyLoader, LoadedKey};
use portcullis_token::{
    EngineError, KeyMaterial, KeyType, Mechanism, MechanismType, ParameterSet, Parameters, Secret,
};
use zeroize::Zeroize;

use super::super::raw::lattice::LatticeKey;
use super::{expand, private_key};
use crate::shell::generate::{Generator, drawn};
use crate::shell::loader::{Loader, loaded};
use crate::shell::no_parameters;

const KEY_TYPES: &[KeyType] = &[KeyType::MlKem];

/// The public keys of ML-KEM-512 and ML-KEM-1024, in bytes.
const SIZES: RangeInclusive<u32> = 800..=1568;

/// How many random bytes an encapsulation takes (FIPS 203 section 7.2).
const RANDOM_LEN: usize = 32;

pub(in super::super) static ML_KEM_KEY_PAIR_GEN: Generator =
    Generator::lattice(MechanismType::ML_KEM_KEY_PAIR_GEN, KEY_TYPES, SIZES, expand);
pub(in super::super) static ML_KEM: MlKem = MlKem;

/// Agrees on secrets.
pub(in super::super) struct MlKem;

/// A private key.
struct Private(LatticeKey);

/// A public key.
enum Public {
    MlKem512(EncapsulationKey512),
    MlKem768(EncapsulationKey768),
    MlKem1024(EncapsulationKey1024),
}

impl Public {
    /// Parses a public key and checks it (FIPS 203 section 7.2).
    fn new(set: ParameterSet, value: &[u8]) -> Option<Self> {
        match set {
            ParameterSet::MlKem512 => {
                EncapsulationKey512::new(value.try_into().ok()?).ok().map(Self::MlKem512)
            }
            ParameterSet::MlKem768 => {
                EncapsulationKey768::new(value.try_into().ok()?).ok().map(Self::MlKem768)
            }
            ParameterSet::MlKem1024 => {
                EncapsulationKey1024::new(value.try_into().ok()?).ok().map(Self::MlKem1024)
            }
            _ => None,
        }
    }

    fn set(&self) -> ParameterSet {
        match self {
            Self::MlKem512(_) => ParameterSet::MlKem512,
            Self::MlKem768(_) => ParameterSet::MlKem768,
            Self::MlKem1024(_) => ParameterSet::MlKem1024,
        }
    }

    /// The ciphertext and the secret that follow from 32 random bytes.
    fn encapsulate(&self, random: &B32) -> (Vec<u8>, Secret) {
        let (ciphertext, mut shared) = match self {
            Self::MlKem512(key) => {
                let (ciphertext, shared) = key.encapsulate_deterministic(random);
                (ciphertext.to_vec(), shared)
            }
            Self::MlKem768(key) => {
                let (ciphertext, shared) = key.encapsulate_deterministic(random);
                (ciphertext.to_vec(), shared)
            }
            Self::MlKem1024(key) => {
                let (ciphertext, shared) = key.encapsulate_deterministic(random);
                (ciphertext.to_vec(), shared)
            }
        };
        let secret = Secret::copied(&shared);
        shared.zeroize();
        (ciphertext, secret)
    }
}

static PRIVATE: Loader = Loader {
    name: "aws-lc ml-kem private",
    parse: |key| match key {
        KeyMaterial::LatticePrivate { set, value, seed, public } if set.key_type() == KeyType::MlKem => {
            Ok(Arc::new(Private(private_key(*set, value, seed.as_ref(), public)?)))
        }
        _ => Err(EngineError::KeyInvalid),
    },
};

static PUBLIC: Loader = Loader {
    name: "aws-lc ml-kem public",
    parse: |key| match key {
        KeyMaterial::LatticePublic { set, value } if set.key_type() == KeyType::MlKem => {
            Ok(Arc::new(Public::new(*set, value).ok_or(EngineError::KeyInvalid)?))
        }
        _ => Err(EngineError::KeyInvalid),
    },
};

/// The public key inside an expanded private key: it stands before a hash of it and z, of 32 bytes each
/// (FIPS 203 section 7.1, algorithm 16).
pub(super) fn public_part(set: ParameterSet, value: &[u8]) -> Option<&[u8]> {
    let end = value.len().checked_sub(64)?;
    value.get(end.checked_sub(set.public_len())?..end)
}

/// The PKCS #8 form of the key that a seed expands to (RFC 9935 section 6, the choice `seed`).
pub(super) fn pkcs8(set: ParameterSet, seed: &Secret) -> Secret {
    // A sequence of version 0, the set's object identifier 2.16.840.1.101.3.4.4.1, .2 or .3, and an octet
    // string with the seed of 64 bytes in it, tagged [0].
    const START: [u8; 17] = [
        0x30, 0x54, 0x02, 0x01, 0x00, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x04,
    ];
    let number = match set {
        ParameterSet::MlKem512 => 1,
        ParameterSet::MlKem768 => 2,
        _ => 3,
    };
    Secret::new([&START, &[number, 0x04, 0x42, 0x80, 0x40][..], seed.expose()].concat())
}

/// The length of a ciphertext (FIPS 203 table 3).
fn ciphertext_len(set: ParameterSet) -> Result<usize, EngineError> {
    match set {
        ParameterSet::MlKem512 => Ok(768),
        ParameterSet::MlKem768 => Ok(1088),
        ParameterSet::MlKem1024 => Ok(1568),
        _ => Err(EngineError::KeyInvalid),
    }
}

impl Mechanism for MlKem {
    fn id(&self) -> MechanismType {
        MechanismType::ML_KEM
    }

    fn key_sizes(&self) -> RangeInclusive<u32> {
        SIZES
    }

    fn key_types(&self) -> &'static [KeyType] {
        KEY_TYPES
    }

    fn encapsulating(&'static self) -> Option<&'static dyn Encapsulating> {
        Some(self)
    }

    fn decapsulating(&'static self) -> Option<&'static dyn Decapsulating> {
        Some(self)
    }
}

impl Encapsulating for MlKem {
    fn loader(&self) -> &'static dyn KeyLoader {
        &PUBLIC
    }

    fn ciphertext_len(&self, key: &LoadedKey, parameters: &Parameters) -> Result<usize, EngineError> {
        no_parameters(parameters)?;
        ciphertext_len(loaded::<Public>(key)?.set())
    }

    fn encapsulate(
        &self,
        key: &LoadedKey,
        parameters: &Parameters,
        random: &dyn Random,
    ) -> Result<(Vec<u8>, Secret), EngineError> {
        no_parameters(parameters)?;
        let key: &Public = loaded(key)?;
        let random = drawn(RANDOM_LEN, random)?;
        Ok(key.encapsulate(random.expose().try_into().map_err(|_| EngineError::Failed)?))
    }
}

impl Decapsulating for MlKem {
    fn loader(&self) -> &'static dyn KeyLoader {
        &PRIVATE
    }

    fn decapsulate(
        &self,
        key: &LoadedKey,
        parameters: &Parameters,
        ciphertext: &[u8],
    ) -> Result<Secret, EngineError> {
        no_parameters(parameters)?;
        let Private(key) = loaded(key)?;
        if ciphertext.len() != ciphertext_len(key.set())? {
            return Err(EngineError::DataLength);
        }
        key.decapsulate(ciphertext).ok_or(EngineError::Failed)
    }
}
