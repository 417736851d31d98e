//! Ciphers: what must decrypt does, to the very message, and encrypts to the very ciphertext; nothing else decrypts.

use cryptoki_sys::*;
use serde_json::Value;

use super::client::{Call, Client};
use super::files::{Tally, bytes, list, vectors};

/// The codes for a ciphertext that is wrong, and for keys and parameters that no ciphertext can have.
const REFUSALS: [CK_RV; 6] = [
    CKR_ENCRYPTED_DATA_INVALID,
    CKR_ENCRYPTED_DATA_LEN_RANGE,
    CKR_MECHANISM_PARAM_INVALID,
    CKR_ATTRIBUTE_VALUE_INVALID,
    CKR_KEY_SIZE_RANGE,
    CKR_AEAD_DECRYPT_FAILED,
];

/// Runs a file's cases with the mechanism that `call` makes of one.
fn run(file: &str, key_type: CK_KEY_TYPE, call: impl Fn(&Value) -> Call) -> Tally {
    let client = Client::new();
    let mut tally = Tally::default();
    for case in list(&vectors(file)["testGroups"]).iter().flat_map(|group| list(&group["tests"])) {
        // PKCS #11 has no longer initialisation vector for GCM.
        if file == "aes_gcm" && bytes(&case["iv"]).len() > 256 {
            tally.skipped += 1;
            continue;
        }
        let message = bytes(&case["msg"]);
        let tag = case.get("tag").map(bytes).unwrap_or_default();
        let ciphertext = [bytes(&case["ct"]), tag].concat();
        let mut call = call(case);
        let done = client.secret(key_type, bytes(&case["key"])).and_then(|key| {
            let decrypted = client.decrypt(&mut call, key, &ciphertext);
            if let Ok(decrypted) = &decrypted {
                assert_eq!(decrypted, &message, "{file} {}", case["tcId"]);
                assert_eq!(client.encrypt(&mut call, key, &message).as_ref(), Ok(&ciphertext));
            }
            client.destroy(key);
            decrypted
        });
        let refusal = done.as_ref().err();
        assert!(refusal.is_none_or(|code| REFUSALS.contains(code)), "{file} {}: {refusal:x?}", case["tcId"]);
        tally.record(case, done.is_ok());
    }
    tally
}

fn tag_bits(case: &Value) -> CK_ULONG {
    bytes(&case["tag"]).len() as CK_ULONG * 8
}

fn terms(case: &Value) -> [Vec<u8>; 2] {
    [bytes(&case["iv"]), bytes(&case["aad"])]
}

#[test]
fn aes_gcm() {
    let tally = run("aes_gcm", CKK_AES, |case| {
        Call::with(CKM_AES_GCM, terms(case), |[iv, aad]| CK_GCM_PARAMS {
            pIv: iv.0,
            ulIvLen: iv.1,
            ulIvBits: iv.1 * 8,
            pAAD: aad.0,
            ulAADLen: aad.1,
            ulTagBits: tag_bits(case),
        })
    });
    assert_eq!(tally, Tally { accepted: 226, refused: 87, skipped: 3, either: 0 });
}

#[test]
fn aes_ccm() {
    let tally = run("aes_ccm", CKK_AES, |case| {
        Call::with(CKM_AES_CCM, terms(case), |[nonce, aad]| CK_CCM_PARAMS {
            ulDataLen: bytes(&case["msg"]).len() as CK_ULONG,
            pNonce: nonce.0,
            ulNonceLen: nonce.1,
            pAAD: aad.0,
            ulAADLen: aad.1,
            ulMACLen: tag_bits(case) / 8,
        })
    });
    assert_eq!(tally, Tally { accepted: 405, refused: 147, ..Tally::default() });
}

#[test]
fn chacha20_poly1305() {
    let tally = run("chacha20_poly1305", CKK_CHACHA20, |case| {
        Call::with(CKM_CHACHA20_POLY1305, terms(case), |[nonce, aad]| CK_SALSA20_CHACHA20_POLY1305_PARAMS {
            pNonce: nonce.0,
            ulNonceLen: nonce.1,
            pAAD: aad.0,
            ulAADLen: aad.1,
        })
    });
    assert_eq!(tally, Tally { accepted: 256, refused: 69, ..Tally::default() });
}

#[test]
fn aes_cbc_pad() {
    let tally = run("aes_cbc_pkcs5", CKK_AES, |case| {
        let iv: [u8; 16] = bytes(&case["iv"]).try_into().unwrap();
        Call::with(CKM_AES_CBC_PAD, [], |[]| iv)
    });
    assert_eq!(tally, Tally { accepted: 72, refused: 144, ..Tally::default() });
}
