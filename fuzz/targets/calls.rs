//! Sequences of calls with hostile arguments through the C ABI, as the property test of `crates/module` makes them.
//! A panic that the module catches ends the run too: libFuzzer's hook comes first.

#![no_main]
#![deny(unsafe_code)]

use std::ptr;
use std::sync::Mutex;

use cryptoki_sys::{CK_FUNCTION_LIST_3_2, CKR_OK};
use libfuzzer_sys::fuzz_target;
use portcullis_pkcs11::C_GetInterface;

#[path = "../../crates/module/tests/hostile/mod.rs"]
mod hostile_calls;

use hostile_calls::World;

static WORLD: Mutex<Option<(World, &'static CK_FUNCTION_LIST_3_2)>> = Mutex::new(None);

fuzz_target!(|bytes: &[u8]| {
    let mut world = WORLD.lock().expect("a panic has ended the process");
    let (world, list) = world.get_or_insert_with(|| {
        let list = functions();
        let dir = tempfile::tempdir().expect("a temporary folder");
        // It is needed until the process ends.
        (World::new(list, &dir.keep()), list)
    });
    hostile_calls::run(world, list, bytes);
});

/// The functions of the preferred interface.
fn functions() -> &'static CK_FUNCTION_LIST_3_2 {
    let mut interface = ptr::null_mut();
    // SAFETY: NULL leaves the choice open; the place is a local variable.
    #[allow(unsafe_code)]
    let answer = unsafe { C_GetInterface(ptr::null_mut(), ptr::null_mut(), &raw mut interface, 0) };
    assert_eq!(answer, CKR_OK);
    // SAFETY: the pointer leads to a constant, whose list is that of version 3.2.
    #[allow(unsafe_code)]
    let list = unsafe { (*interface).pFunctionList.cast::<CK_FUNCTION_LIST_3_2>().as_ref() };
    list.expect("an interface has a list")
}
