//! C's side of the port: its types, codes and functions, by the names of `core_pkcs11_pal.h`. Nothing is called here.
#![allow(unsafe_code, reason = "the functions are C's")]

use core::ffi::{c_uchar, c_ulong, c_void};

/// What a function of the port answers (`CK_RV`).
pub type Code = c_ulong;

/// A port's name for an object (`CK_OBJECT_HANDLE`); zero is none.
pub type Handle = c_ulong;

pub(super) const NO_HANDLE: Handle = 0;
pub(super) const OK: Code = 0;
pub(super) const FUNCTION_FAILED: Code = 0x06;
pub(super) const ARGUMENTS_BAD: Code = 0x07;
pub(super) const KEY_HANDLE_INVALID: Code = 0x60;

/// The type of an attribute that holds a label.
pub(super) const LABEL: c_ulong = 3;

/// How a label is handed over (`CK_ATTRIBUTE`).
#[derive(Debug)]
#[repr(C)]
pub struct Attribute {
    /// 3, a label.
    pub kind: c_ulong,
    /// Where its bytes are.
    pub value: *mut c_void,
    /// How many there are.
    pub len: c_ulong,
}

/// The functions of one port.
#[derive(Clone, Copy, Debug)]
pub struct Functions {
    /// `PKCS11_PAL_Initialize`
    pub initialize: unsafe extern "C" fn() -> Code,
    /// `PKCS11_PAL_SaveObject`
    pub save_object: unsafe extern "C" fn(*mut Attribute, *mut c_uchar, c_ulong) -> Handle,
    /// `PKCS11_PAL_FindObject`
    pub find_object: unsafe extern "C" fn(*mut c_uchar, c_ulong) -> Handle,
    /// `PKCS11_PAL_GetObjectValue`
    pub object_value: unsafe extern "C" fn(Handle, *mut *mut c_uchar, *mut c_ulong, *mut c_uchar) -> Code,
    /// `PKCS11_PAL_GetObjectValueCleanup`
    pub object_value_cleanup: unsafe extern "C" fn(*mut c_uchar, c_ulong),
    /// `PKCS11_PAL_DestroyObject`
    pub destroy_object: unsafe extern "C" fn(Handle) -> Code,
}

mod linked {
    use super::{Attribute, Code, Handle, c_uchar, c_ulong};

    unsafe extern "C" {
        pub(super) fn PKCS11_PAL_Initialize() -> Code;
        pub(super) fn PKCS11_PAL_SaveObject(
            label: *mut Attribute,
            data: *mut c_uchar,
            len: c_ulong,
        ) -> Handle;
        pub(super) fn PKCS11_PAL_FindObject(label: *mut c_uchar, len: c_ulong) -> Handle;
        pub(super) fn PKCS11_PAL_GetObjectValue(
            object: Handle,
            data: *mut *mut c_uchar,
            len: *mut c_ulong,
            private: *mut c_uchar,
        ) -> Code;
        pub(super) fn PKCS11_PAL_GetObjectValueCleanup(data: *mut c_uchar, len: c_ulong);
        pub(super) fn PKCS11_PAL_DestroyObject(object: Handle) -> Code;
    }
}

impl Functions {
    /// The functions that the program is linked with under the port's own names.
    // Inlined where it is called, so that programs that don't call it need not have them.
    #[inline]
    #[must_use]
    pub fn linked() -> Self {
        Self {
            initialize: linked::PKCS11_PAL_Initialize,
            save_object: linked::PKCS11_PAL_SaveObject,
            find_object: linked::PKCS11_PAL_FindObject,
            object_value: linked::PKCS11_PAL_GetObjectValue,
            object_value_cleanup: linked::PKCS11_PAL_GetObjectValueCleanup,
            destroy_object: linked::PKCS11_PAL_DestroyObject,
        }
    }
}
