//! Software cryptography behind the [`Engine`](portcullis_token::Engine) contract of a Portcullis token.
//!
//! With the `ring` feature (on by default) there is `RingEngine`, and with `aws_lc` there is `AwsLcEngine`, and
//! `ShortRsaEngine` for who needs short RSA keys.
//! What is absent: handles, attributes, sessions, PINs and access decisions (the token's), and arithmetic of
//! our own: every mechanism is a published library's, called with arguments that were checked here.

#![cfg_attr(not(feature = "std"), no_std)]
// `deny`, not `forbid`, for `aws_lc/raw/` alone.
#![deny(unsafe_code)]

#[cfg(any(feature = "ring", feature = "aws_lc"))]
extern crate alloc;

#[cfg(feature = "aws_lc")]
mod aws_lc;
#[cfg(feature = "ring")]
mod ring;
#[cfg(any(feature = "ring", feature = "aws_lc"))]
mod shell;

#[cfg(feature = "aws_lc")]
pub use self::aws_lc::{AwsLcEngine, ShortRsaEngine};
#[cfg(feature = "ring")]
pub use self::ring::RingEngine;

/// The README's example, compiled.
#[cfg(all(doctest, feature = "ring"))]
#[doc = include_str!("../README.md")]
struct Readme;
