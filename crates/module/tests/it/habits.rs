//! What programs do that the standard leaves open, forbids or never mentions, and that has to work all the same. A
//! process of its own, as the first thing that programs do is to say nothing of a configuration.

#![allow(clippy::unwrap_used, reason = "a test that can't go on says where")]

use std::ffi::c_void;
use std::process::Command;
use std::{env, ptr};

use cryptoki_sys::*;

use crate::support::{Module, USER_PIN, attribute, c};

/// Says to a process that it is the program.
const PROGRAM: &str = "PORTCULLIS_TEST_PROGRAM";

#[test]
fn a_program_that_says_as_little_as_it_can() {
    if env::var_os(PROGRAM).is_some() {
        return program();
    }
    let module = Module::with_token();
    assert_eq!(c!(module, C_Finalize(ptr::null_mut())), CKR_OK);
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "habits::a_program_that_says_as_little_as_it_can", "--nocapture"])
        .env(PROGRAM, "1")
        .env("PORTCULLIS_CONF", module.config())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

extern "C" fn notify(_: CK_SESSION_HANDLE, _: CK_NOTIFICATION, _: *mut c_void) -> CK_RV {
    CKR_OK
}

fn program() {
    let module = Module::load();
    assert_eq!(c!(module, C_Initialize(ptr::null_mut())), CKR_OK);
    assert_eq!(c!(module, C_Initialize(ptr::null_mut())), CKR_CRYPTOKI_ALREADY_INITIALIZED);
    let session = looks_around(&module);
    finds_one_by_one(&module, session);
    // Sessions, a search and a login are left as they are.
    assert_eq!(c!(module, C_FindObjectsInit(session, ptr::null_mut(), 0)), CKR_OK);
    assert_eq!(c!(module, C_Finalize(ptr::null_mut())), CKR_OK);
    assert_eq!(c!(module, C_Initialize(ptr::null_mut())), CKR_OK);
    assert_eq!(c!(module, C_Logout(session)), CKR_SESSION_HANDLE_INVALID);
    let again = looks_around(&module);
    assert_eq!(c!(module, C_Logout(again)), CKR_USER_NOT_LOGGED_IN, "the login went with the library");
}

/// Lists without a session, then opens one with a pointer and a function that mean something to the program alone.
fn looks_around(module: &Module) -> CK_SESSION_HANDLE {
    let mut slots = [0; 8];
    let mut count = 8;
    // Room enough at once, without the question for the length.
    assert_eq!(c!(module, C_GetSlotList(CK_TRUE, slots.as_mut_ptr(), &raw mut count)), CKR_OK);
    let (mut len, mut mechanisms) = (0, [0; 512]);
    assert_eq!(c!(module, C_GetMechanismList(slots[0], ptr::null_mut(), &raw mut len)), CKR_OK);
    len = 512;
    assert_eq!(c!(module, C_GetMechanismList(slots[0], mechanisms.as_mut_ptr(), &raw mut len)), CKR_OK);
    for mechanism in &mechanisms[..len as usize] {
        let mut info = CK_MECHANISM_INFO::default();
        assert_eq!(c!(module, C_GetMechanismInfo(slots[0], *mechanism, &raw mut info)), CKR_OK);
    }
    let (mut session, mut own) = (0, 0_u8);
    let (flags, application) = (CKF_SERIAL_SESSION | CKF_RW_SESSION, (&raw mut own).cast());
    let opened = c!(module, C_OpenSession(slots[0], flags, application, Some(notify), &raw mut session));
    assert_eq!(opened, CKR_OK);
    session
}

/// Asks for one object at a time, until there is none, and once more; and ends what has ended.
fn finds_one_by_one(module: &Module, session: CK_SESSION_HANDLE) {
    assert_eq!(module.login(session, CKU_USER, USER_PIN), CKR_OK);
    module.generate(session);
    let (mut handle, mut count, mut found) = (0, 1, 0);
    assert_eq!(c!(module, C_FindObjectsInit(session, ptr::null_mut(), 0)), CKR_OK);
    while count > 0 {
        assert_eq!(c!(module, C_FindObjects(session, &raw mut handle, 1, &raw mut count)), CKR_OK);
        found += count;
    }
    assert_eq!(found, 2, "the pair, and nothing that nobody made");
    assert_eq!(c!(module, C_FindObjects(session, &raw mut handle, 1, &raw mut count)), CKR_OK);
    assert_eq!(count, 0);
    assert_eq!(c!(module, C_FindObjectsFinal(session)), CKR_OK);
    assert_eq!(c!(module, C_FindObjectsFinal(session)), CKR_OPERATION_NOT_INITIALIZED);
    // An attribute that no object here can have is not found, and is no error.
    let mut value = [1; 8];
    let mut unheard_of = [attribute(CKA_VENDOR_DEFINED | 77, &mut value)];
    assert_eq!(c!(module, C_FindObjectsInit(session, unheard_of.as_mut_ptr(), 1)), CKR_OK);
    assert_eq!(c!(module, C_FindObjects(session, &raw mut handle, 1, &raw mut count)), CKR_OK);
    assert_eq!(count, 0);
    assert_eq!(c!(module, C_FindObjectsFinal(session)), CKR_OK);
}
