//! Tests of the processor's source on this processor.

use super::*;
use crate::source::checked::CheckedSource;

#[test]
fn each_instruction_that_is_there_passes_its_health_tests() {
    for instruction in [Instruction::Rdseed, Instruction::Rdrand] {
        if present(instruction) {
            let mut source = CheckedSource::new(Box::new(CpuSource { instruction }));
            let gathered = source.gather(256).expect("the processor's generator works");
            assert!(gathered.iter().any(|&byte| byte != 0));
        }
    }
}
