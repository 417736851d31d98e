//! How programs that don't know [`Random`](crate::Random) draw from one: Rust crates through `rand_core` or
//! `getrandom`, and C programs through mbedTLS's `mbedtls_hardware_poll`. rustls has its own, in `portcullis-tls`.
//!
//! What is absent: a generator. Each outlet is given one, by whoever puts the program together; symbols that a program
//! can have only once are defined by macros that its root invokes, never by this library.

#[cfg(feature = "getrandom_backend")]
pub mod getrandom;
#[cfg(feature = "mbedtls")]
pub mod mbedtls;
#[cfg(feature = "rand_core")]
mod rand_core;

#[cfg(feature = "rand_core")]
pub use rand_core::AsRng;
