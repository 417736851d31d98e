//! Tests of the operation cell.

use alloc::vec::Vec;

use super::cell::{Cell, Output, Shape};
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

#[test]
fn a_capped_answer_needs_its_room() {
    let mut cell = ready(b"answer");
    let mut answer = Vec::new();
    let short = cell.answer(Shape::Whole, Output::Capped { answer: &mut answer, room: 5 }, Vec::len, Ok);
    assert!(matches!(short, Err(Error::BufferTooSmall { needed: 6 })));
    assert!(answer.is_empty());
    let enough = cell.answer(Shape::Whole, Output::Capped { answer: &mut answer, room: 6 }, Vec::len, Ok);
    assert!(matches!(enough, Ok(6)));
    assert_eq!(answer, b"answer");

    let mut cell = ready(b"answer");
    let longer = cell.answer(Shape::Whole, Output::Capped { answer: &mut answer, room: 4 }, |_| 4, Ok);
    assert!(matches!(longer, Err(Error::BufferTooSmall { needed: 6 })));
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
