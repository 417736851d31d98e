//! Wycheproof's vectors through the `Engine` contract. Each check states how many cases there were to run,
//! so that a file that is read wrongly can't pass for one that agrees.

use std::sync::Arc;

use portcullis_token::engine::KeyRequest;
use portcullis_token::{
    Curve, Engine, HashAlgorithm, HkdfSalt, KeyMaterial, KeyType, MechanismType, Parameters, RsaPublic,
    Secret,
};
use serde_json::Value;

use crate::derivation::derived;
use crate::files::{Tally, bytes, list, vectors};
use crate::fixtures::{Repeatable, mechanism, parameters, rsa_from_pkcs8, secret};

/// Verifies every signature of a file with the keys that `key` finds in its groups.
fn verify_all(
    engine: &dyn Engine,
    file: &str,
    id: MechanismType,
    key: impl Fn(&Value) -> KeyMaterial,
) -> Tally {
    let verifying = mechanism(engine, id).verifying().unwrap();
    let mut tally = Tally::default();
    for group in list(&vectors(file)["testGroups"]) {
        let key = verifying.loader().load(&key(group)).unwrap();
        for case in list(&group["tests"]) {
            let verdict = verifying.verify(&key, &parameters(id), &bytes(&case["msg"]), &bytes(&case["sig"]));
            tally.record(case, verdict.is_ok());
        }
    }
    tally
}

fn rsa_key(group: &Value) -> KeyMaterial {
    let unpadded = |value: &Value| bytes(value).into_iter().skip_while(|byte| *byte == 0).collect();
    KeyMaterial::RsaPublic(RsaPublic {
        modulus: unpadded(&group["publicKey"]["modulus"]),
        public_exponent: unpadded(&group["publicKey"]["publicExponent"]),
    })
}

pub(crate) fn ecdsa_p256_sha256(engine: &dyn Engine) {
    let tally = verify_all(engine, "ecdsa_secp256r1_sha256_p1363", MechanismType::ECDSA_SHA256, |group| {
        KeyMaterial::EcPublic { curve: Curve::P256, point: bytes(&group["publicKey"]["uncompressed"]) }
    });
    assert_eq!(tally, Tally { accepted: 173, refused: 89, ..Tally::default() });
}

pub(crate) fn ecdsa_p384_sha384(engine: &dyn Engine) {
    let tally = verify_all(engine, "ecdsa_secp384r1_sha384_p1363", MechanismType::ECDSA_SHA384, |group| {
        KeyMaterial::EcPublic { curve: Curve::P384, point: bytes(&group["publicKey"]["uncompressed"]) }
    });
    assert_eq!(tally, Tally { accepted: 193, refused: 87, ..Tally::default() });
}

pub(crate) fn ecdsa_p521_sha512(engine: &dyn Engine) {
    let tally = verify_all(engine, "ecdsa_secp521r1_sha512_p1363", MechanismType::ECDSA_SHA512, |group| {
        KeyMaterial::EcPublic { curve: Curve::P521, point: bytes(&group["publicKey"]["uncompressed"]) }
    });
    assert_eq!(tally, Tally { accepted: 231, refused: 87, ..Tally::default() });
}

pub(crate) fn ed25519(engine: &dyn Engine) {
    let tally = verify_all(engine, "ed25519", MechanismType::EDDSA, |group| KeyMaterial::EcPublic {
        curve: Curve::Ed25519,
        point: bytes(&group["publicKey"]["pk"]),
    });
    assert_eq!(tally, Tally { accepted: 88, refused: 63, ..Tally::default() });
}

pub(crate) fn rsa_pkcs1(engine: &dyn Engine) {
    let files = [
        ("rsa_signature_2048_sha256", MechanismType::SHA256_RSA_PKCS, 9, 249),
        ("rsa_signature_3072_sha384", MechanismType::SHA384_RSA_PKCS, 7, 251),
        ("rsa_signature_4096_sha512", MechanismType::SHA512_RSA_PKCS, 7, 251),
    ];
    for (file, id, accepted, refused) in files {
        let tally = verify_all(engine, file, id, rsa_key);
        assert_eq!(tally, Tally { accepted, refused, either: 1, skipped: 0 }, "{file}");
    }
}

pub(crate) fn rsa_pss(engine: &dyn Engine) {
    let files = [
        ("rsa_pss_2048_sha256_mgf1_32", MechanismType::SHA256_RSA_PKCS_PSS, 32, 63, 45),
        ("rsa_pss_4096_sha512_mgf1_64", MechanismType::SHA512_RSA_PKCS_PSS, 64, 132, 47),
    ];
    for (file, id, salt, accepted, refused) in files {
        let Parameters::RsaPss { salt_len, .. } = parameters(id) else { panic!("{id} has parameters") };
        let tally = verify_all(engine, file, id, |group| {
            assert_eq!((group["sLen"].as_u64(), salt_len), (Some(salt), salt as usize), "{file}");
            rsa_key(group)
        });
        assert_eq!(tally, Tally { accepted, refused, ..Tally::default() }, "{file}");
    }
}

/// PKCS #1 v1.5 is deterministic: the engine must make the very signature.
pub(crate) fn rsa_pkcs1_signing(engine: &dyn Engine) {
    let tally = sign_all(engine, &["SHA-256", "SHA-384", "SHA-512"]);
    assert_eq!(tally, Tally { accepted: 24, refused: 0, either: 3, skipped: 16 });
}

/// SHA-1 counts as acceptable only: it is a matter of policy.
pub(crate) fn rsa_pkcs1_signing_with_sha1_and_sha224(engine: &dyn Engine) {
    let tally = sign_all(engine, &["SHA-1", "SHA-224"]);
    assert_eq!(tally, Tally { accepted: 8, refused: 0, either: 8, skipped: 27 });
}

fn sign_all(engine: &dyn Engine, hashes: &[&str]) -> Tally {
    let mut tally = Tally::default();
    for group in list(&vectors("rsa_pkcs1_2048_sig_gen")["testGroups"]) {
        let hash = group["sha"].as_str().unwrap();
        if !hashes.contains(&hash) {
            tally.skipped += list(&group["tests"]).len();
            continue;
        }
        let id = match hash {
            "SHA-1" => MechanismType::SHA1_RSA_PKCS,
            "SHA-224" => MechanismType::SHA224_RSA_PKCS,
            "SHA-256" => MechanismType::SHA256_RSA_PKCS,
            "SHA-384" => MechanismType::SHA384_RSA_PKCS,
            "SHA-512" => MechanismType::SHA512_RSA_PKCS,
            other => panic!("{other} has no mechanism"),
        };
        let signing = mechanism(engine, id).signing().unwrap();
        let key = KeyMaterial::RsaPrivate(rsa_from_pkcs8(&bytes(&group["privateKeyPkcs8"])));
        // Keys with e = 3 are among those that may be refused.
        let key = signing.loader().load(&key).ok();
        for case in list(&group["tests"]) {
            let signature = key.as_ref().map(|key| {
                let message = bytes(&case["msg"]);
                signing.sign(key, &Parameters::None, &message, &Repeatable::new(1)).unwrap()
            });
            tally.record(case, signature == Some(bytes(&case["sig"])));
        }
    }
    tally
}

pub(crate) fn hmac(engine: &dyn Engine) {
    let files = [
        ("hmac_sha256", MechanismType::SHA256_HMAC, HashAlgorithm::Sha256),
        ("hmac_sha384", MechanismType::SHA384_HMAC, HashAlgorithm::Sha384),
        ("hmac_sha512", MechanismType::SHA512_HMAC, HashAlgorithm::Sha512),
    ];
    for (file, id, hash) in files {
        let tally = authenticate_all(engine, file, id, hash);
        assert_eq!(tally, Tally { accepted: 33, refused: 54, either: 0, skipped: 87 }, "{file}");
    }
}

pub(crate) fn hmac_sha1(engine: &dyn Engine) {
    let tally = authenticate_all(engine, "hmac_sha1", MechanismType::SHA_1_HMAC, HashAlgorithm::Sha1);
    assert_eq!(tally, Tally { accepted: 33, refused: 54, either: 0, skipped: 83 });
}

/// Cut tags belong to the `..._HMAC_GENERAL` mechanisms.
fn authenticate_all(engine: &dyn Engine, file: &str, id: MechanismType, hash: HashAlgorithm) -> Tally {
    let (signing, verifying) =
        (mechanism(engine, id).signing().unwrap(), mechanism(engine, id).verifying().unwrap());
    let mut tally = Tally::default();
    for group in list(&vectors(file)["testGroups"]) {
        if group["tagSize"].as_u64() != Some(hash.digest_len() as u64 * 8) {
            tally.skipped += list(&group["tests"]).len();
            continue;
        }
        for case in list(&group["tests"]) {
            let value = Secret::new(bytes(&case["key"]));
            let key = KeyMaterial::Secret { key_type: KeyType::GenericSecret, value };
            let (message, tag) = (bytes(&case["msg"]), bytes(&case["tag"]));
            let made = signing
                .loader()
                .load(&key)
                .and_then(|key| signing.sign(&key, &Parameters::None, &message, &Repeatable::new(1)));
            let verdict = verifying
                .loader()
                .load(&key)
                .and_then(|key| verifying.verify(&key, &Parameters::None, &message, &tag));
            assert_eq!(made.unwrap() == tag, verdict.is_ok());
            tally.record(case, verdict.is_ok());
        }
    }
    tally
}

/// Points in compressed form, of which one may be accepted, are refused.
pub(crate) fn ecdh(engine: &dyn Engine) {
    let files =
        [("ecdh_secp256r1_ecpoint", Curve::P256, 330, 24), ("ecdh_secp384r1_ecpoint", Curve::P384, 771, 18)];
    for (file, curve, accepted, refused) in files {
        let tally = agree_all(engine, file, curve);
        assert_eq!(tally, Tally { accepted, refused, either: 1, skipped: 0 }, "{file}");
    }
}

/// Acceptable are points on the twist, which give a secret, and those of low order, which must not: the
/// secret would be zero.
pub(crate) fn x25519(engine: &dyn Engine) {
    let tally = agree_all(engine, "x25519", Curve::X25519);
    assert_eq!(tally, Tally { accepted: 264, refused: 0, either: 254, skipped: 0 });
}

fn agree_all(engine: &dyn Engine, file: &str, curve: Curve) -> Tally {
    let mut tally = Tally::default();
    for case in list(&vectors(file)["testGroups"][0]["tests"]) {
        // An integer's bytes may start with a zero too many, or lack some.
        let mut scalar = bytes(&case["private"]);
        let len = curve.scalar_len();
        scalar.drain(..scalar.len().saturating_sub(len));
        let scalar = Secret::new([vec![0; len - scalar.len()], scalar].concat());
        let key = KeyMaterial::EcPrivate { curve, scalar, point: Vec::new() };
        let public = bytes(&case["public"]);
        let parameters = Parameters::Ecdh { kdf: None, shared_data: Vec::new(), public };
        let shared = derived(engine, MechanismType::ECDH1_DERIVE, &key, &parameters, None);
        let expected = case["shared"].as_str().unwrap();
        let zero = curve == Curve::X25519 && expected.bytes().all(|digit| digit == b'0');
        assert_eq!(zero, curve == Curve::X25519 && shared.is_err(), "{file}: {}", case["tcId"]);
        tally.record(case, shared.as_deref() == Ok(expected));
    }
    tally
}

pub(crate) fn hkdf(engine: &dyn Engine) {
    let files =
        [("hkdf_sha256", HashAlgorithm::Sha256, 83, 3), ("hkdf_sha384", HashAlgorithm::Sha384, 80, 3)];
    for (file, hash, accepted, refused) in files {
        let mut tally = Tally::default();
        for group in list(&vectors(file)["testGroups"]) {
            for case in list(&group["tests"]) {
                let key = secret(KeyType::Hkdf, case["ikm"].as_str().unwrap());
                let extract = Some(HkdfSalt::Data(bytes(&case["salt"])));
                let parameters = Parameters::Hkdf { hash, extract, expand: Some(bytes(&case["info"])) };
                let len = case["size"].as_u64().unwrap() as usize;
                let made = derived(engine, MechanismType::HKDF_DERIVE, &key, &parameters, Some(len));
                tally.record(case, made.as_deref() == Ok(case["okm"].as_str().unwrap()));
            }
        }
        assert_eq!(tally, Tally { accepted, refused, ..Tally::default() }, "{file}");
    }
}

pub(crate) fn pbkdf2(engine: &dyn Engine) {
    let generating = mechanism(engine, MechanismType::PKCS5_PBKD2).generating().unwrap();
    let mut tally = Tally::default();
    for case in list(&vectors("pbkdf2_hmacsha256")["testGroups"][0]["tests"]) {
        let parameters = Parameters::Pbkdf2 {
            hash: HashAlgorithm::Sha256,
            salt: bytes(&case["salt"]),
            iterations: u32::try_from(case["iterationCount"].as_u64().unwrap()).unwrap(),
            password: Arc::new(Secret::new(bytes(&case["password"]))),
        };
        let len = case["dkLen"].as_u64().unwrap() as usize;
        let wanted = KeyRequest::Secret { key_type: KeyType::GenericSecret, len };
        let made = generating.generate(&wanted, &parameters, &Repeatable::new(1)).unwrap();
        let KeyMaterial::Secret { value, .. } = made else { panic!("a secret was asked for") };
        tally.record(case, value.expose() == bytes(&case["dk"]));
    }
    assert_eq!(tally, Tally { accepted: 60, ..Tally::default() });
}
