//! What was agreed on a connection, and who is at its other end.

use std::fmt;

use portcullis_token::formats::CertificateParts;
use rustls::{CommonState, ProtocolVersion};
use serde::Serialize;

use crate::certificate::Certificate;

/// An established connection, as people and programs are shown it.
#[derive(Debug, Serialize)]
pub(crate) struct Facts {
    version: String,
    cipher_suite: String,
    key_exchange: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    alpn: Option<String>,
    /// What the peer's own certificate says; none when it sent none.
    peer: Option<Certificate>,
}

impl Facts {
    pub(crate) fn of(connection: &CommonState) -> Self {
        let peer = connection.peer_certificates().and_then(<[_]>::first);
        Self {
            version: version(connection.protocol_version()),
            cipher_suite: connection
                .negotiated_cipher_suite()
                .map_or_else(String::new, |suite| format!("{:?}", suite.suite())),
            key_exchange: connection
                .negotiated_key_exchange_group()
                .map_or_else(String::new, |group| format!("{:?}", group.name())),
            alpn: connection.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned()),
            peer: peer
                .and_then(|peer| CertificateParts::parse(peer).ok())
                .map(|parts| Certificate::new(&parts)),
        }
    }

    /// Who the peer is, in a few words.
    pub(crate) fn peer(&self) -> &str {
        self.peer.as_ref().map_or("someone without a certificate", |peer| peer.subject.as_str())
    }

    /// The agreed parameters, in a few words.
    pub(crate) fn agreed(&self) -> String {
        format!("{}, {}, {}", self.version, self.cipher_suite, self.key_exchange)
    }
}

/// A version by the name that people give it.
fn version(version: Option<ProtocolVersion>) -> String {
    match version {
        Some(ProtocolVersion::TLSv1_2) => "TLS 1.2".to_owned(),
        Some(ProtocolVersion::TLSv1_3) => "TLS 1.3".to_owned(),
        Some(other) => format!("{other:?}"),
        None => String::new(),
    }
}

impl fmt::Display for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "version       {}", self.version)?;
        writeln!(f, "cipher suite  {}", self.cipher_suite)?;
        write!(f, "key exchange  {}", self.key_exchange)?;
        if let Some(alpn) = &self.alpn {
            write!(f, "\nALPN          {alpn}")?;
        }
        match &self.peer {
            None => write!(f, "\npeer          (no certificate)"),
            Some(peer) => {
                writeln!(f, "\npeer          {}", peer.subject)?;
                writeln!(f, "issued by     {}", peer.issuer)?;
                write!(f, "valid         {} to {}", peer.not_before, peer.not_after)
            }
        }
    }
}
