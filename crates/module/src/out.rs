//! Raw pointers out: answers and their lengths (PKCS #11 v3.2 section 5.2). Beside the token's operation cell this
//! is the only place that negotiates a length.

use std::marker::PhantomData;
use std::{ptr, slice};

use cryptoki_sys::{CK_ATTRIBUTE, CK_BYTE, CK_ULONG, CK_UNAVAILABLE_INFORMATION};
use portcullis_token::{AttributeSet, AttributeValue, Error as TokenError, Output, Room, Value};
use zeroize::Zeroizing;

use crate::arg::{Caller, Input};
use crate::error::{Error, Result};
use crate::value;

/// A place for one value, checked before the work that the value comes from.
#[must_use]
pub(crate) struct Place<'call, T> {
    place: *mut T,
    of: PhantomData<&'call Caller>,
}

/// A buffer for bytes, with the length that goes in and out.
#[must_use]
pub(crate) struct Answer<'call> {
    buffer: *mut CK_BYTE,
    room: usize,
    len: Place<'call, CK_ULONG>,
}

impl Caller {
    /// A place for a value.
    pub(crate) fn place<T>(&self, place: *mut T) -> Result<Place<'_, T>> {
        if place.is_null() {
            return Err(Error::ArgumentsBad("NULL where an answer should go"));
        }
        Ok(Place { place, of: PhantomData })
    }

    /// A buffer for an answer; NULL asks for the answer's length.
    pub(crate) fn answer(&self, buffer: *mut CK_BYTE, len: *mut CK_ULONG) -> Result<Answer<'_>> {
        let room = self.read(len).ok_or(Error::ArgumentsBad("NULL where a length should be"))?;
        // Room is only compared with the answer's length, so a claim beyond all memory does no harm.
        Ok(Answer { buffer, room: usize::try_from(room).unwrap_or(usize::MAX), len: self.place(len)? })
    }

    /// Fills a caller's buffer whole.
    pub(crate) fn fill(&self, buffer: *mut CK_BYTE, bytes: &[u8]) -> Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        if buffer.is_null() {
            return Err(Error::ArgumentsBad("NULL where an answer should go"));
        }
        // SAFETY: the caller promises that as many bytes can be written here. `copy` allows for its buffers to
        // overlap one another; `bytes` is ours.
        unsafe { ptr::copy(bytes.as_ptr(), buffer, bytes.len()) };
        Ok(())
    }

    /// Lets `make` fill a caller's buffer where it lies: for what is long, and made without reading anything of the
    /// caller's.
    pub(crate) fn fill_by(
        &self,
        buffer: *mut CK_BYTE,
        len: usize,
        make: impl FnOnce(&mut [u8]) -> Result<()>,
    ) -> Result<()> {
        if buffer.is_null() {
            return Err(Error::ArgumentsBad("NULL where an answer should go"));
        }
        if isize::try_from(len).is_err() {
            return Err(Error::ArgumentsBad("a length beyond all memory"));
        }
        // SAFETY: the caller promises that as many bytes can be written here, and that nothing else uses them during
        // the call; `make` holds the only reference to them.
        make(unsafe { slice::from_raw_parts_mut(buffer, len) })
    }

    /// Lists values, of which the caller may have room for too few; NULL asks how many there are.
    pub(crate) fn list<T: Copy>(&self, all: &[T], start: *mut T, count: *mut CK_ULONG) -> Result<()> {
        let room = self.read(count).ok_or(Error::ArgumentsBad("NULL where a count should be"))?;
        self.place(count)?.put(all.len() as CK_ULONG);
        if start.is_null() {
            return Ok(());
        }
        if room < all.len() as CK_ULONG {
            return Err(Error::BufferTooSmall);
        }
        for (index, value) in all.iter().enumerate() {
            self.place(start.wrapping_add(index))?.put(*value);
        }
        Ok(())
    }

    /// Gives one attribute's value, or the reason why there is none, as `C_GetAttributeValue` does (section 5.7.5).
    pub(crate) fn give(
        &self,
        wanted: &CK_ATTRIBUTE,
        place: *mut CK_ATTRIBUTE,
        value: Result<Zeroizing<Vec<u8>>>,
    ) -> Result<()> {
        let outcome = value.and_then(|value| {
            let len = value.len() as CK_ULONG;
            if wanted.pValue.is_null() {
                return Ok(len);
            }
            if wanted.ulValueLen < len {
                return Err(Error::BufferTooSmall);
            }
            self.fill(wanted.pValue.cast(), &value)?;
            Ok(len)
        });
        let len = *outcome.as_ref().unwrap_or(&CK_UNAVAILABLE_INFORMATION);
        self.place(place)?.put(CK_ATTRIBUTE { ulValueLen: len, ..*wanted });
        outcome.map(drop)
    }
}

impl Caller {
    /// Gives one attribute's value, or the reason why there is none, as [`give`](Self::give) does; a template as an
    /// array of attributes, each of which has a place of its own for its value.
    pub(crate) fn give_value(
        &self,
        wanted: &CK_ATTRIBUTE,
        place: *mut CK_ATTRIBUTE,
        value: Result<AttributeValue>,
    ) -> Result<()> {
        match value {
            Ok(AttributeValue::Plain(Value::Template(inner))) => self.give_template(wanted, place, &inner),
            value => self.give(wanted, place, value.map(|value| value::encode(&value))),
        }
    }

    fn give_template(
        &self,
        wanted: &CK_ATTRIBUTE,
        place: *mut CK_ATTRIBUTE,
        inner: &AttributeSet,
    ) -> Result<()> {
        let len = (inner.iter().count() * size_of::<CK_ATTRIBUTE>()) as CK_ULONG;
        let start: *mut CK_ATTRIBUTE = wanted.pValue.cast();
        let fits = start.is_null() || wanted.ulValueLen >= len;
        let told = if fits { len } else { CK_UNAVAILABLE_INFORMATION };
        self.place(place)?.put(CK_ATTRIBUTE { ulValueLen: told, ..*wanted });
        if !fits {
            return Err(Error::BufferTooSmall);
        }
        if start.is_null() {
            return Ok(());
        }
        let mut outcome = Ok(());
        for (index, (attribute, value)) in inner.iter().enumerate() {
            let place = start.wrapping_add(index);
            let element = self.read(place).ok_or(Error::ArgumentsBad("NULL where a template should be"))?;
            let element = CK_ATTRIBUTE { type_: attribute.code(), ..element };
            let given = self.give_value(&element, place, Ok(AttributeValue::Plain(value.clone())));
            outcome = outcome.and(given);
        }
        outcome
    }
}

impl<T> Place<'_, T> {
    /// Writes the value.
    pub(crate) fn put(&self, value: T) {
        // SAFETY: the caller promises that a value of this type can be written here; it may be unaligned, and was
        // checked not to be NULL.
        unsafe { self.place.write_unaligned(value) };
    }
}

impl Answer<'_> {
    /// Lets `run` answer straight into the caller's buffer. The answer's length is written whenever it is known.
    pub(crate) fn give(
        mut self,
        run: impl FnOnce(Output<'_>) -> portcullis_token::Result<usize>,
    ) -> Result<()> {
        if self.buffer.is_null() {
            self.len.put(run(Output::Length)? as CK_ULONG);
            return Ok(());
        }
        match run(Output::Room(&mut self)) {
            Ok(len) => {
                self.len.put(len as CK_ULONG);
                Ok(())
            }
            Err(TokenError::BufferTooSmall { needed }) => {
                self.len.put(needed as CK_ULONG);
                Err(Error::BufferTooSmall)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// As [`give`](Self::give), for an answer to `input`. Where the buffer lies over the input, as it does when a
    /// program encrypts in place, the input is copied first; else no byte is.
    pub(crate) fn give_to(
        self,
        input: Input<'_>,
        run: impl FnOnce(&[u8], Output<'_>) -> portcullis_token::Result<usize>,
    ) -> Result<()> {
        if input.overlaps(self.buffer, self.room) {
            let copy = input.copied();
            self.give(|out| run(&copy, out))
        } else {
            self.give(|out| run(input.bytes(), out))
        }
    }
}

impl Room for Answer<'_> {
    fn room(&self) -> usize {
        self.room
    }

    fn take(&mut self, len: usize) -> &mut [u8] {
        assert!(len <= self.room && isize::try_from(len).is_ok(), "no more is taken than there is room for");
        // SAFETY: the caller promises that as many bytes can be written here, and the buffer was checked not to be
        // NULL. No reference to them is about: an input that lies under the room has been copied by `give_to`.
        unsafe { slice::from_raw_parts_mut(self.buffer, len) }
    }
}

/// Text in a field of fixed length, padded with blanks; what does not fit is cut off between characters.
pub(crate) fn padded<const LEN: usize>(text: &str) -> [u8; LEN] {
    let mut field = [b' '; LEN];
    let fitting = &text[..text.floor_char_boundary(LEN)];
    if let Some(start) = field.get_mut(..fitting.len()) {
        start.copy_from_slice(fitting.as_bytes());
    }
    field
}

#[cfg(test)]
mod tests;
