//! Several slots, and one that can't be used.

use std::{fs, ptr};

use cryptoki_sys::*;

use crate::support::{Module, SO_PIN, c, initialize_with, text};

/// The numbers of the slots, and which of them have an initialised token.
fn listed(module: &Module) -> Vec<(CK_SLOT_ID, bool)> {
    let mut count = 0;
    assert_eq!(c!(module, C_GetSlotList(CK_TRUE, ptr::null_mut(), &raw mut count)), CKR_OK);
    let mut slots = vec![0; count as usize];
    assert_eq!(c!(module, C_GetSlotList(CK_TRUE, slots.as_mut_ptr(), &raw mut count)), CKR_OK);
    let initialized = |slot: CK_SLOT_ID| {
        let (mut place, mut info) = (CK_SLOT_INFO::default(), CK_TOKEN_INFO::default());
        assert_eq!(c!(module, C_GetSlotInfo(slot, &raw mut place)), CKR_OK);
        assert_eq!(place.flags & CKF_TOKEN_PRESENT, CKF_TOKEN_PRESENT);
        assert_eq!(c!(module, C_GetTokenInfo(slot, &raw mut info)), CKR_OK);
        info.flags & CKF_TOKEN_INITIALIZED != 0
    };
    slots.into_iter().map(|slot| (slot, initialized(slot))).collect()
}

fn init_token(module: &Module, slot: CK_SLOT_ID, name: &str) {
    let mut label = [b' '; 32];
    label[..name.len()].copy_from_slice(name.as_bytes());
    let (pin, len) = text(SO_PIN);
    assert_eq!(c!(module, C_InitToken(slot, pin, len, label.as_mut_ptr())), CKR_OK);
}

fn label_of(module: &Module, slot: CK_SLOT_ID) -> String {
    let mut info = CK_TOKEN_INFO::default();
    assert_eq!(c!(module, C_GetTokenInfo(slot, &raw mut info)), CKR_OK);
    String::from_utf8_lossy(&info.label).trim_end().to_owned()
}

#[test]
fn there_is_always_one_slot_with_no_token_yet() {
    let module = Module::load();
    fs::write(module.config(), "stores = \"tokens\"\n[[slot]]\nstore = \"first\"\n").unwrap();
    assert_eq!(module.initialize(), CKR_OK);
    assert_eq!(listed(&module), [(0, false)]);
    init_token(&module, 0, "listed");
    assert!(!module.dir.path().join("tokens").exists(), "offering a slot leaves no trace");
    assert_eq!(listed(&module), [(0, true), (1, false)]);
    init_token(&module, 1, "made");
    assert_eq!(listed(&module), [(0, true), (1, true), (2, false)]);
    assert!(module.dir.path().join("tokens/1/token.db").is_file());

    // The numbers survive a restart.
    assert_eq!(c!(module, C_Finalize(ptr::null_mut())), CKR_OK);
    assert_eq!(module.initialize(), CKR_OK);
    assert_eq!(listed(&module), [(0, true), (1, true), (2, false)]);
    assert_eq!((label_of(&module, 0), label_of(&module, 1)), ("listed".into(), "made".into()));
}

#[test]
fn a_token_that_another_process_made_is_found_and_never_overwritten() {
    let (here, there) = (Module::load(), Module::load());
    fs::write(here.config(), "stores = \"tokens\"\n").unwrap();
    assert_eq!(here.initialize(), CKR_OK);
    assert_eq!(initialize_with(there.list, &here.config()), CKR_OK);
    // Both offer a slot, and neither has seen what the other makes in its own.
    init_token(&here, 0, "here");
    init_token(&there, 0, "there");
    assert_eq!((label_of(&here, 0), label_of(&there, 0)), ("here".into(), "there".into()));
    assert_eq!(listed(&here), [(0, true), (1, true), (2, false)]);
    assert_eq!(label_of(&here, 1), "there");
    assert_eq!(label_of(&there, 0), "there", "a number stays while the library is initialised");
}

#[test]
fn a_list_of_slots_is_all_there_is() {
    let module = Module::initialized();
    init_token(&module, 0, "only");
    assert_eq!(listed(&module), [(0, true)]);
}

#[test]
fn stores_are_numbered_in_the_order_of_their_names() {
    let module = Module::load();
    fs::write(module.config(), "stores = \"tokens\"\n").unwrap();
    assert_eq!(module.initialize(), CKR_OK);
    init_token(&module, 0, "1");
    assert_eq!(c!(module, C_Finalize(ptr::null_mut())), CKR_OK);
    let tokens = module.dir.path().join("tokens");
    for name in ["10", "2", "b"] {
        fs::create_dir(tokens.join(name)).unwrap();
        fs::write(tokens.join(name).join("token.db"), "this is no token").unwrap();
    }
    assert_eq!(module.initialize(), CKR_OK);
    // Those that can't be used have no token to show, and keep their numbers.
    assert_eq!(listed(&module), [(0, true), (4, false)]);
    let mut info = CK_TOKEN_INFO::default();
    assert_eq!(c!(module, C_GetTokenInfo(3, &raw mut info)), CKR_TOKEN_NOT_RECOGNIZED);
    init_token(&module, 4, "3");
    assert!(tokens.join("3/token.db").is_file(), "the first free number");
}

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
    let messages = CKF_MESSAGE_SIGN | CKF_MESSAGE_VERIFY | CKF_MULTI_MESSAGE;
    assert_eq!(flags(CKM_ECDSA_SHA256), CKF_SIGN | CKF_VERIFY | messages | curves);
    let messages = CKF_MESSAGE_ENCRYPT | CKF_MESSAGE_DECRYPT | CKF_MULTI_MESSAGE;
    assert_eq!(flags(CKM_AES_GCM) & (messages | CKF_MESSAGE_SIGN), messages);
    assert_eq!(flags(CKM_AES_CBC) & messages, 0);
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
