//! The rule `size` on samples at both sides of each limit.

use super::*;
use crate::tidy::tests::{assert_found, found};

fn function(opening: &str, lines: usize) -> String {
    format!("{opening} {{\n{}}}\n", "    call();\n".repeat(lines - 2))
}

#[test]
fn the_longest_file_allowed_passes_and_one_more_line_does_not() {
    let (good, bad) = ("// line\n".repeat(500), "// line\n".repeat(501));
    let found = found(check, Vec::new(), &[("good.rs", good.as_str()), ("bad.rs", bad.as_str())]);
    assert_found(&found, &["bad.rs:501: 501 lines; a file has at most 500"]);
}

#[test]
fn the_longest_function_allowed_passes_and_one_more_line_does_not() {
    let text = function("fn good()", 70) + &function("/// Documented\n/// at length.\nfn bad()", 71);
    let found = found(check, Vec::new(), &[("a.rs", text.as_str())]);
    assert_found(&found, &["a.rs:73: `bad` has 71 lines"]);
}

#[test]
fn methods_and_functions_within_functions_are_measured() {
    let method = function("fn method()", 71);
    let text = format!("impl A {{\n{method}}}\ntrait B {{\nfn absent();\n{method}}}\nmod c {{\n{method}}}\n");
    let found = found(check, Vec::new(), &[("a.rs", text.as_str())]);
    assert_found(&found, &["a.rs:2: `method`", "a.rs:76: `method`", "a.rs:149: `method`"]);
}

#[test]
fn what_is_above_the_aim_is_counted() {
    let text = function("fn short()", 40) + &function("fn long()", 41) + &"// line\n".repeat(300);
    let (tree, _) =
        Tree::new(Vec::new(), vec![("a.rs".to_owned(), text), ("b.rs".to_owned(), String::new())]);
    assert_eq!(over_aim(&tree), (1, 1));
}
