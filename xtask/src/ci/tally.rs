//! How many tests passed, failed and were skipped, read out of what the test runners print.
//!
//! A test whose peer is missing returns early, so a runner counts it as passed. It says so in the file that
//! `PORTCULLIS_SKIPS` names, one line `skipped: <test>: <peer> is not installed`, and is counted here as what
//! it is.

use std::collections::BTreeSet;

/// Test counts.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) passed: usize,
    pub(super) failed: usize,
    pub(super) skipped: usize,
}

/// The tests of a whole round.
#[derive(Debug, Default)]
pub(super) struct Tests {
    reported: Counts,
    /// The lines of tests that went without their peer, each once.
    pub(super) skips: BTreeSet<String>,
}

impl Tests {
    /// Adds what a runner printed and whether it ended well.
    ///
    /// A runner that failed without naming a failed test (its tests do not compile, say) counts as one failure.
    pub(super) fn add_run(&mut self, output: &str, ok: bool) {
        let mut counts = nextest(output).unwrap_or_else(|| libtest(output));
        if !ok && counts.failed == 0 {
            counts.failed = 1;
        }
        self.reported.passed += counts.passed;
        self.reported.failed += counts.failed;
        self.reported.skipped += counts.skipped;
    }

    /// Adds the text of the file in which tests say what they skipped.
    pub(super) fn add_skips(&mut self, text: &str) {
        self.skips.extend(text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned));
    }

    /// The counts, with tests that went without their peer among the skipped.
    pub(super) fn counts(&self) -> Counts {
        // A test that misses two peers wrote two lines and is still one test.
        let skipped: BTreeSet<_> = self.skips.iter().map(|line| test_name(line)).collect();
        Counts {
            passed: self.reported.passed.saturating_sub(skipped.len()),
            failed: self.reported.failed,
            skipped: self.reported.skipped + skipped.len(),
        }
    }
}

/// The test that a line `skipped: <test>: <peer> is not installed` names.
fn test_name(line: &str) -> &str {
    let named = line.strip_prefix("skipped: ").unwrap_or(line);
    named.rsplit_once(": ").map_or(named, |(test, _)| test)
}

/// Reads nextest's `Summary [ 1.2s] 9 tests run: 7 passed (1 slow), 1 failed, 1 timed out, 2 skipped`.
fn nextest(output: &str) -> Option<Counts> {
    let line = output.lines().rfind(|line| line.trim_start().starts_with("Summary ["))?;
    let (_, parts) = line.split_once(" run: ")?;
    let mut counts = Counts::default();
    for part in without_parentheses(parts).split(',') {
        let (number, word) = number_and_word(part)?;
        match word {
            "passed" => counts.passed += number,
            "skipped" => counts.skipped += number,
            // "failed", "exec failed", "timed out"
            _ => counts.failed += number,
        }
    }
    Some(counts)
}

/// Adds up libtest's lines `test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; ...`.
fn libtest(output: &str) -> Counts {
    let mut counts = Counts::default();
    let results = output.lines().filter_map(|line| line.strip_prefix("test result: "));
    for part in results.filter_map(|line| line.split_once(". ")).flat_map(|(_, parts)| parts.split(';')) {
        match number_and_word(part) {
            Some((number, "passed")) => counts.passed += number,
            Some((number, "failed")) => counts.failed += number,
            Some((number, "ignored")) => counts.skipped += number,
            _ => {}
        }
    }
    counts
}

fn number_and_word(part: &str) -> Option<(usize, &str)> {
    let (number, word) = part.trim().split_once(' ')?;
    Some((number.parse().ok()?, word.trim()))
}

fn without_parentheses(text: &str) -> String {
    let mut depth = 0_usize;
    let outside = |c: &char| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => return depth == 0,
        }
        false
    };
    text.chars().filter(outside).collect()
}

#[cfg(test)]
mod tests;
