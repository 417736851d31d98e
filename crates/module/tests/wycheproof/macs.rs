//! MACs, whole and cut.

use cryptoki_sys::*;

use super::client::{Call, Client};
use super::files::{Tally, bytes, list, vectors};

/// Makes and checks every tag of a file: `whole` for tags of `bits`, `cut` for shorter ones.
fn authenticate_all(
    file: &str,
    key_type: CK_KEY_TYPE,
    (whole, cut): (CK_MECHANISM_TYPE, CK_MECHANISM_TYPE),
    bits: u64,
) -> Tally {
    let client = Client::new();
    let mut tally = Tally::default();
    for group in list(&vectors(file)["testGroups"]) {
        let tag_bits = group["tagSize"].as_u64().unwrap();
        let mut call = if tag_bits == bits {
            Call::bare(whole)
        } else {
            Call::with(cut, [], |[]| -> CK_MAC_GENERAL_PARAMS { tag_bits / 8 })
        };
        for case in list(&group["tests"]) {
            let (message, tag) = (bytes(&case["msg"]), bytes(&case["tag"]));
            let key = client.secret(key_type, bytes(&case["key"])).and_then(|key| {
                let made = client.sign(&mut call, key, &message)?;
                let verdict = client.verify(&mut call, key, &message, &tag);
                client.destroy(key);
                assert_eq!(made == tag, verdict.is_ok(), "{file} {}", case["tcId"]);
                verdict
            });
            let refusals = [
                CKR_SIGNATURE_INVALID,
                CKR_SIGNATURE_LEN_RANGE,
                CKR_ATTRIBUTE_VALUE_INVALID,
                CKR_KEY_SIZE_RANGE,
            ];
            assert!(
                key.err().is_none_or(|code| refusals.contains(&code)),
                "{file} {}: {key:x?}",
                case["tcId"]
            );
            tally.record(case, key.is_ok());
        }
    }
    tally
}

#[test]
fn hmac() {
    let files = [
        ("hmac_sha1", (CKM_SHA_1_HMAC, CKM_SHA_1_HMAC_GENERAL), 160, 66, 104),
        ("hmac_sha256", (CKM_SHA256_HMAC, CKM_SHA256_HMAC_GENERAL), 256, 66, 108),
        ("hmac_sha384", (CKM_SHA384_HMAC, CKM_SHA384_HMAC_GENERAL), 384, 66, 108),
        ("hmac_sha512", (CKM_SHA512_HMAC, CKM_SHA512_HMAC_GENERAL), 512, 66, 108),
    ];
    for (file, kinds, bits, accepted, refused) in files {
        let tally = authenticate_all(file, CKK_GENERIC_SECRET, kinds, bits);
        assert_eq!(tally, Tally { accepted, refused, ..Tally::default() }, "{file}");
    }
}

#[test]
fn aes_cmac() {
    let tally = authenticate_all("aes_cmac", CKK_AES, (CKM_AES_CMAC, CKM_AES_CMAC_GENERAL), 128);
    assert_eq!(tally, Tally { accepted: 63, refused: 248, ..Tally::default() });
}
