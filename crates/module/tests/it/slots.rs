//! Several slots, and one that can't be used.

use std::{fs, ptr};

use cryptoki_sys::*;

use crate::support::{Module, c, text};

#[test]
fn a_slot_that_cant_be_used_hides_no_other() {
    let module = Module::load();
    let broken = module.dir.path().join("broken");
    fs::create_dir(&broken).unwrap();
    fs::write(broken.join("token.db"), "this is no token").unwrap();
    fs::write(
        module.config(),
        "[[slot]]\nstore = \"broken\"\n[[slot]]\nstore = \"good\"\ndescription = \"good one\"\n",
    )
    .unwrap();
    assert_eq!(module.initialize(), CKR_OK);

    let mut slots = [CK_ULONG::MAX; 2];
    let mut count = 2;
    assert_eq!(c!(module, C_GetSlotList(CK_FALSE, slots.as_mut_ptr(), &raw mut count)), CKR_OK);
    assert_eq!((slots, count), ([0, 1], 2));
    assert_eq!(c!(module, C_GetSlotList(CK_TRUE, slots.as_mut_ptr(), &raw mut count)), CKR_OK);
    assert_eq!((slots[0], count), (1, 1));

    let mut info = CK_SLOT_INFO::default();
    assert_eq!(c!(module, C_GetSlotInfo(0, &raw mut info)), CKR_OK);
    assert_eq!(info.flags & CKF_TOKEN_PRESENT, 0);
    assert_eq!(c!(module, C_GetSlotInfo(1, &raw mut info)), CKR_OK);
    assert_eq!(info.flags & CKF_TOKEN_PRESENT, CKF_TOKEN_PRESENT);
    assert!(info.slotDescription.starts_with(b"good one  "));

    let mut token = CK_TOKEN_INFO::default();
    assert_eq!(c!(module, C_GetTokenInfo(0, &raw mut token)), CKR_TOKEN_NOT_RECOGNIZED);
    assert_eq!(c!(module, C_GetTokenInfo(2, &raw mut token)), CKR_SLOT_ID_INVALID);
    let (pin, len) = text("12345678");
    let mut label = [b' '; 32];
    assert_eq!(c!(module, C_InitToken(0, pin, len, label.as_mut_ptr())), CKR_TOKEN_NOT_RECOGNIZED);
    assert_eq!(fs::read(broken.join("token.db")).unwrap(), b"this is no token");
}

#[test]
fn mechanisms_say_what_they_can() {
    let module = Module::initialized();
    let mut count = 0;
    assert_eq!(c!(module, C_GetMechanismList(0, ptr::null_mut(), &raw mut count)), CKR_OK);
    let mut list = vec![0; count as usize];
    assert_eq!(c!(module, C_GetMechanismList(0, list.as_mut_ptr(), &raw mut count)), CKR_OK);
    let flags = |kind| {
        let mut info = CK_MECHANISM_INFO::default();
        assert_eq!(c!(module, C_GetMechanismInfo(0, kind, &raw mut info)), CKR_OK);
        info.flags
    };
    assert!(list.iter().all(|kind| flags(*kind) != 0));
    let curves = CKF_EC_F_P | CKF_EC_OID | CKF_EC_UNCOMPRESS;
    assert_eq!(flags(CKM_ECDSA_SHA256), CKF_SIGN | CKF_VERIFY | curves);
    assert_eq!(flags(CKM_EC_KEY_PAIR_GEN), CKF_GENERATE_KEY_PAIR | curves);
    assert_eq!(flags(CKM_GENERIC_SECRET_KEY_GEN), CKF_GENERATE);
    assert_eq!(flags(CKM_SHA256), CKF_DIGEST);
    let mut info = CK_MECHANISM_INFO::default();
    for legacy in [CKM_DES3_CBC, CKM_DSA, CKM_DH_PKCS_DERIVE] {
        assert_eq!(c!(module, C_GetMechanismInfo(0, legacy, &raw mut info)), CKR_MECHANISM_INVALID);
    }
}

#[test]
fn no_slot_event_ever_occurs() {
    let module = Module::initialized();
    let mut slot = 0;
    let wait = |flags, slot, reserved| c!(module, C_WaitForSlotEvent(flags, slot, reserved));
    assert_eq!(wait(CKF_DONT_BLOCK, &raw mut slot, ptr::null_mut()), CKR_NO_EVENT);
    assert_eq!(wait(0, &raw mut slot, ptr::null_mut()), CKR_FUNCTION_NOT_SUPPORTED);
    // Nothing is ever written, so nothing is asked of the place.
    assert_eq!(wait(CKF_DONT_BLOCK, ptr::null_mut(), ptr::null_mut()), CKR_NO_EVENT);
    assert_eq!(wait(CKF_DONT_BLOCK, &raw mut slot, (&raw mut slot).cast()), CKR_ARGUMENTS_BAD);
}
