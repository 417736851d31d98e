//! What tells a passing fault of a source from a lasting one (SP 800-90B section 4.3: intermittent and persistent
//! failures).
//!
//! A good source fails a test once in 2^30 chances, so even two failures near each other are no accident. A fault that
//! came from outside and went is forgiven; one that stays, or keeps coming back, is not.

#[cfg(test)]
mod tests;

/// Failed health tests in a row, none followed by a success, after which a source is dead.
const IN_ROW: u32 = 3;

/// Failed health tests that have not been made up for, after which it is dead as well.
const OPEN: u32 = 10;

/// Successes that make up for one failure.
const SUCCESSES_A_FAILURE: u32 = 100;

/// The failed health tests of a source, as far as they still count.
#[derive(Debug, Default)]
pub(super) struct Failures {
    in_row: u32,
    open: u32,
    successes: u32,
}

impl Failures {
    /// Notes a failed test, and says whether it was one too many: the failure is permanent.
    pub(super) fn failed(&mut self) -> bool {
        self.in_row += 1;
        self.open += 1;
        self.successes = 0;
        self.in_row >= IN_ROW || self.open >= OPEN
    }

    /// Notes that samples passed their tests.
    pub(super) fn passed(&mut self) {
        self.in_row = 0;
        self.successes += 1;
        if self.successes == SUCCESSES_A_FAILURE {
            self.successes = 0;
            self.open = self.open.saturating_sub(1);
        }
    }
}
