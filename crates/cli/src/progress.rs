//! A sign of life on a terminal while something slow runs. Nothing is shown when standard error is none.

use std::time::Duration;

use indicatif::ProgressBar;

/// How often the sign changes.
const TICK: Duration = Duration::from_millis(100);

/// Runs `work` under a spinner.
pub(crate) fn during<T>(what: &'static str, work: impl FnOnce() -> T) -> T {
    let spinner = ProgressBar::new_spinner().with_message(what);
    spinner.enable_steady_tick(TICK);
    let result = work();
    spinner.finish_and_clear();
    result
}
