//! What the author of a noise source needs to test it: the contract suite ([`contract()`]). No source lives here.
//!
//! Everything here panics with a sentence when a promise of [`HardwarePoll`](crate::HardwarePoll) is broken.

mod contract;

pub use contract::contract;
