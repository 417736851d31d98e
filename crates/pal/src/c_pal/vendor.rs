//! [`VendorPort`]: a vendor's six C functions as a [`Port`]. What ports are seen to do wrong is caught here: labels that
//! must be terminated though their length is given, and success without a value.
#![allow(unsafe_code, reason = "the functions are C's")]

use alloc::string::String;
use alloc::vec::Vec;
use core::ffi::{c_uchar, c_ulong};
use core::{ptr, slice};

use zeroize::Zeroizing;

use super::Port;
use super::raw::{Attribute, Code, Functions, Handle, LABEL, NO_HANDLE, OK};
use crate::{Error, Label, Result};

/// A vendor's port, initialised.
#[derive(Debug)]
pub struct VendorPort {
    functions: Functions,
}

/// A label behind which there is always a zero: ports compare it as C text, or with the size of a C text.
struct CLabel {
    bytes: [u8; Label::MAX + 1],
    len: c_ulong,
}

impl CLabel {
    fn new(label: &Label) -> Self {
        let mut bytes = [0; Label::MAX + 1];
        let name = label.as_bytes();
        bytes[..name.len()].copy_from_slice(name);
        Self { bytes, len: name.len() as c_ulong }
    }
}

impl VendorPort {
    /// Initialises the port (`PKCS11_PAL_Initialize`).
    ///
    /// # Safety
    /// The functions are those of a port of corePKCS11 and keep to its documentation: they read no more of a label
    /// than 33 bytes and of a value than its length, and a value that is given stays where it is until it is given
    /// back. While the port lives nobody else calls them.
    ///
    /// # Errors
    /// When the port refuses.
    pub unsafe fn initialize(functions: Functions) -> Result<Self> {
        // SAFETY: it takes nothing, and the caller promises that it is a port's.
        match unsafe { (functions.initialize)() } {
            OK => Ok(Self { functions }),
            code => Err(refused("PKCS11_PAL_Initialize", code)),
        }
    }

    fn handle(&self, label: &Label) -> Option<Handle> {
        let mut label = CLabel::new(label);
        // SAFETY: the label's bytes live through the call, and there are as many as said and a zero behind them.
        let handle = unsafe { (self.functions.find_object)(label.bytes.as_mut_ptr(), label.len) };
        (handle != NO_HANDLE).then_some(handle)
    }
}

impl Port for VendorPort {
    fn save(&mut self, label: &Label, bytes: &mut [u8]) -> Result<()> {
        let mut name = CLabel::new(label);
        let mut attribute = Attribute { kind: LABEL, value: name.bytes.as_mut_ptr().cast(), len: name.len };
        let len = c_ulong::try_from(bytes.len())
            .map_err(|_| Error::TooLarge { len: bytes.len(), max: c_ulong::MAX as usize })?;
        // SAFETY: attribute, label and value live through the call and have the lengths that are given; the value is
        // lent to be written over, if the port likes.
        let handle = unsafe { (self.functions.save_object)(&raw mut attribute, bytes.as_mut_ptr(), len) };
        if handle == NO_HANDLE {
            return Err(failed("PKCS11_PAL_SaveObject gave no handle".into()));
        }
        Ok(())
    }

    fn load(&mut self, label: &Label) -> Result<Option<Zeroizing<Vec<u8>>>> {
        let Some(handle) = self.handle(label) else { return Ok(None) };
        let (mut data, mut len, mut private): (*mut c_uchar, c_ulong, c_uchar) = (ptr::null_mut(), 0, 0);
        // SAFETY: the three places live through the call.
        let code =
            unsafe { (self.functions.object_value)(handle, &raw mut data, &raw mut len, &raw mut private) };
        if code != OK {
            return Err(refused("PKCS11_PAL_GetObjectValue", code));
        }
        let bytes = match usize::try_from(len) {
            Ok(len @ 1..) if !data.is_null() && isize::try_from(len).is_ok() => {
                // SAFETY: the port has said that `len` bytes are at `data`, and leaves them there until they are given
                // back below.
                Some(Zeroizing::new(unsafe { slice::from_raw_parts(data, len) }.to_vec()))
            }
            _ => None,
        };
        if !data.is_null() {
            // SAFETY: `data` and `len` are what the port gave, and are not used any more.
            unsafe { (self.functions.object_value_cleanup)(data, len) };
        }
        match bytes {
            Some(bytes) => Ok(Some(bytes)),
            None => Err(failed("PKCS11_PAL_GetObjectValue gave no value, and said that it did".into())),
        }
    }

    fn destroy(&mut self, label: &Label) -> Result<()> {
        let Some(handle) = self.handle(label) else { return Ok(()) };
        // SAFETY: the handle is one that the port gave.
        match unsafe { (self.functions.destroy_object)(handle) } {
            OK => Ok(()),
            code => Err(refused("PKCS11_PAL_DestroyObject", code)),
        }
    }
}

fn refused(function: &str, code: Code) -> Error {
    failed(alloc::format!("{function} answered {code:#x}"))
}

fn failed(why: String) -> Error {
    Error::Medium { place: "the vendor's port".into(), source: why.into() }
}
