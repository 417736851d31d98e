//! What an engine must refuse, without a panic: foreign parameters, foreign keys, halves that don't fit.

use std::sync::Arc;

use portcullis_token::engine::LoadedKey;
use portcullis_token::{
    Curve, Engine, EngineError, HashAlgorithm, KeyMaterial, KeyType, Parameters, RsaPrivate, Secret,
};

use crate::fixtures::{Repeatable, ec_private, private_keys, rsa_private, samples};

/// PSS with a salt for which no key has room.
const FOREIGN: Parameters =
    Parameters::RsaPss { hash: HashAlgorithm::Sha256, mgf: HashAlgorithm::Sha256, salt_len: usize::MAX };

pub(crate) fn foreign_parameters_are_refused(engine: &dyn Engine) {
    for sample in samples(engine) {
        let id = sample.mechanism.id();
        let (private, public) = (sample.signing_key(), sample.verifying_key());
        let (signing, verifying) = (sample.signing, sample.verifying);
        let mut foreign = vec![FOREIGN];
        if sample.parameters != Parameters::None {
            foreign.push(Parameters::None);
        }
        for foreign in &foreign {
            let invalid = EngineError::ParametersInvalid;
            let random = Repeatable::new(1);
            assert_eq!(signing.signature_len(&private, foreign), Err(invalid), "{id}");
            assert_eq!(verifying.signature_len(&public, foreign), Err(invalid), "{id}");
            assert_eq!(signing.sign(&private, foreign, b"message", &random), Err(invalid), "{id}");
            assert_eq!(verifying.verify(&public, foreign, b"message", &[0; 64]), Err(invalid), "{id}");
            assert!(signing.stream(&private, foreign).is_none(), "{id}");
            assert!(verifying.stream(&public, foreign).is_none(), "{id}");
        }
    }
}

pub(crate) fn keys_of_another_kind_do_not_load(engine: &dyn Engine) {
    let kinds = [
        KeyType::Rsa,
        KeyType::Ec,
        KeyType::EcEdwards,
        KeyType::EcMontgomery,
        KeyType::MlKem,
        KeyType::MlDsa,
        KeyType::GenericSecret,
        KeyType::Aes,
        KeyType::Sha1Hmac,
        KeyType::Sha256Hmac,
        KeyType::Sha3_512Hmac,
    ];
    for sample in samples(engine) {
        let id = sample.mechanism.id();
        let signer = sample.signing.loader();
        let verifier = sample.verifying.loader();
        let own = sample.mechanism.key_types()[0];
        let foreign = |kind: &KeyType| !sample.mechanism.key_types().contains(kind);
        for kind in kinds.into_iter().filter(foreign) {
            for private in private_keys(engine, kind) {
                assert_eq!(signer.load(&private).err(), Some(EngineError::KeyInvalid), "{id}: {kind:?}");
                assert_eq!(verifier.load(&private).err(), Some(EngineError::KeyInvalid), "{id}: {kind:?}");
                if let Ok(public) = engine.public_key(&private) {
                    assert_eq!(verifier.load(&public).err(), Some(EngineError::KeyInvalid), "{id}: {kind:?}");
                }
            }
        }
        if !own.is_symmetric() {
            assert_eq!(signer.load(&sample.public).err(), Some(EngineError::KeyInvalid), "{id}");
            assert_eq!(verifier.load(&sample.private).err(), Some(EngineError::KeyInvalid), "{id}");
        }
    }
}

pub(crate) fn keys_of_another_loader_are_refused(engine: &dyn Engine) {
    let all = samples(engine);
    let mut keys: Vec<(&str, u32, LoadedKey)> = vec![("no loader", 0, Arc::new(()))];
    for sample in &all {
        let (signing, verifying) = (sample.signing, sample.verifying);
        keys.push((signing.loader().name(), sample.private.size(), sample.signing_key()));
        keys.push((verifying.loader().name(), sample.public.size(), sample.verifying_key()));
    }
    for sample in &all {
        let id = sample.mechanism.id();
        let (signing, verifying) = (sample.signing, sample.verifying);
        let (sizes, parameters) = (sample.mechanism.key_sizes(), &sample.parameters);
        for (name, size, key) in &keys {
            // The right loader and the wrong size (another curve than the mechanism's) is foreign too.
            if *name != signing.loader().name() || !sizes.contains(size) {
                assert!(signing.signature_len(key, parameters).is_err(), "{id}: {name}");
                assert!(
                    signing.sign(key, parameters, &[7; 32], &Repeatable::new(1)).is_err(),
                    "{id}: {name}"
                );
                assert!(signing.stream(key, parameters).is_none(), "{id}: {name}");
            }
            if *name != verifying.loader().name() || !sizes.contains(size) {
                assert!(verifying.signature_len(key, parameters).is_err(), "{id}: {name}");
                assert!(verifying.verify(key, parameters, &[7; 32], &[0; 64]).is_err(), "{id}: {name}");
                assert!(verifying.stream(key, parameters).is_none(), "{id}: {name}");
            }
        }
    }
}

pub(crate) fn a_private_key_with_a_foreign_public_half_is_refused(engine: &dyn Engine) {
    for sample in samples(engine) {
        let loader = sample.signing.loader();
        if let KeyMaterial::EcPrivate { curve, scalar, .. } = &sample.private {
            let Some(KeyMaterial::EcPrivate { point, .. }) = ec_private(engine, *curve, 0x22) else {
                panic!("the engine knows {curve:?}");
            };
            let scalar = Secret::copied(scalar.expose());
            let mixed = KeyMaterial::EcPrivate { curve: *curve, scalar, point };
            assert_eq!(loader.load(&mixed).err(), Some(EngineError::KeyInvalid), "{curve:?}");
        }
    }
    let mut key = rsa_parts();
    key.public.modulus.swap(10, 11);
    assert!(matches!(engine.public_key(&KeyMaterial::RsaPrivate(key)), Err(EngineError::KeyInvalid)));
    let mut key = rsa_parts();
    key.public.public_exponent = vec![1, 0, 3];
    assert!(matches!(engine.public_key(&KeyMaterial::RsaPrivate(key)), Err(EngineError::KeyInvalid)));
}

pub(crate) fn the_public_half_is_computed_not_believed(engine: &dyn Engine) {
    for curve in Curve::ALL {
        let Some(whole) = ec_private(engine, curve, 0x11) else { continue };
        let KeyMaterial::EcPrivate { scalar, point, .. } = whole else { unreachable!("a private key") };
        let believed = KeyMaterial::EcPrivate { curve, scalar, point: vec![4; curve.point_len()] };
        let Ok(KeyMaterial::EcPublic { point: computed, curve: named }) = engine.public_key(&believed) else {
            panic!("{curve:?} has a public half");
        };
        assert_eq!((named, computed), (curve, point));
    }
    let Ok(KeyMaterial::RsaPublic(public)) = engine.public_key(&rsa_private()) else {
        panic!("RSA has a public half");
    };
    assert_eq!(public, rsa_parts().public);
    let secret = KeyMaterial::Secret { key_type: KeyType::GenericSecret, value: Secret::zeroed(32) };
    assert!(matches!(engine.public_key(&secret), Err(EngineError::Unsupported)));
    assert!(matches!(engine.public_key(&KeyMaterial::RsaPublic(public)), Err(EngineError::Unsupported)));
}

fn rsa_parts() -> RsaPrivate {
    let KeyMaterial::RsaPrivate(parts) = rsa_private() else { unreachable!("an RSA key") };
    parts
}
