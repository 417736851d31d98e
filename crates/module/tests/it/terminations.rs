//! When an operation ends: every answer ends it but a length that was asked for and a short buffer (PKCS #11 v3.2
//! sections 5.8 to 5.16, each at its function).

use std::ptr;

use cryptoki_sys::*;

use crate::support::{Module, attribute, c, mechanism};

#[test]
fn a_bad_argument_ends_a_digest() {
    let module = Module::with_token();
    let session = module.session();
    let mut sha = mechanism(CKM_SHA256);
    let (mut data, mut digest, mut len) = (*b"data", [0; 32], 32);
    let (data, out) = (data.as_mut_ptr(), digest.as_mut_ptr());
    let init = |sha: &mut CK_MECHANISM| assert_eq!(c!(module, C_DigestInit(session, sha)), CKR_OK);
    let gone = |len: &mut CK_ULONG| {
        assert_eq!(c!(module, C_DigestFinal(session, out, len)), CKR_OPERATION_NOT_INITIALIZED);
    };

    init(&mut sha);
    assert_eq!(c!(module, C_Digest(session, data, 4, out, ptr::null_mut())), CKR_ARGUMENTS_BAD);
    gone(&mut len);
    init(&mut sha);
    assert_eq!(c!(module, C_DigestUpdate(session, ptr::null_mut(), 4)), CKR_ARGUMENTS_BAD);
    gone(&mut len);
    init(&mut sha);
    assert_eq!(c!(module, C_DigestFinal(session, out, ptr::null_mut())), CKR_ARGUMENTS_BAD);
    gone(&mut len);

    // A length and a short buffer end nothing.
    init(&mut sha);
    assert_eq!(c!(module, C_Digest(session, data, 4, ptr::null_mut(), &raw mut len)), CKR_OK);
    let mut short = 2;
    assert_eq!(c!(module, C_Digest(session, data, 4, out, &raw mut short)), CKR_BUFFER_TOO_SMALL);
    assert_eq!((len, short), (32, 32));
    assert_eq!(c!(module, C_Digest(session, data, 4, out, &raw mut len)), CKR_OK);
}

#[test]
fn a_bad_argument_ends_a_signature_and_its_check() {
    let module = Module::with_token();
    let session = module.user_session();
    let (public, private) = module.generate(session);
    let mut ecdsa = mechanism(CKM_ECDSA_SHA256);
    let (mut data, mut signature, mut len) = (*b"data", [0; 64], 64);
    let (data, out) = (data.as_mut_ptr(), signature.as_mut_ptr());

    assert_eq!(c!(module, C_SignInit(session, &raw mut ecdsa, private)), CKR_OK);
    assert_eq!(c!(module, C_Sign(session, data, 4, out, ptr::null_mut())), CKR_ARGUMENTS_BAD);
    let again = c!(module, C_Sign(session, data, 4, out, &raw mut len));
    assert_eq!(again, CKR_OPERATION_NOT_INITIALIZED);

    assert_eq!(c!(module, C_VerifyInit(session, &raw mut ecdsa, public)), CKR_OK);
    assert_eq!(c!(module, C_Verify(session, ptr::null_mut(), 4, out, 64)), CKR_ARGUMENTS_BAD);
    assert_eq!(c!(module, C_Verify(session, data, 4, out, 64)), CKR_OPERATION_NOT_INITIALIZED);
}

#[test]
fn a_bad_argument_ends_an_encryption_and_a_decryption() {
    let module = Module::with_token();
    let session = module.user_session();
    let (mut kind, mut len) = (mechanism(CKM_AES_KEY_GEN), (16 as CK_ULONG).to_ne_bytes());
    let (mut template, mut key) = ([attribute(CKA_VALUE_LEN, &mut len)], 0);
    let made = c!(module, C_GenerateKey(session, &raw mut kind, template.as_mut_ptr(), 1, &raw mut key));
    assert_eq!(made, CKR_OK);
    let mut ecb = mechanism(CKM_AES_ECB);
    let (mut data, mut block, mut room) = ([7; 16], [0; 16], 16);
    let (data, out) = (data.as_mut_ptr(), block.as_mut_ptr());
    let none = ptr::null_mut();

    for _ in 0..2 {
        // Had the first operation gone on, the second could not be started.
        assert_eq!(c!(module, C_EncryptInit(session, &raw mut ecb, key)), CKR_OK);
        assert_eq!(c!(module, C_Encrypt(session, data, 16, ptr::null_mut(), none)), CKR_ARGUMENTS_BAD);
        assert_eq!(c!(module, C_DecryptInit(session, &raw mut ecb, key)), CKR_OK);
        assert_eq!(c!(module, C_DecryptFinal(session, ptr::null_mut(), none)), CKR_ARGUMENTS_BAD);
    }
    let over = c!(module, C_EncryptFinal(session, out, &raw mut room));
    assert_eq!(over, CKR_OPERATION_NOT_INITIALIZED);
}

/// A private key of 2048 bits, which may ask for its PIN before each use.
fn rsa(module: &Module, session: CK_SESSION_HANDLE, asks: CK_BBOOL) -> CK_OBJECT_HANDLE {
    let (mut bits, mut asks) = ((2048 as CK_ULONG).to_ne_bytes(), [asks]);
    let mut public = [attribute(CKA_MODULUS_BITS, &mut bits)];
    let mut private = [attribute(CKA_ALWAYS_AUTHENTICATE, &mut asks)];
    let (mut pair, mut keys) = (mechanism(CKM_RSA_PKCS_KEY_PAIR_GEN), (0, 0));
    let (public, private) = (public.as_mut_ptr(), private.as_mut_ptr());
    let (first, second) = (&raw mut keys.0, &raw mut keys.1);
    let made = c!(module, C_GenerateKeyPair(session, &raw mut pair, public, 1, private, 1, first, second));
    assert_eq!(made, CKR_OK);
    keys.1
}

#[test]
fn a_key_decrypts_nothing_before_its_pin_and_the_decryption_ends() {
    let module = Module::with_token();
    let session = module.user_session();
    let (private, mut pkcs1) = (rsa(&module, session, CK_TRUE), mechanism(CKM_RSA_PKCS));
    let (mut data, mut out, mut len) = ([7; 256], [0; 256], 256);
    let (data, out) = (data.as_mut_ptr(), out.as_mut_ptr());
    assert_eq!(c!(module, C_DecryptInit(session, &raw mut pkcs1, private)), CKR_OK);
    let mut decrypt = || c!(module, C_Decrypt(session, data, 256, out, &raw mut len));
    assert_eq!(decrypt(), CKR_USER_NOT_LOGGED_IN);
    assert_eq!(decrypt(), CKR_OPERATION_NOT_INITIALIZED);
}

/// Section 6.3: ECDSA over a digest is for single-part operations only.
#[test]
fn a_mechanism_that_signs_a_digest_takes_no_parts() {
    let module = Module::with_token();
    let session = module.user_session();
    let (public, private) = module.generate(session);
    let mut ecdsa = mechanism(CKM_ECDSA);
    let (mut digest, mut signature, mut len) = ([7; 32], [0; 64], 64);
    let (data, out) = (digest.as_mut_ptr(), signature.as_mut_ptr());

    let init = |m: &mut CK_MECHANISM| assert_eq!(c!(module, C_SignInit(session, m, private)), CKR_OK);
    let sign = |len: &mut CK_ULONG| c!(module, C_Sign(session, data, 32, out, len));
    init(&mut ecdsa);
    assert_eq!(c!(module, C_SignUpdate(session, data, 16)), CKR_OPERATION_NOT_INITIALIZED);
    assert_eq!(sign(&mut len), CKR_OPERATION_NOT_INITIALIZED, "it has ended");
    init(&mut ecdsa);
    assert_eq!(c!(module, C_SignFinal(session, out, &raw mut len)), CKR_OPERATION_NOT_INITIALIZED);
    init(&mut ecdsa);
    assert_eq!(sign(&mut len), CKR_OK);

    let init = |m: &mut CK_MECHANISM| assert_eq!(c!(module, C_VerifyInit(session, m, public)), CKR_OK);
    init(&mut ecdsa);
    assert_eq!(c!(module, C_VerifyUpdate(session, data, 16)), CKR_OPERATION_NOT_INITIALIZED);
    init(&mut ecdsa);
    assert_eq!(c!(module, C_VerifyFinal(session, out, 64)), CKR_OPERATION_NOT_INITIALIZED);
    init(&mut ecdsa);
    assert_eq!(c!(module, C_Verify(session, data, 32, out, 64)), CKR_OK);
}

/// OpenSC's `pkcs11-tool --test` signs a block in parts.
#[test]
fn a_block_is_signed_in_parts_all_the_same() {
    let module = Module::with_token();
    let session = module.user_session();
    let (private, mut raw) = (rsa(&module, session, CK_FALSE), mechanism(CKM_RSA_PKCS));
    let (mut data, mut whole, mut parts, mut len) = ([7; 35], [0; 256], [0; 256], 256);
    let (data, end) = (data.as_mut_ptr(), parts.as_mut_ptr());
    assert_eq!(c!(module, C_SignInit(session, &raw mut raw, private)), CKR_OK);
    assert_eq!(c!(module, C_Sign(session, data, 35, whole.as_mut_ptr(), &raw mut len)), CKR_OK);
    assert_eq!(c!(module, C_SignInit(session, &raw mut raw, private)), CKR_OK);
    for part in [15, 20] {
        assert_eq!(c!(module, C_SignUpdate(session, data, part)), CKR_OK);
    }
    assert_eq!(c!(module, C_SignFinal(session, end, &raw mut len)), CKR_OK);
    assert_eq!(whole, parts);
}
