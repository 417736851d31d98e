//! The codes by which programs tell mistakes apart: which one, where the standard has several that could do
//! (PKCS #11 v3.2 sections 5.18 and 6.3).

use std::{fs, ptr};

use cryptoki_sys::*;
use portcullis_pal::testkit::skip;

use crate::support::{Module, attribute, c, mechanism};

/// P-192, which no engine has.
const P192: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x01];

fn generate(
    module: &Module,
    session: CK_SESSION_HANDLE,
    kind: CK_MECHANISM_TYPE,
    parameters: &mut [CK_ATTRIBUTE],
) -> CK_RV {
    let (mut made, mut kind) = ((0, 0), mechanism(kind));
    let (start, count) = (parameters.as_mut_ptr(), parameters.len() as CK_ULONG);
    let (public, private) = (&raw mut made.0, &raw mut made.1);
    c!(module, C_GenerateKeyPair(session, &raw mut kind, start, count, ptr::null_mut(), 0, public, private))
}

#[test]
fn a_curve_that_is_unknown_is_told_from_one_that_has_no_name() {
    let module = Module::with_token();
    let session = module.user_session();
    let cases: [(&[u8], CK_RV); 5] = [
        (P192, CKR_CURVE_NOT_SUPPORTED),
        (b"\x13\x0aedwards448", CKR_CURVE_NOT_SUPPORTED),
        // Explicit and implicit parameters, and none at all.
        (&[0x30, 0x03, 0x02, 0x01, 0x01], CKR_DOMAIN_PARAMS_INVALID),
        (&[0x05, 0x00], CKR_DOMAIN_PARAMS_INVALID),
        (&P192[..9], CKR_DOMAIN_PARAMS_INVALID),
    ];
    for (parameters, expected) in cases {
        let mut params = parameters.to_vec();
        let curve = attribute(CKA_EC_PARAMS, &mut params);
        assert_eq!(
            generate(&module, session, CKM_EC_KEY_PAIR_GEN, &mut [curve]),
            expected,
            "{parameters:x?}"
        );
        let (mut class, mut kind) = (CKO_PUBLIC_KEY.to_ne_bytes(), CKK_EC.to_ne_bytes());
        let mut template = [
            attribute(CKA_CLASS, &mut class),
            attribute(CKA_KEY_TYPE, &mut kind),
            curve,
            attribute(CKA_EC_POINT, &mut [4; 51]),
        ];
        let mut key = 0;
        let created = c!(module, C_CreateObject(session, template.as_mut_ptr(), 4, &raw mut key));
        assert_eq!(created, expected, "{parameters:x?}");
    }
}

/// Section 6.3: no other mechanism makes keys on such a curve.
#[test]
fn a_curve_of_another_mechanism_is_not_supported() {
    let module = Module::with_token();
    let session = module.user_session();
    let cases: [(CK_MECHANISM_TYPE, &[u8]); 3] = [
        (CKM_EC_KEY_PAIR_GEN, b"\x13\x0cedwards25519"),
        (CKM_EC_EDWARDS_KEY_PAIR_GEN, b"\x13\x0acurve25519"),
        (CKM_EC_MONTGOMERY_KEY_PAIR_GEN, b"\x13\x0cedwards25519"),
    ];
    for (kind, parameters) in cases {
        let mut params = parameters.to_vec();
        let answer = generate(&module, session, kind, &mut [attribute(CKA_EC_PARAMS, &mut params)]);
        assert_eq!(answer, CKR_CURVE_NOT_SUPPORTED, "{parameters:x?}");
    }
}

#[test]
fn an_rsa_key_that_is_not_made_is_refused_by_what_is_wrong_with_it() {
    let module = Module::with_token();
    let session = module.user_session();
    let cases: [(CK_ULONG, &[u8], CK_RV); 6] = [
        (1024, &[1, 0, 1], CKR_KEY_SIZE_RANGE),
        (2049, &[1, 0, 1], CKR_KEY_SIZE_RANGE),
        (CK_ULONG::MAX, &[1, 0, 1], CKR_KEY_SIZE_RANGE),
        (2048, &[3], CKR_ATTRIBUTE_VALUE_INVALID),
        (2048, &[1, 0, 2], CKR_ATTRIBUTE_VALUE_INVALID),
        // A CK_ULONG in place of a big integer.
        (2048, &65537_u64.to_le_bytes(), CKR_ATTRIBUTE_VALUE_INVALID),
    ];
    for (bits, exponent, expected) in cases {
        let (mut bits, mut exponent) = (bits.to_ne_bytes(), exponent.to_vec());
        let mut public =
            [attribute(CKA_MODULUS_BITS, &mut bits), attribute(CKA_PUBLIC_EXPONENT, &mut exponent)];
        let answer = generate(&module, session, CKM_RSA_PKCS_KEY_PAIR_GEN, &mut public);
        assert_eq!(answer, expected, "{bits:?} {exponent:?}");
    }
}

#[test]
fn a_slot_makes_short_rsa_keys_where_its_configuration_says_so() {
    let module = Module::load();
    let slot = |short: &str| format!("[[slot]]\nstore = \"store\"\nshort_rsa = {short}\n");
    for (short, smallest, expected) in [("false", 2048, CKR_KEY_SIZE_RANGE), ("true", 1024, CKR_OK)] {
        fs::write(module.config(), slot(short)).expect("a file");
        assert_eq!(module.initialize(), CKR_OK);
        if short == "false" {
            module.init_token();
        }
        let mut info = CK_MECHANISM_INFO::default();
        assert_eq!(c!(module, C_GetMechanismInfo(0, CKM_RSA_PKCS_KEY_PAIR_GEN, &raw mut info)), CKR_OK);
        assert_eq!((info.ulMinKeySize, info.ulMaxKeySize), (smallest, 8192));
        let mut bits = CK_ULONG::to_ne_bytes(1024);
        let session = module.user_session();
        let bits = attribute(CKA_MODULUS_BITS, &mut bits);
        assert_eq!(generate(&module, session, CKM_RSA_PKCS_KEY_PAIR_GEN, &mut [bits]), expected, "{short}");
        assert_eq!(c!(module, C_Finalize(ptr::null_mut())), CKR_OK);
    }
}

#[test]
fn a_mechanism_that_is_not_there_is_told_before_what_its_template_has() {
    let module = Module::with_token();
    let session = module.user_session();
    for kind in [CKM_DSA_KEY_PAIR_GEN, CKM_DH_PKCS_KEY_PAIR_GEN] {
        let prime = attribute(CKA_PRIME, &mut [0xff; 128]);
        assert_eq!(generate(&module, session, kind, &mut [prime]), CKR_MECHANISM_INVALID);
    }
    let mut template = attribute(CKA_PRIME_BITS, &mut [0; 8]);
    let (mut kind, template) = (mechanism(CKM_DH_PKCS_PARAMETER_GEN), &raw mut template);
    let mut key = 0;
    let made = c!(module, C_GenerateKey(session, &raw mut kind, template, 1, &raw mut key));
    let mut kind = mechanism(CKM_DES3_ECB);
    let derived = c!(module, C_DeriveKey(session, &raw mut kind, 1, template, 1, &raw mut key));
    let (data, len) = ([0_u8; 8].as_mut_ptr(), 8);
    let brought = c!(module, C_UnwrapKey(session, &raw mut kind, 1, data, len, template, 1, &raw mut key));
    assert_eq!([made, derived, brought], [CKR_MECHANISM_INVALID; 3]);
}

#[test]
fn a_parameter_set_that_is_unknown_is_told() {
    let module = Module::with_token();
    let mut info = CK_MECHANISM_INFO::default();
    if c!(module, C_GetMechanismInfo(0, CKM_ML_KEM_KEY_PAIR_GEN, &raw mut info)) != CKR_OK {
        return skip("a_parameter_set_that_is_unknown_is_told", "the engine has no ML-KEM");
    }
    let session = module.user_session();
    let mut set: [u8; 8] = 99_u64.to_ne_bytes();
    let set = attribute(CKA_PARAMETER_SET, &mut set);
    let answer = generate(&module, session, CKM_ML_KEM_KEY_PAIR_GEN, &mut [set]);
    assert_eq!(answer, CKR_PARAMETER_SET_NOT_SUPPORTED);
}
