//! Wycheproof's vectors through the C ABI: keys come in as session objects, and what is refused has one of the
//! codes that the standard has for it. Each check states how many cases there were to run, so that a file that is
//! read wrongly can't pass for one that agrees.

#![allow(clippy::unwrap_used, reason = "a test that can't go on says where")]

mod agreement;
mod ciphers;
mod client;
mod derivation;
mod macs;
mod rsa;
mod signatures;
mod wrapping;

#[path = "../../../../testdata/wycheproof.rs"]
mod files;
