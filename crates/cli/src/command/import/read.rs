//! What is in a file: PEM blocks, or one DER structure.

use portcullis_token::KeyMaterial;
use portcullis_token::formats::{self, CertificateParts, FormatError, PemBlock};
use x509_cert::der::{Decode, Header, Reader, SliceReader};

use crate::error::{Error, Result};

const BEGIN: &[u8] = b"-----BEGIN ";

/// A key or certificate, and where it was.
pub(super) struct Item {
    pub(super) place: String,
    pub(super) content: Content,
}

/// What can be imported.
pub(super) enum Content {
    Key(KeyMaterial),
    Certificate { der: Vec<u8>, parts: CertificateParts },
}

impl Content {
    /// Whether it is a certificate for this public key.
    pub(super) fn is_certificate_of(&self, public_key: &[u8]) -> bool {
        matches!(self, Self::Certificate { parts, .. } if parts.public_key_info == public_key)
    }
}

/// All keys and certificates of a file; at least one.
pub(super) fn items(file: &str, bytes: &[u8]) -> Result<Vec<Item>> {
    if !bytes.windows(BEGIN.len()).any(|window| window == BEGIN) {
        return Ok(vec![unlabelled(file, bytes)?]);
    }
    let blocks = formats::pem_blocks(bytes).map_err(|error| Error::format(file, &error))?;
    let mut items = Vec::new();
    for (index, block) in blocks.into_iter().enumerate() {
        items.extend(item(file, index + 1, block)?);
    }
    if items.is_empty() { Err(nothing_in(file)) } else { Ok(items) }
}

/// A PEM block's key or certificate, or none for what `openssl ecparam` writes before a key.
fn item(file: &str, number: usize, block: PemBlock) -> Result<Option<Item>> {
    let (PemBlock::Private { label, .. } | PemBlock::Public { label, .. }) = &block;
    let place = format!("block {number} ({label}) of {file}");
    let content = match block {
        PemBlock::Private { der, .. } => key(&place, der.expose())?,
        PemBlock::Public { label, der } => match label.as_str() {
            "CERTIFICATE" | "X509 CERTIFICATE" => certificate(&place, der)?,
            "EC PARAMETERS" => return Ok(None),
            _ => return Err(nothing_in(&place)),
        },
    };
    Ok(Some(Item { place, content }))
}

/// Without a label, the structure itself tells what it is.
fn unlabelled(file: &str, bytes: &[u8]) -> Result<Item> {
    let content = match formats::private_key(bytes) {
        Ok(key) => Content::Key(key),
        Err(FormatError::NotAPrivateKey) => certificate(file, bytes.to_vec())?,
        Err(error) => return Err(explain(file, bytes, &error)),
    };
    Ok(Item { place: file.into(), content })
}

fn key(place: &str, der: &[u8]) -> Result<Content> {
    formats::private_key(der).map(Content::Key).map_err(|error| explain(place, der, &error))
}

fn certificate(place: &str, der: Vec<u8>) -> Result<Content> {
    match CertificateParts::parse(&der) {
        Ok(parts) => Ok(Content::Certificate { der, parts }),
        Err(error) => Err(explain(place, &der, &error)),
    }
}

/// For data that is cut short, says how much of it is there.
fn explain(place: &str, der: &[u8], error: &FormatError) -> Error {
    match (error, announced_len(der)) {
        (FormatError::Truncated, Some(whole)) if whole > der.len() => Error::BadInput {
            place: place.into(),
            why: format!("the data is cut short after {} of {whole} bytes", der.len()),
            advice: "fetch or copy the whole file again",
        },
        _ => Error::format(place, error),
    }
}

/// How long the structure says that it is.
fn announced_len(der: &[u8]) -> Option<usize> {
    let mut reader = SliceReader::new(der).ok()?;
    let header = Header::decode(&mut reader).ok()?;
    usize::try_from((reader.position() + header.length()).ok()?).ok()
}

fn nothing_in(place: &str) -> Error {
    Error::BadInput {
        place: place.into(),
        why: "it is neither a certificate nor a private key".into(),
        advice: "give a file with one of these, in PEM or DER",
    }
}
