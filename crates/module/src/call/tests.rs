//! What the shell promises whatever happens inside.

use cryptoki_sys::{CKR_ARGUMENTS_BAD, CKR_FUNCTION_FAILED, CKR_OK};

use super::*;

#[test]
fn a_panic_becomes_an_answer() {
    assert_eq!(bare("C_Test", || panic!("a mistake")), CKR_FUNCTION_FAILED);
    assert_eq!(bare("C_Test", || Ok(())), CKR_OK);
    assert_eq!(bare("C_Test", || Err(Error::ArgumentsBad("test"))), CKR_ARGUMENTS_BAD);
}
