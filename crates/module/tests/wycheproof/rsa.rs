//! RSA keys out of files, and RSA that decrypts.

use cryptoki_sys::*;
use serde_json::Value;

use super::client::{Call, Client, Owned, ulong};
use super::files::{Tally, bytes, list, vectors};

/// The public key of a group.
pub(super) fn public(group: &Value) -> Vec<Owned> {
    vec![
        (CKA_CLASS, ulong(CKO_PUBLIC_KEY)),
        (CKA_KEY_TYPE, ulong(CKK_RSA)),
        (CKA_MODULUS, bytes(&group["publicKey"]["modulus"])),
        (CKA_PUBLIC_EXPONENT, bytes(&group["publicKey"]["publicExponent"])),
    ]
}

/// The private key of a group.
pub(super) fn private(group: &Value) -> Vec<Owned> {
    const PARTS: [(CK_ATTRIBUTE_TYPE, &str); 8] = [
        (CKA_MODULUS, "modulus"),
        (CKA_PUBLIC_EXPONENT, "publicExponent"),
        (CKA_PRIVATE_EXPONENT, "privateExponent"),
        (CKA_PRIME_1, "prime1"),
        (CKA_PRIME_2, "prime2"),
        (CKA_EXPONENT_1, "exponent1"),
        (CKA_EXPONENT_2, "exponent2"),
        (CKA_COEFFICIENT, "coefficient"),
    ];
    let mut template = vec![(CKA_CLASS, ulong(CKO_PRIVATE_KEY)), (CKA_KEY_TYPE, ulong(CKK_RSA))];
    let parts = PARTS.iter().filter_map(|(kind, name)| Some((*kind, bytes(group["privateKey"].get(name)?))));
    template.extend(parts);
    template
}

#[test]
fn oaep() {
    let files = [
        ("rsa_oaep_2048_sha1_mgf1sha1", CKM_SHA_1, CKG_MGF1_SHA1, 17, 19),
        ("rsa_oaep_2048_sha256_mgf1sha256", CKM_SHA256, CKG_MGF1_SHA256, 18, 19),
    ];
    let client = Client::new();
    for (file, hash, mgf, accepted, refused) in files {
        let mut tally = Tally::default();
        for group in list(&vectors(file)["testGroups"]) {
            let key = client.create(private(group)).unwrap();
            for case in list(&group["tests"]) {
                let mut call = Call::with(CKM_RSA_PKCS_OAEP, [bytes(&case["label"])], |[label]| {
                    CK_RSA_PKCS_OAEP_PARAMS {
                        hashAlg: hash,
                        mgf,
                        source: CKZ_DATA_SPECIFIED,
                        pSourceData: label.0.cast(),
                        ulSourceDataLen: label.1,
                    }
                });
                let decrypted = client.decrypt(&mut call, key, &bytes(&case["ct"]));
                let refusals = [CKR_ENCRYPTED_DATA_INVALID, CKR_ENCRYPTED_DATA_LEN_RANGE];
                match &decrypted {
                    Ok(message) => assert_eq!(message, &bytes(&case["msg"]), "{file} {}", case["tcId"]),
                    Err(code) => assert!(refusals.contains(code), "{file} {}: {code:#x}", case["tcId"]),
                }
                tally.record(case, decrypted.is_ok());
            }
        }
        assert_eq!(tally, Tally { accepted, refused, ..Tally::default() }, "{file}");
    }
}

/// A wrong padding is not told: it gives a message that is not the one that was encrypted. What is refused is no
/// ciphertext of this key by its length or its value.
#[test]
fn pkcs1_tells_nothing_of_its_padding() {
    let client = Client::new();
    let (mut right, mut invented, mut malformed) = (0, 0, 0);
    for group in list(&vectors("rsa_pkcs1_2048")["testGroups"]) {
        let key = client.create(private(group)).unwrap();
        for case in list(&group["tests"]) {
            let decrypted = client.decrypt(&mut Call::bare(CKM_RSA_PKCS), key, &bytes(&case["ct"]));
            let is_right = decrypted == Ok(bytes(&case["msg"]));
            assert_eq!(is_right, case["result"] == "valid", "{}", case["tcId"]);
            match decrypted {
                Ok(_) if is_right => right += 1,
                Ok(_) => invented += 1,
                Err(code) => {
                    let refusals = [CKR_ENCRYPTED_DATA_INVALID, CKR_ENCRYPTED_DATA_LEN_RANGE];
                    assert!(refusals.contains(&code), "{}: {code:#x}", case["tcId"]);
                    malformed += 1;
                }
            }
        }
    }
    assert_eq!((right, invented, malformed), (42, 16, 9));
}
