//! What is logged: nothing unless it is asked for, into the file that is named, and never a secret.

#![allow(clippy::unwrap_used, reason = "a test that can't go on says where")]

use std::process::{Command, Output};
use std::{env, fs, ptr};

use cryptoki_sys::*;

use crate::support::{Module, SO_PIN, USER_PIN, attribute, c, mechanism};

/// Says to a process that it is the one that calls.
const CALLING: &str = "PORTCULLIS_TEST_CALLING";

const WRONG_PIN: &str = "mistyped-9876";
const VALUE: [u8; 32] = *b"what nobody reads in any logbook";
const MESSAGE: [u8; 24] = *b"a message about a matter";

#[test]
fn a_log_has_the_calls_and_no_secret() {
    if env::var_os(CALLING).is_some() {
        return calls();
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("log");
    let silent = run(|_| ());
    assert!(!said(&silent).contains("C_Login"), "nothing is logged by default: {}", said(&silent));
    let loud = run(|process| {
        process.env("PORTCULLIS_LOG", "trace");
    });
    let filed = run(|process| {
        process.env("PORTCULLIS_LOG", "trace").env("PORTCULLIS_LOG_FILE", &file);
    });
    assert!(!said(&filed).contains("C_Login"), "{}", said(&filed));
    for log in [said(&loud), fs::read_to_string(&file).unwrap()] {
        for call in
            ["C_Login", "C_CreateObject", "C_SignInit", "C_EncryptInit", "C_DeriveKey", "C_GenerateRandom"]
        {
            assert!(log.contains(call), "{call} in {log}");
        }
        for secret in [SO_PIN.as_bytes(), USER_PIN.as_bytes(), WRONG_PIN.as_bytes(), &VALUE, &MESSAGE] {
            for form in forms(secret) {
                assert!(!log.contains(&form), "{form} in {log}");
            }
        }
    }
}

/// Runs this test again, as the process that calls.
fn run(set_up: impl FnOnce(&mut Command)) -> Output {
    let mut process = Command::new(env::current_exe().unwrap());
    process.args(["--exact", "log::a_log_has_the_calls_and_no_secret", "--nocapture"]).env(CALLING, "1");
    process.env_remove("PORTCULLIS_LOG").env_remove("PORTCULLIS_LOG_FILE");
    set_up(&mut process);
    let output = process.output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    output
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// How bytes may stand in a log: as text, in hexadecimal, as a list of numbers.
fn forms(bytes: &[u8]) -> Vec<String> {
    let joined = |form: fn(&u8) -> String, between| bytes.iter().map(form).collect::<Vec<_>>().join(between);
    vec![
        String::from_utf8_lossy(bytes).into_owned(),
        joined(|byte| format!("{byte:02x}"), ""),
        joined(|byte| format!("{byte:02X}"), ""),
        joined(u8::to_string, ", "),
    ]
}

/// Calls with secrets of each kind, right and wrong.
fn calls() {
    let module = Module::with_token();
    let session = module.session();
    assert_eq!(module.login(session, CKU_USER, WRONG_PIN), CKR_PIN_INCORRECT);
    assert_eq!(module.login(session, CKU_USER, USER_PIN), CKR_OK);
    let key = |kind: CK_KEY_TYPE| {
        let (mut class, mut kind, mut value) = (CKO_SECRET_KEY.to_ne_bytes(), kind.to_ne_bytes(), VALUE);
        let mut template = [
            attribute(CKA_CLASS, &mut class),
            attribute(CKA_KEY_TYPE, &mut kind),
            attribute(CKA_VALUE, &mut value),
        ];
        let mut key = 0;
        assert_eq!(c!(module, C_CreateObject(session, template.as_mut_ptr(), 3, &raw mut key)), CKR_OK);
        // Values of a wrong length, and no value that is given out.
        let wrong = template[2];
        template[2] = CK_ATTRIBUTE { ulValueLen: 0, ..wrong };
        assert_ne!(c!(module, C_CreateObject(session, template.as_mut_ptr(), 3, &raw mut key)), CKR_OK);
        template[2] = wrong;
        let refused = c!(module, C_GetAttributeValue(session, key, template[2..].as_mut_ptr(), 1));
        assert_eq!(refused, CKR_ATTRIBUTE_SENSITIVE);
        key
    };
    let (mac, aes) = (key(CKK_GENERIC_SECRET), key(CKK_AES));
    let (mut message, mut out, mut len) = (MESSAGE, [0; 64], 64);
    let (input, output) = (message.as_mut_ptr(), out.as_mut_ptr());
    assert_eq!(c!(module, C_SignInit(session, &mut mechanism(CKM_SHA256_HMAC), mac)), CKR_OK);
    assert_eq!(c!(module, C_Sign(session, input, 24, output, &raw mut len)), CKR_OK);
    assert_eq!(c!(module, C_EncryptInit(session, &mut mechanism(CKM_AES_ECB), aes)), CKR_OK);
    len = 64;
    assert_eq!(c!(module, C_Encrypt(session, input, 24, output, &raw mut len)), CKR_DATA_LEN_RANGE);
    let mut xor = CK_KEY_DERIVATION_STRING_DATA { pData: input, ulLen: 24 };
    let mut derivation = CK_MECHANISM {
        pParameter: (&raw mut xor).cast(),
        ulParameterLen: size_of_val(&xor) as CK_ULONG,
        ..mechanism(CKM_CONCATENATE_BASE_AND_DATA)
    };
    let mut derived = 0;
    let outcome =
        c!(module, C_DeriveKey(session, &raw mut derivation, mac, ptr::null_mut(), 0, &raw mut derived));
    assert_eq!(outcome, CKR_OK);
    assert_eq!(c!(module, C_GenerateRandom(session, output, 64)), CKR_OK);
    assert_eq!(c!(module, C_Finalize(ptr::null_mut())), CKR_OK);
}
