//! Tests of the crate through its public API: rustls at both ends in memory, and a token that is a fake.

#![allow(clippy::unwrap_used, reason = "what the tests share may panic as a test may")]

mod choice;
mod common;
mod handshake;
mod key;
mod kx;
mod loading;
mod provider;
mod randomness;
mod reload;
mod traces;
