//! Signatures made by others, and those of PKCS #1 v1.5, which there is but one of for a message.

use cryptoki_sys::*;
use serde_json::Value;

use super::client::{Call, Client, Owned, ulong};
use super::files::{Tally, bytes, list, vectors};
use super::rsa;

/// DER object identifiers.
const P256: &str = "06082a8648ce3d030107";
const P384: &str = "06052b81040022";
const P521: &str = "06052b81040023";
const ED25519: &str = "06032b6570";

/// Verifies every signature of a file with the public keys that `key` finds in its groups.
fn verify_all(file: &str, call: &mut Call, key: impl Fn(&Value) -> Vec<Owned>) -> Tally {
    let client = Client::new();
    let mut tally = Tally::default();
    for group in list(&vectors(file)["testGroups"]) {
        let key = client.create(key(group)).unwrap();
        for case in list(&group["tests"]) {
            let verdict = client.verify(call, key, &bytes(&case["msg"]), &bytes(&case["sig"]));
            let refusals = [CKR_SIGNATURE_INVALID, CKR_SIGNATURE_LEN_RANGE];
            assert!(verdict.err().is_none_or(|code| refusals.contains(&code)), "{file} {}", case["tcId"]);
            tally.record(case, verdict.is_ok());
        }
        client.destroy(key);
    }
    tally
}

/// A public key on a curve, its point in the OCTET STRING that the standard asks for.
fn ec_public(kind: CK_KEY_TYPE, curve: &str, point: &Value) -> Vec<Owned> {
    let point = bytes(point);
    let len = u8::try_from(point.len()).unwrap();
    let header = if len < 0x80 { vec![0x04, len] } else { vec![0x04, 0x81, len] };
    vec![
        (CKA_CLASS, ulong(CKO_PUBLIC_KEY)),
        (CKA_KEY_TYPE, ulong(kind)),
        (CKA_EC_PARAMS, hex::decode(curve).unwrap()),
        (CKA_EC_POINT, [header, point].concat()),
    ]
}

#[test]
fn ecdsa() {
    let files = [
        ("ecdsa_secp256r1_sha256_p1363", CKM_ECDSA_SHA256, P256, 173, 89),
        ("ecdsa_secp384r1_sha384_p1363", CKM_ECDSA_SHA384, P384, 193, 87),
        ("ecdsa_secp521r1_sha512_p1363", CKM_ECDSA_SHA512, P521, 231, 87),
    ];
    for (file, kind, curve, accepted, refused) in files {
        let key = |group: &Value| ec_public(CKK_EC, curve, &group["publicKey"]["uncompressed"]);
        let tally = verify_all(file, &mut Call::bare(kind), key);
        assert_eq!(tally, Tally { accepted, refused, ..Tally::default() }, "{file}");
    }
}

#[test]
fn ed25519() {
    let key = |group: &Value| ec_public(CKK_EC_EDWARDS, ED25519, &group["publicKey"]["pk"]);
    let tally = verify_all("ed25519", &mut Call::bare(CKM_EDDSA), key);
    assert_eq!(tally, Tally { accepted: 88, refused: 63, ..Tally::default() });
}

#[test]
fn rsa_pkcs1() {
    let files = [
        ("rsa_signature_2048_sha256", CKM_SHA256_RSA_PKCS, 9, 249),
        ("rsa_signature_3072_sha384", CKM_SHA384_RSA_PKCS, 7, 251),
        ("rsa_signature_4096_sha512", CKM_SHA512_RSA_PKCS, 7, 251),
    ];
    for (file, kind, accepted, refused) in files {
        let tally = verify_all(file, &mut Call::bare(kind), rsa::public);
        assert_eq!(tally, Tally { accepted, refused, either: 1, skipped: 0 }, "{file}");
    }
}

#[test]
fn rsa_pss() {
    let files = [
        ("rsa_pss_2048_sha256_mgf1_32", CKM_SHA256_RSA_PKCS_PSS, CKM_SHA256, CKG_MGF1_SHA256, 32, 63, 45),
        ("rsa_pss_4096_sha512_mgf1_64", CKM_SHA512_RSA_PKCS_PSS, CKM_SHA512, CKG_MGF1_SHA512, 64, 132, 47),
    ];
    for (file, kind, hash, mgf, salt, accepted, refused) in files {
        let mut call = Call::with(kind, [], |[]| CK_RSA_PKCS_PSS_PARAMS { hashAlg: hash, mgf, sLen: salt });
        let tally = verify_all(file, &mut call, rsa::public);
        assert_eq!(tally, Tally { accepted, refused, ..Tally::default() }, "{file}");
    }
}

/// SHA-1, and the keys with the public exponent 3, count as acceptable only.
#[test]
fn rsa_pkcs1_is_made_as_it_must_be() {
    let client = Client::new();
    let mut tally = Tally::default();
    for group in list(&vectors("rsa_pkcs1_2048_sig_gen")["testGroups"]) {
        let kind = match group["sha"].as_str().unwrap() {
            "SHA-1" => CKM_SHA1_RSA_PKCS,
            "SHA-224" => CKM_SHA224_RSA_PKCS,
            "SHA-256" => CKM_SHA256_RSA_PKCS,
            "SHA-384" => CKM_SHA384_RSA_PKCS,
            "SHA-512" => CKM_SHA512_RSA_PKCS,
            other => panic!("{other} has no mechanism"),
        };
        let key = client.rsa_pkcs8(&bytes(&group["privateKeyPkcs8"]));
        for case in list(&group["tests"]) {
            let made = key.and_then(|key| client.sign(&mut Call::bare(kind), key, &bytes(&case["msg"])));
            tally.record(case, made == Ok(bytes(&case["sig"])));
        }
    }
    assert_eq!(tally, Tally { accepted: 32, refused: 0, either: 11, skipped: 0 });
}
