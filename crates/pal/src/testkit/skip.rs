//! How a test of this workspace says that it could not run: named and counted, never silently passed.

use std::fs::OpenOptions;
use std::io::Write;

/// Says that `test` did not run, and why: on standard error, past the test harness's capture, and in the file
/// that the environment variable `PORTCULLIS_SKIPS` names, where `cargo xtask ci` counts it.
///
/// # Panics
/// When `PORTCULLIS_REQUIRE_PEERS` is `1`, as in CI, where nothing may be missing.
pub fn skip(test: &str, reason: &str) {
    let line = format!("skipped: {test}: {}", reason.lines().next().unwrap_or_default());
    assert!(std::env::var_os("PORTCULLIS_REQUIRE_PEERS").is_none_or(|value| value != "1"), "{line}");
    // Where neither can be written to, there is no one left to tell.
    let _ = writeln!(std::io::stderr().lock(), "{line}");
    if let Some(file) = std::env::var_os("PORTCULLIS_SKIPS") {
        let written = OpenOptions::new().append(true).create(true).open(file);
        let _ = written.and_then(|mut file| writeln!(file, "{line}"));
    }
}
