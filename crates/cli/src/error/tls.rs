//! What `portcullis-tls` says, as sentences for a user and as exit codes.

use portcullis_tls::Error;

use crate::exit::Exit;

/// The sentence for an error of the TLS crate. Most say already what to do.
pub(super) fn sentence(error: &Error) -> String {
    match error {
        Error::NoAnchors => {
            "the token trusts no certificate; name the CA's file with an option, or import it \
                             with `portcullis import --trusted`"
                .to_owned()
        }
        Error::ClientVerifier(_) => format!("clients can't be checked: {error}"),
        Error::Tls(_) => format!("TLS can't be set up: {error}"),
        other => other.to_string(),
    }
}

/// The exit code for an error of the TLS crate.
pub(super) fn exit(error: &Error) -> Exit {
    match error {
        Error::NoSuchKey { .. } | Error::NoCertificate { .. } | Error::NoAnchors => Exit::NotFound,
        Error::SeveralKeys { .. } => Exit::Ambiguous,
        Error::UnsupportedKey { .. }
        | Error::MalformedCertificate { .. }
        | Error::KeyMismatch { .. }
        | Error::CertificateExpired { .. }
        | Error::CertificateNotYetValid { .. }
        | Error::BadAnchor { .. } => Exit::BadInput,
        _ => Exit::Connection,
    }
}
