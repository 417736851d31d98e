//! For tests: a medium below everything that calls the C library for its files, as SQLite and the standard library do.
//!
//! [`Medium::watch`] records each write, length, name and sync in a folder. [`Record::crash`] then says what may be
//! there when power is lost at any step: what was synced, and of the rest any part ([`Cut`]). One run so gives any
//! number of crashes, each a folder that is opened by the ordinary code, and the run that recovers can be watched and
//! cut again. [`Medium::plan`] lets calls fail.
//!
//! A watched file is not really synced, which makes tests fast. Memory that is mapped is not seen: SQLite's index of
//! the log (`-shm`) is such a file, and nothing of it needs to outlive a crash.
//!
//! This works where the functions of the C library can be replaced at link time and are called by a convention that has
//! variadic arguments where others are: Linux on two processors. Elsewhere this crate is empty. Nothing of it is in what
//! users build.

#![cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
#![deny(unsafe_code)]

mod chance;
mod disk;
mod fault;
mod medium;
mod raw;
mod record;
mod tap;
mod tree;

pub use chance::Chance;
pub use disk::{Cut, Left};
pub use fault::{Call, Fault, Plan};
pub use medium::{Medium, Record};
pub use tree::Tree;
