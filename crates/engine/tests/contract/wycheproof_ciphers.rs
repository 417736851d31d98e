//! Wycheproof's vectors of ciphers, key wrapping and CMAC: what must decrypt does, to the very message, and
//! encrypts to the very ciphertext; nothing else decrypts.

use portcullis_token::{Engine, KeyMaterial, MechanismType, Parameters, Secret};
use serde_json::Value;

use crate::ciphers::Sample;
use crate::files::{Tally, bytes, list, vectors};
use crate::fixtures::{Repeatable, mechanism};

/// A case's key for a mechanism, if it is one.
fn sample(engine: &dyn Engine, id: MechanismType, case: &Value) -> Option<Sample> {
    let mechanism = mechanism(engine, id);
    let (encrypting, decrypting) = (mechanism.encrypting().unwrap(), mechanism.decrypting().unwrap());
    let key_type = mechanism.key_types()[0];
    let key = KeyMaterial::Secret { key_type, value: Secret::new(bytes(&case["key"])) };
    let lock = encrypting.loader().load(&key).ok()?;
    let unlock = decrypting.loader().load(&key).ok()?;
    Some(Sample { id, encrypting, decrypting, lock, unlock })
}

/// Runs a file's cases with the parameters that `parameters` makes of one.
fn run(
    engine: &dyn Engine,
    file: &str,
    id: MechanismType,
    parameters: impl Fn(&Value) -> Parameters,
) -> Tally {
    let mut tally = Tally::default();
    for case in list(&vectors(file)["testGroups"]).iter().flat_map(|group| list(&group["tests"])) {
        // PKCS #11 has no longer initialisation vector for GCM.
        if id == MechanismType::AES_GCM && bytes(&case["iv"]).len() > 256 {
            tally.skipped += 1;
            continue;
        }
        let message = bytes(&case["msg"]);
        let tag = case.get("tag").map(bytes).unwrap_or_default();
        let ciphertext = [bytes(&case["ct"]), tag].concat();
        let parameters = parameters(case);
        let sample = sample(engine, id, case);
        let decrypted = sample.as_ref().and_then(|sample| sample.decrypt(&parameters, &ciphertext).ok());
        let accepted = decrypted.is_some();
        if accepted {
            assert_eq!(decrypted.as_ref(), Some(&message), "case {}", case["tcId"]);
            let made = sample.unwrap().encrypt(&parameters, &message);
            assert_eq!(made.as_ref(), Ok(&ciphertext), "case {}", case["tcId"]);
        }
        tally.record(case, accepted);
    }
    tally
}

fn tag_len(case: &Value) -> usize {
    bytes(&case["tag"]).len()
}

pub(crate) fn aes_gcm(engine: &dyn Engine) {
    let tally = run(engine, "aes_gcm", MechanismType::AES_GCM, |case| Parameters::Gcm {
        iv: bytes(&case["iv"]),
        aad: bytes(&case["aad"]),
        tag_len: tag_len(case),
    });
    assert_eq!(tally, Tally { accepted: 226, refused: 87, skipped: 3, either: 0 });
}

pub(crate) fn aes_ccm(engine: &dyn Engine) {
    let tally = run(engine, "aes_ccm", MechanismType::AES_CCM, |case| Parameters::Ccm {
        data_len: bytes(&case["msg"]).len(),
        nonce: bytes(&case["iv"]),
        aad: bytes(&case["aad"]),
        tag_len: tag_len(case),
    });
    assert_eq!(tally, Tally { accepted: 405, refused: 147, ..Tally::default() });
}

pub(crate) fn chacha20_poly1305(engine: &dyn Engine) {
    let id = MechanismType::CHACHA20_POLY1305;
    let tally = run(engine, "chacha20_poly1305", id, |case| Parameters::ChaCha20Poly1305 {
        nonce: bytes(&case["iv"]),
        aad: bytes(&case["aad"]),
    });
    assert_eq!(tally, Tally { accepted: 256, refused: 69, ..Tally::default() });
}

pub(crate) fn aes_cbc_pad(engine: &dyn Engine) {
    let iv = |case: &Value| Parameters::Iv(bytes(&case["iv"]));
    let tally = run(engine, "aes_cbc_pkcs5", MechanismType::AES_CBC_PAD, iv);
    assert_eq!(tally, Tally { accepted: 72, refused: 144, ..Tally::default() });
}

pub(crate) fn aes_key_wrap(engine: &dyn Engine) {
    let tally = run(engine, "aes_wrap", MechanismType::AES_KEY_WRAP, |_| Parameters::None);
    assert_eq!(tally, Tally { accepted: 36, refused: 126, either: 3, skipped: 0 });
    for id in [MechanismType::AES_KEY_WRAP_KWP, MechanismType::AES_KEY_WRAP_PAD] {
        let tally = run(engine, "aes_kwp", id, |_| Parameters::None);
        assert_eq!(tally, Tally { accepted: 77, refused: 177, ..Tally::default() }, "{id}");
    }
}

pub(crate) fn aes_cmac(engine: &dyn Engine) {
    let mechanism = mechanism(engine, MechanismType::AES_CMAC);
    let (signing, verifying) = (mechanism.signing().unwrap(), mechanism.verifying().unwrap());
    let mut tally = Tally::default();
    for case in list(&vectors("aes_cmac")["testGroups"]).iter().flat_map(|group| list(&group["tests"])) {
        let value = Secret::new(bytes(&case["key"]));
        let key = KeyMaterial::Secret { key_type: mechanism.key_types()[0], value };
        let (message, tag) = (bytes(&case["msg"]), bytes(&case["tag"]));
        let verified = verifying
            .loader()
            .load(&key)
            .and_then(|key| verifying.verify(&key, &Parameters::None, &message, &tag))
            .is_ok();
        if let Ok(key) = signing.loader().load(&key) {
            let made = signing.sign(&key, &Parameters::None, &message, &Repeatable::new(1)).unwrap();
            assert_eq!(made == tag, verified, "case {}", case["tcId"]);
        }
        tally.record(case, verified);
    }
    assert_eq!(tally, Tally { accepted: 63, refused: 248, ..Tally::default() });
}
