//! Addresses: what is understood, what is refused, what is shown, and when TLS is needed.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::config::{SslMode, TargetSessionAttrs};

use super::PostgresPlace;
use crate::Error;
use crate::postgres::trouble::Trouble;

fn parse(address: &str) -> PostgresPlace {
    PostgresPlace::parse(address).unwrap()
}

fn tls() -> Arc<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    Arc::new(versions.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}

#[test]
fn an_address_in_full() {
    let place = parse(
        "postgresql://user:s3cret@db.example:6543/tokens?schema=gate_1&sslrootcert=/a%20b.pem&connect_timeout=3",
    );
    assert_eq!(place.name(), "postgresql://db.example:6543/tokens?schema=gate_1");
    assert_eq!(place.config.get_user(), Some("user"));
    assert_eq!(place.config.get_password(), Some(b"s3cret".as_slice()));
    assert_eq!(place.config.get_connect_timeout().map(std::time::Duration::as_secs), Some(3));
    assert_eq!(place.roots().and_then(std::path::Path::to_str), Some("/a b.pem"));
    let key = "pkcs11:object=a;type=private?pin-source=file:/etc/pin";
    assert_eq!(parse(&format!("postgresql://h/d?sslkey={key}&schema=s")).key(), Some(key));
    assert_eq!(
        parse("postgres:///x?host=/run/postgresql").name(),
        "postgresql:///run/postgresql:5432/x?schema=portcullis"
    );
}

#[test]
fn no_password_is_shown() {
    let place = parse("postgresql://user:s3cret@db.example/tokens");
    let error = Trouble::Late.at(&place);
    for shown in [format!("{place:?}"), place.name(), error.to_string(), format!("{error:?}")] {
        assert!(!shown.contains("s3cret"), "{shown}");
    }
    for address in ["postgresql://u:s3cret@h/d?port=s3cret", "postgresql://u:s3cret@h/d?sslmode=s3cret"] {
        let error = PostgresPlace::parse(address).unwrap_err();
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }
}

#[test]
fn what_is_no_address() {
    for address in [
        "/var/lib/tokens",
        "host=localhost user=x",
        "postgresql:///nowhere",
        "postgresql://h/d?schema=a;b",
        "postgresql://h/d?schema=\"x\"",
        "postgresql://h/d?schema=",
        "postgresql://h/d?schema=1a",
        "postgresql://h/d?sslmode=prefer",
        "postgresql://h/d?sslmode=allow",
        "postgresql://h/d?server=other",
        "postgresql://h/d?sslrootcert=%zz",
        "postgresql://h/d?sslkey=/etc/key.pem",
        "postgresql://h/d?unheard=of",
        "postgresql://h:port/d",
    ] {
        assert!(matches!(PostgresPlace::parse(address), Err(Error::Address { .. })), "{address}");
    }
}

/// (address, whether it needs TLS, the driver's mode with TLS there, the mode without or none if it is refused)
#[test]
fn plaintext_stays_on_the_machine_or_is_asked_for() {
    const SOCKET: &str = "postgresql:///d?host=/run/postgresql";
    for (address, needs, with, without) in [
        ("postgresql://db.example/d", true, SslMode::Require, None),
        ("postgresql://db.example/d?sslmode=require", true, SslMode::Require, None),
        ("postgresql://db.example/d?sslmode=verify-full", true, SslMode::Require, None),
        ("postgresql://db.example/d?sslmode=disable", false, SslMode::Disable, Some(SslMode::Disable)),
        ("postgresql://127.0.0.1/d", false, SslMode::Require, Some(SslMode::Disable)),
        ("postgresql://[::1]/d", false, SslMode::Require, Some(SslMode::Disable)),
        ("postgresql://localhost/d", false, SslMode::Require, Some(SslMode::Disable)),
        ("postgresql://localhost/d?sslrootcert=/ca", true, SslMode::Require, None),
        ("postgresql://localhost/d?sslkey=pkcs11:object=a", true, SslMode::Require, None),
        ("postgresql://localhost,db.example/d", true, SslMode::Require, None),
        ("postgresql://localhost/d?hostaddr=192.0.2.1", true, SslMode::Require, None),
        (SOCKET, false, SslMode::Disable, Some(SslMode::Disable)),
    ] {
        let place = parse(address);
        assert_eq!(place.needs_tls(), needs, "{address}");
        match (place.way(), without) {
            (Ok((config, None)), Some(mode)) => assert_eq!(config.get_ssl_mode(), mode, "{address}"),
            (Err(Trouble::NoTls), None) => {}
            (way, _) => panic!("{address}: {way:?}"),
        }
        let (config, used) = place.with_tls(tls()).way().unwrap();
        assert_eq!(config.get_ssl_mode(), with, "{address}");
        assert_eq!(used.is_some(), with == SslMode::Require, "{address}");
    }
}

#[test]
fn of_several_servers_the_one_that_takes_writes() {
    let several = parse("postgresql://a.example,b.example/d");
    assert_eq!(several.config.get_target_session_attrs(), TargetSessionAttrs::ReadWrite);
    assert_eq!(several.name(), "postgresql://a.example:5432,b.example:5432/d?schema=portcullis");
}
