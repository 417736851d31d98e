//! Tests of the operation cell.

use alloc::vec::Vec;

use super::cell::{Cell, Output, Room, Shape, Step};
use crate::Error;

/// An operation whose answer is what it was told.
type Echo = Vec<u8>;

fn ready(answer: &[u8]) -> Cell<Echo> {
    let mut cell = Cell::default();
    cell.start(answer.to_vec()).expect("a new cell is idle");
    cell
}

#[test]
fn a_length_or_a_short_buffer_ends_nothing() {
    let mut cell = ready(b"answer");
    let mut ask = |out: Output<'_>| cell.answer(Shape::Whole, out, Vec::len, Ok);
    assert!(matches!(ask(Output::Length), Ok(6)));
    assert!(matches!(ask(Output::Buffer(&mut [0; 5])), Err(Error::BufferTooSmall { needed: 6 })));
    let mut buffer = [0; 8];
    assert!(matches!(ask(Output::Buffer(&mut buffer)), Ok(6)));
    assert_eq!(&buffer, b"answer\0\0");
    assert!(matches!(ask(Output::Length), Err(Error::OperationNotInitialized)));
}

/// Memory that says when it is taken.
struct Memory {
    bytes: [u8; 8],
    room: usize,
    taken: bool,
}

impl Room for Memory {
    fn room(&self) -> usize {
        self.room
    }

    fn take(&mut self, len: usize) -> &mut [u8] {
        self.taken = true;
        &mut self.bytes[..len]
    }
}

#[test]
fn room_is_taken_only_where_the_answer_fits() {
    let mut cell = ready(b"answer");
    let mut memory = Memory { bytes: [0; 8], room: 5, taken: false };
    let short = cell.answer(Shape::Whole, Output::Room(&mut memory), Vec::len, Ok);
    assert!(matches!(short, Err(Error::BufferTooSmall { needed: 6 })));
    assert!(!memory.taken);
    memory.room = usize::MAX;
    let enough = cell.answer(Shape::Whole, Output::Room(&mut memory), Vec::len, Ok);
    assert!(matches!(enough, Ok(6)));
    assert_eq!(&memory.bytes, b"answer\0\0");

    let mut cell = ready(b"answer");
    memory.room = 4;
    let longer = cell.answer(Shape::Whole, Output::Room(&mut memory), |_| 4, Ok);
    assert!(matches!(longer, Err(Error::BufferTooSmall { needed: 6 })));
}

#[test]
fn an_answer_in_place_ends_the_operation_where_it_is_the_last() {
    let copy = |operation: &mut Echo, place: &mut [u8]| {
        place[..2].copy_from_slice(&operation[..2]);
        Ok(2)
    };
    let mut cell = ready(b"answer");
    let mut buffer = [0; 4];
    // At most three bytes; what the answer really uses is told by the run.
    let mut fill = |step, out: Output<'_>| cell.fill(step, out, |_, _| Ok(3), copy);
    assert!(matches!(fill(Step::Part, Output::Length), Ok(3)));
    assert!(matches!(fill(Step::Part, Output::Buffer(&mut buffer[..2])), Err(Error::BufferTooSmall { .. })));
    assert!(matches!(fill(Step::Part, Output::Buffer(&mut buffer)), Ok(2)));
    assert!(matches!(fill(Step::Whole, Output::Length), Err(Error::OperationActive)));
    let mut vec = alloc::vec![7];
    assert!(matches!(fill(Step::Last, Output::Vec(&mut vec)), Ok(2)));
    assert_eq!(vec, b"\x07an");
    assert!(matches!(fill(Step::Last, Output::Length), Err(Error::OperationNotInitialized)));
}

#[test]
fn a_length_that_cant_be_told_ends_the_operation() {
    let mut cell = ready(b"answer");
    let needed = |_: &mut Echo, _| Err(Error::EncryptedDataLength);
    assert!(cell.fill(Step::Whole, Output::Length, needed, |_, _| Ok(0)).is_err());
    assert!(cell.check_idle().is_ok());
}

#[test]
fn cancelling_says_whether_there_was_an_operation() {
    let mut cell = ready(b"answer");
    assert!(cell.cancel());
    assert!(!cell.cancel());
}

#[test]
fn a_failure_ends_the_operation() {
    let mut cell = ready(b"answer");
    let failed =
        cell.answer(Shape::Whole, Output::Vec(&mut Vec::new()), Vec::len, |_| Err(Error::SignatureInvalid));
    assert!(failed.is_err());
    assert!(cell.check_idle().is_ok());
}

#[test]
fn an_answer_longer_than_announced_never_overruns_the_buffer() {
    let mut cell = ready(b"answer");
    let mut buffer = [0; 4];
    let outcome = cell.answer(Shape::Whole, Output::Buffer(&mut buffer), |_| 4, Ok);
    assert!(matches!(outcome, Err(Error::BufferTooSmall { needed: 6 })));
}

#[test]
fn parts_exclude_the_whole() {
    let mut cell = ready(b"answer");
    cell.stream().expect("it was started");
    cell.stream().expect("it takes any number of parts");
    assert!(matches!(cell.answer(Shape::Whole, Output::Length, Vec::len, Ok), Err(Error::OperationActive)));
    assert!(cell.finish(Shape::Parts).is_ok());
    assert!(cell.stream().is_err());
}

#[test]
fn the_length_of_a_whole_answer_excludes_parts() {
    let asked = || {
        let mut cell = ready(b"answer");
        assert!(matches!(cell.answer(Shape::Whole, Output::Length, Vec::len, Ok), Ok(6)));
        cell
    };
    let mut cell = asked();
    assert!(matches!(cell.stream(), Err(Error::OperationActive)));
    assert!(cell.is_idle());
    let mut cell = asked();
    assert!(matches!(cell.finish(Shape::Parts), Err(Error::OperationActive)));
    assert!(cell.is_idle());
    assert!(asked().finish(Shape::Whole).is_ok());
    let mut short = ready(b"answer");
    assert!(short.fill(Step::Whole, Output::Buffer(&mut []), |_, _| Ok(3), |_, _| Ok(3)).is_err());
    assert!(matches!(short.stream(), Err(Error::OperationActive)));
    let mut last = ready(b"answer");
    assert!(last.fill(Step::Last, Output::Length, |_, _| Ok(3), |_, _| Ok(3)).is_ok());
    assert!(last.stream().is_ok(), "the length of a last part tells nothing of how the data come");
}
