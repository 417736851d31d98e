//! Tests of the processor's source on this processor.

use super::*;
use crate::testkit::contract;

#[test]
fn each_instruction_that_is_there_keeps_the_contract() {
    for make in [CpuSource::rdseed, CpuSource::rdrand] {
        if make().is_some() {
            contract(|| make().expect("it was there just now"));
        }
    }
}

#[test]
fn what_faulty_processors_give_is_refused() {
    let mut source = CpuSource { instruction: Instruction::Rdseed, last: 0 };
    for word in [0, u64::MAX] {
        assert_eq!(source.accept(word), Err(PollError::Failed));
    }
    assert_eq!(source.accept(7), Ok(7));
    assert_eq!(source.accept(7), Err(PollError::Failed));
    assert_eq!(source.accept(8), Ok(8));
    assert_eq!(source.accept(7), Ok(7));
}
