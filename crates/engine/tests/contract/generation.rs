//! Generated keys: out of the given randomness alone, whole, and usable.

use portcullis_entropy::{Random, RandomError};
use portcullis_token::engine::{Generating, KeyRequest};
use portcullis_token::{
    Curve, Engine, EngineError, KeyMaterial, KeyType, Mechanism, MechanismType, ParameterSet, Parameters,
    Secret,
};

use crate::fixtures::{Dead, Repeatable, Stuck, ec_private, parameters};

/// What to ask of a mechanism that generates keys of this type.
fn requests(engine: &dyn Engine, mechanism: &dyn Mechanism) -> Vec<KeyRequest> {
    let sizes = mechanism.key_sizes();
    match mechanism.key_types()[0] {
        KeyType::Rsa => vec![KeyRequest::Rsa { bits: 2048, public_exponent: vec![1, 0, 1] }],
        kind @ (KeyType::Ec | KeyType::EcEdwards | KeyType::EcMontgomery) => Curve::ALL
            .into_iter()
            // Curves of one size are not told apart by the sizes.
            .filter(|curve| curve.key_type() == kind && ec_private(engine, *curve, 0x11).is_some())
            .map(KeyRequest::Ec)
            .collect(),
        kind @ (KeyType::MlKem | KeyType::MlDsa) => ParameterSet::ALL
            .into_iter()
            .filter(|set| set.key_type() == kind)
            .map(KeyRequest::Lattice)
            .collect(),
        key_type => [16, 24, 32, 100]
            .into_iter()
            .filter(|len| sizes.contains(len))
            .map(|len| KeyRequest::Secret { key_type, len: len as usize })
            .collect(),
    }
}

fn generators(
    engine: &dyn Engine,
) -> impl Iterator<Item = (&'static dyn Mechanism, &'static dyn Generating, KeyRequest)> {
    let found: Vec<_> = engine
        .mechanisms()
        .iter()
        // A key out of a password is not drawn: `derived` has its checks.
        .filter(|mechanism| mechanism.id() != MechanismType::PKCS5_PBKD2)
        .filter_map(|mechanism| Some((*mechanism, mechanism.generating()?)))
        .flat_map(|(mechanism, generating)| {
            requests(engine, mechanism).into_iter().map(move |request| (mechanism, generating, request))
        })
        .collect();
    assert!(!found.is_empty());
    found.into_iter()
}

/// Everything that tells one key from another.
fn fingerprint(key: &KeyMaterial) -> Vec<u8> {
    match key {
        KeyMaterial::EcPrivate { scalar, .. } => scalar.expose().to_vec(),
        KeyMaterial::RsaPrivate(key) => key.public.modulus.clone(),
        KeyMaterial::Secret { value, .. } | KeyMaterial::LatticePrivate { value, .. } => {
            value.expose().to_vec()
        }
        other => panic!("{other:?} is no private key"),
    }
}

pub(crate) fn the_same_randomness_gives_the_same_key(engine: &dyn Engine) {
    for (_, generating, request) in generators(engine) {
        if let KeyRequest::Rsa { .. } = request {
            // Libraries that make RSA keys draw the primes themselves; an engine over one says so.
            continue;
        }
        let made = |random: &dyn Random| {
            fingerprint(&generating.generate(&request, &Parameters::None, random).unwrap())
        };
        let random = Repeatable::new(42);
        let first = made(&random);
        assert_eq!(first, made(&Repeatable::new(42)), "{request:?}");
        assert_ne!(first, made(&Repeatable::new(43)), "{request:?}");
        assert_ne!(first, made(&random), "{request:?}: the second draw gave the same key");
    }
}

pub(crate) fn a_generated_key_is_whole(engine: &dyn Engine) {
    let random = Repeatable::new(7);
    for (maker, generating, request) in generators(engine) {
        let key = generating.generate(&request, &Parameters::None, &random).unwrap();
        assert_eq!(Some(&key.key_type()), maker.key_types().first(), "{request:?}");
        assert!(maker.key_sizes().contains(&key.size()), "{request:?}");
        let public = match &key {
            KeyMaterial::Secret { .. } => None,
            pair => Some(engine.public_key(pair).unwrap()),
        };
        if let (KeyMaterial::EcPrivate { point, .. }, Some(KeyMaterial::EcPublic { point: other, .. })) =
            (&key, &public)
        {
            assert_eq!(point, other, "{request:?}");
        }
        if let (
            KeyMaterial::LatticePrivate { public, seed, .. },
            Some(KeyMaterial::LatticePublic { value, .. }),
        ) = (&key, &public)
        {
            assert_eq!(public, value, "{request:?}");
            assert!(seed.is_some(), "{request:?}");
        }
        let users = engine.mechanisms().iter().filter(|mechanism| {
            mechanism.signing().is_some()
                && mechanism.key_types().contains(&key.key_type())
                && mechanism.key_sizes().contains(&key.size())
        });
        for user in users {
            let (signing, verifying) = (user.signing().unwrap(), user.verifying().unwrap());
            let private = signing.loader().load(&key).unwrap();
            let check = verifying.loader().load(public.as_ref().unwrap_or(&key)).unwrap();
            let parameters = parameters(user.id());
            let signature = signing.sign(&private, &parameters, &[9; 32], &random).unwrap();
            assert_eq!(verifying.verify(&check, &parameters, &[9; 32], &signature), Ok(()), "{}", user.id());
        }
    }
}

/// RFC 6979 appendices A.2.5 to A.2.7, RFC 8032 section 7.1: a private key and its public half.
pub(crate) const PUBLISHED: [(Curve, &str, &str); 4] = [
    (
        Curve::P256,
        "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
        "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6\
         7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
    ),
    (
        Curve::P384,
        "6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d8\
         96d5724e4c70a825f872c9ea60d2edf5",
        "04ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64\
         def8f0ea9055866064a254515480bc13\
         8015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1\
         288b231c3ae0d4fe7344fd2533264720",
    ),
    (
        Curve::P521,
        "00fad06daa62ba3b25d2fb40133da757205de67f5bb0018fee8c86e1b68c7e75ca\
         a896eb32f1f47c70855836a6d16fcc1466f6d8fbec67db89ec0c08b0e996b83538",
        "0401894550d0785932e00eaa23b694f213f8c3121f86dc97a04e5a7167db4e5bcd\
         371123d46e45db6b5d5370a7f20fb633155d38ffa16d2bd761dcac474b9a2f5023\
         a400493101c962cd4d2fddf782285e64584139c2f91b47f87ff82354d6630f746a\
         28a0db25741b5b34a828008b22acc23f924faafbd4d33f81ea66956dfeaa2bfdfc\
         f5",
    ),
    (
        Curve::Ed25519,
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    ),
];

pub(crate) fn public_halves_match_the_published_ones(engine: &dyn Engine) {
    for (curve, scalar, expected) in PUBLISHED {
        let known = |mechanism: &&dyn Mechanism| {
            mechanism.key_types().contains(&curve.key_type()) && mechanism.key_sizes().contains(&curve.bits())
        };
        if !engine.mechanisms().iter().any(known) {
            assert_eq!(curve, Curve::P521, "an engine has the other curves");
            continue;
        }
        let scalar = Secret::new(hex::decode(scalar).unwrap());
        let private = KeyMaterial::EcPrivate { curve, scalar, point: Vec::new() };
        let Ok(KeyMaterial::EcPublic { point, .. }) = engine.public_key(&private) else {
            panic!("{curve:?} has a public half");
        };
        assert_eq!(hex::encode(point), expected, "{curve:?}");
    }
}

pub(crate) fn broken_randomness_ends_generation(engine: &dyn Engine) {
    for (_, generating, request) in generators(engine) {
        let error = generating.generate(&request, &Parameters::None, &Dead).map(|key| fingerprint(&key));
        assert_eq!(error, Err(EngineError::Random(RandomError::NoEntropy)), "{request:?}");
        if let KeyRequest::Ec(Curve::P256 | Curve::Secp256k1 | Curve::P384 | Curve::P521) = request {
            // 0 and all ones are no scalars: sampling must give up, not go on for ever.
            for byte in [0x00, 0xff] {
                let error = generating
                    .generate(&request, &Parameters::None, &Stuck(byte))
                    .map(|key| fingerprint(&key));
                assert_eq!(error, Err(EngineError::Failed), "{request:?}");
            }
        }
    }
}

pub(crate) fn requests_of_another_kind_are_refused(engine: &dyn Engine) {
    let foreign = [
        KeyRequest::Ec(Curve::P256),
        KeyRequest::Ec(Curve::Ed25519),
        KeyRequest::Rsa { bits: 2048, public_exponent: vec![1, 0, 1] },
        KeyRequest::Lattice(ParameterSet::MlKem768),
        KeyRequest::Lattice(ParameterSet::MlDsa65),
        KeyRequest::Secret { key_type: KeyType::GenericSecret, len: 32 },
        KeyRequest::Secret { key_type: KeyType::Rsa, len: 32 },
        KeyRequest::Secret { key_type: KeyType::Aes, len: 17 },
        KeyRequest::Secret { key_type: KeyType::Aes, len: 40 },
        KeyRequest::Secret { key_type: KeyType::ChaCha20, len: 16 },
        KeyRequest::Secret { key_type: KeyType::GenericSecret, len: 0 },
        KeyRequest::Secret { key_type: KeyType::GenericSecret, len: usize::MAX },
    ];
    for mechanism in engine.mechanisms() {
        let Some(generating) = mechanism.generating() else { continue };
        let own = |request: &KeyRequest| match request {
            KeyRequest::Ec(curve) => mechanism.key_types().contains(&curve.key_type()),
            KeyRequest::Rsa { .. } => mechanism.key_types().contains(&KeyType::Rsa),
            KeyRequest::Secret { key_type: KeyType::Aes | KeyType::ChaCha20, .. } => false,
            KeyRequest::Lattice(set) => mechanism.key_types().contains(&set.key_type()),
            KeyRequest::Secret { key_type, len } => {
                mechanism.key_types().contains(key_type) && (1..=64).contains(len)
            }
            other => panic!("{other:?} has no rule here"),
        };
        for request in foreign.iter().filter(|request| !own(request)) {
            let made = generating.generate(request, &Parameters::None, &Repeatable::new(1));
            assert!(matches!(made, Err(EngineError::Unsupported)), "{}: {request:?}", mechanism.id());
        }
    }
}
