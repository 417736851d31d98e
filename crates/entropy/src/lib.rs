//! Randomness for everyone above: noise sources that are checked while they run, conditioned into a
//! deterministic generator, with a seed record that makes every start of every device different.
//!
//! What everyone else sees is [`Random`]. What a board implements is [`HardwarePoll`].

#![cfg_attr(not(feature = "std"), no_std)]
#![deny(unsafe_code)]

mod contract;

pub use contract::{HardwarePoll, PollError, Random, RandomError};
