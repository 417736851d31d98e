//! Tests of where a failure becomes permanent.

use super::*;

/// Failures, with so many successes before each, until one is permanent; none within a thousand.
fn permanent_at(successes: u32) -> Option<u32> {
    let mut failures = Failures::default();
    (1..=1000).find(|_| {
        (0..successes).for_each(|_| failures.passed());
        failures.failed()
    })
}

#[test]
fn the_third_failure_in_a_row_is_permanent() {
    assert_eq!(permanent_at(0), Some(3));
}

#[test]
fn failures_that_keep_coming_back_are_permanent_in_the_end() {
    for successes in [1, 2, 50, 99] {
        assert_eq!(permanent_at(successes), Some(10), "{successes}");
    }
}

#[test]
fn a_rare_failure_is_forgiven() {
    assert_eq!(permanent_at(100), None);
}
