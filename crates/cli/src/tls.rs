//! What `connect` and `serve` share: the TLS versions, whom to trust, and where an address points. What is
//! said of a connection is in `facts`, why one failed in `failure`.

mod facts;
mod failure;

use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use clap::ValueEnum;
use portcullis_token::KeyService;
use portcullis_token::formats::{self, PemBlock};
use portcullis_token::key_service::KeyQuery;
use rustls::pki_types::CertificateDer;
use rustls::version::{TLS12, TLS13};
use rustls::{ALL_VERSIONS, RootCertStore, SupportedProtocolVersion};

pub(crate) use facts::Facts;
pub(crate) use failure::{Peer, failure};

use crate::error::{Error, Result};
use crate::input;

/// How long a peer may be silent during the handshake.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A version of TLS, as `--tls` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Version {
    #[value(name = "1.2")]
    Tls12,
    #[value(name = "1.3")]
    Tls13,
}

/// The versions to speak: the one that was chosen, or both.
pub(crate) fn versions(chosen: Option<Version>) -> &'static [&'static SupportedProtocolVersion] {
    const ONLY_TLS12: &[&SupportedProtocolVersion] = &[&TLS12];
    const ONLY_TLS13: &[&SupportedProtocolVersion] = &[&TLS13];
    match chosen {
        None => ALL_VERSIONS,
        Some(Version::Tls12) => ONLY_TLS12,
        Some(Version::Tls13) => ONLY_TLS13,
    }
}

/// The key that a name means, or whichever the token has when there is only one.
pub(crate) fn key(name: Option<&str>) -> Result<KeyQuery> {
    Ok(name.map(KeyQuery::parse).transpose()?.unwrap_or_default())
}

/// The roots to check a peer against: those in the file, or else those that the token trusts.
pub(crate) fn roots(file: Option<&Path>, keys: &dyn KeyService) -> Result<RootCertStore> {
    match file {
        Some(file) => roots_of(file),
        None => Ok(portcullis_tls::anchors(keys)?),
    }
}

/// The roots in a file.
pub(crate) fn roots_of(file: &Path) -> Result<RootCertStore> {
    let place = file.display().to_string();
    let bytes = input::read(file)?;
    let blocks = formats::pem_blocks(&bytes).map_err(|error| Error::format(place.as_str(), &error))?;
    let mut roots = RootCertStore::empty();
    let certificates = blocks.into_iter().filter_map(|block| match block {
        PemBlock::Public { label, der } if label == "CERTIFICATE" => Some(der),
        _ => None,
    });
    for certificate in certificates {
        roots.add(CertificateDer::from(certificate)).map_err(|error| Error::BadInput {
            place: place.clone(),
            why: format!("a certificate in it is no usable root: {error}"),
            advice: "name a file with the CA's certificate",
        })?;
    }
    if roots.is_empty() {
        let why = "there is no certificate (PEM) in it".to_owned();
        return Err(Error::BadInput { place, why, advice: "name a file with the CA's certificate" });
    }
    Ok(roots)
}

/// Limits how long the peer may be silent; `None` takes the limit away again.
///
/// A system that can't limit it only makes the wait longer, which is no reason to fail.
pub(crate) fn limit_silence(socket: &TcpStream, limit: Option<Duration>) {
    let _ = socket.set_read_timeout(limit);
}
