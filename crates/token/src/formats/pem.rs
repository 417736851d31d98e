//! PEM (RFC 7468): blocks out of a text that may hold other lines too, as `openssl` prints them, and public
//! blocks into text.

use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::mem;

use der::pem::{self, Decoder, LineEnding};
use zeroize::Zeroizing;

use super::error::{FormatError, Result};
use crate::Secret;

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";

/// The header line of a key in OpenSSL's old encrypted form (RFC 1421 section 4.6.1.1).
const OLD_ENCRYPTED: &[u8] = b"Proc-Type: 4,ENCRYPTED";

/// How the label of every kind of private key ends.
const PRIVATE: &str = "PRIVATE KEY";

/// One block: what its label says it is, and what was in it.
#[derive(Debug)]
pub enum PemBlock {
    /// A private key, of whatever kind (`PRIVATE KEY`, `EC PRIVATE KEY`, `ENCRYPTED PRIVATE KEY`, ...).
    Private {
        /// What stands after `BEGIN`.
        label: String,
        /// The decoded bytes.
        der: Secret,
    },
    /// Anything else.
    Public {
        /// What stands after `BEGIN`.
        label: String,
        /// The decoded bytes.
        der: Vec<u8>,
    },
}

/// The public things that are written as PEM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PemKind {
    /// An X.509 certificate.
    Certificate,
    /// A PKCS #10 request.
    CertificateRequest,
    /// A `SubjectPublicKeyInfo`.
    PublicKey,
}

impl PemKind {
    /// The label (RFC 7468 section 4).
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Certificate => "CERTIFICATE",
            Self::CertificateRequest => "CERTIFICATE REQUEST",
            Self::PublicKey => "PUBLIC KEY",
        }
    }
}

/// The PEM blocks of `text`, in their order; none when there is no line that begins with `-----BEGIN `.
/// Whatever stands outside the blocks is passed over. Lines may be of any one length.
///
/// # Errors
/// [`FormatError::PemUnfinished`] for a block without its end, [`FormatError::Encrypted`] for a key in
/// OpenSSL's old encrypted form, [`FormatError::Pem`] for a block that is otherwise wrong.
pub fn pem_blocks(text: &[u8]) -> Result<Vec<PemBlock>> {
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some(start) = line_with(rest, BEGIN) {
        let from_begin = rest.get(start..).unwrap_or_default();
        let end = line_with(from_begin, END).ok_or(FormatError::PemUnfinished)?;
        let from_end = from_begin.get(end..).unwrap_or_default();
        let end_line = from_end.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii_end();
        let (block, after) = from_begin
            .split_at_checked(end.saturating_add(end_line.len()))
            .ok_or(FormatError::PemUnfinished)?;
        blocks.push(decode(block)?);
        rest = after;
    }
    Ok(blocks)
}

/// Where the first line that starts with `prefix` begins.
fn line_with(text: &[u8], prefix: &[u8]) -> Option<usize> {
    let mut start = 0_usize;
    for line in text.split(|byte| *byte == b'\n') {
        if line.starts_with(prefix) {
            return Some(start);
        }
        start = start.saturating_add(line.len()).saturating_add(1);
    }
    None
}

fn decode(block: &[u8]) -> Result<PemBlock> {
    if line_with(block, OLD_ENCRYPTED).is_some() {
        return Err(FormatError::Encrypted);
    }
    let mut decoder = Decoder::new_detect_wrap(block)?;
    let label = decoder.type_label().to_string();
    let mut der = Zeroizing::new(vec![0; decoder.remaining_len()]);
    decoder.decode(&mut der)?;
    let der = mem::take(&mut *der);
    Ok(if label.ends_with(PRIVATE) {
        PemBlock::Private { label, der: Secret::new(der) }
    } else {
        PemBlock::Public { label, der }
    })
}

/// `der` as PEM, with lines of 64 characters and a line feed at the end of each.
///
/// # Errors
/// [`FormatError::Pem`] when `der` is longer than memory can hold as text.
pub fn encode_pem(kind: PemKind, der: &[u8]) -> Result<String> {
    Ok(pem::encode_string(kind.label(), LineEnding::LF, der)?)
}
