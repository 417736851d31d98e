//! ML-DSA (FIPS 204; PKCS #11 v3.2, `CKM_ML_DSA_KEY_PAIR_GEN`, `CKM_ML_DSA` and `CKM_HASH_ML_DSA...`), with a context
//! or without, over whole messages or over their digests.
//!
//! Signatures are hedged with AWS-LC's own draw. Where the caller wants none (`CKH_DETERMINISTIC_REQUIRED`) they are
//! by the `ml-dsa` crate, because AWS-LC always draws; that takes a key whose seed is known.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

use ml_dsa::{MlDsa44, MlDsa65, MlDsa87, MlDsaParams, SigningKey};
use portcullis_token::{
    EngineError, HashAlgorithm, Hedge, KeyMaterial, KeyType, MechanismType, ParameterSet, Parameters, Secret,
};

use super::super::hash::Hash;
use super::super::hashed::{Hashed, hashed};
use super::super::raw::lattice::LatticeKey;
use super::super::raw::shake::shake256;
use super::{expand, private_key};
use crate::shell::generate::Generator;
use crate::shell::loader::Loader;
use crate::shell::signer::{Scheme, Signer};

const KEY_TYPES: &[KeyType] = &[KeyType::MlDsa];

/// The public keys of ML-DSA-44 and ML-DSA-87, in bytes.
const SIZES: RangeInclusive<u32> = 1312..=2592;

pub(in super::super) static ML_DSA_KEY_PAIR_GEN: Generator =
    Generator::lattice(MechanismType::ML_DSA_KEY_PAIR_GEN, KEY_TYPES, SIZES, expand);
pub(in super::super) static ML_DSA: Signer<MlDsa> = Signer { id: MechanismType::ML_DSA, scheme: MlDsa::Pure };
pub(in super::super) static HASH_ML_DSA: Signer<MlDsa> =
    Signer { id: MechanismType::HASH_ML_DSA, scheme: MlDsa::Digest };

/// The mechanism that hashes a message and signs the digest.
macro_rules! pre_hashed {
    ($($id:ident: $hash:ident, $name:ident;)+) => {
        $(
            pub(in super::super) static $id: Signer<Hashed<MlDsa>> =
                hashed(MechanismType::$id, Hash::$hash, MlDsa::DigestBy(HashAlgorithm::$name));
        )+
    };
}

pre_hashed! {
    HASH_ML_DSA_SHA224: SHA224, Sha224;
    HASH_ML_DSA_SHA256: SHA256, Sha256;
    HASH_ML_DSA_SHA384: SHA384, Sha384;
    HASH_ML_DSA_SHA512: SHA512, Sha512;
    HASH_ML_DSA_SHA3_224: SHA3_224, Sha3_224;
    HASH_ML_DSA_SHA3_256: SHA3_256, Sha3_256;
    HASH_ML_DSA_SHA3_384: SHA3_384, Sha3_384;
    HASH_ML_DSA_SHA3_512: SHA3_512, Sha3_512;
}

/// What is signed.
#[derive(Clone, Copy)]
pub(in super::super) enum MlDsa {
    /// Messages.
    Pure,
    /// Digests, by the hash that the parameters name.
    Digest,
    /// Digests by this hash.
    DigestBy(HashAlgorithm),
}

/// A private key.
pub(in super::super) struct Private {
    key: LatticeKey,
    seed: Option<Secret>,
    /// The hash of the public half that goes before each message.
    tr: [u8; 64],
}

/// A public key.
pub(in super::super) struct Public {
    key: LatticeKey,
    tr: [u8; 64],
}

static PRIVATE: Loader = Loader {
    name: "aws-lc ml-dsa private",
    parse: |key| match key {
        KeyMaterial::LatticePrivate { set, value, seed, public } if set.key_type() == KeyType::MlDsa => {
            let key = private_key(*set, value, seed.as_ref(), public)?;
            let seed = seed.as_ref().map(|seed| Secret::copied(seed.expose()));
            Ok(Arc::new(Private { tr: hashed_public(&key)?, key, seed }))
        }
        _ => Err(EngineError::KeyInvalid),
    },
};

static PUBLIC: Loader = Loader {
    name: "aws-lc ml-dsa public",
    parse: |key| match key {
        KeyMaterial::LatticePublic { set, value } if set.key_type() == KeyType::MlDsa => {
            let key = LatticeKey::dsa_public(*set, value).ok_or(EngineError::KeyInvalid)?;
            Ok(Arc::new(Public { tr: hashed_public(&key)?, key }))
        }
        _ => Err(EngineError::KeyInvalid),
    },
};

/// `tr` (FIPS 204 section 6.1).
fn hashed_public(key: &LatticeKey) -> Result<[u8; 64], EngineError> {
    let public = key.public_value().ok_or(EngineError::Failed)?;
    shake256(&[&public]).ok_or(EngineError::Failed)
}

impl MlDsa {
    /// What goes before a message or digest (FIPS 204 sections 5.2 and 5.4), and how long a digest is.
    fn prefix(self, parameters: &Parameters) -> Result<(Vec<u8>, Option<usize>), EngineError> {
        let (context, named) = match parameters {
            Parameters::None => (&[][..], None),
            Parameters::MlDsa { context, hash, .. } => (context.as_slice(), *hash),
            _ => return Err(EngineError::ParametersInvalid),
        };
        let hash = match (self, named) {
            (Self::Pure, None) => None,
            (Self::Digest, Some(hash)) | (Self::DigestBy(hash), None) => Some(hash),
            _ => return Err(EngineError::ParametersInvalid),
        };
        let len = u8::try_from(context.len()).map_err(|_| EngineError::ParametersInvalid)?;
        let mut prefix = [&[hash.is_some().into(), len], context].concat();
        if let Some(hash) = hash {
            prefix.extend(identifier(hash).ok_or(EngineError::ParametersInvalid)?);
        }
        Ok((prefix, hash.map(HashAlgorithm::digest_len)))
    }

    /// What goes before a message that is to be signed, whose length has to be a digest's where it is one.
    fn prefixed(self, parameters: &Parameters, message: &[u8]) -> Result<Vec<u8>, EngineError> {
        let (prefix, len) = self.prefix(parameters)?;
        if len.is_some_and(|len| len != message.len()) { Err(EngineError::DataLength) } else { Ok(prefix) }
    }
}

/// The DER encoding of a hash's object identifier, 2.16.840.1.101.3.4.2 and a number. SHA-1 has none there, and no
/// place in FIPS 204.
fn identifier(hash: HashAlgorithm) -> Option<[u8; 11]> {
    let number = match hash {
        HashAlgorithm::Sha256 => 1,
        HashAlgorithm::Sha384 => 2,
        HashAlgorithm::Sha512 => 3,
        HashAlgorithm::Sha224 => 4,
        HashAlgorithm::Sha3_224 => 7,
        HashAlgorithm::Sha3_256 => 8,
        HashAlgorithm::Sha3_384 => 9,
        HashAlgorithm::Sha3_512 => 10,
        _ => return None,
    };
    Some([0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, number])
}

/// Whether the caller wants no randomness in a signature.
fn is_deterministic(parameters: &Parameters) -> bool {
    matches!(parameters, Parameters::MlDsa { hedge: Hedge::Deterministic, .. })
}

/// A signature without randomness, over parts, by the key that a seed expands to.
fn deterministic(set: ParameterSet, seed: &Secret, message: &[&[u8]]) -> Result<Vec<u8>, EngineError> {
    fn signed<P: MlDsaParams>(seed: &Secret, message: &[&[u8]]) -> Result<Vec<u8>, EngineError> {
        let seed = seed.expose().try_into().map_err(|_| EngineError::KeyInvalid)?;
        let key = SigningKey::<P>::from_seed(seed);
        Ok(key.expanded_key().sign_internal(message, &Default::default()).encode().to_vec())
    }
    match set {
        ParameterSet::MlDsa44 => signed::<MlDsa44>(seed, message),
        ParameterSet::MlDsa65 => signed::<MlDsa65>(seed, message),
        ParameterSet::MlDsa87 => signed::<MlDsa87>(seed, message),
        _ => Err(EngineError::KeyInvalid),
    }
}

/// The length of a signature (FIPS 204 table 2).
fn signature_len(set: ParameterSet) -> Result<usize, EngineError> {
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

    fn len_by(&self, private: &Private, parameters: &Parameters) -> Result<usize, EngineError> {
        self.prefix(parameters)?;
        if is_deterministic(parameters) && private.seed.is_none() {
            return Err(EngineError::ParametersInvalid);
        }
        signature_len(private.key.set())
    }

    fn len_for(&self, public: &Public, parameters: &Parameters) -> Result<usize, EngineError> {
        self.prefix(parameters)?;
        signature_len(public.key.set())
    }

    fn sign(
        &self,
        private: &Private,
        parameters: &Parameters,
        message: &[u8],
    ) -> Result<Vec<u8>, EngineError> {
        let prefix = self.prefixed(parameters, message)?;
        let set = private.key.set();
        match &private.seed {
            Some(seed) if is_deterministic(parameters) => deterministic(set, seed, &[&prefix, message]),
            _ => {
                let representative = shake256(&[&private.tr, &prefix, message]).ok_or(EngineError::Failed)?;
                private.key.sign(&representative, signature_len(set)?).ok_or(EngineError::Failed)
            }
        }
    }

    fn verify(
        &self,
        public: &Public,
        parameters: &Parameters,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), EngineError> {
        let prefix = self.prefixed(parameters, message)?;
        let representative = shake256(&[&public.tr, &prefix, message]).ok_or(EngineError::Failed)?;
        let valid = public.key.verify(&representative, signature);
        if valid { Ok(()) } else { Err(EngineError::SignatureInvalid) }
    }
}
