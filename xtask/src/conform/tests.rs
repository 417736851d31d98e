//! What is said of a page that has fallen behind.

use super::difference;

#[test]
fn the_same_text_has_no_difference() {
    assert_eq!(difference("a\nb\n", "a\nb\n"), None);
}

#[test]
fn the_first_line_that_differs_is_shown_as_both_have_it() {
    assert_eq!(difference("a\nb\nc\n", "a\nB\nC\n").unwrap(), "line 2\n  page: b\n  code: B");
}

#[test]
fn a_page_that_ends_early_or_late_differs() {
    assert_eq!(difference("a\n", "a\nb\n").unwrap(), "line 2\n  page: (no such line)\n  code: b");
    assert_eq!(difference("a\nb\n", "a\n").unwrap(), "line 2\n  page: b\n  code: (no such line)");
}

#[test]
fn ends_of_lines_count() {
    assert!(difference("a\n", "a").is_some());
}
