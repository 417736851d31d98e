//! Tests of C poll functions, good and bad, and with those of vendors in mind.

use core::ptr;

use super::*;
use crate::source::checked::CheckedSource;
use crate::source::os;
use crate::testkit::contract;
use crate::{Alpha, SourceState};

/// What a vendor's function works on.
struct Chip {
    /// Bytes that it has ready at a time.
    word: usize,
    polls: u32,
}

/// Gives the operating system's bytes, a word at a time.
unsafe extern "C" fn words(data: *mut c_void, output: *mut c_uchar, len: usize, olen: *mut usize) -> c_int {
    // SAFETY: the tests hand over a `Chip` that nobody else uses.
    let chip = unsafe { &mut *data.cast::<Chip>() };
    chip.polls += 1;
    let given = len.min(chip.word);
    // SAFETY: the caller has room for `len` bytes.
    let raw = unsafe { core::slice::from_raw_parts_mut(output, given) };
    os::fill(raw).expect("the operating system has bytes");
    // SAFETY: the caller has room for a length.
    unsafe { olen.write(given) };
    0
}

fn chip(word: usize) -> CallbackSource {
    let data: *mut Chip = Box::leak(Box::new(Chip { word, polls: 0 }));
    // SAFETY: `words` keeps to its buffer, and the chip is leaked, so it outlives the source.
    unsafe { CallbackSource::new("chip", words, data.cast(), 8.0) }
}

#[test]
fn a_function_that_works_keeps_the_contract() {
    contract(|| chip(4));
    contract(|| chip(usize::MAX));
}

/// What a function says of one poll for eight bytes.
fn poll(function: PollFunction) -> Result<usize, PollError> {
    // SAFETY: none of the tests' functions touches its data or writes beyond its buffers.
    let mut source = unsafe { CallbackSource::new("vendor", function, ptr::null_mut(), 8.0) };
    source.poll(&mut [0; 8])
}

/// A function that writes a length, or none, and returns a status; the buffer stays as it is.
macro_rules! says {
    ($length:expr, $status:expr) => {{
        unsafe extern "C" fn says(_: *mut c_void, _: *mut c_uchar, _: usize, olen: *mut usize) -> c_int {
            let length: Option<usize> = $length;
            if let Some(length) = length {
                // SAFETY: the caller has room for a length.
                unsafe { olen.write(length) };
            }
            $status
        }
        says
    }};
}

#[test]
fn success_without_a_length_is_a_failure() {
    assert_eq!(poll(says!(None, 0)), Err(PollError::Failed));
}

#[test]
fn a_length_above_the_room_is_a_failure() {
    assert_eq!(poll(says!(Some(9), 0)), Err(PollError::Failed));
    assert_eq!(poll(says!(Some(usize::MAX), 0)), Err(PollError::Failed));
    assert_eq!(poll(says!(Some(usize::MAX - 1), 0)), Err(PollError::Failed));
}

#[test]
fn any_status_but_zero_is_a_failure_whatever_the_length() {
    for function in [says!(Some(8), 1) as PollFunction, says!(Some(8), -0x3c), says!(None, c_int::MIN)] {
        assert_eq!(poll(function), Err(PollError::Failed));
    }
}

#[test]
fn short_and_empty_answers_are_none() {
    assert_eq!(poll(says!(Some(8), 0)), Ok(8));
    assert_eq!(poll(says!(Some(3), 0)), Ok(3));
    assert_eq!(poll(says!(Some(0), 0)), Ok(0));
}

#[test]
fn a_function_that_writes_a_length_and_no_noise_is_dead() {
    // SAFETY: the function touches neither its data nor its buffer.
    let source = unsafe { CallbackSource::new("vendor", says!(Some(8), 0), ptr::null_mut(), 4.0) };
    let mut checked = CheckedSource::new(Box::new(source), Alpha::default());
    assert!(checked.gather(384).is_none());
    assert_eq!(checked.report().state, SourceState::Dead);
}
