//! Arguments that no program should give, each with the answer it gets.

use std::cell::RefCell;
use std::ptr;

use cryptoki_sys::*;
use proptest::prelude::*;

use crate::hostile_calls::{self, World};
use crate::support::{Module, attribute, c, mechanism, text};

const BAD: CK_RV = CKR_ARGUMENTS_BAD;

#[test]
fn a_null_where_something_should_be() {
    let module = Module::with_token();
    let session = module.user_session();
    let (_, private) = module.generate(session);
    let (mut kind, mut n) = (mechanism(CKM_SHA256), 0);
    let (pin, len) = text("1234");
    let answers = [
        c!(module, C_GetInfo(ptr::null_mut())),
        c!(module, C_GetSlotList(CK_TRUE, ptr::null_mut(), ptr::null_mut())),
        c!(module, C_GetSlotInfo(0, ptr::null_mut())),
        c!(module, C_GetTokenInfo(0, ptr::null_mut())),
        c!(module, C_GetMechanismList(0, ptr::null_mut(), ptr::null_mut())),
        c!(module, C_GetMechanismInfo(0, CKM_SHA256, ptr::null_mut())),
        c!(module, C_InitToken(0, ptr::null_mut(), 4, ptr::null_mut())),
        c!(module, C_InitToken(0, pin, len, ptr::null_mut())),
        c!(module, C_InitPIN(session, ptr::null_mut(), 4)),
        c!(module, C_SetPIN(session, ptr::null_mut(), 0, pin, len)),
        c!(module, C_OpenSession(0, CKF_SERIAL_SESSION, ptr::null_mut(), None, ptr::null_mut())),
        c!(module, C_GetSessionInfo(session, ptr::null_mut())),
        c!(module, C_Login(session, CKU_USER, ptr::null_mut(), 0)),
        c!(module, C_CreateObject(session, ptr::null_mut(), 1, &raw mut n)),
        c!(module, C_CreateObject(session, ptr::null_mut(), 0, ptr::null_mut())),
        c!(module, C_GetObjectSize(session, private, ptr::null_mut())),
        c!(module, C_GetAttributeValue(session, private, ptr::null_mut(), 1)),
        c!(module, C_SetAttributeValue(session, private, ptr::null_mut(), 1)),
        c!(module, C_FindObjectsInit(session, ptr::null_mut(), 1)),
        c!(module, C_FindObjects(session, ptr::null_mut(), 1, &raw mut n)),
        c!(module, C_FindObjects(session, &raw mut n, 1, ptr::null_mut())),
        c!(module, C_DigestInit(session, ptr::null_mut())),
        c!(module, C_Digest(session, ptr::null_mut(), 1, ptr::null_mut(), &raw mut n)),
        c!(module, C_DigestUpdate(session, ptr::null_mut(), 1)),
        c!(module, C_SignInit(session, ptr::null_mut(), private)),
        c!(module, C_SignUpdate(session, ptr::null_mut(), 1)),
        c!(module, C_VerifyInit(session, ptr::null_mut(), private)),
        c!(module, C_Verify(session, ptr::null_mut(), 0, ptr::null_mut(), 1)),
        c!(module, C_EncryptInit(session, ptr::null_mut(), private)),
        c!(module, C_Encrypt(session, ptr::null_mut(), 1, ptr::null_mut(), &raw mut n)),
        c!(module, C_DecryptUpdate(session, ptr::null_mut(), 0, ptr::null_mut(), ptr::null_mut())),
        c!(module, C_DecryptFinal(session, ptr::null_mut(), ptr::null_mut())),
        c!(module, C_SignRecover(session, ptr::null_mut(), 1, ptr::null_mut(), &raw mut n)),
        c!(module, C_DigestEncryptUpdate(session, ptr::null_mut(), 1, ptr::null_mut(), &raw mut n)),
        c!(module, C_SetOperationState(session, ptr::null_mut(), 0, 0, 0)),
        c!(module, C_SetOperationState(session, ptr::null_mut(), 1, 0, 0)),
        c!(module, C_VerifySignatureInit(session, ptr::null_mut(), private, ptr::null_mut(), 0)),
        c!(module, C_MessageEncryptInit(session, ptr::null_mut(), private)),
        c!(module, C_VerifyMessage(session, ptr::null_mut(), 0, ptr::null_mut(), 1, ptr::null_mut(), 0)),
        c!(module, C_GenerateKey(session, ptr::null_mut(), ptr::null_mut(), 0, &raw mut n)),
        c!(module, C_GenerateKey(session, &raw mut kind, ptr::null_mut(), 0, ptr::null_mut())),
        c!(module, C_SeedRandom(session, ptr::null_mut(), 1)),
        c!(module, C_GenerateRandom(session, ptr::null_mut(), 1)),
        c!(module, C_GenerateRandom(session, ptr::null_mut(), CK_ULONG::MAX)),
        c!(module, C_GetSessionValidationFlags(session, CKS_LAST_VALIDATION_OK, ptr::null_mut())),
    ];
    for (index, answer) in answers.into_iter().enumerate() {
        assert_eq!(answer, BAD, "the call with index {index}");
    }
}

#[test]
fn a_key_pair_needs_both_its_places_before_it_is_made() {
    let module = Module::with_token();
    let session = module.user_session();
    let (mut kind, mut n) = (mechanism(CKM_EC_KEY_PAIR_GEN), 0);
    let made = c!(
        module,
        C_GenerateKeyPair(
            session,
            &raw mut kind,
            ptr::null_mut(),
            0,
            ptr::null_mut(),
            0,
            &raw mut n,
            ptr::null_mut()
        )
    );
    assert_eq!(made, BAD);
}

#[test]
fn lengths_and_counts_that_overflow() {
    let module = Module::with_token();
    let session = module.session();
    let (mut byte, mut n) = ([0_u8], 0);
    let mut template = [attribute(CKA_LABEL, &mut byte)];
    for huge in [CK_ULONG::MAX, CK_ULONG::MAX / 2 + 1, CK_ULONG::MAX / 24 + 1] {
        assert_eq!(c!(module, C_FindObjectsInit(session, template.as_mut_ptr(), huge)), BAD);
        assert_eq!(c!(module, C_CreateObject(session, template.as_mut_ptr(), huge, &raw mut n)), BAD);
        assert_eq!(c!(module, C_GetAttributeValue(session, 1, template.as_mut_ptr(), huge)), BAD);
    }
    template[0].ulValueLen = CK_ULONG::MAX;
    let found = c!(module, C_FindObjectsInit(session, template.as_mut_ptr(), 1));
    assert_eq!(found, CKR_ATTRIBUTE_VALUE_INVALID);
    let mut sha = mechanism(CKM_SHA256);
    assert_eq!(c!(module, C_DigestInit(session, &raw mut sha)), CKR_OK);
    assert_eq!(c!(module, C_DigestUpdate(session, byte.as_mut_ptr(), CK_ULONG::MAX)), BAD);
}

#[test]
fn mechanisms_and_parameters_that_dont_go_together() {
    let module = Module::with_token();
    let session = module.user_session();
    let (_, private) = module.generate(session);
    let mut pss = CK_RSA_PKCS_PSS_PARAMS { hashAlg: CKM_MD5, mgf: CKG_MGF1_SHA256, sLen: 32 };
    let mut junk = [0_u8; 64];
    let with = |kind, start, len| CK_MECHANISM { mechanism: kind, pParameter: start, ulParameterLen: len };
    let (pss, junk) = ((&raw mut pss).cast(), junk.as_mut_ptr().cast());
    let size = size_of::<CK_RSA_PKCS_PSS_PARAMS>() as CK_ULONG;
    let cases = [
        (with(CKM_ECDSA_SHA256, junk, 4), CKR_MECHANISM_PARAM_INVALID),
        (with(CKM_ECDSA_SHA256, ptr::null_mut(), 4), CKR_MECHANISM_PARAM_INVALID),
        (with(CKM_SHA256_RSA_PKCS_PSS, ptr::null_mut(), 0), CKR_MECHANISM_PARAM_INVALID),
        (with(CKM_SHA256_RSA_PKCS_PSS, ptr::null_mut(), size), CKR_MECHANISM_PARAM_INVALID),
        (with(CKM_SHA256_RSA_PKCS_PSS, pss, size - 1), CKR_MECHANISM_PARAM_INVALID),
        (with(CKM_SHA256_RSA_PKCS_PSS, pss, CK_ULONG::MAX), CKR_MECHANISM_PARAM_INVALID),
        (with(CKM_SHA256_RSA_PKCS_PSS, pss, size), CKR_MECHANISM_PARAM_INVALID),
        (with(CKM_DES3_CBC, junk, 8), CKR_MECHANISM_INVALID),
        (with(CK_ULONG::MAX, ptr::null_mut(), 0), CKR_MECHANISM_INVALID),
        (with(CKM_SHA256, ptr::null_mut(), 0), CKR_MECHANISM_INVALID),
        (with(CKM_SHA256_HMAC, ptr::null_mut(), 0), CKR_KEY_TYPE_INCONSISTENT),
    ];
    for (mut kind, expected) in cases {
        assert_eq!(c!(module, C_SignInit(session, &raw mut kind, private)), expected, "{kind:?}");
    }
    let mut kind = mechanism(CKM_ECDSA_SHA256);
    for handle in [0, 0xffff, CK_ULONG::MAX] {
        assert_eq!(c!(module, C_SignInit(session, &raw mut kind, handle)), CKR_KEY_HANDLE_INVALID);
    }
}

#[test]
fn sessions_that_arent_there_and_functions_that_arent_yet() {
    let module = Module::with_token();
    let session = module.session();
    let mut n = 0;
    let open = |flags| c!(module, C_OpenSession(0, flags, ptr::null_mut(), None, &mut 0));
    assert_eq!(open(CKF_RW_SESSION), CKR_SESSION_PARALLEL_NOT_SUPPORTED);
    assert_eq!(open(CKF_SERIAL_SESSION | CKF_ASYNC_SESSION), CKR_SESSION_ASYNC_NOT_SUPPORTED);
    assert_eq!(c!(module, C_GetFunctionStatus(session)), CKR_FUNCTION_NOT_PARALLEL);
    for (handle, expected) in [
        (session, CKR_FUNCTION_NOT_SUPPORTED),
        (session + 1, CKR_SESSION_HANDLE_INVALID),
        (0, CKR_SESSION_HANDLE_INVALID),
        (CK_ULONG::MAX, CKR_SESSION_HANDLE_INVALID),
    ] {
        let answers = [
            c!(module, C_AsyncComplete(handle, ptr::null_mut(), ptr::null_mut())),
            c!(module, C_AsyncGetID(handle, ptr::null_mut(), &raw mut n)),
            c!(module, C_AsyncJoin(handle, ptr::null_mut(), 0, ptr::null_mut(), 0)),
        ];
        assert_eq!(answers, [expected; 3]);
    }
}

/// The same sequences that `cargo xtask fuzz` makes.
#[test]
fn any_sequence_of_calls_with_any_arguments() {
    let module = Module::load();
    let world = RefCell::new(World::new(module.list, module.dir.path()));
    let sequences = proptest::collection::vec(any::<u8>(), 0..2000);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(128));
    let outcome = runner.run(&sequences, |bytes| {
        hostile_calls::run(&mut world.borrow_mut(), module.list, &bytes);
        Ok(())
    });
    outcome.unwrap();
}
