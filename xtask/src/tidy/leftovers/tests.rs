//! The rule `leftovers` on samples.

use super::*;
use crate::tidy::tests::{assert_found, found};

#[test]
fn unfinished_code_is_found() {
    let text =
        "fn f() {\n    todo!()\n}\nfn g() {\n    unimplemented!(\"x\")\n}\nfn h() {\n    dbg!(1);\n}\n";
    let found = found(check, Vec::new(), &[("a.rs", text)]);
    assert_found(&found, &["a.rs:2: `todo!`", "a.rs:5: `unimplemented!`", "a.rs:8: `dbg!`"]);
}

#[test]
fn ignored_tests_are_found() {
    let text = "#[test]\n#[ignore]\nfn a() {}\n#[test]\n#[ignore = \"slow\"]\nfn b() {}\n";
    let found = found(check, Vec::new(), &[("a.rs", text)]);
    assert_found(&found, &["a.rs:2: an ignored test", "a.rs:5: an ignored test"]);
}

#[test]
fn remarks_and_names_are_found() {
    let remark = format!("fn f() {{}} // {} later\n", REMARKS.concat());
    let files = [("a.rs", remark.as_str()), ("src/utils/b.rs", ""), ("src/manager.rs", "")];
    let expected = ["a.rs:1: ", "src/utils/b.rs:1: `utils` names no room", "src/manager.rs:1: `manager`"];
    assert_found(&found(check, Vec::new(), &files), &expected);
}

#[test]
fn the_same_words_in_other_places_pass() {
    let text =
        "//! Nothing for dbg! or todo!.\nfn todo() { ignore(\"todo!\") }\n#[cfg(ignored)]\nfn f() {}\n";
    assert_found(&found(check, Vec::new(), &[("src/utilities.rs", text)]), &[]);
}
