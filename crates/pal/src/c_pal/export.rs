//! A store behind the port's own C symbols, for corePKCS11 to sit on: [`export_c_pal!`](crate::export_c_pal) makes the
//! symbols, [`Exported`] does their work. Which store it is, the caller of the macro says.
//!
//! What corePKCS11 saves is kept as it is given: private keys in the clear, as in every port of it. A key that shall
//! be sealed lives in a token.
#![allow(unsafe_code, reason = "the callers are C's")]

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ffi::{c_uchar, c_ulong};
use core::num::NonZeroU64;
use core::{fmt, slice};

use zeroize::Zeroizing;

use super::WellKnown;
use super::raw::{
    ARGUMENTS_BAD, Attribute, Code, FUNCTION_FAILED, Handle, KEY_HANDLE_INVALID, NO_HANDLE, OK,
};
use crate::sync::RwLock;
use crate::{Change, Error, Label, ObjectId, ObjectStore, Result, Stamp};

/// Opens the store that is exported.
type Open = fn() -> Result<Arc<dyn ObjectStore>>;

/// What stands behind the six symbols of one program.
pub struct Exported {
    open: Open,
    state: RwLock<Option<State>>,
}

struct State {
    store: Arc<dyn ObjectStore>,
    /// Values that C has and will give back, by their addresses.
    lent: BTreeMap<usize, Zeroizing<Vec<u8>>>,
}

/// Why a call could not be served.
enum Trouble {
    /// It came before `PKCS11_PAL_Initialize`, or the store failed.
    Failed,
    /// A pointer or a length is wrong.
    Arguments,
    /// There is no such object.
    Handle,
}

impl Trouble {
    fn code(&self) -> Code {
        match self {
            Self::Failed => FUNCTION_FAILED,
            Self::Arguments => ARGUMENTS_BAD,
            Self::Handle => KEY_HANDLE_INVALID,
        }
    }
}

impl From<Error> for Trouble {
    fn from(_: Error) -> Self {
        Self::Failed
    }
}

type Served<T> = core::result::Result<T, Trouble>;

impl Exported {
    /// Nothing is opened before C calls `PKCS11_PAL_Initialize`.
    #[must_use]
    pub const fn new(open: Open) -> Self {
        Self { open, state: RwLock::new(None) }
    }

    /// `PKCS11_PAL_Initialize`: opens the store, once.
    pub fn initialize(&self) -> Code {
        guarded(|| {
            let mut state = self.state.write();
            if state.is_none() {
                *state = Some(State { store: (self.open)()?, lent: BTreeMap::new() });
            }
            Ok(())
        })
        .map_or_else(|trouble| trouble.code(), |()| OK)
    }

    /// `PKCS11_PAL_SaveObject`: creates or overwrites an object; 0 when it could not.
    ///
    /// # Safety
    /// `label` is null or points to an attribute whose value and length belong together; `data` is null or points to
    /// `len` bytes.
    pub unsafe fn save(&self, label: *const Attribute, data: *const c_uchar, len: c_ulong) -> Handle {
        guarded(|| {
            // SAFETY: the caller promises that it is null or an attribute.
            let attribute = unsafe { label.as_ref() }.ok_or(Trouble::Arguments)?;
            // SAFETY: the caller promises that its value has the length it names.
            let label = unsafe { label_at(attribute.value.cast(), attribute.len) }?;
            // SAFETY: the caller promises that there are `len` bytes.
            let bytes = unsafe { bytes_at(data, len) }?;
            self.with(|state| {
                state.store.apply(&[Change::save(label, bytes)])?;
                state.handle(&label)?.ok_or(Trouble::Failed)
            })
        })
        .unwrap_or(NO_HANDLE)
    }

    /// `PKCS11_PAL_FindObject`: the handle of the object with a label, 0 when there is none.
    ///
    /// # Safety
    /// `label` is null or points to `len` bytes.
    pub unsafe fn find(&self, label: *const c_uchar, len: c_ulong) -> Handle {
        guarded(|| {
            // SAFETY: the caller promises that there are `len` bytes.
            let label = unsafe { label_at(label, len) }?;
            self.with(|state| state.handle(&label)?.ok_or(Trouble::Handle))
        })
        .unwrap_or(NO_HANDLE)
    }

    /// `PKCS11_PAL_GetObjectValue`: lends a copy of an object's value, to be given back to
    /// [`cleanup`](Self::cleanup).
    ///
    /// # Safety
    /// The three places are null or may be written to.
    pub unsafe fn value(
        &self,
        object: Handle,
        data: *mut *mut c_uchar,
        len: *mut c_ulong,
        private: *mut c_uchar,
    ) -> Code {
        guarded(|| {
            if data.is_null() || len.is_null() || private.is_null() {
                return Err(Trouble::Arguments);
            }
            let lent = self.with(|state| state.lend(object))?;
            // SAFETY: the caller promises that it may be written to, and it is not null.
            unsafe { data.write(lent.data) };
            // SAFETY: as above.
            unsafe { len.write(lent.len) };
            // SAFETY: as above.
            unsafe { private.write(u8::from(lent.private)) };
            Ok(())
        })
        .map_or_else(|trouble| trouble.code(), |()| OK)
    }

    /// `PKCS11_PAL_GetObjectValueCleanup`: takes a value back and wipes it. What was never lent is left alone.
    pub fn cleanup(&self, data: *mut c_uchar) {
        let _ = guarded(|| self.with(|state| Ok(state.lent.remove(&data.addr()))));
    }

    /// `PKCS11_PAL_DestroyObject`
    pub fn destroy(&self, object: Handle) -> Code {
        guarded(|| {
            self.with(|state| {
                let label = state.label(object)?.ok_or(Trouble::Handle)?;
                state.store.apply(&[Change::destroy(label)])?;
                Ok(())
            })
        })
        .map_or_else(|trouble| trouble.code(), |()| OK)
    }

    fn with<T>(&self, serve: impl FnOnce(&mut State) -> Served<T>) -> Served<T> {
        serve(self.state.write().as_mut().ok_or(Trouble::Failed)?)
    }
}

impl fmt::Debug for Exported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exported").finish_non_exhaustive()
    }
}

/// A value as C sees it.
struct Lent {
    data: *mut c_uchar,
    len: c_ulong,
    private: bool,
}

/// Handles past the well-known ones: these and the store's id.
const OTHERS: u64 = WellKnown::ALL.len() as u64;

impl State {
    /// An object's handle, if it is there: the well-known objects have the port's own.
    fn handle(&self, label: &Label) -> Served<Option<Handle>> {
        let Some(id) = self.store.find(label)? else { return Ok(None) };
        match WellKnown::of_label(label) {
            Some(object) => Ok(Some(object.handle().into())),
            None => Ok(Some(Handle::try_from(id.0.get() + OTHERS).map_err(|_| Trouble::Failed)?)),
        }
    }

    /// The id behind a handle, and the well-known object if it is one.
    #[allow(clippy::useless_conversion, reason = "a handle has 32 bits where C's long has")]
    fn object(&self, handle: Handle) -> Served<(ObjectId, Option<WellKnown>)> {
        let known = WellKnown::ALL.into_iter().find(|object| Handle::from(object.handle()) == handle);
        let id = match known {
            Some(object) => self.store.find(&object.label())?,
            None => u64::from(handle).checked_sub(OTHERS).and_then(NonZeroU64::new).map(ObjectId),
        };
        Ok((id.ok_or(Trouble::Handle)?, known))
    }

    fn label(&self, handle: Handle) -> Served<Option<Label>> {
        let (id, known) = self.object(handle)?;
        let mut label = known.map(WellKnown::label);
        if label.is_none() {
            self.store.scan(Stamp::START, &mut |record| {
                if record.id == id {
                    label = Some(record.label);
                }
            })?;
        }
        Ok(label)
    }

    fn lend(&mut self, handle: Handle) -> Served<Lent> {
        let (id, known) = self.object(handle)?;
        let mut bytes = self.store.value(id)?.ok_or(Trouble::Handle)?.bytes;
        let len = bytes.len() as c_ulong;
        // An empty value has an address of its own, too.
        bytes.reserve_exact(1);
        let data = bytes.as_mut_ptr();
        self.lent.insert(data.addr(), bytes);
        Ok(Lent { data, len, private: known.is_none_or(WellKnown::is_private) })
    }
}

/// The label at an address, without zeros behind it: some callers count them, some don't.
///
/// # Safety
/// `label` is null or points to `len` bytes.
unsafe fn label_at(label: *const c_uchar, len: c_ulong) -> Served<Label> {
    if len > Label::MAX as c_ulong + 1 {
        return Err(Trouble::Arguments);
    }
    // SAFETY: the caller's promise.
    let bytes = unsafe { bytes_at(label, len) }?;
    let end = bytes.iter().rposition(|&byte| byte != 0).ok_or(Trouble::Arguments)?;
    Label::new(&bytes[..=end]).map_err(|_| Trouble::Arguments)
}

/// # Safety
/// `data` is null or points to `len` bytes that nobody changes while they are read.
unsafe fn bytes_at<'a>(data: *const c_uchar, len: c_ulong) -> Served<&'a [u8]> {
    let len =
        usize::try_from(len).ok().filter(|&len| isize::try_from(len).is_ok()).ok_or(Trouble::Arguments)?;
    if data.is_null() {
        return Err(Trouble::Arguments);
    }
    // SAFETY: the caller's promise; the length is one that a slice may have.
    Ok(unsafe { slice::from_raw_parts(data, len) })
}

/// No panic crosses into C.
#[cfg(feature = "std")]
fn guarded<T>(serve: impl FnOnce() -> Served<T>) -> Served<T> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(serve)).unwrap_or(Err(Trouble::Failed))
}

/// Without `std` a panic ends in the program's own handler.
#[cfg(not(feature = "std"))]
fn guarded<T>(serve: impl FnOnce() -> Served<T>) -> Served<T> {
    serve()
}

/// Exports a store as a port of corePKCS11: the six `PKCS11_PAL_...` symbols, once in a program. The argument is a
/// `fn() -> portcullis_pal::Result<Arc<dyn ObjectStore>>` that opens the store at `PKCS11_PAL_Initialize`.
///
/// `examples/core_pkcs11_pal.rs` is a whole static library.
#[macro_export]
macro_rules! export_c_pal {
    ($open:expr) => {
        #[allow(unsafe_code, reason = "C calls these by name")]
        mod portcullis_c_pal {
            use ::core::ffi::{c_uchar, c_ulong};
            use $crate::c_pal::{Attribute, Code, Exported, Handle};

            static EXPORTED: Exported = Exported::new($open);

            #[unsafe(no_mangle)]
            extern "C" fn PKCS11_PAL_Initialize() -> Code {
                EXPORTED.initialize()
            }

            #[unsafe(no_mangle)]
            unsafe extern "C" fn PKCS11_PAL_SaveObject(
                label: *mut Attribute,
                data: *mut c_uchar,
                len: c_ulong,
            ) -> Handle {
                // SAFETY: the C caller keeps to the documentation of the port.
                unsafe { EXPORTED.save(label, data, len) }
            }

            #[unsafe(no_mangle)]
            unsafe extern "C" fn PKCS11_PAL_FindObject(label: *mut c_uchar, len: c_ulong) -> Handle {
                // SAFETY: the C caller keeps to the documentation of the port.
                unsafe { EXPORTED.find(label, len) }
            }

            #[unsafe(no_mangle)]
            unsafe extern "C" fn PKCS11_PAL_GetObjectValue(
                object: Handle,
                data: *mut *mut c_uchar,
                len: *mut c_ulong,
                private: *mut c_uchar,
            ) -> Code {
                // SAFETY: the C caller keeps to the documentation of the port.
                unsafe { EXPORTED.value(object, data, len, private) }
            }

            #[unsafe(no_mangle)]
            extern "C" fn PKCS11_PAL_GetObjectValueCleanup(data: *mut c_uchar, _len: c_ulong) {
                EXPORTED.cleanup(data);
            }

            #[unsafe(no_mangle)]
            extern "C" fn PKCS11_PAL_DestroyObject(object: Handle) -> Code {
                EXPORTED.destroy(object)
            }
        }
    };
}
