//! Raw pointers in: what a C caller hands over, read without trusting a NULL, a length or an alignment
//! (PKCS #11 v3.2 section 5.1). Mechanism parameters are read in `params/`, outputs written in `out.rs`.

mod input;
mod plain;

use std::ffi::CStr;
use std::{ptr, slice};

use cryptoki_sys::{CK_ATTRIBUTE, CK_ULONG, CK_UNAVAILABLE_INFORMATION};
use portcullis_token::{AttributeKind, AttributeType, Template};

use crate::error::{Error, Result};
use crate::value;

pub(crate) use input::Input;
pub(crate) use plain::{EarlierGcm, Plain};

/// The most attributes of one template. No object has a tenth of it, and a wild count is refused before memory is
/// read by it.
const MAX_ATTRIBUTES: CK_ULONG = 4096;

/// How deep templates may lie in one another. The token refuses before that.
const MAX_DEPTH: usize = 8;

/// The class of no object.
const NO_CLASS: u64 = CK_UNAVAILABLE_INFORMATION;

/// Below this no system maps memory; what claims to point there is no pointer.
const FIRST_PAGE: usize = 4096;

/// No system gives a process so much memory; what claims to be longer is no length.
const MAX_BYTES: CK_ULONG = 1 << 47;

/// One call of a C program. Having one means that the caller has made the standard's promises about the pointers of
/// this call; what is read through them lives no longer than the call.
pub(crate) struct Caller(());

impl Caller {
    /// Takes the C caller at its word, for one call.
    ///
    /// # Safety
    /// Each pointer that is read or written through this value must be NULL or good for the length that the call
    /// gives for it, for as long as the call lasts (PKCS #11 v3.2 section 5.1).
    pub(crate) unsafe fn trusted() -> Self {
        Self(())
    }

    /// The bytes at `start`; NULL is good for none.
    pub(crate) fn bytes(&self, start: *const u8, len: CK_ULONG) -> Result<&[u8]> {
        let len = Some(len).filter(|len| *len <= MAX_BYTES).and_then(|len| usize::try_from(len).ok());
        match len {
            Some(0) => Ok(&[]),
            _ if start.is_null() => Err(Error::ArgumentsBad("NULL where bytes should be")),
            None => Err(Error::ArgumentsBad("a length beyond all memory")),
            // SAFETY: the caller promises `len` readable bytes here that don't change during the call; `len` is at
            // most `MAX_BYTES`, and bytes have no alignment.
            Some(len) => Ok(unsafe { slice::from_raw_parts(start, len) }),
        }
    }

    /// The bytes at `start` as the input of an answer that may lie over it; NULL is good for none.
    pub(crate) fn input(&self, start: *const u8, len: CK_ULONG) -> Result<Input<'_>> {
        let len = self.bytes(start, len)?.len();
        Ok(Input::new(self, start, len))
    }

    /// The bytes at `start`, which has to point somewhere, even to none.
    pub(crate) fn some_bytes(&self, start: *const u8, len: CK_ULONG) -> Result<&[u8]> {
        if start.is_null() {
            Err(Error::ArgumentsBad("NULL where bytes should be"))
        } else {
            self.bytes(start, len)
        }
    }

    /// A structure, wherever it lies; `None` for NULL.
    pub(crate) fn read<T: Plain>(&self, place: *const T) -> Option<T> {
        if place.is_null() {
            return None;
        }
        // SAFETY: the caller promises a readable structure here; it may be unaligned, and any bits are a value of it.
        Some(unsafe { place.read_unaligned() })
    }

    /// A number at an address that the caller may never have meant as one: the kernel reads it, and refuses where
    /// nothing is mapped.
    #[cfg(target_os = "linux")]
    pub(crate) fn probe(&self, address: CK_ULONG) -> Option<CK_ULONG> {
        let mut number: CK_ULONG = 0;
        let len = size_of_val(&number);
        let local = libc::iovec { iov_base: (&raw mut number).cast(), iov_len: len };
        let remote = libc::iovec {
            iov_base: ptr::with_exposed_provenance_mut(usize::try_from(address).ok()?),
            iov_len: len,
        };
        // SAFETY: has no conditions.
        let process = unsafe { libc::getpid() };
        // SAFETY: both lists have one element, and `local` is `number`'s memory; what `remote` says is the kernel's to
        // check.
        let read = unsafe { libc::process_vm_readv(process, &raw const local, 1, &raw const remote, 1, 0) };
        (usize::try_from(read) == Ok(len)).then_some(number)
    }

    /// Where the kernel can't be asked, such an address is never read.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn probe(&self, _address: CK_ULONG) -> Option<CK_ULONG> {
        None
    }

    /// The attributes of a template, wherever they lie.
    pub(crate) fn attributes(
        &self,
        start: *const CK_ATTRIBUTE,
        count: CK_ULONG,
    ) -> Result<Vec<CK_ATTRIBUTE>> {
        if count > MAX_ATTRIBUTES {
            return Err(Error::ArgumentsBad("more attributes than any object has"));
        }
        // Within the first four thousand, no address of an attribute overflows that did not at the start.
        let each = (0..count as usize).map(|index| self.read(start.wrapping_add(index)));
        each.collect::<Option<_>>().ok_or(Error::ArgumentsBad("NULL where a template should be"))
    }

    /// The attribute's value.
    pub(crate) fn value(&self, attribute: &CK_ATTRIBUTE) -> Result<&[u8]> {
        self.bytes(attribute.pValue.cast(), attribute.ulValueLen)
            .map_err(|_| Error::AttributeMalformed(attribute.type_))
    }

    /// A template to create, change or generate objects by.
    pub(crate) fn template(&self, start: *const CK_ATTRIBUTE, count: CK_ULONG) -> Result<Template> {
        self.nested_template(start, count, &mut { MAX_ATTRIBUTES }, MAX_DEPTH)
    }

    /// As [`template`](Self::template), where templates may lie in one another `depth` times, and all of them
    /// together may have so many attributes: one that lies in itself must come to an end.
    fn nested_template(
        &self,
        start: *const CK_ATTRIBUTE,
        count: CK_ULONG,
        left: &mut CK_ULONG,
        depth: usize,
    ) -> Result<Template> {
        *left = left.checked_sub(count).ok_or(Error::ArgumentsBad("more attributes than any object has"))?;
        self.attributes(start, count)?.iter().try_fold(Template::new(), |template, attribute| {
            let code = attribute.type_;
            let known = AttributeType::from_code(code).ok_or(Error::AttributeUnknown(code))?;
            if known.kind() != AttributeKind::Template {
                return value::add(template, known, self.value(attribute)?);
            }
            let malformed = Error::AttributeMalformed(code);
            let each = size_of::<CK_ATTRIBUTE>() as CK_ULONG;
            let Some(depth) = depth.checked_sub(1) else { return Err(malformed) };
            if !attribute.ulValueLen.is_multiple_of(each) {
                return Err(malformed);
            }
            let inner = attribute.pValue.cast::<CK_ATTRIBUTE>();
            let inner = self.nested_template(inner, attribute.ulValueLen / each, left, depth);
            Ok(template.with_template(known, inner.map_err(|_| malformed)?))
        })
    }

    /// A template to find objects by. Programs ask every token for other vendors' attributes; no object here has
    /// one, so what names one finds none.
    pub(crate) fn search(&self, start: *const CK_ATTRIBUTE, count: CK_ULONG) -> Result<Template> {
        match self.template(start, count) {
            Err(Error::AttributeUnknown(_)) => Ok(Template::new().with(AttributeType::Class, NO_CLASS)),
            other => other,
        }
    }

    /// A string that ends with a zero byte; `None` for NULL.
    pub(crate) fn string(&self, start: *const std::ffi::c_char) -> Result<Option<&str>> {
        if start.is_null() {
            return Ok(None);
        }
        // The standard wants NULL where some programs pass a string, so a number instead of a pointer is likely here.
        if start.addr() < FIRST_PAGE {
            return Err(Error::ArgumentsBad("a pointer into the first page"));
        }
        // SAFETY: the caller promises a string that ends with a zero byte and doesn't change during the call.
        let string = unsafe { CStr::from_ptr(start) };
        string.to_str().map(Some).map_err(|_| Error::ArgumentsBad("a string that is not UTF-8"))
    }
}

#[cfg(test)]
mod tests;
