//! Why a connection failed, in words: which side refused, why, and what to do about it. Alerts are those of
//! RFC 8446 section 6.2 and RFC 5246 section 7.2.2.

use std::io::{self, ErrorKind};

use rustls::{AlertDescription, CertificateError, Error as TlsError, PeerIncompatible};

use crate::error::Error;

#[cfg(test)]
mod tests;

/// Who is at the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    Client,
    Server,
}

impl Peer {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
        }
    }
}

/// What an input or output error on a connection means.
pub(crate) fn failure(error: &io::Error, peer: Peer) -> Error {
    let who = peer.name();
    if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<TlsError>()) {
        return Error::Connection(sentence(error, peer));
    }
    Error::Connection(match error.kind() {
        ErrorKind::UnexpectedEof => format!(
            "the {who} closed the connection without ending TLS; what came of its data may be cut off"
        ),
        ErrorKind::WouldBlock | ErrorKind::TimedOut => {
            format!("the {who} did not answer in time; is it a TLS {who}?")
        }
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::ConnectionAborted => {
            format!("the {who} broke off the connection without saying why; its own log may tell")
        }
        _ => format!("the connection to the {who} failed: {error}"),
    })
}

fn sentence(error: &TlsError, peer: Peer) -> String {
    let who = peer.name();
    match error {
        TlsError::AlertReceived(alert) => format!("the {who} refused: {}", refusal(*alert, peer)),
        TlsError::InvalidCertificate(reason) => {
            format!("we refused the {who}'s certificate: {}", certificate(reason))
        }
        TlsError::NoCertificatesPresented => {
            format!("we refused the {who}: it sent no certificate, and one is required")
        }
        TlsError::PeerIncompatible(reason) => format!("we refused the {who}: {}", incompatible(reason)),
        TlsError::InvalidMessage(_) | TlsError::InappropriateMessage { .. } => {
            format!("we broke off: what the {who} sent is not TLS as it should be ({error})")
        }
        other => format!("we broke off the connection to the {who}: {other}"),
    }
}

/// What a peer means by an alert.
fn refusal(alert: AlertDescription, peer: Peer) -> String {
    let (we, our) = match peer {
        Peer::Server => ("client", "the device certificate"),
        Peer::Client => ("server", "our certificate"),
    };
    match alert {
        AlertDescription::UnknownCA => {
            format!("it does not know the authority that issued {our}; give it that CA's certificate")
        }
        AlertDescription::CertificateExpired => format!("{our} has expired; import a renewed one"),
        AlertDescription::CertificateRevoked => format!("{our} has been revoked; ask its CA for a new one"),
        AlertDescription::CertificateRequired | AlertDescription::NoCertificate => {
            format!("it requires a {we} certificate, and none was sent")
        }
        AlertDescription::BadCertificate
        | AlertDescription::CertificateUnknown
        | AlertDescription::UnsupportedCertificate => {
            format!("it does not accept {our} ({alert:?}); its own log may say why")
        }
        AlertDescription::HandshakeFailure => format!(
            "there is no cipher suite or signature scheme in common, or it requires a {we} certificate and none \
             was sent (HandshakeFailure)"
        ),
        AlertDescription::ProtocolVersion => {
            "it speaks none of the TLS versions that were offered; try another --tls".to_owned()
        }
        AlertDescription::UnrecognisedName => {
            "it does not serve the name that was asked for; try another --sni".to_owned()
        }
        AlertDescription::NoApplicationProtocol => {
            "it speaks none of the protocols that --alpn named".to_owned()
        }
        AlertDescription::DecryptError => format!("the signature made for {our} did not convince it"),
        AlertDescription::AccessDenied => format!("{our} is valid, but may not enter (AccessDenied)"),
        other => format!("it sent the alert {other:?}"),
    }
}

/// What is wrong with a peer's certificate.
fn certificate(reason: &CertificateError) -> String {
    match reason {
        CertificateError::UnknownIssuer => {
            "no CA that is trusted here issued it; name the right CA's certificate".to_owned()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "it has expired, or this machine's clock is wrong".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "it is not valid yet, or this machine's clock is wrong".to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it is for another name than the one that was asked for; name the right one with --sni".to_owned()
        }
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "it was issued for another purpose (its extended key usage)".to_owned()
        }
        CertificateError::Revoked => "it has been revoked".to_owned(),
        CertificateError::BadSignature => "its signature is not its issuer's".to_owned(),
        other => other.to_string(),
    }
}

/// What is not in common with a peer.
fn incompatible(reason: &PeerIncompatible) -> String {
    let missing = match reason {
        PeerIncompatible::NoCipherSuitesInCommon => "cipher suite",
        PeerIncompatible::NoKxGroupsInCommon => "key exchange group",
        PeerIncompatible::NoSignatureSchemesInCommon
        | PeerIncompatible::NoCertificateRequestSignatureSchemesInCommon => "signature scheme",
        PeerIncompatible::ServerDoesNotSupportTls12Or13
        | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
        | PeerIncompatible::SupportedVersionsExtensionRequired
        | PeerIncompatible::Tls12NotOffered
        | PeerIncompatible::Tls12NotOfferedOrEnabled => "version of TLS",
        other => return format!("{other:?}"),
    };
    format!("there is no {missing} in common")
}
