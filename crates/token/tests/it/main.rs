//! The token through its public API: over the memory and the SQLite store, with the ring engine and the
//! host's randomness.

#![allow(clippy::unwrap_used, reason = "a test that can't go on should stop where it is")]

mod attacks;
mod certificates;
mod common;
mod counted;
mod damage;
mod deriving;
mod device;
mod dual;
mod encryption;
mod given_up;
mod golden;
mod keys;
mod keyservice;
mod killed;
mod lifecycle;
mod lineage;
mod login;
mod messages;
mod objects;
mod operations;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod outage;
mod populated;
mod porting;
mod power;
mod processes;
mod properties;
mod reuse;
mod sequences;
mod sharing;
mod tampering;
mod toy;
mod toy_cipher;
mod toy_digest;
mod wrapping;
mod writers;
