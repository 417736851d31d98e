//! Size queries and short buffers: the operation goes on, and the needed length is told (section 5.2).

use std::ptr;

use cryptoki_sys::*;

use crate::support::{Module, c, mechanism};

/// A function that gives an answer of known length: a NULL or a buffer, and the place of its length.
type Answering<'a> = &'a dyn Fn(*mut CK_BYTE, *mut CK_ULONG) -> CK_RV;

/// Asks in every way that leaves the operation running, and once to its end; `after` is what a further call says once the answer was given.
fn check(needed: CK_ULONG, give: Answering<'_>, after: CK_RV) {
    let mut buffer = [0xee; 80];
    let cases = [
        (false, 0, CKR_OK),
        (false, CK_ULONG::MAX, CKR_OK),
        (true, 0, CKR_BUFFER_TOO_SMALL),
        (true, needed - 1, CKR_BUFFER_TOO_SMALL),
        (true, 80, CKR_OK),
        (true, 80, after),
    ];
    for (given, room, expected) in cases {
        let mut len = room;
        let start = if given { buffer.as_mut_ptr() } else { ptr::null_mut() };
        assert_eq!(give(start, &raw mut len), expected, "{given} {room}");
        if expected != after {
            assert_eq!(len, needed, "{given} {room}");
        }
        if expected == CKR_BUFFER_TOO_SMALL {
            assert_eq!(buffer, [0xee; 80]);
        }
    }
    assert!(buffer[needed as usize..].iter().all(|byte| *byte == 0xee));
}

#[test]
fn digests_and_signatures_negotiate_their_length() {
    let module = Module::with_token();
    let session = module.user_session();
    let (_, private) = module.generate(session);
    let mut data = *b"message";
    let start = data.as_mut_ptr();
    let (mut sha, mut ecdsa) = (mechanism(CKM_SHA384), mechanism(CKM_ECDSA_SHA256));
    let gone = CKR_OPERATION_NOT_INITIALIZED;

    assert_eq!(c!(module, C_DigestInit(session, &raw mut sha)), CKR_OK);
    assert_eq!(c!(module, C_DigestInit(session, &raw mut sha)), CKR_OPERATION_ACTIVE);
    check(48, &|out, len| c!(module, C_Digest(session, start, 7, out, len)), gone);
    assert_eq!(c!(module, C_DigestInit(session, &raw mut sha)), CKR_OK);
    assert_eq!(c!(module, C_DigestUpdate(session, start, 7)), CKR_OK);
    let whole = c!(module, C_Digest(session, start, 7, ptr::null_mut(), &mut 0));
    assert_eq!(whole, CKR_OPERATION_ACTIVE);
    check(48, &|out, len| c!(module, C_DigestFinal(session, out, len)), gone);

    assert_eq!(c!(module, C_SignInit(session, &raw mut ecdsa, private)), CKR_OK);
    check(64, &|out, len| c!(module, C_Sign(session, start, 7, out, len)), gone);
    assert_eq!(c!(module, C_SignInit(session, &raw mut ecdsa, private)), CKR_OK);
    assert_eq!(c!(module, C_SignUpdate(session, start, 3)), CKR_OK);
    check(64, &|out, len| c!(module, C_SignFinal(session, out, len)), gone);
}

#[test]
fn an_answer_may_lie_over_its_input() {
    let module = Module::with_token();
    let session = module.session();
    let mut sha = mechanism(CKM_SHA256);
    let mut buffer = [0; 40];
    buffer[..3].copy_from_slice(b"abc");
    let (start, mut len) = (buffer.as_mut_ptr(), 40);
    assert_eq!(c!(module, C_DigestInit(session, &raw mut sha)), CKR_OK);
    assert_eq!(c!(module, C_Digest(session, start, 3, start, &raw mut len)), CKR_OK);
    assert_eq!((len, &buffer[..4]), (32, &[0xba, 0x78, 0x16, 0xbf][..]));
}

#[test]
fn a_signature_is_verified_whole_and_in_parts() {
    let module = Module::with_token();
    let session = module.user_session();
    let (public, private) = module.generate(session);
    let mut data = *b"message";
    let (start, mut kind) = (data.as_mut_ptr(), mechanism(CKM_ECDSA_SHA256));
    let (mut signature, mut len) = ([0; 64], 64);
    assert_eq!(c!(module, C_SignInit(session, &raw mut kind, private)), CKR_OK);
    assert_eq!(c!(module, C_Sign(session, start, 7, signature.as_mut_ptr(), &raw mut len)), CKR_OK);

    let mut verify = |data: *mut u8, signature_len| {
        assert_eq!(c!(module, C_VerifyInit(session, &raw mut kind, public)), CKR_OK);
        c!(module, C_Verify(session, data, 7, signature.as_mut_ptr(), signature_len))
    };
    assert_eq!(verify(start, 64), CKR_OK);
    assert_eq!(verify(start, 63), CKR_SIGNATURE_LEN_RANGE);
    assert_eq!(verify(b"massage".as_ptr().cast_mut(), 64), CKR_SIGNATURE_INVALID);
    assert_eq!(c!(module, C_VerifyInit(session, &raw mut kind, public)), CKR_OK);
    assert_eq!(c!(module, C_VerifyUpdate(session, start, 3)), CKR_OK);
    assert_eq!(c!(module, C_VerifyUpdate(session, start.wrapping_add(3), 4)), CKR_OK);
    assert_eq!(c!(module, C_VerifyFinal(session, signature.as_mut_ptr(), 64)), CKR_OK);
}

#[test]
fn cancelling_ends_what_it_names() {
    let module = Module::with_token();
    let session = module.session();
    let mut sha = mechanism(CKM_SHA256);
    let init = |mechanism| c!(module, C_DigestInit(session, mechanism));
    assert_eq!(init(ptr::null_mut()), CKR_ARGUMENTS_BAD);
    assert_eq!(init(&raw mut sha), CKR_OK);
    assert_eq!(init(ptr::null_mut()), CKR_OK);
    assert_eq!(init(&raw mut sha), CKR_OK);
    assert_eq!(c!(module, C_SessionCancel(session, CKF_SIGN | CKF_FIND_OBJECTS)), CKR_OK);
    assert_eq!(init(&raw mut sha), CKR_OPERATION_ACTIVE);
    assert_eq!(c!(module, C_SessionCancel(session, CKF_DIGEST)), CKR_OK);
    assert_eq!(init(&raw mut sha), CKR_OK);
}
