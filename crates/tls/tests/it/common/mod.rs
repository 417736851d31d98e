//! What the tests share: a fake token, certificates, a random stream that can be told, two rustls ends.

mod ends;
mod pki;
mod random;
mod token;

pub(crate) use ends::{Broken, Ends, HOST, Side, connect, connect_with};
pub(crate) use pki::{Authority, TestKey, Times, cert_for, cert_for_times};
pub(crate) use random::Stream;
pub(crate) use token::FakeToken;

use portcullis_token::key_service::KeyQuery;

/// The key with this label.
pub(crate) fn labelled(label: &str) -> KeyQuery {
    KeyQuery { label: Some(label.to_owned()), ..KeyQuery::default() }
}
