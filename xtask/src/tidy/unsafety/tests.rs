//! The rule `unsafe` on samples.

use super::*;
use crate::tidy::tests::{assert_found, found, member};

const ROOM: &str = "crates/entropy/src/source/cpu.rs";

#[test]
fn the_word_outside_a_room_is_found_and_its_lint_is_not() {
    let files = [
        (
            "crates/token/src/a.rs",
            "//! Nothing unsafe.\nfn f() {\n    // SAFETY: none.\n    unsafe { g() }\n}\n",
        ),
        ("crates/token/src/b.rs", "#![allow(unsafe_code)]\nconst A: &str = \"unsafe\";\n"),
        ("crates/token/tests/c.rs", "unsafe extern \"C\" {}\n"),
    ];
    let found = found(check, Vec::new(), &files);
    let what = "`unsafe` outside its rooms";
    assert_found(
        &found,
        &[&format!("crates/token/src/a.rs:4: {what}"), &format!("crates/token/tests/c.rs:1: {what}")],
    );
}

#[test]
fn a_reason_above_the_statement_is_enough() {
    let text = "
// SAFETY: A holds no pointer.
unsafe impl Send for A {}

fn f() {
    // SAFETY: the page is ours,
    // and it lives as long as we do.
    let x =
        unsafe { g() };
}

unsafe fn asks() {}
";
    assert_found(&found(check, Vec::new(), &[(ROOM, text)]), &[]);
}

#[test]
fn a_missing_or_distant_reason_is_found() {
    let text = "
// A remark.
unsafe impl Send for A {}

fn f() {
    // SAFETY: for the first only.
    unsafe { g() };
    unsafe { h() };
}
";
    let found = found(check, Vec::new(), &[(ROOM, text)]);
    assert_found(&found, &[&format!("{ROOM}:3: `unsafe` without"), &format!("{ROOM}:8: `unsafe` without")]);
}

#[test]
fn a_root_without_a_room_forbids_and_one_with_a_room_denies() {
    let roots = |tls, entropy| {
        let files = [("crates/tls/src/lib.rs", tls), ("crates/entropy/src/lib.rs", entropy)];
        found(check, vec![member("portcullis-tls", &[]), member("portcullis-entropy", &[])], &files)
    };
    assert_found(&roots("#![forbid(unsafe_code)]", "#![deny(unsafe_code)]"), &[]);
    assert_found(&roots("#![forbid(missing_docs, unsafe_code)]", "#![forbid(unsafe_code)]"), &[]);
    let expected = [
        "crates/tls/src/lib.rs:1: the crate does not say `#![forbid(unsafe_code)]`",
        "crates/entropy/src/lib.rs:1: the crate does not say `#![deny(unsafe_code)]`",
    ];
    assert_found(&roots("#![deny(unsafe_code)]", "// forbid(unsafe_code)"), &expected);
}
