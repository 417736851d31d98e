//! Programs and libraries that are not ours, each with the built library as its PKCS #11 module. What they say is
//! checked by yet another hand wherever there is one.
//!
//! `docs/programs.md` shows the same commands to users.

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a test that can't go on says where")]

mod cryptoki;
mod gnutls;
mod java;
mod nginx;
mod nss;
mod openssh;
mod openssl;
mod p11_kit;
mod python;
mod support;
