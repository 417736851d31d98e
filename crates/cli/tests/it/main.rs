//! `portcullis` as its users meet it: the real binary, run in temporary folders.

mod aside;
mod backup;
mod bad_input;
mod bad_store;
#[cfg(feature = "postgres")]
mod database;
mod demo;
#[cfg(feature = "postgres")]
#[allow(clippy::unwrap_used, reason = "a test that can't go on says where")]
#[path = "../../../tls/tests/device/mod.rs"]
mod device;
mod doctor;
mod entropy;
mod give_up;
mod life;
mod openssl;
#[cfg(feature = "postgres")]
#[allow(clippy::unwrap_used, reason = "a test that can't go on says where")]
#[path = "../../../tls/tests/device/server.rs"]
mod server;
mod softhsm;
mod support;
mod terminal;
mod tls;
mod unwritable;
