//! Derivations: their lengths, their refusals, and what is published of them.

use std::sync::Arc;

use portcullis_token::engine::{Deriving, LoadedKey};
use portcullis_token::{
    Curve, Engine, EngineError, HashAlgorithm, HkdfSalt, IntegerFormat, KbkdfField, KeyMaterial, KeyType,
    Mechanism, MechanismType, Parameters, Secret, TlsRandoms,
};

use crate::fixtures::{ec_private, mechanism};

/// A mechanism that derives, with a key and parameters that fit.
pub(crate) struct Derivation {
    pub(crate) mechanism: &'static dyn Mechanism,
    pub(crate) deriving: &'static dyn Deriving,
    pub(crate) key: KeyMaterial,
    pub(crate) parameters: Parameters,
}

impl Derivation {
    pub(crate) fn loaded(&self) -> LoadedKey {
        self.deriving.loader().load(&self.key).unwrap()
    }
}

/// A derivation for each mechanism that derives, and for each kind of key that it takes.
pub(crate) fn derivations(engine: &dyn Engine) -> Vec<Derivation> {
    let mut derivations = Vec::new();
    for mechanism in engine.mechanisms() {
        let Some(deriving) = mechanism.deriving() else { continue };
        for key_type in mechanism.key_types() {
            for (key, parameters) in bases(engine, *mechanism, *key_type) {
                derivations.push(Derivation { mechanism: *mechanism, deriving, key, parameters });
            }
        }
    }
    derivations
}

/// Base keys of a type, and what a mechanism is told with each.
fn bases(
    engine: &dyn Engine,
    mechanism: &dyn Mechanism,
    key_type: KeyType,
) -> Vec<(KeyMaterial, Parameters)> {
    if key_type.is_symmetric() {
        let len = if mechanism.key_sizes().contains(&32) { 32 } else { *mechanism.key_sizes().end() };
        let parameters = secret_parameters(mechanism.id(), key_type);
        return vec![(secret(key_type, &vec![0x11; len as usize]), parameters)];
    }
    let curves = Curve::ALL.into_iter().filter(|curve| curve.key_type() == key_type);
    let keys = curves.filter_map(|curve| Some((curve, ec_private(engine, curve, 0x11)?)));
    keys.map(|(curve, key)| {
        let peer = ec_private(engine, curve, 0x22).unwrap();
        let KeyMaterial::EcPrivate { point: public, .. } = peer else { unreachable!("a private key") };
        (key, Parameters::Ecdh { kdf: None, shared_data: Vec::new(), public })
    })
    .collect()
}

fn secret(key_type: KeyType, value: &[u8]) -> KeyMaterial {
    KeyMaterial::Secret { key_type, value: Secret::copied(value) }
}

fn secret_parameters(id: MechanismType, key_type: KeyType) -> Parameters {
    let hash = HashAlgorithm::Sha256;
    match id {
        MechanismType::HKDF_DERIVE | MechanismType::HKDF_DATA => {
            Parameters::Hkdf { hash, extract: Some(HkdfSalt::Null), expand: Some(b"info".to_vec()) }
        }
        MechanismType::SP800_108_COUNTER_KDF => {
            kbkdf(key_type, vec![KbkdfField::Iteration(Some(BITS_32)), label()])
        }
        MechanismType::SP800_108_FEEDBACK_KDF | MechanismType::SP800_108_DOUBLE_PIPELINE_KDF => {
            kbkdf(key_type, vec![KbkdfField::Iteration(None), KbkdfField::Counter(BITS_32), label()])
        }
        MechanismType::CONCATENATE_BASE_AND_KEY => {
            Parameters::KeyValue(Arc::new(Secret::copied(&[0x33; 16])))
        }
        MechanismType::CONCATENATE_BASE_AND_DATA
        | MechanismType::CONCATENATE_DATA_AND_BASE
        | MechanismType::XOR_BASE_AND_DATA => Parameters::DerivationData(vec![0x33; 48]),
        MechanismType::AES_ECB_ENCRYPT_DATA => {
            Parameters::EncryptData { iv: Vec::new(), data: vec![0x33; 64] }
        }
        MechanismType::AES_CBC_ENCRYPT_DATA => {
            Parameters::EncryptData { iv: vec![0x44; 16], data: vec![0x33; 64] }
        }
        MechanismType::TLS12_MASTER_KEY_DERIVE | MechanismType::TLS12_MASTER_KEY_DERIVE_DH => {
            Parameters::TlsMaster { hash, randoms: randoms() }
        }
        MechanismType::TLS12_EXTENDED_MASTER_KEY_DERIVE
        | MechanismType::TLS12_EXTENDED_MASTER_KEY_DERIVE_DH => {
            Parameters::TlsExtendedMaster { hash, session_hash: vec![0x66; 32] }
        }
        MechanismType::TLS12_KEY_AND_MAC_DERIVE | MechanismType::TLS12_KEY_SAFE_DERIVE => {
            Parameters::TlsKeyBlock { hash, randoms: randoms(), mac_len: 20, key_len: 16, iv_len: 4 }
        }
        MechanismType::TLS12_KDF | MechanismType::TLS_KDF => {
            Parameters::TlsKdf { hash, label: b"label".to_vec(), randoms: randoms(), context: Vec::new() }
        }
        other => panic!("{other} has no parameters here"),
    }
}

const BITS_32: IntegerFormat = IntegerFormat { bits: 32, little_endian: false };

fn label() -> KbkdfField {
    KbkdfField::Bytes(b"label".to_vec())
}

fn kbkdf(key_type: KeyType, fields: Vec<KbkdfField>) -> Parameters {
    let prf = match key_type {
        KeyType::Aes => MechanismType::AES_CMAC,
        KeyType::Sha1Hmac => MechanismType::SHA_1_HMAC,
        KeyType::Sha224Hmac => MechanismType::SHA224_HMAC,
        KeyType::Sha384Hmac => MechanismType::SHA384_HMAC,
        KeyType::Sha512Hmac => MechanismType::SHA512_HMAC,
        KeyType::Sha3_224Hmac => MechanismType::SHA3_224_HMAC,
        KeyType::Sha3_256Hmac => MechanismType::SHA3_256_HMAC,
        KeyType::Sha3_384Hmac => MechanismType::SHA3_384_HMAC,
        KeyType::Sha3_512Hmac => MechanismType::SHA3_512_HMAC,
        _ => MechanismType::SHA256_HMAC,
    };
    Parameters::Kbkdf { prf, fields, iv: Vec::new() }
}

fn randoms() -> TlsRandoms {
    TlsRandoms { client: Box::new([0x55; 32]), server: Box::new([0x77; 32]) }
}

/// Derives with a key of its own.
pub(crate) fn derived(
    engine: &dyn Engine,
    id: MechanismType,
    key: &KeyMaterial,
    parameters: &Parameters,
    len: Option<usize>,
) -> Result<String, EngineError> {
    let deriving = mechanism(engine, id).deriving().unwrap();
    let key = deriving.loader().load(key)?;
    deriving.derive(&key, parameters, len).map(|derived| hex::encode(derived.expose()))
}

pub(crate) fn a_derived_secret_has_the_wanted_length_and_is_always_the_same(engine: &dyn Engine) {
    for derivation in derivations(engine) {
        let (id, key) = (derivation.mechanism.id(), derivation.loaded());
        let derive = |len| derivation.deriving.derive(&key, &derivation.parameters, len);
        for len in [1, 16, 31, 32, 48, 80] {
            match derive(Some(len)) {
                Ok(secret) => {
                    assert_eq!(secret.len(), len, "{id}");
                    assert!(len < 16 || secret != Secret::zeroed(len), "{id}");
                    assert_eq!(derive(Some(len)), Ok(secret), "{id}");
                }
                Err(error) => assert_eq!(error, EngineError::DataLength, "{id}: {len}"),
            }
        }
        let whole = derive(None).map(|secret| secret.len());
        match whole {
            Ok(len) => assert!(derive(Some(len)).is_ok() && derive(Some(len + 1)).is_err(), "{id}"),
            Err(error) => assert_eq!(error, EngineError::DataLength, "{id}"),
        }
        for len in [0, usize::MAX] {
            assert_eq!(derive(Some(len)), Err(EngineError::DataLength), "{id}: {len}");
        }
    }
}

pub(crate) fn foreign_keys_and_parameters_derive_nothing(engine: &dyn Engine) {
    let all = derivations(engine);
    for derivation in &all {
        let (id, key) = (derivation.mechanism.id(), derivation.loaded());
        let derive =
            |key: &LoadedKey, parameters: &Parameters| derivation.deriving.derive(key, parameters, Some(16));
        assert_eq!(derive(&key, &Parameters::None), Err(EngineError::ParametersInvalid), "{id}");
        let nobody: LoadedKey = Arc::new(());
        assert_eq!(derive(&nobody, &derivation.parameters), Err(EngineError::KeyInvalid), "{id}");
        for other in &all {
            let loader = derivation.deriving.loader();
            if other.deriving.loader().name() != loader.name() {
                let error = derive(&other.loaded(), &derivation.parameters);
                assert_eq!(
                    error,
                    Err(EngineError::KeyInvalid),
                    "{id} with a key of {}",
                    other.mechanism.id()
                );
            }
            if !derivation.mechanism.key_types().contains(&other.key.key_type()) {
                let refused = loader.load(&other.key).err();
                assert_eq!(
                    refused,
                    Some(EngineError::KeyInvalid),
                    "{id} with a key of {}",
                    other.mechanism.id()
                );
            }
        }
    }
}
