//! A SQLite store and the loss of power, on a medium that keeps of what was not synced whatever it likes
//! (`portcullis-outage`): nothing that was acknowledged is lost, nothing is there by halves, and calls that fail leave
//! memory and disk of one mind.

#![cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
#![allow(clippy::unwrap_used, reason = "a test that can't go on says where")]

mod cuts;
mod faults;
mod history;
#[path = "../support/mod.rs"]
mod support;
