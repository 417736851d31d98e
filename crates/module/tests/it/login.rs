//! Who is logged in, and how a PIN stands.

use std::ptr;

use cryptoki_sys::*;

use crate::support::{Module, P256, SO_PIN, USER_PIN, attribute, c, mechanism, text};

fn token_flags(module: &Module) -> CK_FLAGS {
    let mut info = CK_TOKEN_INFO::default();
    assert_eq!(c!(module, C_GetTokenInfo(0, &raw mut info)), CKR_OK);
    assert_eq!(&info.label, b"test token                      ");
    info.flags
}

fn state(module: &Module, session: CK_SESSION_HANDLE) -> CK_STATE {
    let mut info = CK_SESSION_INFO::default();
    assert_eq!(c!(module, C_GetSessionInfo(session, &raw mut info)), CKR_OK);
    assert_eq!(info.flags, CKF_SERIAL_SESSION | CKF_RW_SESSION);
    info.state
}

#[test]
fn the_state_follows_the_login() {
    let module = Module::with_token();
    let session = module.session();
    assert_eq!(state(&module, session), CKS_RW_PUBLIC_SESSION);
    for (user, pin, expected) in
        [(CKU_SO, SO_PIN, CKS_RW_SO_FUNCTIONS), (CKU_USER, USER_PIN, CKS_RW_USER_FUNCTIONS)]
    {
        assert_eq!(module.login(session, user, pin), CKR_OK);
        assert_eq!(state(&module, session), expected);
        assert_eq!(module.login(session, user, pin), CKR_USER_ALREADY_LOGGED_IN);
        assert_eq!(c!(module, C_Logout(session)), CKR_OK);
    }
    assert_eq!(c!(module, C_Logout(session)), CKR_USER_NOT_LOGGED_IN);
    assert_eq!(module.login(session, CKU_CONTEXT_SPECIFIC, USER_PIN), CKR_OPERATION_NOT_INITIALIZED);
    assert_eq!(module.login(session, 7, USER_PIN), CKR_USER_TYPE_INVALID);
    let (pin, len) = text(USER_PIN);
    let (name, name_len) = text("someone");
    let login = |name, len_of_name| c!(module, C_LoginUser(session, CKU_USER, pin, len, name, len_of_name));
    assert_eq!(login(name, name_len), CKR_ARGUMENTS_BAD);
    assert_eq!(login(ptr::null_mut(), 0), CKR_OK);
}

#[test]
fn wrong_pins_are_counted_and_shown() {
    let module = Module::with_token();
    let session = module.session();
    let low = CKF_USER_PIN_COUNT_LOW;
    let shown = CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_LOCKED;
    assert_eq!(token_flags(&module) & shown, 0);
    assert_eq!(module.login(session, CKU_USER, "wrong"), CKR_PIN_INCORRECT);
    assert_eq!(token_flags(&module) & shown, low);
    assert_eq!(module.login(session, CKU_USER, USER_PIN), CKR_OK);
    assert_eq!(token_flags(&module) & shown, 0);
    assert_eq!(c!(module, C_Logout(session)), CKR_OK);
    for _ in 0..9 {
        assert_eq!(module.login(session, CKU_USER, "wrong"), CKR_PIN_INCORRECT);
    }
    assert_eq!(token_flags(&module) & shown, low | CKF_USER_PIN_FINAL_TRY);
    assert_eq!(module.login(session, CKU_USER, "wrong"), CKR_PIN_INCORRECT);
    assert_eq!(token_flags(&module) & shown, CKF_USER_PIN_LOCKED);
    assert_eq!(module.login(session, CKU_USER, USER_PIN), CKR_PIN_LOCKED);
}

#[test]
fn a_logout_ends_private_keys_and_their_operations() {
    let module = Module::with_token();
    let session = module.user_session();
    let (_, private) = module.generate(session);
    let mut kind = mechanism(CKM_ECDSA_SHA256);
    assert_eq!(c!(module, C_SignInit(session, &raw mut kind, private)), CKR_OK);
    assert_eq!(c!(module, C_Logout(session)), CKR_OK);
    let (mut signature, mut len) = ([0; 64], 64);
    let signed = c!(module, C_Sign(session, ptr::null_mut(), 0, signature.as_mut_ptr(), &raw mut len));
    assert_eq!(signed, CKR_OPERATION_NOT_INITIALIZED);
    assert_eq!(module.login(session, CKU_USER, USER_PIN), CKR_OK);
    assert_eq!(c!(module, C_SignInit(session, &raw mut kind, private)), CKR_KEY_HANDLE_INVALID);
}

#[test]
fn session_objects_die_with_their_session() {
    let module = Module::with_token();
    let (keeper, session) = (module.user_session(), module.session());
    let (public, _) = module.generate(session);
    let mut label = [0; 8];
    let mut wanted = [attribute(CKA_LABEL, &mut label)];
    assert_eq!(c!(module, C_GetAttributeValue(keeper, public, wanted.as_mut_ptr(), 1)), CKR_OK);
    assert_eq!(c!(module, C_CloseSession(session)), CKR_OK);
    assert_eq!(c!(module, C_CloseSession(session)), CKR_SESSION_HANDLE_INVALID);
    let gone = c!(module, C_GetAttributeValue(keeper, public, wanted.as_mut_ptr(), 1));
    assert_eq!(gone, CKR_OBJECT_HANDLE_INVALID);
    assert_eq!(c!(module, C_CloseAllSessions(0)), CKR_OK);
    assert_eq!(c!(module, C_Logout(keeper)), CKR_SESSION_HANDLE_INVALID);
}

#[test]
fn a_key_that_asks_for_its_pin_each_time_gets_it_each_time() {
    let module = Module::with_token();
    let session = module.user_session();
    let (mut params, mut always) = (P256, [CK_TRUE]);
    let mut public = [attribute(CKA_EC_PARAMS, &mut params)];
    let mut private = [attribute(CKA_ALWAYS_AUTHENTICATE, &mut always)];
    let (mut made, mut pair, mut ecdsa) =
        ((0, 0), mechanism(CKM_EC_KEY_PAIR_GEN), mechanism(CKM_ECDSA_SHA256));
    let (public, private) = (public.as_mut_ptr(), private.as_mut_ptr());
    let (first, second) = (&raw mut made.0, &raw mut made.1);
    let generated =
        c!(module, C_GenerateKeyPair(session, &raw mut pair, public, 1, private, 1, first, second));
    assert_eq!(generated, CKR_OK);

    let (mut signature, mut len) = ([0; 64], 64);
    let mut sign = || c!(module, C_Sign(session, ptr::null_mut(), 0, signature.as_mut_ptr(), &raw mut len));
    for _ in 0..2 {
        assert_eq!(c!(module, C_SignInit(session, &raw mut ecdsa, made.1)), CKR_OK);
        assert_eq!(sign(), CKR_USER_NOT_LOGGED_IN);
        // Every answer but a length ends the signature (section 5.13).
        assert_eq!(sign(), CKR_OPERATION_NOT_INITIALIZED);
        assert_eq!(c!(module, C_SignInit(session, &raw mut ecdsa, made.1)), CKR_OK);
        assert_eq!(module.login(session, CKU_CONTEXT_SPECIFIC, "wrong"), CKR_PIN_INCORRECT);
        assert_eq!(module.login(session, CKU_CONTEXT_SPECIFIC, USER_PIN), CKR_OK);
        assert_eq!(module.login(session, CKU_CONTEXT_SPECIFIC, USER_PIN), CKR_OPERATION_NOT_INITIALIZED);
        assert_eq!(sign(), CKR_OK);
    }
}

#[test]
fn a_pin_that_is_too_short_is_set_by_no_function() {
    let module = Module::with_token();
    let mut info = CK_TOKEN_INFO::default();
    assert_eq!(c!(module, C_GetTokenInfo(0, &raw mut info)), CKR_OK);
    assert_eq!((info.ulMinPinLen, info.ulMaxPinLen), (4, 255));
    let (long, mut label) = ("9".repeat(256), [b' '; 32]);
    for pin in ["", "123", &long] {
        let (new, len) = text(pin);
        let session = module.session();
        let (old, old_len) = text(SO_PIN);
        assert_eq!(module.login(session, CKU_SO, SO_PIN), CKR_OK);
        assert_eq!(c!(module, C_InitPIN(session, new, len)), CKR_PIN_LEN_RANGE, "{pin}");
        assert_eq!(c!(module, C_SetPIN(session, old, old_len, new, len)), CKR_PIN_LEN_RANGE, "{pin}");
        assert_eq!(c!(module, C_Logout(session)), CKR_OK);
        let (old, old_len) = text(USER_PIN);
        assert_eq!(c!(module, C_SetPIN(session, old, old_len, new, len)), CKR_PIN_LEN_RANGE, "{pin}");
        assert_eq!(module.login(session, CKU_USER, USER_PIN), CKR_OK, "the old one stays");
        assert_eq!(c!(module, C_CloseSession(session)), CKR_OK);
    }
    let fresh = Module::initialized();
    let (pin, len) = text("123");
    assert_eq!(c!(fresh, C_InitToken(0, pin, len, label.as_mut_ptr())), CKR_PIN_LEN_RANGE);
}

#[test]
fn the_security_officer_neither_sees_nor_uses_what_is_private() {
    let module = Module::with_token();
    let session = module.user_session();
    let (public, private) = module.generate(session);
    let mut class = CKO_PRIVATE_KEY.to_ne_bytes();
    let mut wanted = [attribute(CKA_CLASS, &mut class)];
    let mut found = || {
        let (mut handle, mut count) = (0, 0);
        assert_eq!(c!(module, C_FindObjectsInit(session, wanted.as_mut_ptr(), 1)), CKR_OK);
        assert_eq!(c!(module, C_FindObjects(session, &raw mut handle, 1, &raw mut count)), CKR_OK);
        assert_eq!(c!(module, C_FindObjectsFinal(session)), CKR_OK);
        (count, handle)
    };
    assert_eq!(found(), (1, private));
    assert_eq!(c!(module, C_Logout(session)), CKR_OK);
    assert_eq!(module.login(session, CKU_SO, SO_PIN), CKR_OK);
    assert_eq!(found().0, 0);
    let mut size = 0;
    assert_eq!(c!(module, C_GetObjectSize(session, public, &raw mut size)), CKR_OK);
    for handle in [private, private + 1, private - 1].into_iter().filter(|handle| *handle != public) {
        let mut ecdsa = mechanism(CKM_ECDSA_SHA256);
        assert_eq!(c!(module, C_SignInit(session, &raw mut ecdsa, handle)), CKR_KEY_HANDLE_INVALID);
        let mut size = 0;
        assert_eq!(c!(module, C_GetObjectSize(session, handle, &raw mut size)), CKR_OBJECT_HANDLE_INVALID);
        assert_eq!(c!(module, C_DestroyObject(session, handle)), CKR_OBJECT_HANDLE_INVALID);
    }
}
