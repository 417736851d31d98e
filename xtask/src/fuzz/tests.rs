//! What is read out of libFuzzer's output, and what it is given to start with.

use super::{MAX_LEN, noise, written_input};

#[test]
fn the_input_that_made_a_target_fail_is_found_in_what_was_printed() {
    let text = "==1==ERROR\nartifact_prefix='a/'; Test unit written to a/crash-0\nBase64: AA==\n";
    assert_eq!(written_input(text), Some("a/crash-0"));
    assert_eq!(written_input("error: could not compile"), None);
}

#[test]
fn first_inputs_differ_and_are_the_same_each_time() {
    assert_eq!(noise(1), noise(1));
    assert_ne!(noise(1), noise(2));
    assert_eq!(noise(0).len(), MAX_LEN / 2);
}
