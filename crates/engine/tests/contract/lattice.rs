//! Encapsulation, and keys on lattices: what every engine with them owes, and NIST's vectors.

use std::fs;

use portcullis_entropy::RandomError;
use portcullis_token::engine::{Decapsulating, Encapsulating, LoadedKey};
use portcullis_token::{
    Engine, EngineError, HashAlgorithm, Hedge, KeyMaterial, KeyType, MechanismType, ParameterSet, Parameters,
    Secret,
};
use serde_json::Value;

use crate::files::bytes;
use crate::fixtures::{Dead, Repeatable, Stuck, mechanism, private_keys};

fn acvp(set: &str) -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/acvp/lattice.json");
    let file: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    file[set].clone()
}

/// A private key out of its expanded value, its seed, or both.
fn private(set: ParameterSet, value: Vec<u8>, seed: Option<Vec<u8>>) -> KeyMaterial {
    KeyMaterial::LatticePrivate {
        set,
        value: Secret::new(value),
        seed: seed.map(Secret::new),
        public: Vec::new(),
    }
}

fn public_value(engine: &dyn Engine, private: &KeyMaterial) -> Result<Vec<u8>, EngineError> {
    match engine.public_key(private)? {
        KeyMaterial::LatticePublic { value, .. } => Ok(value),
        other => panic!("{other:?} is no key on a lattice"),
    }
}

fn ml_kem(engine: &dyn Engine) -> (&'static dyn Encapsulating, &'static dyn Decapsulating) {
    let mechanism = mechanism(engine, MechanismType::ML_KEM);
    (mechanism.encapsulating().unwrap(), mechanism.decapsulating().unwrap())
}

pub(crate) fn a_secret_arrives_at_the_holder_of_the_private_key(engine: &dyn Engine) {
    let (encapsulating, decapsulating) = ml_kem(engine);
    let none = &Parameters::None;
    for private in private_keys(engine, KeyType::MlKem) {
        let sender = encapsulating.loader().load(&engine.public_key(&private).unwrap()).unwrap();
        let holder = decapsulating.loader().load(&private).unwrap();
        let make = |seed| encapsulating.encapsulate(&sender, none, &Repeatable::new(seed)).unwrap();
        let (ciphertext, secret) = make(1);
        assert_eq!(encapsulating.ciphertext_len(&sender, none), Ok(ciphertext.len()));
        assert_eq!(decapsulating.decapsulate(&holder, none, &ciphertext).as_ref(), Ok(&secret));
        assert_eq!(make(1), (ciphertext.clone(), Secret::copied(secret.expose())));
        assert_ne!(make(2).1, secret);
        let mut forged = ciphertext.clone();
        forged[0] ^= 1;
        assert_ne!(decapsulating.decapsulate(&holder, none, &forged).unwrap(), secret);
        for cut in [&[][..], &ciphertext[1..], &[ciphertext.as_slice(), &[0]].concat()] {
            let refused = decapsulating.decapsulate(&holder, none, cut);
            assert_eq!(refused, Err(EngineError::DataLength), "{}", cut.len());
        }
        let dead = encapsulating.encapsulate(&sender, none, &Dead).err();
        assert_eq!(dead, Some(EngineError::Random(RandomError::NoEntropy)));
        let foreign = &Parameters::MacLen(1);
        assert_eq!(encapsulating.ciphertext_len(&sender, foreign), Err(EngineError::ParametersInvalid));
        let refused = decapsulating.decapsulate(&holder, foreign, &ciphertext);
        assert_eq!(refused, Err(EngineError::ParametersInvalid));
        for wrong in [&sender, &(std::sync::Arc::new(()) as LoadedKey)] {
            let refused = decapsulating.decapsulate(wrong, none, &ciphertext);
            assert_eq!(refused, Err(EngineError::KeyInvalid));
        }
        let refused = encapsulating.encapsulate(&holder, none, &Repeatable::new(1)).err();
        assert_eq!(refused, Some(EngineError::KeyInvalid));
    }
}

pub(crate) fn ml_kem_matches_acvp(engine: &dyn Engine) {
    let vectors = acvp("ML-KEM-512");
    let set = ParameterSet::MlKem512;
    let keys = &vectors["keyGen"];
    let seed = |key: &Value| private(set, Vec::new(), Some(bytes(&key["seed"])));
    assert_eq!(public_value(engine, &seed(&keys[0])).unwrap(), bytes(&keys[0]["ek"]));
    // The private key that the seed expands to has the same public half.
    let expanded = private(set, bytes(&keys[1]["dk"]), None);
    assert_eq!(public_value(engine, &expanded), public_value(engine, &seed(&keys[1])));
    let both = private(set, bytes(&keys[1]["dk"]), Some(bytes(&keys[1]["seed"])));
    assert_eq!(public_value(engine, &both), public_value(engine, &expanded));

    let (encapsulating, decapsulating) = ml_kem(engine);
    let case = &vectors["encapsulation"];
    let key = KeyMaterial::LatticePublic { set, value: bytes(&case["ek"]) };
    let key = encapsulating.loader().load(&key).unwrap();
    let random = Scripted(bytes(&case["m"]));
    let made = encapsulating.encapsulate(&key, &Parameters::None, &random).unwrap();
    assert_eq!(made, (bytes(&case["c"]), Secret::new(bytes(&case["k"]))));

    let key = private(set, bytes(&vectors["decapsulation"]["dk"]), None);
    let key = decapsulating.loader().load(&key).unwrap();
    for case in vectors["decapsulation"]["cases"].as_array().unwrap() {
        let secret = decapsulating.decapsulate(&key, &Parameters::None, &bytes(&case["c"])).unwrap();
        assert_eq!(secret, Secret::new(bytes(&case["k"])));
    }
}

/// Randomness that gives these bytes and no more.
struct Scripted(Vec<u8>);

impl portcullis_entropy::Random for Scripted {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomError> {
        out.copy_from_slice(&self.0);
        Ok(())
    }

    fn mix(&self, _seed: &[u8]) -> Result<(), RandomError> {
        Ok(())
    }
}

pub(crate) fn ml_dsa_keys_match_acvp(engine: &dyn Engine) {
    let key = &acvp("ML-DSA-44")["keyGen"][0];
    let set = ParameterSet::MlDsa44;
    for (value, seed) in [("", "seed"), ("sk", ""), ("sk", "seed")] {
        let part = |name: &str| if name.is_empty() { Vec::new() } else { bytes(&key[name]) };
        let seed = Some(part(seed)).filter(|seed| !seed.is_empty());
        let private = private(set, part(value), seed);
        assert_eq!(public_value(engine, &private).unwrap(), bytes(&key["pk"]));
    }
    expands(engine, set, &bytes(&key["seed"]), &bytes(&key["sk"]), &bytes(&key["pk"]));
    let kem = &acvp("ML-KEM-512")["keyGen"];
    let set = ParameterSet::MlKem512;
    let public = public_value(engine, &private(set, bytes(&kem[1]["dk"]), None)).unwrap();
    expands(engine, set, &bytes(&kem[1]["seed"]), &bytes(&kem[1]["dk"]), &public);
}

/// A seed alone gives the expanded private key, its public half, and itself.
fn expands(engine: &dyn Engine, set: ParameterSet, seed: &[u8], value: &[u8], public: &[u8]) {
    let Ok(KeyMaterial::LatticePrivate { value: own, seed: kept, public: computed, .. }) =
        engine.expand(set, &Secret::copied(seed))
    else {
        panic!("{set:?} expands");
    };
    assert_eq!((own.expose(), computed.as_slice()), (value, public), "{set:?}");
    assert_eq!(kept.as_ref().map(Secret::expose), Some(seed), "{set:?}");
    let cut = engine.expand(set, &Secret::copied(&seed[1..]));
    assert_eq!(cut.err(), Some(EngineError::KeyInvalid), "{set:?}");
}

pub(crate) fn lattice_keys_are_checked(engine: &dyn Engine) {
    let kinds = [(KeyType::MlKem, MechanismType::ML_KEM), (KeyType::MlDsa, MechanismType::ML_DSA)];
    for (kind, id) in kinds {
        let mechanism = mechanism(engine, id);
        let loader = match kind {
            KeyType::MlKem => mechanism.decapsulating().unwrap().loader(),
            _ => mechanism.signing().unwrap().loader(),
        };
        for key in private_keys(engine, kind) {
            let KeyMaterial::LatticePrivate { set, value, seed, public } = key else { panic!("{kind:?}") };
            let (value, seed) = (value.expose().to_vec(), seed.unwrap().expose().to_vec());
            let flipped = |bytes: &[u8], at: usize| {
                let mut bytes = bytes.to_vec();
                bytes[at] ^= 1;
                bytes
            };
            let foreign = [
                private(set, Vec::new(), None),
                private(set, value[1..].to_vec(), None),
                private(set, value.clone(), Some(flipped(&seed, 0))),
                private(set, flipped(&value, 0), Some(seed.clone())),
                private(set, Vec::new(), Some(seed[1..].to_vec())),
                private(set, Vec::new(), Some(value.clone())),
                // ML-DSA's values end with t0; in ML-KEM's the hash of the public half is checked.
                private(set, flipped(&value, value.len() - 64), None),
            ];
            for (number, foreign) in foreign.iter().enumerate() {
                let refused = Some(EngineError::KeyInvalid);
                assert_eq!(loader.load(foreign).err(), refused, "{set:?}: {number}");
                assert_eq!(engine.public_key(foreign).err(), refused, "{set:?}: {number}");
            }
            let with_public = |public| KeyMaterial::LatticePrivate {
                set,
                value: Secret::copied(&value),
                seed: None,
                public,
            };
            assert!(loader.load(&with_public(public.clone())).is_ok(), "{set:?}");
            let refused = loader.load(&with_public(flipped(&public, 7))).err();
            assert_eq!(refused, Some(EngineError::KeyInvalid), "{set:?}");
        }
    }
}

/// FIPS 203 section 7.2: coefficients of q or more are no public key.
pub(crate) fn public_keys_out_of_range_are_refused(engine: &dyn Engine) {
    let (encapsulating, _) = ml_kem(engine);
    for set in [ParameterSet::MlKem512, ParameterSet::MlKem768, ParameterSet::MlKem1024] {
        for value in [vec![0xff; set.public_len()], vec![0; set.public_len() - 1], Vec::new()] {
            let refused = encapsulating.loader().load(&KeyMaterial::LatticePublic { set, value }).err();
            assert_eq!(refused, Some(EngineError::KeyInvalid), "{set:?}");
        }
    }
}

pub(crate) fn an_ml_dsa_signature_is_bound_to_its_context(engine: &dyn Engine) {
    let mechanism = mechanism(engine, MechanismType::ML_DSA);
    let (signing, verifying) = (mechanism.signing().unwrap(), mechanism.verifying().unwrap());
    for private in private_keys(engine, KeyType::MlDsa) {
        let signer = signing.loader().load(&private).unwrap();
        let verifier = verifying.loader().load(&engine.public_key(&private).unwrap()).unwrap();
        let told = |hedge, context: &[u8]| Parameters::MlDsa { hedge, context: context.to_vec(), hash: None };
        let contexts = [
            Parameters::None,
            told(Hedge::Preferred, &[]),
            told(Hedge::Required, b"context"),
            told(Hedge::Required, &[7; 255]),
        ];
        for (number, context) in contexts.iter().enumerate() {
            let signature = signing.sign(&signer, context, b"message", &Stuck(0)).unwrap();
            for (other, checked) in contexts.iter().enumerate() {
                let verdict = verifying.verify(&verifier, checked, b"message", &signature);
                // The first two are the empty context.
                assert_eq!(verdict.is_ok(), number.max(1) == other.max(1), "{context:?} is not {checked:?}");
            }
        }
        let foreign = Parameters::MlDsa { hedge: Hedge::Preferred, context: vec![0; 256], hash: None };
        let refused = Err(EngineError::ParametersInvalid);
        assert_eq!(signing.signature_len(&signer, &foreign), refused);
        assert_eq!(verifying.signature_len(&verifier, &foreign), refused);
    }
}

/// Deterministic signatures by Python's `dilithium-py` 1.5, each by its SHA-256: with the key of the seed 00 01 .. 1f, over
/// "message" with the context "context"; as it is, and hashed by SHA-256 and by SHA3-512 (FIPS 204 section 5.4.1).
const DETERMINISTIC: [(ParameterSet, [&str; 3]); 3] = [
    (
        ParameterSet::MlDsa44,
        [
            "437eff3b5995aaa99468a279fc77e697fa8bc204d48a7f511fb83fe502f0f1f3",
            "f8d78cb19dd423a5dc8d3e82f75905cab34aeab87cf47716c7db63b49352ad06",
            "90b7f9caa82d20646f77a4af6e8f4c28f303a9c521e2b68e74fc384d9f8e5072",
        ],
    ),
    (
        ParameterSet::MlDsa65,
        [
            "99ed95a700b778e438939a7252a264840487f710dbc3ba2b0728fa21bfa84cfa",
            "be6fa92697ddb3152505f74c2c3d28d940e0549b0c34cc17720a4fb3b38e1e38",
            "f669a1137d3072e8cb84f6ffb4f6aee62d49590858981a569d24f36726a4d903",
        ],
    ),
    (
        ParameterSet::MlDsa87,
        [
            "0148c9e8f79ffd5fa8c7af7220899bdd9503616e9acb379bb1930057badef6f7",
            "dd007ebf2325e852636fd6bb016713d965704d740b257c4664666c09b158691e",
            "a64ace894af9c19f021ab8e283c1f734b348b08ca4f611b248e43af5a2a365be",
        ],
    ),
];

fn ml_dsa_parameters(hedge: Hedge, hash: Option<HashAlgorithm>) -> Parameters {
    Parameters::MlDsa { hedge, context: b"context".to_vec(), hash }
}

fn sha256(engine: &dyn Engine, message: &[u8]) -> Vec<u8> {
    let mut stream = mechanism(engine, MechanismType::SHA256).digesting().unwrap().stream();
    stream.update(message);
    stream.finish()
}

pub(crate) fn ml_dsa_signs_without_randomness_as_others_do(engine: &dyn Engine) {
    let ids = [MechanismType::ML_DSA, MechanismType::HASH_ML_DSA_SHA256, MechanismType::HASH_ML_DSA_SHA3_512];
    for (set, expected) in DETERMINISTIC {
        let key = private(set, Vec::new(), Some((0..32).collect()));
        let public = engine.public_key(&key).unwrap();
        for (id, expected) in ids.into_iter().zip(expected) {
            let mechanism = mechanism(engine, id);
            let (signing, verifying) = (mechanism.signing().unwrap(), mechanism.verifying().unwrap());
            let key = signing.loader().load(&key).unwrap();
            let public = verifying.loader().load(&public).unwrap();
            let sign = |hedge| {
                let parameters = ml_dsa_parameters(hedge, None);
                signing.sign(&key, &parameters, b"message", &Dead).unwrap()
            };
            let signature = sign(Hedge::Deterministic);
            assert_eq!(hex::encode(sha256(engine, &signature)), expected, "{set:?}: {id}");
            assert_ne!(sign(Hedge::Required), signature, "{set:?}: {id}");
            // A check does not look at the hedge.
            for hedge in [Hedge::Deterministic, Hedge::Preferred] {
                let parameters = ml_dsa_parameters(hedge, None);
                assert_eq!(verifying.verify(&public, &parameters, b"message", &signature), Ok(()));
                let refused = verifying.verify(&public, &Parameters::None, b"message", &signature);
                assert_eq!(refused, Err(EngineError::SignatureInvalid), "{set:?}: {id}");
            }
        }
    }
}

pub(crate) fn ml_dsa_takes_digests(engine: &dyn Engine) {
    let signer = mechanism(engine, MechanismType::HASH_ML_DSA).signing().unwrap();
    let (set, [_, expected, _]) = DETERMINISTIC[0];
    let key = private(set, Vec::new(), Some((0..32).collect()));
    let loaded = signer.loader().load(&key).unwrap();
    let sign = |hash, digest: &[u8]| {
        signer.sign(&loaded, &ml_dsa_parameters(Hedge::Deterministic, hash), digest, &Dead)
    };
    let digest = sha256(engine, b"message");
    let signature = sign(Some(HashAlgorithm::Sha256), &digest).unwrap();
    assert_eq!(hex::encode(sha256(engine, &signature)), expected);
    assert_eq!(sign(Some(HashAlgorithm::Sha256), b"message"), Err(EngineError::DataLength));
    assert_eq!(sign(Some(HashAlgorithm::Sha1), &[0; 20]), Err(EngineError::ParametersInvalid));
    assert_eq!(sign(None, &digest), Err(EngineError::ParametersInvalid));
    // Without its seed a key signs with randomness alone.
    let Ok(KeyMaterial::LatticePrivate { value, .. }) = engine.expand(set, &Secret::new((0..32).collect()))
    else {
        panic!("{set:?} expands")
    };
    let seedless = signer.loader().load(&private(set, value.expose().to_vec(), None)).unwrap();
    let hash = Some(HashAlgorithm::Sha256);
    let sign = |hedge| signer.sign(&seedless, &ml_dsa_parameters(hedge, hash), &digest, &Dead);
    assert_eq!(sign(Hedge::Deterministic), Err(EngineError::ParametersInvalid));
    assert!(sign(Hedge::Required).is_ok());
}
