//! What must be true after each call, whatever its arguments were: a code that says what is wrong, nothing written
//! beside the memory that was given, and lengths as the standard wants them (PKCS #11 v3.2 section 5.2).

use cryptoki_sys::*;

use super::memory::Block;

/// Every code that says what was wrong with a call. `CKR_FUNCTION_FAILED` (also of a caught panic),
/// `CKR_GENERAL_ERROR`, `CKR_HOST_MEMORY` and `CKR_DEVICE_ERROR` don't: no arguments may lead to them.
const CODES: &[CK_RV] = &[
    CKR_OK,
    CKR_ACTION_PROHIBITED,
    CKR_AEAD_DECRYPT_FAILED,
    CKR_ARGUMENTS_BAD,
    CKR_ATTRIBUTE_READ_ONLY,
    CKR_ATTRIBUTE_SENSITIVE,
    CKR_ATTRIBUTE_TYPE_INVALID,
    CKR_ATTRIBUTE_VALUE_INVALID,
    CKR_BUFFER_TOO_SMALL,
    CKR_CANT_LOCK,
    CKR_CRYPTOKI_ALREADY_INITIALIZED,
    CKR_CRYPTOKI_NOT_INITIALIZED,
    CKR_CURVE_NOT_SUPPORTED,
    CKR_DATA_INVALID,
    CKR_DATA_LEN_RANGE,
    CKR_DOMAIN_PARAMS_INVALID,
    CKR_ENCRYPTED_DATA_INVALID,
    CKR_ENCRYPTED_DATA_LEN_RANGE,
    CKR_FUNCTION_NOT_PARALLEL,
    CKR_FUNCTION_NOT_SUPPORTED,
    CKR_FUNCTION_REJECTED,
    CKR_INFORMATION_SENSITIVE,
    CKR_KEY_CHANGED,
    CKR_KEY_EXHAUSTED,
    CKR_KEY_FUNCTION_NOT_PERMITTED,
    CKR_KEY_HANDLE_INVALID,
    CKR_KEY_INDIGESTIBLE,
    CKR_KEY_NEEDED,
    CKR_KEY_NOT_NEEDED,
    CKR_KEY_NOT_WRAPPABLE,
    CKR_KEY_SIZE_RANGE,
    CKR_KEY_TYPE_INCONSISTENT,
    CKR_KEY_UNEXTRACTABLE,
    CKR_MECHANISM_INVALID,
    CKR_MECHANISM_PARAM_INVALID,
    CKR_NO_EVENT,
    CKR_OBJECT_HANDLE_INVALID,
    CKR_OPERATION_ACTIVE,
    CKR_OPERATION_CANCEL_FAILED,
    CKR_OPERATION_NOT_INITIALIZED,
    CKR_PARAMETER_SET_NOT_SUPPORTED,
    CKR_PIN_INCORRECT,
    CKR_PIN_INVALID,
    CKR_PIN_LEN_RANGE,
    CKR_PIN_LOCKED,
    CKR_PIN_TOO_WEAK,
    CKR_PUBLIC_KEY_INVALID,
    CKR_RANDOM_SEED_NOT_SUPPORTED,
    CKR_SAVED_STATE_INVALID,
    CKR_SESSION_ASYNC_NOT_SUPPORTED,
    CKR_SESSION_CLOSED,
    CKR_SESSION_EXISTS,
    CKR_SESSION_HANDLE_INVALID,
    CKR_SESSION_PARALLEL_NOT_SUPPORTED,
    CKR_SESSION_READ_ONLY,
    CKR_SESSION_READ_ONLY_EXISTS,
    CKR_SESSION_READ_WRITE_SO_EXISTS,
    CKR_SIGNATURE_INVALID,
    CKR_SIGNATURE_LEN_RANGE,
    CKR_SLOT_ID_INVALID,
    CKR_STATE_UNSAVEABLE,
    CKR_TEMPLATE_INCOMPLETE,
    CKR_TEMPLATE_INCONSISTENT,
    CKR_TOKEN_NOT_INITIALIZED,
    CKR_TOKEN_NOT_RECOGNIZED,
    CKR_TOKEN_RESOURCE_EXCEEDED,
    CKR_UNWRAPPING_KEY_HANDLE_INVALID,
    CKR_UNWRAPPING_KEY_SIZE_RANGE,
    CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT,
    CKR_USER_ALREADY_LOGGED_IN,
    CKR_USER_ANOTHER_ALREADY_LOGGED_IN,
    CKR_USER_NOT_LOGGED_IN,
    CKR_USER_PIN_NOT_INITIALIZED,
    CKR_USER_TYPE_INVALID,
    CKR_WRAPPED_KEY_INVALID,
    CKR_WRAPPED_KEY_LEN_RANGE,
    CKR_WRAPPING_KEY_HANDLE_INVALID,
    CKR_WRAPPING_KEY_SIZE_RANGE,
    CKR_WRAPPING_KEY_TYPE_INCONSISTENT,
];

/// The memory of one call.
#[derive(Default)]
pub(crate) struct Answers {
    /// May only be read.
    pub(crate) read_only: Vec<Block>,
    /// May be written to, as far as it goes.
    pub(crate) guarded: Vec<Block>,
    /// Buffers, the length of what they count, and their lengths.
    pub(crate) outputs: Vec<(Option<Block>, usize, Block)>,
    /// Places for one value.
    pub(crate) places: Vec<Block>,
    /// Which of these get new handles.
    pub(crate) created: Vec<usize>,
    /// An input that an answer may overwrite, if none does yet.
    pub(crate) in_place: Option<Block>,
    /// The session, where the call has one.
    pub(crate) session: CK_SESSION_HANDLE,
    /// Whether it is none that is open.
    pub(crate) stranger: bool,
}

impl Answers {
    /// The first thing that is wrong.
    pub(crate) fn flaw(&self, function: &str, answer: CK_RV) -> Option<String> {
        // The only one that reads files.
        let unreadable = function == "C_Initialize" && answer == CKR_GENERAL_ERROR;
        if !CODES.contains(&answer) && !unreadable {
            return Some("a code that says nothing, or of nothing that could be".into());
        }
        let with_buffers = self.outputs.iter().filter_map(|(buffer, ..)| buffer.as_ref());
        let lens = self.outputs.iter().map(|(.., len)| len);
        let mut all =
            self.guarded.iter().chain(&self.places).chain(&self.in_place).chain(lens).chain(with_buffers);
        if !all.all(Block::is_guarded) {
            return Some("bytes beside an output were written".into());
        }
        if !self.read_only.iter().chain(&self.in_place).all(Block::is_untouched) {
            return Some("an input was written".into());
        }
        if answer != CKR_OK && !self.places.iter().all(|place| place.is_untouched() || place.ulong() == 0) {
            return Some("a failed call gave a value".into());
        }
        self.outputs.iter().find_map(|(buffer, unit, len)| {
            let old = len.before();
            wrong_length(buffer.as_ref(), *unit, old, len.ulong(), answer).map(Into::into)
        })
    }

    /// What a call has answered.
    pub(crate) fn answered(&self) -> impl Iterator<Item = Vec<u8>> {
        let bytes = self.outputs.iter().filter(|(_, unit, _)| *unit == 1);
        bytes.filter_map(|(buffer, _, len)| {
            Some(buffer.as_ref()?.now().into_iter().take(len.ulong() as usize).collect())
        })
    }

    /// The handles that a call has made; one that only tells a length makes none.
    pub(crate) fn new_handles(&self) -> impl Iterator<Item = u64> {
        let places = self.created.iter().filter_map(|index| self.places.get(*index));
        places.filter(|place| !place.is_untouched()).map(Block::ulong)
    }
}

fn wrong_length(
    buffer: Option<&Block>,
    unit: usize,
    old: u64,
    new: u64,
    answer: CK_RV,
) -> Option<&'static str> {
    let untouched_from = |index: u64| buffer.is_none_or(|buffer| buffer.is_untouched_from(index as usize));
    match answer {
        CKR_OK if buffer.is_some() && new > old => Some("an answer longer than its buffer"),
        CKR_OK if !untouched_from(new.saturating_mul(unit as u64).min(1 << 20)) => {
            Some("bytes behind an answer were written")
        }
        CKR_OK => None,
        CKR_BUFFER_TOO_SMALL if buffer.is_none() => Some("no buffer is too small"),
        CKR_BUFFER_TOO_SMALL if new <= old => Some("a buffer is too small for an answer that fits"),
        CKR_BUFFER_TOO_SMALL => (!untouched_from(0)).then_some("part of an answer that does not fit"),
        _ if new != old => Some("a length was written by a call that failed"),
        _ if buffer.is_none_or(Block::tells_nothing) => None,
        _ => Some("a call that failed left something in its buffer"),
    }
}
