//! Programs that know no `Random` draw from one: through `rand_core` (`rand_core.rs`), through `getrandom`
//! (`getrandom.rs`) and through mbedTLS (`mbedtls.rs`); and a program for a board, without `std` (`board.rs`).
#![cfg(all(
    unix,
    feature = "std",
    feature = "getrandom_backend",
    feature = "mbedtls",
    feature = "rand_core"
))]
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod board;
#[path = "../common/mod.rs"]
mod common;
mod foreign;
mod getrandom;
mod mbedtls;
mod rand_core;

use portcullis_entropy::{Composition, Random, RandomPool, Seed};

/// The pool that the foreign programs have when they are told to have the fixed one.
fn fixed() -> RandomPool {
    Composition::new(Seed::NotKept).source(common::good(1)).pool()
}

/// What a source gives in one request, in hexadecimal digits.
fn drawn(random: &dyn Random, len: usize) -> String {
    let mut out = vec![0; len];
    random.fill(&mut out).unwrap();
    hex::encode(out)
}
