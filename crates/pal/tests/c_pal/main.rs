//! The C port of corePKCS11, both ways round: a store over ports that do little and do it badly, over a port in C, over
//! its files; and a C program over our store.
#![deny(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a test that can't go on says where")]

mod built;
mod export;
mod folder;
mod image;
mod power;
mod ram;
#[path = "../support/mod.rs"]
mod support;
mod vendor;
