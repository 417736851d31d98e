//! Keys that come in wrapped, and leave in the same form.

use cryptoki_sys::*;

use super::client::{Call, Client};
use super::files::{Tally, bytes, list, vectors};

/// The codes for what is no wrapped key, and for wrapping keys of no size that AES has.
const REFUSALS: [CK_RV; 4] =
    [CKR_WRAPPED_KEY_INVALID, CKR_WRAPPED_KEY_LEN_RANGE, CKR_ATTRIBUTE_VALUE_INVALID, CKR_KEY_SIZE_RANGE];

fn run(file: &str, kind: CK_MECHANISM_TYPE) -> Tally {
    let client = Client::new();
    let mut tally = Tally::default();
    for case in list(&vectors(file)["testGroups"]).iter().flat_map(|group| list(&group["tests"])) {
        let (value, wrapped) = (bytes(&case["msg"]), bytes(&case["ct"]));
        let mut call = Call::bare(kind);
        let done = client.secret(CKK_AES, bytes(&case["key"])).and_then(|wrapping| {
            let unwrapped = client.unwrap(&mut call, wrapping, &wrapped);
            if let Ok(unwrapped) = &unwrapped {
                assert_eq!(unwrapped, &value, "{file} {}", case["tcId"]);
                let key = client.secret(CKK_GENERIC_SECRET, value.clone()).unwrap();
                assert_eq!(client.wrap(&mut call, wrapping, key).as_ref(), Ok(&wrapped));
                client.destroy(key);
            }
            client.destroy(wrapping);
            unwrapped
        });
        let refusal = done.as_ref().err();
        assert!(refusal.is_none_or(|code| REFUSALS.contains(code)), "{file} {}: {refusal:x?}", case["tcId"]);
        tally.record(case, done.is_ok());
    }
    tally
}

#[test]
fn aes_key_wrap() {
    let tally = run("aes_wrap", CKM_AES_KEY_WRAP);
    assert_eq!(tally, Tally { accepted: 36, refused: 126, either: 3, skipped: 0 });
}

#[test]
fn aes_key_wrap_with_padding() {
    for kind in [CKM_AES_KEY_WRAP_KWP, CKM_AES_KEY_WRAP_PAD] {
        let tally = run("aes_kwp", kind);
        assert_eq!(tally, Tally { accepted: 77, refused: 177, ..Tally::default() }, "{kind:#x}");
    }
}
