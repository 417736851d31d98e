//! rustls with keys that never leave their token.
//!
//! What is here: a rustls signing key ([`TokenSigningKey`]) and certificate resolver
//! ([`TokenCertResolver`]) over any [`KeyService`](portcullis_token::KeyService), a rustls
//! [`provider()`] whose randomness is a [`Random`](portcullis_entropy::Random) of the caller's, trust
//! anchors out of the token ([`anchors()`]), and two short functions for the common case,
//! [`client_config`] and [`server_config`].
//!
//! What is absent: any concrete token, store or engine, sockets, and private keys as bytes.
//!
#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod anchors;
mod candidate;
mod config;
mod describe;
mod error;
mod key;
mod kx;
mod provider;
mod resolver;
mod scheme;

pub use anchors::anchors;
pub use config::{anonymous_client_config, client_config, server_config};
pub use error::{Error, Result};
pub use key::TokenSigningKey;
pub use provider::provider;
pub use resolver::{TokenCertResolver, ValidityPolicy};
