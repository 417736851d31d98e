//! The built library, loaded as any program loads it.

// The C names stay as they are.
#![allow(non_snake_case)]
#![deny(unsafe_code)]

mod attributes;
mod calls;
mod ciphers;
mod deriving;
mod fork;
mod hostile;
mod interfaces;
mod lengths;
mod life;
mod login;
mod operations;
mod pkcs11_tool;
mod slots;
mod support;
mod wrapping;
