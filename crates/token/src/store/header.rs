//! The record that makes a store a token: its serial number and its label.

use alloc::string::String;
use alloc::vec::Vec;

use super::codec::{Malformed, Reader, put_string};
use super::{FORMAT, HEADER, check, checked, damaged, format_of};
use crate::{Error, Result};

/// A token's serial number: random, made anew at each initialisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Serial(pub(crate) [u8; 8]);

impl Serial {
    /// The sixteen characters that `CK_TOKEN_INFO` shows.
    pub(crate) fn text(self) -> String {
        alloc::format!("{:016x}", u64::from_be_bytes(self.0))
    }
}

/// A token's label: at most 32 bytes of UTF-8, without the padding that C structures put behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TokenLabel(String);

impl TokenLabel {
    pub(crate) const MAX: usize = 32;

    pub(crate) fn new(label: &str) -> Result<Self> {
        let label = label.trim_end_matches(' ');
        if label.len() > Self::MAX { Err(Error::TokenLabelLength) } else { Ok(Self(label.into())) }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// What is known of a token before anyone logs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) serial: Serial,
    pub(crate) label: TokenLabel,
}

impl Header {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = alloc::vec![FORMAT];
        out.extend_from_slice(&self.serial.0);
        put_string(&mut out, self.label.as_str().as_bytes());
        out.extend_from_slice(&check(&HEADER, &out));
        out
    }

    /// What a ledger remembers of it, in every format the same.
    pub(crate) fn contents(&self) -> Vec<u8> {
        [&self.serial.0, self.label.as_str().as_bytes()].concat()
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self> {
        let bytes = if format_of(&HEADER, bytes)? < FORMAT { bytes } else { checked(&HEADER, bytes)? };
        Self::parse(bytes).map_err(|_| damaged(&HEADER, "it can't be decoded"))
    }

    fn parse(bytes: &[u8]) -> core::result::Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        reader.u8()?;
        let serial = Serial(reader.array()?);
        let label = core::str::from_utf8(reader.string()?).map_err(|_| Malformed)?;
        let label = TokenLabel::new(label).map_err(|_| Malformed)?;
        reader.end()?;
        Ok(Self { serial, label })
    }
}
