//! One call's arguments: handles, memory and structures, good and hostile. What the standard has a caller promise is
//! promised: memory is as long as it is said to be, unless it is NULL or the length is beyond any memory.

use std::ffi::{CString, c_void};
use std::ptr;

use cryptoki_sys::*;

use super::answers::Answers;
use super::feed::Feed;
use super::mechanisms::{self, Family};
use super::memory::{Block, FILL};
use super::pieces::{BEYOND_MEMORY, at};
use super::templates;
use super::world::State;

/// The arguments of one call, the memory behind them, and what must be true of it afterwards.
pub(crate) struct Scene<'a, 'bytes> {
    pub(crate) feed: &'a mut Feed<'bytes>,
    pub(crate) state: &'a mut State,
    pub(crate) answers: Answers,
    /// The mechanism of the call, once there is one.
    pub(crate) mechanism: Option<CK_MECHANISM_TYPE>,
    /// Whether the call may take long.
    pub(crate) is_slow: bool,
}

impl Scene<'_, '_> {
    // One argument each.

    pub(crate) fn session(&mut self) -> CK_SESSION_HANDLE {
        let state = &self.state;
        let strangers = [0, CK_ULONG::MAX, 1 << 40];
        let choice = self.feed.below(16);
        let handle = match choice {
            0 => self.feed.one_of(&strangers),
            1 if !state.closed.is_empty() => self.feed.one_of(&state.closed),
            2..6 if !state.open.is_empty() => self.feed.one_of(&state.open),
            _ => state.open.first().copied().unwrap_or(0),
        };
        self.answers.session = handle;
        self.answers.stranger = !self.state.open.contains(&handle);
        handle
    }

    pub(crate) fn object(&mut self) -> CK_OBJECT_HANDLE {
        self.keyed_object().0
    }

    fn keyed_object(&mut self) -> (CK_OBJECT_HANDLE, Family) {
        if self.state.objects.is_empty() || self.feed.once_in(16) {
            return (self.feed.one_of(&[0, 1, 1 << 62, CK_ULONG::MAX]), Family::Any);
        }
        self.feed.one_of(&self.state.objects)
    }

    pub(crate) fn slot(&mut self) -> CK_SLOT_ID {
        self.feed.one_of(&[0, 0, 0, 1, CK_ULONG::MAX])
    }

    pub(crate) fn flags(&mut self) -> CK_FLAGS {
        let known =
            [CKF_SERIAL_SESSION, CKF_RW_SESSION | CKF_SERIAL_SESSION, CKF_DONT_BLOCK, CKF_END_OF_MESSAGE];
        if self.feed.once_in(4) {
            u64::from(self.feed.byte()) << self.feed.below(57)
        } else {
            self.feed.one_of(&known)
        }
    }

    pub(crate) fn yes_or_no(&mut self) -> CK_BBOOL {
        self.feed.byte()
    }

    pub(crate) fn user(&mut self) -> CK_USER_TYPE {
        self.feed.one_of(&[CKU_USER, CKU_SO, CKU_CONTEXT_SPECIFIC, 3, CK_ULONG::MAX])
    }

    /// What is NULL in earnest.
    pub(crate) fn null(&mut self) -> *mut c_void {
        if self.feed.once_in(8) { ptr::without_provenance_mut(1) } else { ptr::null_mut() }
    }

    pub(crate) fn callback(&mut self) -> CK_NOTIFY {
        None
    }

    /// A place for a value.
    pub(crate) fn place<T>(&mut self) -> *mut T {
        if self.feed.once_in(16) {
            return ptr::null_mut();
        }
        let block = Block::output(&vec![FILL; size_of::<T>()], self.feed.below(8));
        let place = block.pointer();
        self.answers.places.push(block);
        place
    }

    /// A place for the handle of something new.
    pub(crate) fn created(&mut self) -> *mut CK_ULONG {
        let place = self.place::<CK_ULONG>();
        if !place.is_null() {
            self.answers.created.push(self.answers.places.len() - 1);
        }
        place
    }

    /// Text that ends with a zero byte.
    pub(crate) fn name(&mut self) -> *mut CK_UTF8CHAR {
        let names = [&b"PKCS 11\0"[..], b"pkcs 11\0", b"\0", b"\xff\xfe\0"];
        if self.feed.once_in(3) {
            return ptr::null_mut();
        }
        let name = self.feed.one_of(&names);
        at(self.given(name).0)
    }

    pub(crate) fn version(&mut self) -> *mut CK_VERSION {
        let version = self.feed.one_of(&[[3, 2], [3, 0], [2, 40], [0, 0], [0xff, 0xff]]);
        if self.feed.once_in(3) { ptr::null_mut() } else { at(self.given(&version).0) }
    }

    /// The label of a new token, which has 32 bytes.
    pub(crate) fn label(&mut self) -> *mut CK_UTF8CHAR {
        let byte = self.feed.one_of(b" a\xff");
        if self.feed.once_in(8) { ptr::null_mut() } else { at(self.given(&[byte; 32]).0) }
    }

    /// Arguments to initialise by. Only those that are refused, or name the test's own configuration.
    pub(crate) fn initialize(&mut self) -> *mut c_void {
        let some_lock = lock as *const () as usize as u64;
        let locks = match self.feed.below(4) {
            1 => [some_lock; 4],
            2 => [some_lock, 0, some_lock, some_lock],
            3 => [0, 0, 0, some_lock],
            _ => [0; 4],
        };
        let flags = self.feed.one_of(&[CKF_OS_LOCKING_OK, 0, CKF_LIBRARY_CANT_CREATE_OS_THREADS, u64::MAX]);
        let named = self.state.config.clone();
        let reserved = match self.feed.below(8) {
            1 => 1,
            2 => self.given(b"relative.toml\0").0,
            3 => self.given(b"/\xff\0").0,
            4 => self.given(b"configfile=/none/here.toml\0").0,
            _ => self.given(CString::as_bytes_with_nul(&named)).0,
        };
        at(self.words(&[locks[0], locks[1], locks[2], locks[3], flags, reserved]))
    }

    // Two arguments each.

    pub(crate) fn input<T>(&mut self) -> (*mut T, CK_ULONG) {
        // The answer may go where the input is.
        if self.answers.in_place.is_none() && self.feed.once_in(8) {
            let block = Block::output(&[FILL; 64], self.feed.below(8));
            let place = block.pointer();
            self.answers.in_place = Some(block);
            return (place, 64);
        }
        let (start, len) = self.range();
        (at(start), len)
    }

    /// What a message brings along: the structures of all message mechanisms have lengths of their own.
    pub(crate) fn parameter(&mut self) -> (*mut c_void, CK_ULONG) {
        let nonce = self.feed.one_of(&[12, 7, 13, 0, 1, 64]);
        let (iv, tag) = (self.written(nonce), self.written(16));
        let fixed = self.feed.one_of(&[0, 32, 96, 1, u64::MAX]);
        let generator =
            self.feed.one_of(&[CKG_NO_GENERATE, CKG_GENERATE, CKG_GENERATE_COUNTER, CKG_GENERATE_RANDOM, 9]);
        let bits = self.feed.one_of(&[128, 96, 0, 1, 129, u64::MAX]);
        let nonce = nonce as u64;
        let words = match self.feed.below(6) {
            0 => return (ptr::null_mut(), self.feed.one_of(&[0, 1, 48, u64::MAX])),
            1 => vec![self.number(), iv, nonce, fixed, generator, tag, bits / 8],
            2 => vec![iv, nonce, tag],
            3 => vec![],
            _ => vec![iv, nonce, fixed, generator, tag, bits],
        };
        (at(self.written_words(&words)), words.len() as u64 * 8)
    }

    pub(crate) fn pin(&mut self) -> (*mut CK_UTF8CHAR, CK_ULONG) {
        // Each PIN that is tried takes its time, by design.
        if !self.feed.once_in(4) || !self.take_time() {
            return (ptr::null_mut(), self.feed.one_of(&[0, 4, u64::MAX]));
        }
        let pins = [super::world::USER_PIN, super::world::SO_PIN, b"", b"1", b"wrong one", &[0; 256]];
        let pin = self.feed.one_of(&pins);
        let (start, len) = self.given(pin);
        (at(start), len)
    }

    pub(crate) fn template<T>(&mut self) -> (*mut T, CK_ULONG) {
        if self.feed.once_in(16) {
            return (ptr::null_mut(), self.feed.one_of(&[0, 1, u64::MAX]));
        }
        let words = templates::template(self, 0);
        let count = words.len() as u64 / 3;
        let place = at(self.words(&words));
        let huge = [u64::MAX, BEYOND_MEMORY, u64::MAX / 24 + 1, 1 << 32];
        (place, if self.feed.once_in(16) { self.feed.one_of(&huge) } else { count })
    }

    /// A template to be filled.
    pub(crate) fn wanted(&mut self) -> (*mut CK_ATTRIBUTE, CK_ULONG) {
        if self.feed.once_in(16) {
            return (ptr::null_mut(), self.feed.one_of(&[0, 1, u64::MAX]));
        }
        let wanted = templates::wanted(self);
        let count = wanted.len() as u64;
        let words: Vec<u64> = wanted
            .iter()
            .flat_map(|(code, block, len)| [*code, block.as_ref().map_or(0, Block::address), *len])
            .collect();
        let structure = Block::output(&vec![0; words.len() * 8], self.feed.below(8));
        structure.write_words(&words);
        let place = structure.pointer();
        self.keep(structure);
        self.answers.guarded.extend(wanted.into_iter().filter_map(|(_, block, _)| block));
        (place, if self.feed.once_in(16) { u64::MAX } else { count })
    }

    /// A buffer for an answer, and where its length goes in and out.
    pub(crate) fn output<T>(&mut self) -> (*mut T, *mut CK_ULONG) {
        let unit = size_of::<T>();
        let shift = self.feed.below(8);
        let room = self.feed.one_of(&[64, 256, 0, 1, 15, 16, 17, 32, 1 << 10, 1 << 12]);
        let buffer = match self.feed.below(8) {
            1 => None,
            2 if self.answers.in_place.is_some() && unit == 1 => self.answers.in_place.take(),
            _ => Some(Block::output(&vec![FILL; room * unit], shift)),
        };
        let claimed = match &buffer {
            Some(buffer) => (buffer.len() / unit) as u64,
            None => self.feed.one_of(&[0, 16, u64::MAX]),
        };
        let place = buffer.as_ref().map_or(ptr::null_mut(), Block::pointer);
        if self.feed.once_in(16) {
            self.answers.guarded.extend(buffer);
            return (place, ptr::null_mut());
        }
        let len = Block::output(&claimed.to_ne_bytes(), shift);
        let len_place = len.pointer();
        self.answers.outputs.push((buffer, unit, len));
        (place, len_place)
    }

    /// Memory to be filled whole.
    pub(crate) fn filled(&mut self) -> (*mut CK_BYTE, CK_ULONG) {
        match self.feed.below(8) {
            0 => (ptr::null_mut(), self.feed.one_of(&[0, 1, u64::MAX])),
            _ => {
                let len = self.feed.one_of(&[32, 0, 1, 100, 1 << 12]);
                (at(self.written(len)), len as u64)
            }
        }
    }

    /// Room for handles, and for how many.
    pub(crate) fn found(&mut self) -> (*mut CK_OBJECT_HANDLE, CK_ULONG) {
        match self.feed.below(8) {
            0 => (ptr::null_mut(), self.feed.one_of(&[0, 1, u64::MAX])),
            _ => {
                let count = self.feed.one_of(&[16, 0, 1, 3]);
                (at(self.written(count * 8)), count as u64)
            }
        }
    }

    pub(crate) fn digest(&mut self) -> *mut CK_MECHANISM {
        self.mechanism_for(Family::Digest)
    }

    pub(crate) fn generator(&mut self) -> *mut CK_MECHANISM {
        self.mechanism_for(Family::Generate)
    }

    pub(crate) fn pair_generator(&mut self) -> *mut CK_MECHANISM {
        self.mechanism_for(Family::GeneratePair)
    }

    fn mechanism_for(&mut self, family: Family) -> *mut CK_MECHANISM {
        if self.feed.once_in(32) {
            return ptr::null_mut();
        }
        let (code, place, len) = mechanisms::mechanism(self, family);
        at(self.words(&[code, place, len]))
    }

    /// A mechanism, and a key that mostly goes with it.
    pub(crate) fn keyed(&mut self) -> (*mut CK_MECHANISM, CK_OBJECT_HANDLE) {
        let (key, family) = self.keyed_object();
        (self.mechanism_for(family), key)
    }

    /// As `keyed`, at times with a message's parameters: the functions that bring what is authenticated take those, too.
    pub(crate) fn authenticated(&mut self) -> (*mut CK_MECHANISM, CK_OBJECT_HANDLE) {
        let (mechanism, key) = self.keyed();
        if self.feed.once_in(2) {
            return (mechanism, key);
        }
        let (place, len) = self.parameter();
        let code = match len {
            24 => CKM_CHACHA20_POLY1305,
            56 => CKM_AES_CCM,
            _ => CKM_AES_GCM,
        };
        (at(self.words(&[code, place as u64, len])), key)
    }
}

extern "C" fn lock(_: *mut c_void) -> CK_RV {
    CKR_OK
}
