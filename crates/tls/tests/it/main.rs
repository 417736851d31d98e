//! Tests of the crate through its public API: rustls at both ends in memory, and a token that is a fake.

mod choice;
mod common;
mod handshake;
mod key;
mod kx;
mod loading;
mod provider;
mod randomness;
