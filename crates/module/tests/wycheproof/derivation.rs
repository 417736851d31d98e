//! Keys out of keys, and keys out of passwords.

use std::ptr;

use cryptoki_sys::*;

use super::client::{Call, Client};
use super::files::{Tally, bytes, list, vectors};

#[test]
fn hkdf() {
    let files = [("hkdf_sha256", CKM_SHA256, 83, 3), ("hkdf_sha384", CKM_SHA384, 80, 3)];
    let client = Client::new();
    for (file, hash, accepted, refused) in files {
        let mut tally = Tally::default();
        for case in list(&vectors(file)["testGroups"]).iter().flat_map(|group| list(&group["tests"])) {
            let key = client.secret(CKK_HKDF, bytes(&case["ikm"])).unwrap();
            let parts = [bytes(&case["salt"]), bytes(&case["info"])];
            let mut call = Call::with(CKM_HKDF_DERIVE, parts, |[salt, info]| CK_HKDF_PARAMS {
                bExtract: CK_TRUE,
                bExpand: CK_TRUE,
                prfHashMechanism: hash,
                ulSaltType: CKF_HKDF_SALT_DATA,
                pSalt: salt.0,
                ulSaltLen: salt.1,
                hSaltKey: 0,
                pInfo: info.0,
                ulInfoLen: info.1,
            });
            let made = client.derive(&mut call, key, case["size"].as_u64());
            if let Ok(made) = &made {
                assert_eq!(made, &bytes(&case["okm"]), "{file} {}", case["tcId"]);
            }
            tally.record(case, made.is_ok());
            client.destroy(key);
        }
        assert_eq!(tally, Tally { accepted, refused, ..Tally::default() }, "{file}");
    }
}

#[test]
fn pbkdf2() {
    let client = Client::new();
    let mut tally = Tally::default();
    for case in list(&vectors("pbkdf2_hmacsha256")["testGroups"][0]["tests"]) {
        let parts = [bytes(&case["salt"]), bytes(&case["password"])];
        let mut call = Call::with(CKM_PKCS5_PBKD2, parts, |[salt, password]| CK_PKCS5_PBKD2_PARAMS2 {
            saltSource: CKZ_SALT_SPECIFIED,
            pSaltSourceData: salt.0.cast(),
            ulSaltSourceDataLen: salt.1,
            iterations: case["iterationCount"].as_u64().unwrap(),
            prf: CKP_PKCS5_PBKD2_HMAC_SHA256,
            pPrfData: ptr::null_mut(),
            ulPrfDataLen: 0,
            pPassword: password.0,
            ulPasswordLen: password.1,
        });
        let made = client.generate(&mut call, case["dkLen"].as_u64().unwrap());
        tally.record(case, made == Ok(bytes(&case["dk"])));
    }
    assert_eq!(tally, Tally { accepted: 60, ..Tally::default() });
}
