//! How programs get at the functions.

use std::ffi::CStr;
use std::ptr;

use cryptoki_sys::*;

use crate::support::{Module, c};

#[test]
fn all_versions_are_offered_and_the_newest_preferred() {
    let module = Module::load();
    let mut count = 0;
    assert_eq!(c!(module, C_GetInterfaceList(ptr::null_mut(), &raw mut count)), CKR_OK);
    assert_eq!(count, 3);
    let mut list = [CK_INTERFACE::default(); 3];
    count = 2;
    assert_eq!(c!(module, C_GetInterfaceList(list.as_mut_ptr(), &raw mut count)), CKR_BUFFER_TOO_SMALL);
    assert_eq!(c!(module, C_GetInterfaceList(list.as_mut_ptr(), &raw mut count)), CKR_OK);
    let versions = list.map(|interface| {
        // SAFETY: the library gives a name that lives as long as it is loaded.
        #[allow(unsafe_code)]
        let name = unsafe { CStr::from_ptr(interface.pInterfaceName.cast()) };
        assert_eq!(name, c"PKCS 11");
        // SAFETY: every function list starts with its version.
        #[allow(unsafe_code)]
        let version: CK_VERSION = unsafe { interface.pFunctionList.cast::<CK_VERSION>().read() };
        (version.major, version.minor)
    });
    assert_eq!(versions, [(3, 2), (3, 0), (2, 40)]);
}

#[test]
fn an_interface_is_found_by_what_is_known_of_it() {
    let module = Module::load();
    let cases = [
        (None, None, 0, CKR_OK),
        (Some(c"PKCS 11"), None, 0, CKR_OK),
        (Some(c"PKCS 11"), Some((2, 40)), 0, CKR_OK),
        (None, Some((3, 0)), 0, CKR_OK),
        (None, Some((3, 1)), 0, CKR_ARGUMENTS_BAD),
        (Some(c"Vendor"), None, 0, CKR_ARGUMENTS_BAD),
        (None, None, CKF_INTERFACE_FORK_SAFE, CKR_ARGUMENTS_BAD),
    ];
    for (name, version, flags, expected) in cases {
        let name = name.map_or(ptr::null_mut(), |name| name.as_ptr().cast_mut().cast());
        let mut asked = version.map(|(major, minor)| CK_VERSION { major, minor });
        let asked = asked.as_mut().map_or(ptr::null_mut(), ptr::from_mut);
        let mut interface = ptr::null_mut();
        assert_eq!(c!(module, C_GetInterface(name, asked, &raw mut interface, flags)), expected);
        assert_eq!(interface.is_null(), expected != CKR_OK);
    }
    assert_eq!(
        c!(module, C_GetInterface(ptr::null_mut(), ptr::null_mut(), ptr::null_mut(), 0)),
        CKR_ARGUMENTS_BAD
    );
    assert_eq!(c!(module, C_GetFunctionList(ptr::null_mut())), CKR_ARGUMENTS_BAD);
}

#[test]
fn only_the_ways_to_the_lists_are_exported() {
    let module = Module::load();
    let exported = |name: &[u8]| {
        // SAFETY: the symbol is looked up and never used.
        #[allow(unsafe_code)]
        unsafe { module.library.get::<*const ()>(name) }.is_ok()
    };
    assert!(exported(b"C_GetFunctionList") && exported(b"C_GetInterface") && exported(b"C_GetInterfaceList"));
    // Programs load several modules at once; more names would be mistaken for another's.
    assert!(!exported(b"C_Initialize") && !exported(b"C_Sign"));
}
