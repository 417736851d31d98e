//! A sign of life on a terminal while something slow runs. Nothing is shown when standard error is none.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How often the sign changes.
const TICK: Duration = Duration::from_millis(100);

/// What is done before is not worth a bar.
const SOON: Duration = Duration::from_secs(1);

/// Runs `work` under a spinner.
pub(crate) fn during<T>(what: &'static str, work: impl FnOnce() -> T) -> T {
    let spinner = ProgressBar::new_spinner().with_message(what);
    spinner.enable_steady_tick(TICK);
    let result = work();
    spinner.finish_and_clear();
    result
}

/// A bar for work whose amount is known. It shows itself when a second has passed, and goes when it is dropped.
pub(crate) struct Counted {
    bar: ProgressBar,
    started: Instant,
}

impl Counted {
    pub(crate) fn new(what: &'static str, total: u64) -> Self {
        let style = ProgressStyle::with_template("{msg} {wide_bar} {human_pos} of {human_len}, {eta} left")
            .expect("the template is well formed");
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden());
        Self { bar: bar.with_message(what).with_style(style), started: Instant::now() }
    }

    /// So much of it is done.
    pub(crate) fn reached(&self, done: u64) {
        self.bar.set_position(done);
        if self.bar.is_hidden() && self.started.elapsed() >= SOON {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
