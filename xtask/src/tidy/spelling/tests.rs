//! The rule `spelling` on samples.

use super::*;
use crate::tidy::tests::{assert_found, found};

#[test]
fn c_names_outside_their_crate_are_found() {
    let text =
        "//! Answers `CKR_OK`.\n/// `CKA_LABEL`\nconst A: u32 = CKA_LABEL;\nfn f() { C_Sign(CK_TRUE) }\n";
    let found =
        found(check, Vec::new(), &[("crates/token/src/a.rs", text), ("crates/module/src/a.rs", text)]);
    let expected = ["a.rs:3: `CKA_LABEL`", "a.rs:4: `C_Sign`", "a.rs:4: `CK_TRUE`"];
    assert_found(&found, &expected.map(|e| format!("crates/token/src/{e}")).each_ref().map(String::as_str));
}

#[test]
fn rust_names_pass() {
    let text =
        "const CKEY: u8 = 1;\nconst C_SIZE: u8 = 2;\nconst CLOCK_ID: u8 = 3;\nconst B: &str = \"CKR_OK\";\n";
    assert_found(&found(check, Vec::new(), &[("crates/token/src/a.rs", text)]), &[]);
}
