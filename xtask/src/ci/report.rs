//! What `cargo xtask ci` says at the end: a table for people, JSON for programs, and the closing line for both.

use std::fmt;
use std::time::Duration;

use serde_json::json;

use super::tally::Tests;
use super::{Ending, Verdict};

/// A row of the closing table.
pub(super) struct Row {
    pub(super) step: &'static str,
    pub(super) ending: Ending,
    pub(super) took: Duration,
}

/// The results of all steps and all tests.
pub(super) struct Summary {
    pub(super) rows: Vec<Row>,
    pub(super) tests: Tests,
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "FAILED",
            Self::Skipped => "skipped",
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = format!(
            "{:<10}  {:<7}  {:>6.1} s  {}",
            self.step,
            self.ending.verdict.word(),
            self.took.as_secs_f64(),
            self.ending.remark
        );
        f.write_str(row.trim_end())
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n==> summary")?;
        for row in &self.rows {
            writeln!(f, "    {row}")?;
        }
        let total: Duration = self.rows.iter().map(|row| row.took).sum();
        writeln!(f, "    total {:.1} s", total.as_secs_f64())?;
        for skip in &self.tests.skips {
            writeln!(f, "    {skip}")?;
        }
        let failed: Vec<_> = self.of(Verdict::Failed).collect();
        if !failed.is_empty() {
            writeln!(f, "    failed steps: {}", failed.join(", "))?;
        }
        let counts = &self.tests.counts();
        writeln!(f, "\n{} passed, {} failed, {} skipped", counts.passed, counts.failed, counts.skipped)
    }
}

impl Summary {
    fn of(&self, verdict: Verdict) -> impl Iterator<Item = &'static str> {
        self.rows.iter().filter(move |row| row.ending.verdict == verdict).map(|row| row.step)
    }

    /// Whether any step failed.
    pub(super) fn failed(&self) -> bool {
        self.of(Verdict::Failed).next().is_some()
    }

    /// The same as a JSON object: `steps` (name, verdict, seconds, remark) and `tests` (counts, named skips).
    pub(super) fn json(&self) -> String {
        let steps: Vec<_> = self
            .rows
            .iter()
            .map(|row| {
                json!({
                    "name": row.step,
                    "verdict": row.ending.verdict.word().to_lowercase(),
                    "seconds": row.took.as_secs_f64(),
                    "remark": row.ending.remark,
                })
            })
            .collect();
        let counts = self.tests.counts();
        let tests = json!({
            "passed": counts.passed,
            "failed": counts.failed,
            "skipped": counts.skipped,
            "skips": self.tests.skips,
        });
        format!("{:#}\n", json!({ "steps": steps, "tests": tests }))
    }
}

#[cfg(test)]
mod tests;
