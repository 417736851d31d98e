//! Processes that are killed, each at a moment of its own.

use std::process::Child;
use std::thread;
use std::time::Duration;

/// Kills each process after its time, at once if it has none left, and waits until all have ended.
///
/// # Panics
/// When a process can't be killed.
pub fn kill_after(processes: Vec<(Child, Duration)>) {
    thread::scope(|scope| {
        for (mut process, pause) in processes {
            scope.spawn(move || {
                thread::sleep(pause);
                process.kill().expect("a child can be killed");
                process.wait().expect("it has ended then");
            });
        }
    });
}
