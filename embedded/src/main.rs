//! A device's firmware, small enough to read at once: a token in NOR flash that makes a key, signs with it, is reset, and
//! signs again. No `std`, an allocator and a panic handler of its own. `cargo xtask embedded` builds and runs it on the
//! machine that builds, and looks that nothing of the standard library got in. `docs/porting.md` explains it.
//!
//! [`board`] and [`flash`] are what a real board replaces; [`device`] is what it keeps.

#![no_std]
#![no_main]
// `deny`, not `forbid`, for `board` alone.
#![deny(unsafe_code)]

extern crate alloc;

mod board;
mod device;
mod flash;
