//! Key agreement: the private keys come in, and the shared secret is read.

use cryptoki_sys::*;

use super::client::{Call, Client, ulong};
use super::files::{Tally, bytes, list, vectors};

/// The codes for a public key of another that is none.
const REFUSALS: [CK_RV; 2] = [CKR_MECHANISM_PARAM_INVALID, CKR_FUNCTION_FAILED];

fn agree_all(file: &str, kind: CK_KEY_TYPE, curve: &str) -> Tally {
    let client = Client::new();
    let mut tally = Tally::default();
    for case in list(&vectors(file)["testGroups"][0]["tests"]) {
        let private = client.create(vec![
            (CKA_CLASS, ulong(CKO_PRIVATE_KEY)),
            (CKA_KEY_TYPE, ulong(kind)),
            (CKA_EC_PARAMS, hex::decode(curve).unwrap()),
            (CKA_VALUE, bytes(&case["private"])),
        ]);
        let private = private.unwrap_or_else(|code| panic!("{file} {}: {code:#x}", case["tcId"]));
        let mut call =
            Call::with(CKM_ECDH1_DERIVE, [bytes(&case["public"])], |[public]| CK_ECDH1_DERIVE_PARAMS {
                kdf: CKD_NULL,
                ulSharedDataLen: 0,
                pSharedData: std::ptr::null_mut(),
                ulPublicDataLen: public.1,
                pPublicData: public.0,
            });
        let shared = client.derive(&mut call, private, None);
        let refusal = shared.as_ref().err();
        assert!(refusal.is_none_or(|code| REFUSALS.contains(code)), "{file} {}: {refusal:x?}", case["tcId"]);
        let expected = bytes(&case["shared"]);
        // A point of low order gives zeros, which are nobody's secret.
        let zero = kind == CKK_EC_MONTGOMERY && expected.iter().all(|byte| *byte == 0);
        assert!(!zero || shared.is_err(), "{file} {}", case["tcId"]);
        tally.record(case, shared == Ok(expected));
        client.destroy(private);
    }
    tally
}

/// Points in compressed form, of which one may be accepted, are refused.
#[test]
fn ecdh() {
    let files = [
        ("ecdh_secp256r1_ecpoint", "06082a8648ce3d030107", 330, 24),
        ("ecdh_secp384r1_ecpoint", "06052b81040022", 771, 18),
    ];
    for (file, curve, accepted, refused) in files {
        let tally = agree_all(file, CKK_EC, curve);
        assert_eq!(tally, Tally { accepted, refused, either: 1, skipped: 0 }, "{file}");
    }
}

#[test]
fn x25519() {
    let tally = agree_all("x25519", CKK_EC_MONTGOMERY, "06032b656e");
    assert_eq!(tally, Tally { accepted: 264, refused: 0, either: 254, skipped: 0 });
}
