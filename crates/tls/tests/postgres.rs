//! A store in a PostgreSQL server that is reached by TLS, with the client's key in a token of this machine.

#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod device;
#[path = "device/server.rs"]
mod server;

use std::sync::Arc;

use device::{PIN, authority, token};
use portcullis_entropy::{Random, RandomPool, Seed};
use portcullis_pal::{Change, Error, Label, ObjectStore, PostgresPlace, PostgresStore, Stamp};
use portcullis_tls::{anonymous_client_config, client_config};
use portcullis_token::key_service::KeyQuery;
use portcullis_token::{KeyService, TokenKeys};
use rcgen::Certificate;
use rustls::{ALL_VERSIONS, ClientConfig, RootCertStore};

/// Who may come in how: the device by its certificate, `gate` by a password, and the test without either.
const ACCESS: &str = "hostssl all device 127.0.0.1/32 cert\n\
                      hostssl all gate 127.0.0.1/32 scram-sha-256\n\
                      host all portcullis 127.0.0.1/32 trust\n";

fn random() -> Arc<dyn Random> {
    Arc::new(RandomPool::host(Seed::NotKept))
}

fn trusting(authority: &Certificate) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add(authority.der().clone()).unwrap();
    roots
}

/// TLS without a certificate of its own.
fn anonymous(authority: &Certificate) -> Arc<ClientConfig> {
    Arc::new(anonymous_client_config(random(), trusting(authority), ALL_VERSIONS).unwrap())
}

#[test]
fn a_store_behind_tls_with_the_key_in_another_token() {
    let (root, issuer) = authority();
    let test = "a_store_behind_tls_with_the_key_in_another_token";
    let server = server::start(test, (&root, &issuer), ACCESS);
    let Some(server) = server else { return };
    server.sql(
        "CREATE ROLE device LOGIN; CREATE SCHEMA device AUTHORIZATION device; \
         CREATE ROLE gate LOGIN PASSWORD 'r1ght'; CREATE SCHEMA gate AUTHORIZATION gate",
    );
    let at = |user: &str, schema: &str| {
        let address = server.address(schema).replace("portcullis@", &format!("{user}@"));
        PostgresPlace::parse(&format!("{address}&sslmode=verify-full")).unwrap()
    };

    let folder = tempfile::tempdir().unwrap();
    let token = token(&folder.path().join("token.db"), &issuer);
    let keys: Arc<dyn KeyService> = Arc::new(TokenKeys::login(&token, PIN.as_bytes()).unwrap());
    let query = KeyQuery { label: Some("device".into()), ..KeyQuery::default() };
    let config = client_config(&keys, &query, random(), trusting(&root), ALL_VERSIONS).unwrap();
    let store = PostgresStore::create(&at("device", "device").with_tls(Arc::new(config))).unwrap();
    let label = Label::new(b"a").unwrap();
    assert_eq!(store.apply(&[Change::save(label, b"1")]).unwrap(), Stamp(1));
    assert_eq!(store.stamp().unwrap(), Stamp(1));
    let shown = server.sql("SELECT DISTINCT client_dn FROM pg_stat_ssl WHERE ssl AND client_dn IS NOT NULL");
    assert!(shown.contains("CN=device"), "{shown}");

    // The password is bound to this TLS connection, and to the certificate that the server showed in it.
    let bound = server.address("gate").replace("portcullis@", "gate:r1ght@");
    let bound = PostgresPlace::parse(&format!("{bound}&channel_binding=require")).unwrap();
    PostgresStore::create(&bound.clone().with_tls(anonymous(&root))).unwrap();
    let error = PostgresStore::open(&bound).unwrap_err();
    assert!(matches!(error, Error::Medium { .. }), "{error:?}");

    let (stranger, _) = authority();
    for (tls, said) in [
        (anonymous(&stranger), "invalid peer certificate"),
        (anonymous(&root), "requires a valid client certificate"),
    ] {
        let error = PostgresStore::open(&at("device", "device").with_tls(tls)).unwrap_err();
        assert!(error.to_string().contains(said), "{error}");
    }
}
