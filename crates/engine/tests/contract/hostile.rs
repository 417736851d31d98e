//! Bytes from an enemy as keys, signatures and messages: an error or a refusal, never a panic.

use portcullis_token::{
    Curve, EcdhKdf, Engine, HashAlgorithm, HkdfSalt, IntegerFormat, KbkdfField, KeyMaterial, KeyType,
    MechanismType, ParameterSet, Parameters, RsaPrivate, RsaPublic, Secret, TlsRandoms,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, TestRunner};

use crate::derivation::{Derivation, derivations};
use crate::fixtures::{Repeatable, rsa_private, samples};

/// Runs a property over `cases` inputs; failures are found again without a file beside the sources.
pub(crate) fn check<S: Strategy>(cases: u32, strategy: S, property: impl Fn(S::Value)) {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let run = TestRunner::new(config).run(&strategy, |value| {
        property(value);
        Ok(())
    });
    if let Err(error) = run {
        panic!("{error}");
    }
}

pub(crate) fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        vec(any::<u8>(), 0..600),
        select(&[31_usize, 32, 33, 48, 49, 64, 65, 66, 96, 97, 132, 133, 255, 256, 257, 512][..])
            .prop_flat_map(|len| vec(any::<u8>(), len)),
    ]
}

fn curve() -> impl Strategy<Value = Curve> {
    select(&Curve::ALL[..])
}

/// Hands a key to every loader of the engine, and uses it where it loads.
fn use_everywhere(engine: &dyn Engine, derivations: &[Derivation], key: &KeyMaterial) {
    let _ = engine.public_key(key).map(|public| public.size());
    let random = Repeatable::new(1);
    for mechanism in engine.mechanisms() {
        let parameters = crate::fixtures::parameters(mechanism.id());
        if let Some(signing) = mechanism.signing()
            && let Ok(loaded) = signing.loader().load(key)
        {
            let promised = signing.signature_len(&loaded, &parameters);
            if let Ok(signature) = signing.sign(&loaded, &parameters, &[1; 32], &random) {
                assert_eq!(promised, Ok(signature.len()));
            }
        }
        if let Some(verifying) = mechanism.verifying()
            && let Ok(loaded) = verifying.loader().load(key)
        {
            assert!(verifying.verify(&loaded, &parameters, &[1; 32], &[0; 64]).is_err());
            if let Ok(len) = verifying.signature_len(&loaded, &parameters) {
                assert!(verifying.verify(&loaded, &parameters, &[1; 32], &vec![0x5a; len]).is_err());
            }
        }
        if let Some(deriving) = mechanism.deriving()
            && let Ok(loaded) = deriving.loader().load(key)
        {
            for parameters in derivations.iter().map(|derivation| &derivation.parameters) {
                if let Ok(secret) = deriving.derive(&loaded, parameters, Some(20)) {
                    assert_eq!(secret.len(), 20);
                }
            }
        }
        if let Some(encapsulating) = mechanism.encapsulating()
            && let Ok(loaded) = encapsulating.loader().load(key)
        {
            let (ciphertext, _) = encapsulating.encapsulate(&loaded, &parameters, &random).unwrap();
            assert_eq!(encapsulating.ciphertext_len(&loaded, &parameters), Ok(ciphertext.len()));
        }
        if let Some(decapsulating) = mechanism.decapsulating()
            && let Ok(loaded) = decapsulating.loader().load(key)
        {
            assert!(decapsulating.decapsulate(&loaded, &parameters, &[1; 32]).is_err());
        }
    }
}

pub(crate) fn random_bytes_as_private_keys_never_panic(engine: &dyn Engine) {
    let derivations = derivations(engine);
    let ec = (curve(), bytes(), bytes()).prop_map(|(curve, scalar, point)| KeyMaterial::EcPrivate {
        curve,
        scalar: Secret::new(scalar),
        point,
    });
    const KINDS: [KeyType; 4] = [KeyType::GenericSecret, KeyType::Aes, KeyType::Rsa, KeyType::Ec];
    let secret = (select(&KINDS[..]), bytes())
        .prop_map(|(key_type, value)| KeyMaterial::Secret { key_type, value: Secret::new(value) });
    let rsa = (bytes(), vec(any::<u8>(), 0..7), [bytes(), bytes(), bytes(), bytes(), bytes(), bytes()])
        .prop_map(|(modulus, public_exponent, [d, p, q, d_p, d_q, q_inv])| {
            KeyMaterial::RsaPrivate(RsaPrivate {
                public: RsaPublic { modulus, public_exponent },
                private_exponent: Secret::new(d),
                prime_1: Secret::new(p),
                prime_2: Secret::new(q),
                exponent_1: Secret::new(d_p),
                exponent_2: Secret::new(d_q),
                coefficient: Secret::new(q_inv),
            })
        });
    let lattice = (select(&ParameterSet::ALL[..]), bytes(), option::of(bytes()), bytes()).prop_map(
        |(set, value, seed, public)| KeyMaterial::LatticePrivate {
            set,
            value: Secret::new(value),
            seed: seed.map(Secret::new),
            public,
        },
    );
    check(400, prop_oneof![ec, secret, rsa, lattice], |key| use_everywhere(engine, &derivations, &key));
}

pub(crate) fn random_bytes_as_public_keys_never_panic(engine: &dyn Engine) {
    let derivations = derivations(engine);
    let ec = (curve(), bytes()).prop_map(|(curve, point)| KeyMaterial::EcPublic { curve, point });
    let rsa = (bytes(), vec(any::<u8>(), 0..7)).prop_map(|(modulus, public_exponent)| {
        KeyMaterial::RsaPublic(RsaPublic { modulus, public_exponent })
    });
    let lattice = select(&ParameterSet::ALL[..]).prop_flat_map(|set| {
        let value = prop_oneof![bytes(), vec(any::<u8>(), set.public_len())];
        value.prop_map(move |value| KeyMaterial::LatticePublic { set, value })
    });
    check(400, prop_oneof![ec, rsa, lattice], |key| use_everywhere(engine, &derivations, &key));
}

/// A real key with one part cut or changed gets past more checks than random bytes do.
pub(crate) fn damaged_rsa_keys_never_panic(engine: &dyn Engine) {
    let damage = (0..8_usize, any::<Index>(), any::<u8>(), 0..3_usize);
    check(200, damage, |(part, place, value, cut)| {
        let KeyMaterial::RsaPrivate(mut key) = rsa_private() else { unreachable!("an RSA key") };
        let harm = |bytes: &[u8]| {
            let mut bytes = bytes.to_vec();
            bytes.truncate(bytes.len() - cut);
            if let Some(byte) = bytes.get_mut(place.index(usize::MAX) % 300) {
                *byte = value;
            }
            bytes
        };
        let secret = match part {
            0 => return use_damaged_public(engine, key, |public| public.modulus = harm(&public.modulus)),
            1 => {
                return use_damaged_public(engine, key, |public| {
                    public.public_exponent = harm(&public.public_exponent);
                });
            }
            2 => &mut key.private_exponent,
            3 => &mut key.prime_1,
            4 => &mut key.prime_2,
            5 => &mut key.exponent_1,
            6 => &mut key.exponent_2,
            _ => &mut key.coefficient,
        };
        *secret = Secret::new(harm(secret.expose()));
        use_everywhere(engine, &[], &KeyMaterial::RsaPrivate(key));
    });
}

fn use_damaged_public(engine: &dyn Engine, mut key: RsaPrivate, harm: impl FnOnce(&mut RsaPublic)) {
    harm(&mut key.public);
    use_everywhere(engine, &[], &KeyMaterial::RsaPublic(key.public.clone()));
    use_everywhere(engine, &[], &KeyMaterial::RsaPrivate(key));
}

pub(crate) fn random_signatures_never_verify(engine: &dyn Engine) {
    let samples: Vec<_> =
        samples(engine).into_iter().map(|sample| (sample.verifying_key(), sample)).collect();
    check(100, (bytes(), bytes()), |(message, signature)| {
        for (key, sample) in &samples {
            let verifying = sample.verifying;
            assert!(verifying.verify(key, &sample.parameters, &message, &signature).is_err());
            let len = verifying.signature_len(key, &sample.parameters).unwrap();
            let fitting: Vec<u8> = signature.iter().copied().chain([0x3c]).cycle().take(len).collect();
            assert!(verifying.verify(key, &sample.parameters, &message, &fitting).is_err());
        }
    });
}

/// The parameters of every derivation, with bytes from an enemy in them.
pub(crate) fn random_parameters_never_panic(engine: &dyn Engine) {
    let all: Vec<_> =
        derivations(engine).into_iter().map(|derivation| (derivation.loaded(), derivation)).collect();
    let len = option::of(0..200_usize);
    check(100, (bytes(), bytes(), any::<usize>(), len), |(first, second, number, len)| {
        let hash = HashAlgorithm::Sha256;
        let randoms = || TlsRandoms { client: first.clone().into(), server: second.clone().into() };
        let parameters = [
            Parameters::Ecdh { kdf: None, shared_data: Vec::new(), public: first.clone() },
            Parameters::Ecdh {
                kdf: Some(EcdhKdf::Sp800(hash)),
                shared_data: first.clone(),
                public: second.clone(),
            },
            Parameters::Hkdf {
                hash,
                extract: Some(HkdfSalt::Data(first.clone())),
                expand: Some(second.clone()),
            },
            Parameters::EncryptData { iv: first.clone(), data: second.clone() },
            Parameters::TlsMaster { hash, randoms: randoms() },
            Parameters::TlsKeyBlock {
                hash,
                randoms: randoms(),
                mac_len: number,
                key_len: number,
                iv_len: first.len(),
            },
            Parameters::TlsKdf { hash, label: first.clone(), randoms: randoms(), context: second.clone() },
            Parameters::Kbkdf {
                prf: MechanismType::SHA256_HMAC,
                fields: vec![
                    KbkdfField::Iteration(Some(IntegerFormat { bits: number as u32, little_endian: true })),
                    KbkdfField::Bytes(first.clone()),
                ],
                iv: second.clone(),
            },
        ];
        for (key, derivation) in &all {
            for parameters in &parameters {
                if let (Ok(secret), Some(len)) = (derivation.deriving.derive(key, parameters, len), len) {
                    assert_eq!(secret.len(), len);
                }
            }
        }
    });
}
