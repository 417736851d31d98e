//! Lines as nextest 0.9 and libtest print them.

use super::*;

fn counts(passed: usize, failed: usize, skipped: usize) -> Counts {
    Counts { passed, failed, skipped }
}

fn after(runs: &[(&str, bool)], skips: &str) -> Counts {
    let mut tests = Tests::default();
    for (output, ok) in runs {
        tests.add_run(output, *ok);
    }
    tests.add_skips(skips);
    tests.counts()
}

const NEXTEST: &str = "
        PASS [   0.005s] portcullis-pal label::tests::empty
------------
     Summary [   1.311s] 33 tests run: 33 passed (2 slow, 1 leaky), 4 skipped
";

const FAILING: &str = "
     Summary [   0.3s] 9/12 tests run: 5 passed, 2 failed, 1 timed out, 1 exec failed, 0 skipped
        FAIL [   0.005s] portcullis-pal label::tests::empty
error: test run failed
";

const LIBTEST: &str = "
running 2 tests
test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
test result: FAILED. 3 passed; 1 failed; 5 ignored; 0 measured; 7 filtered out; finished in 0.10s
";

#[test]
fn nextest_is_read() {
    assert_eq!(after(&[(NEXTEST, true)], ""), counts(33, 0, 4));
    assert_eq!(after(&[(FAILING, false)], ""), counts(5, 4, 0));
    assert_eq!(after(&[("  Summary [ 0.0s] 1 test run: 1 passed, 0 skipped", true)], ""), counts(1, 0, 0));
}

#[test]
fn every_binary_of_libtest_is_read() {
    assert_eq!(after(&[(LIBTEST, false)], ""), counts(5, 1, 5));
}

#[test]
fn runners_add_up() {
    assert_eq!(after(&[(NEXTEST, true), (LIBTEST, false)], ""), counts(38, 1, 9));
}

#[test]
fn a_runner_that_dies_before_its_tests_is_a_failure() {
    assert_eq!(after(&[("error: could not compile `portcullis-pal`", false)], ""), counts(0, 1, 0));
}

#[test]
fn tests_without_their_peer_are_skipped_and_not_passed() {
    let skips = "skipped: tls::mqtt: mosquitto is not installed\n\
                 skipped: tls::mqtt: mosquitto_pub is not installed\n\
                 skipped: cli::openssl: openssl is not installed\n\n";
    assert_eq!(after(&[(NEXTEST, true)], skips), counts(31, 0, 6));
    // The same test said it twice, in two runs: it is one test.
    assert_eq!(after(&[(NEXTEST, true)], &skips.repeat(2)), counts(31, 0, 6));
}

#[test]
fn test_names_may_hold_colons() {
    assert_eq!(test_name("skipped: tls::tests: a: mosquitto is not installed"), "tls::tests: a");
}
