//! Processes that say what they have done, and are killed, each at a moment of its own.

use std::io::{BufRead as _, BufReader, Write as _, stderr};
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

/// What stands before each word of a process, and behind it.
const MARKS: [&str; 2] = ["process says: ", "."];

/// Says a word to whoever [heeds](heed) this process.
///
/// # Panics
/// When standard error is closed.
pub fn say(word: &str) {
    let [before, after] = MARKS;
    // One call, so that no half of it is said.
    let line = format!("{before}{word}{after}\n");
    stderr().write_all(line.as_bytes()).expect("somebody listens");
}

/// Hands each word on that a process [says](say), until it ends; whatever else it writes to its standard error, which has
/// to be piped, is shown.
///
/// # Panics
/// When standard error is not piped.
pub fn heed(process: &mut Child, mut hear: impl FnMut(&str) + Send + 'static) {
    let lines = BufReader::new(process.stderr.take().expect("its standard error is piped")).lines();
    thread::spawn(move || {
        let [before, after] = MARKS;
        for line in lines.map_while(Result::ok) {
            // The last line may be cut off: a line is complete when it ends as it should.
            match line.strip_prefix(before).and_then(|line| line.strip_suffix(after)) {
                Some(word) => hear(word),
                None => eprintln!("a process that is to be killed: {line}"),
            }
        }
    });
}
