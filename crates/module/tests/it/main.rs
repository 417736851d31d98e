//! The built library, loaded as any program loads it.

// The C names stay as they are.
#![allow(non_snake_case)]
#![deny(unsafe_code)]

mod aside;
mod attributes;
#[path = "../built/mod.rs"]
mod built;
mod calls;
mod ciphers;
mod codes;
mod concurrency;
#[cfg(feature = "postgres")]
mod database;
mod deriving;
#[cfg(feature = "postgres")]
#[allow(clippy::unwrap_used, reason = "a test that can't go on says where")]
#[path = "../../../tls/tests/device/mod.rs"]
mod device;
mod fork;
mod freertos;
mod habits;
mod hostile;
#[path = "../hostile/mod.rs"]
mod hostile_calls;
mod interfaces;
mod lengths;
mod life;
mod log;
mod login;
mod operations;
mod processes;
#[cfg(feature = "postgres")]
#[allow(clippy::unwrap_used, reason = "a test that can't go on says where")]
#[path = "../../../tls/tests/device/server.rs"]
mod server;
mod slots;
mod support;
mod terminations;
mod wrapping;
#[path = "../wycheproof/mod.rs"]
mod wycheproof;
