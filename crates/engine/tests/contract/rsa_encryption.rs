//! RSA that encrypts, and RSA signatures that contain their message.

use std::collections::BTreeSet;
use std::fs;

use portcullis_entropy::RandomError;
use portcullis_token::{Engine, EngineError, HashAlgorithm, KeyMaterial, MechanismType, Oaep, Parameters};
use serde_json::Value;

use crate::ciphers::{Sample, samples};
use crate::files::{Tally, bytes, list, vectors};
use crate::fixtures::{Dead, Repeatable, mechanism, rsa_from_pkcs8, rsa_private};

pub(crate) fn what_a_signature_contains_comes_back(engine: &dyn Engine) {
    let private = rsa_private();
    let public = engine.public_key(&private).unwrap();
    let none = &Parameters::None;
    for id in [MechanismType::RSA_PKCS, MechanismType::RSA_X_509] {
        let mechanism = mechanism(engine, id);
        let (signing, recovering) =
            (mechanism.sign_recovering().unwrap(), mechanism.verify_recovering().unwrap());
        let signer = signing.loader().load(&private).unwrap();
        let opener = recovering.loader().load(&public).unwrap();
        assert_eq!(recovering.signature_len(&opener, none), Ok(256), "{id}");
        let signature = signing.sign(&signer, none, b"message", &Repeatable::new(1)).unwrap();
        let message = recovering.recover(&opener, none, &signature).unwrap();
        let zeros = if id == MechanismType::RSA_X_509 { 249 } else { 0 };
        assert_eq!(message, [vec![0; zeros], b"message".to_vec()].concat(), "{id}");
        let refused = Err(EngineError::SignatureInvalid);
        for wrong in [&[][..], &signature[1..], &[0xff; 256], &[signature.as_slice(), &[0]].concat()] {
            assert_eq!(recovering.recover(&opener, none, wrong), refused, "{id}");
        }
        let invalid = Err(EngineError::ParametersInvalid);
        assert_eq!(recovering.recover(&opener, &Parameters::MacLen(1), &signature), invalid, "{id}");
        assert!(recovering.recover(&signer, none, &signature).is_err(), "{id}: a private key");
    }
}

/// A mechanism with the key of a group of vectors.
fn sample(engine: &dyn Engine, id: MechanismType, group: &Value) -> Sample {
    let private = KeyMaterial::RsaPrivate(rsa_from_pkcs8(&bytes(&group["privateKeyPkcs8"])));
    let public = engine.public_key(&private).unwrap();
    let mechanism = mechanism(engine, id);
    let (encrypting, decrypting) = (mechanism.encrypting().unwrap(), mechanism.decrypting().unwrap());
    let lock = encrypting.loader().load(&public).unwrap();
    let unlock = decrypting.loader().load(&private).unwrap();
    Sample { id, encrypting, decrypting, lock, unlock }
}

/// Wycheproof's ciphertexts with PKCS #1 v1.5 padding. Of those whose padding is wrong none is refused: each
/// gives a message that is not the one it was made of, and the same again.
pub(crate) fn a_wrong_padding_gives_a_message_of_its_own(engine: &dyn Engine) {
    let (mut right, mut wrong, mut malformed) = (0, 0, 0);
    let mut lengths = BTreeSet::new();
    for group in list(&vectors("rsa_pkcs1_2048")["testGroups"]) {
        let sample = sample(engine, MechanismType::RSA_PKCS, group);
        for case in list(&group["tests"]) {
            let (message, ciphertext) = (bytes(&case["msg"]), bytes(&case["ct"]));
            let decrypted = sample.decrypt(&Parameters::None, &ciphertext);
            let flag = case["flags"][0].as_str().unwrap();
            if case["result"] == "valid" {
                assert_eq!(decrypted, Ok(message), "case {}", case["tcId"]);
                right += 1;
            } else if ["c = 0", "c = 1", "c = n-1"].map(Value::from).contains(&case["comment"]) {
                // AWS-LC refuses what RSA leaves as it is, which says nothing about the key.
                assert_eq!(decrypted, Err(EngineError::DecryptionFailed), "case {}", case["tcId"]);
                malformed += 1;
            } else if flag == "InvalidPkcs1Padding" {
                let invented = decrypted.unwrap_or_else(|error| panic!("case {}: {error}", case["tcId"]));
                assert_ne!(invented, message, "case {}", case["tcId"]);
                assert_eq!(sample.decrypt(&Parameters::None, &ciphertext).as_ref(), Ok(&invented));
                lengths.insert(invented.len());
                wrong += 1;
            } else {
                assert!(decrypted.is_err(), "case {}", case["tcId"]);
                malformed += 1;
            }
        }
    }
    assert_eq!((right, wrong, malformed), (42, 16, 9));
    assert!(lengths.len() > 10, "lengths are drawn: {lengths:?}");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/openssl/implicit_rejection.json");
    let vectors: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let sample = sample(engine, MechanismType::RSA_PKCS, &vectors);
    for case in list(&vectors["tests"]) {
        let decrypted = sample.decrypt(&Parameters::None, &bytes(&case["ct"]));
        assert_eq!(decrypted, Ok(bytes(&case["msg"])), "OpenSSL: {}", case["comment"]);
    }
}

pub(crate) fn oaep(engine: &dyn Engine) {
    let files = [
        ("rsa_oaep_2048_sha1_mgf1sha1", HashAlgorithm::Sha1, 17),
        ("rsa_oaep_2048_sha256_mgf1sha256", HashAlgorithm::Sha256, 18),
    ];
    for (file, hash, accepted) in files {
        let mut tally = Tally::default();
        for group in list(&vectors(file)["testGroups"]) {
            let sample = sample(engine, MechanismType::RSA_PKCS_OAEP, group);
            for case in list(&group["tests"]) {
                let parameters = Parameters::RsaOaep(Oaep { hash, mgf: hash, label: bytes(&case["label"]) });
                let decrypted = sample.decrypt(&parameters, &bytes(&case["ct"]));
                if let Ok(message) = &decrypted {
                    assert_eq!(message, &bytes(&case["msg"]), "{file}: case {}", case["tcId"]);
                }
                tally.record(case, decrypted.is_ok());
            }
        }
        assert_eq!(tally, Tally { accepted, refused: 19, ..Tally::default() }, "{file}");
    }
}

pub(crate) fn oaep_takes_any_two_hashes(engine: &dyn Engine) {
    use HashAlgorithm as H;
    let sample =
        samples(engine).into_iter().find(|sample| sample.id == MechanismType::RSA_PKCS_OAEP).unwrap();
    let terms = |hash, mgf, label: &[u8]| Parameters::RsaOaep(Oaep { hash, mgf, label: label.to_vec() });
    let hashes = [
        H::Sha1,
        H::Sha224,
        H::Sha256,
        H::Sha384,
        H::Sha512,
        H::Sha3_224,
        H::Sha3_256,
        H::Sha3_384,
        H::Sha3_512,
    ];
    for (hash, mgf) in hashes.into_iter().zip(hashes.into_iter().cycle().skip(1)) {
        let own = terms(hash, mgf, b"label");
        // RFC 8017 section 7.1.1, step 1b.
        let most = 256 - 2 * hash.digest_len() - 2;
        let ciphertext = sample.encrypt(&own, &vec![7; most]).unwrap();
        assert_eq!(sample.decrypt(&own, &ciphertext), Ok(vec![7; most]), "{hash:?} {mgf:?}");
        assert_eq!(sample.encrypt(&own, &vec![7; most + 1]), Err(EngineError::DataLength), "{hash:?}");
        for other in [terms(hash, mgf, b""), terms(hash, hash, b"label"), terms(mgf, mgf, b"label")] {
            assert_eq!(sample.decrypt(&other, &ciphertext), Err(EngineError::DecryptionFailed), "{other:?}");
        }
    }
}

pub(crate) fn a_number_is_below_the_modulus(engine: &dyn Engine) {
    let sample = samples(engine).into_iter().find(|sample| sample.id == MechanismType::RSA_X_509).unwrap();
    let none = &Parameters::None;
    assert_eq!(sample.encrypt(none, &[0xff; 256]), Err(EngineError::DataLength));
    assert_eq!(sample.encrypt(none, &[1; 257]), Err(EngineError::DataLength));
    assert_eq!(sample.encrypt(none, &[]), Err(EngineError::DataLength));
    assert_eq!(sample.decrypt(none, &[0xff; 256]), Err(EngineError::DecryptionFailed));
    assert_eq!(sample.decrypt(none, &[1; 255]), Err(EngineError::DataLength));
}

pub(crate) fn broken_randomness_ends_wrapping(engine: &dyn Engine) {
    let sample =
        samples(engine).into_iter().find(|sample| sample.id == MechanismType::RSA_AES_KEY_WRAP).unwrap();
    let oaep = Oaep { hash: HashAlgorithm::Sha256, mgf: HashAlgorithm::Sha256, label: Vec::new() };
    let parameters = |aes_bits| Parameters::RsaAesKeyWrap { aes_bits, oaep: oaep.clone() };
    let mut out = vec![0; 256 + 40];
    let wrapped = sample.encrypting.encrypt(&sample.lock, &parameters(256), &[1; 32], &mut out, &Dead);
    assert_eq!(wrapped, Err(EngineError::Random(RandomError::NoEntropy)));
    for bits in [0, 8, 127, 512] {
        let refused = sample.encrypting.check(&sample.lock, &parameters(bits));
        assert_eq!(refused, Err(EngineError::ParametersInvalid), "{bits}");
    }
}
