//! Randomness for everyone above: noise sources that are checked while they run, conditioned into a
//! deterministic generator, with a seed record that makes every start of every device different.
//!
//! What everyone else sees is [`Random`]. What a board implements is [`HardwarePoll`]. Whoever puts a program
//! together chooses sources and seed record in a [`Composition`] and makes a `RandomPool` of it, or a
//! [`SingleRandom`] where there is no `std`. Who writes a source tests it with the `testkit` feature.

#![cfg_attr(not(any(feature = "std", test)), no_std)]
#![deny(unsafe_code)]

extern crate alloc;

pub mod assess;
mod composition;
mod contract;
pub mod drbg;
mod gather;
mod generator;
mod health;
pub mod outlet;
#[cfg(feature = "std")]
mod pool;
mod report;
#[cfg(feature = "std")]
mod reserve;
mod seed;
mod single;
mod source;
mod stream;
mod sync;
#[cfg(any(test, feature = "testkit"))]
pub mod testkit;
mod wiped;

pub use composition::Composition;
pub use contract::{Alphabet, HardwarePoll, PollError, Random, RandomError, SeedFault};
pub use drbg::Mechanism;
pub use health::Alpha;
#[cfg(feature = "rand_core")]
pub use outlet::AsRng;
#[cfg(feature = "std")]
pub use pool::RandomPool;
pub use report::{HealthReport, SeedReport, SourceReport, SourceState};
pub use seed::{Seed, SeedRecord};
pub use single::SingleRandom;
#[cfg(all(feature = "std", unix))]
pub use source::FileSource;
pub use source::{CallbackSource, JitterSource, PollFunction, read_raw};
#[cfg(feature = "std")]
pub use source::{CpuSource, OsSource, process_era};
