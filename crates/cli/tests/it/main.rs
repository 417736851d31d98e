//! `portcullis` as its users meet it: the real binary, run in temporary folders.

mod aside;
mod backup;
mod bad_input;
mod bad_store;
#[cfg(feature = "postgres")]
mod database;
mod demo;
mod doctor;
mod entropy;
mod give_up;
mod life;
mod openssl;
mod softhsm;
mod support;
mod terminal;
mod tls;
mod unwritable;
