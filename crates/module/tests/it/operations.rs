//! Operations beside the usual ones: two on one part, a digest that goes on in another session, messages that are
//! signed, signatures that come first.

use std::ptr;

use cryptoki_sys::*;

use crate::support::{Module, c, mechanism};

fn bytes(text: &[u8]) -> *mut u8 {
    text.as_ptr().cast_mut()
}

#[test]
fn messages_are_signed_and_verified() {
    let module = Module::with_token();
    let session = module.user_session();
    let (public, private) = module.generate(session);
    let (mut kind, mut whole, mut parts, mut len) = (mechanism(CKM_ECDSA_SHA256), [0; 64], [0; 64], 64);
    let none = ptr::null_mut();
    assert_eq!(c!(module, C_MessageSignInit(session, &raw mut kind, private)), CKR_OK);
    let signature = whole.as_mut_ptr();
    assert_eq!(
        c!(module, C_SignMessage(session, none, 0, bytes(b"message"), 7, signature, &raw mut len)),
        CKR_OK
    );
    assert_eq!(c!(module, C_SignMessageBegin(session, none, 0)), CKR_OK);
    let next = |part: &[u8], signature, len: *mut CK_ULONG| {
        let (start, part_len) = (bytes(part), part.len() as CK_ULONG);
        c!(module, C_SignMessageNext(session, none, 0, start, part_len, signature, len))
    };
    assert_eq!(next(b"mess", ptr::null_mut(), ptr::null_mut()), CKR_OK);
    assert_eq!((next(b"age", ptr::null_mut(), &raw mut len), len), (CKR_OK, 64));
    len = 63;
    assert_eq!(next(b"age", parts.as_mut_ptr(), &raw mut len), CKR_BUFFER_TOO_SMALL);
    assert_eq!((next(b"age", parts.as_mut_ptr(), &raw mut len), len), (CKR_OK, 64));
    assert_eq!(c!(module, C_SignMessageBegin(session, none, 5)), CKR_MECHANISM_PARAM_INVALID);
    assert_eq!(c!(module, C_MessageSignFinal(session)), CKR_OK);

    assert_eq!(c!(module, C_MessageVerifyInit(session, &raw mut kind, public)), CKR_OK);
    let verify = |text: &[u8]| {
        c!(module, C_VerifyMessage(session, none, 0, bytes(text), 7, parts.as_ptr().cast_mut(), 64))
    };
    assert_eq!(verify(b"massage"), CKR_SIGNATURE_INVALID);
    assert_eq!(verify(b"message"), CKR_OK);
    assert_eq!(c!(module, C_VerifyMessageBegin(session, none, 0)), CKR_OK);
    let next = |part, len, signature| {
        c!(module, C_VerifyMessageNext(session, none, 0, bytes(part), len, signature, 64))
    };
    assert_eq!(next(b"mess", 4, ptr::null_mut()), CKR_OK);
    assert_eq!(next(b"age", 3, whole.as_mut_ptr()), CKR_OK);
    assert_eq!(c!(module, C_MessageVerifyFinal(session)), CKR_OK);

    // And a signature that comes before its message.
    let (signature, data) = (whole.as_mut_ptr(), bytes(b"message"));
    let init = || {
        c!(module, C_VerifySignatureInit(session, &mut mechanism(CKM_ECDSA_SHA256), public, signature, 64))
    };
    assert_eq!(init(), CKR_OK);
    assert_eq!(c!(module, C_VerifySignature(session, data, 7)), CKR_OK);
    assert_eq!(init(), CKR_OK);
    assert_eq!(c!(module, C_VerifySignatureUpdate(session, data, 6)), CKR_OK);
    assert_eq!(c!(module, C_VerifySignatureFinal(session)), CKR_SIGNATURE_INVALID);
    assert_eq!(c!(module, C_VerifySignatureFinal(session)), CKR_OPERATION_NOT_INITIALIZED);
}

#[test]
fn what_cant_be_saved_or_digested_has_its_name() {
    let module = Module::with_token();
    let session = module.user_session();
    let (public, private) = module.generate(session);
    let (mut state, mut len) = ([0; 256], 256);
    let start = state.as_mut_ptr();
    let save = |len: &mut CK_ULONG| c!(module, C_GetOperationState(session, start, len));
    assert_eq!(save(&mut len), CKR_OPERATION_NOT_INITIALIZED);
    let mut ecdsa = mechanism(CKM_ECDSA_SHA256);
    assert_eq!(c!(module, C_SignInit(session, &raw mut ecdsa, private)), CKR_OK);
    assert_eq!(save(&mut len), CKR_STATE_UNSAVEABLE);
    assert_eq!(c!(module, C_SetOperationState(session, start, 40, 0, 0)), CKR_SAVED_STATE_INVALID);
    assert_eq!(c!(module, C_SetOperationState(session, start, 40, private, 0)), CKR_KEY_NOT_NEEDED);
    assert_eq!(c!(module, C_DigestKey(session, public)), CKR_OPERATION_NOT_INITIALIZED);
    assert_eq!(c!(module, C_DigestInit(session, &mut mechanism(CKM_SHA256))), CKR_OK);
    assert_eq!(c!(module, C_DigestKey(session, public)), CKR_KEY_INDIGESTIBLE);
    len = 0;
    // No cipher runs beside the digest.
    let dual = c!(module, C_DigestEncryptUpdate(session, start, 4, start, &raw mut len));
    assert_eq!(dual, CKR_OPERATION_NOT_INITIALIZED);
    let dual = c!(module, C_DecryptVerifyUpdate(session, start, 4, start, &raw mut len));
    assert_eq!(dual, CKR_OPERATION_NOT_INITIALIZED);
    // The mechanism signs, but not with its message inside.
    let recover = c!(module, C_SignRecoverInit(session, &raw mut ecdsa, private));
    assert_eq!(recover, CKR_MECHANISM_INVALID);
    let recover = c!(module, C_VerifyRecover(session, start, 4, start, &raw mut len));
    assert_eq!(recover, CKR_OPERATION_NOT_INITIALIZED);
}
