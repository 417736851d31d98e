//! A PostgreSQL server that is reached by TLS.

use portcullis_pal::testkit::PostgresServer;
use rcgen::{Certificate, Issuer, KeyPair};

use super::device::certify;

/// A server with a certificate of an authority, who also vouches for clients, and the lines of its `pg_hba.conf`.
pub(crate) fn start(
    test: &str,
    (root, issuer): (&Certificate, &Issuer<'_, KeyPair>),
    access: &str,
) -> Option<PostgresServer> {
    let key = KeyPair::generate().unwrap();
    let certificate = certify("127.0.0.1", &key, issuer).pem();
    let settings = [
        ("ssl", "on"),
        ("ssl_cert_file", "server.pem"),
        ("ssl_key_file", "server.key"),
        ("ssl_ca_file", "ca.pem"),
    ];
    let (key, root) = (key.serialize_pem(), root.pem());
    let files =
        [("server.pem", certificate.as_bytes()), ("server.key", key.as_bytes()), ("ca.pem", root.as_bytes())];
    PostgresServer::start_with(test, &settings, &files, access)
}
