//! The sentences for alerts, for certificates that are refused, and for connections that break off.

use rustls::pki_types::UnixTime;

use super::*;

fn said(error: TlsError, peer: Peer) -> String {
    failure(&io::Error::new(ErrorKind::InvalidData, error), peer).to_string()
}

#[test]
fn an_alert_says_that_the_peer_refused_and_why() {
    for (alert, words) in [
        (AlertDescription::UnknownCA, "does not know the authority"),
        (AlertDescription::CertificateExpired, "has expired"),
        (AlertDescription::CertificateRequired, "requires a client certificate, and none was sent"),
        (AlertDescription::ProtocolVersion, "none of the TLS versions"),
        (AlertDescription::RecordOverflow, "RecordOverflow"),
    ] {
        let said = said(TlsError::AlertReceived(alert), Peer::Server);
        assert!(said.starts_with("the server refused: ") && said.contains(words), "{said}");
    }
}

#[test]
fn a_certificate_that_we_refuse_is_ours_to_explain() {
    let now = UnixTime::now();
    for (reason, words) in [
        (CertificateError::UnknownIssuer, "no CA that is trusted here"),
        (CertificateError::ExpiredContext { time: now, not_after: now }, "has expired"),
        (CertificateError::NotValidForName, "another name"),
    ] {
        let said = said(TlsError::InvalidCertificate(reason), Peer::Server);
        assert!(said.starts_with("we refused the server's certificate: ") && said.contains(words), "{said}");
    }
    let said = said(TlsError::NoCertificatesPresented, Peer::Client);
    assert_eq!(said, "we refused the client: it sent no certificate, and one is required");
}

#[test]
fn a_broken_off_connection_names_the_peer() {
    for kind in [ErrorKind::UnexpectedEof, ErrorKind::ConnectionReset, ErrorKind::TimedOut] {
        let said = failure(&kind.into(), Peer::Client).to_string();
        assert!(said.starts_with("the client "), "{said}");
    }
}
