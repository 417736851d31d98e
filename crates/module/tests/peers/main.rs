//! Programs and libraries that are not ours, each with the built library as its PKCS #11 module. What they say is
//! checked by yet another hand wherever there is one.
//!
//! `docs/programs.md` shows the same commands to users.

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a test that can't go on says where")]

#[path = "../built/mod.rs"]
mod built;
mod cryptoki;
mod gnutls;
mod go;
mod java;
mod nginx;
mod nss;
mod openssh;
mod openssl;
mod p11_kit;
mod pkcs11_tool;
mod python;
mod support;
