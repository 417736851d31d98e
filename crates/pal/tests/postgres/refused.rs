//! What is refused, and by which name.

use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use portcullis_pal::testkit::{Model, PostgresServer};
use portcullis_pal::{Change, Error, ObjectStore, PostgresPlace, PostgresStore};

use crate::{label, place};

#[test]
fn what_is_found_is_called_by_its_name() {
    let Some(server) = PostgresServer::start("what_is_found_is_called_by_its_name") else { return };
    let at = |schema| place(&server, schema);
    let answer = PostgresStore::open(&at("a"));
    assert!(matches!(answer, Err(Error::Missing { .. })), "{answer:?}");
    let store = PostgresStore::open_or_create(&at("a")).unwrap();
    let mut model = Model::new();
    model.apply_both(&store, &[Change::save(label("a"), b"1")]);
    let answer = PostgresStore::create(&at("a"));
    assert!(matches!(answer, Err(Error::Exists { .. })), "{answer:?}");
    model.assert_same(&PostgresStore::open_or_create(&at("a")).unwrap());

    server.sql("CREATE SCHEMA b; CREATE TABLE b.head (x int)");
    let answer = PostgresStore::open(&at("b"));
    assert!(matches!(answer, Err(Error::NotAStore { .. })), "{answer:?}");
    let answer = PostgresStore::create(&at("b"));
    assert!(matches!(answer, Err(Error::Exists { .. })), "{answer:?}");

    server.sql("CREATE SCHEMA c");
    PostgresStore::create(&at("c")).unwrap();
    server.sql("UPDATE c.head SET format = 2");
    let answer = PostgresStore::open(&at("c"));
    assert!(matches!(answer, Err(Error::Newer { found: 2, known: 1, .. })), "{answer:?}");

    server.sql("ALTER TABLE a.object ADD COLUMN more text");
    let answer = PostgresStore::open(&at("a"));
    assert!(matches!(answer, Err(Error::NotAStore { .. })), "{answer:?}");
}

/// Of two that create at once one succeeds, and the other finds it.
#[test]
fn many_create_at_once() {
    let Some(server) = PostgresServer::start("many_create_at_once") else { return };
    thread::scope(|scope| {
        for machine in 0..4 {
            let place = place(&server, "a");
            scope.spawn(move || {
                let store = PostgresStore::open_or_create(&place).unwrap();
                store.apply(&[Change::save(label(&format!("{machine}")), b"1")]).unwrap();
            });
        }
    });
    let store = PostgresStore::open(&place(&server, "a")).unwrap();
    assert!((0..4).all(|machine| store.find(&label(&format!("{machine}"))).unwrap().is_some()));
}

#[test]
fn a_role_that_may_only_read() {
    let Some(server) = PostgresServer::start("a_role_that_may_only_read") else { return };
    let mut model = Model::new();
    model
        .apply_both(&PostgresStore::create(&place(&server, "a")).unwrap(), &[Change::save(label("a"), b"1")]);
    server.sql(
        "CREATE ROLE reader LOGIN; GRANT USAGE ON SCHEMA a TO reader; GRANT SELECT ON ALL TABLES IN SCHEMA a TO reader; \
         CREATE ROLE careful LOGIN SUPERUSER; ALTER ROLE careful SET default_transaction_read_only = on",
    );
    for role in ["reader", "careful"] {
        let as_role = |schema| server.address(schema).replace("portcullis@", &format!("{role}@"));
        let store = PostgresStore::open(&PostgresPlace::parse(&as_role("a")).unwrap()).unwrap();
        let error = store.apply(&[Change::destroy(label("a"))]).unwrap_err();
        assert!(matches!(error, Error::ReadOnly { .. }), "{role}: {error:?}");
        model.assert_same(&store);
        let error = PostgresStore::create(&PostgresPlace::parse(&as_role("b")).unwrap()).unwrap_err();
        assert!(matches!(error, Error::ReadOnly { .. }), "{role}: {error:?}");
    }
}

/// Readers go on meanwhile.
#[test]
fn a_writer_that_keeps_its_turn() {
    let Some(server) = PostgresServer::start("a_writer_that_keeps_its_turn") else { return };
    PostgresStore::create(&place(&server, "a")).unwrap();
    let store = PostgresStore::open_with(&place(&server, "a"), Duration::from_millis(1500)).unwrap();
    let mut model = Model::new();
    model.apply_both(&store, &[Change::save(label("a"), b"1")]);
    let port = server.port().to_string();
    let mut other = Command::new("psql")
        .args(["-X", "-q", "-h", "127.0.0.1", "-p", &port, "-U", "portcullis", "-d", "postgres"])
        .args(["-c", "BEGIN; LOCK TABLE a.turn; SELECT pg_sleep(60)"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while server.sql("SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted") == "0" {
        thread::sleep(Duration::from_millis(5));
    }
    let error = store.apply(&[Change::save(label("b"), b"1")]).unwrap_err();
    assert!(matches!(error, Error::Busy { .. }), "{error:?}");
    model.assert_same(&store);
    other.kill().unwrap();
    other.wait().unwrap();
    server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()");
    model.apply_both(&store, &[Change::save(label("b"), b"1")]);
}

/// The server is told the password by SCRAM, and what it says of a wrong one is passed on.
#[test]
fn a_server_that_asks_for_a_password() {
    let access = "local all all trust\nhost all portcullis 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256";
    let server = PostgresServer::start_with("a_server_that_asks_for_a_password", &[], &[], access);
    let Some(server) = server else { return };
    server.sql("CREATE ROLE gate LOGIN PASSWORD 'r1ght'; CREATE SCHEMA a AUTHORIZATION gate");
    let with = |user: &str| PostgresPlace::parse(&server.address("a").replace("portcullis@", user)).unwrap();
    let store = PostgresStore::create(&with("gate:r1ght@")).unwrap();
    store.apply(&[Change::save(label("a"), b"1")]).unwrap();
    for user in ["gate:wr0ng@", "gate@"] {
        let error = PostgresStore::open(&with(user)).unwrap_err();
        assert!(matches!(error, Error::Medium { .. }), "{error:?}");
        assert!(error.to_string().contains("password"), "{error}");
        assert!(!format!("{error} {error:?}").contains("wr0ng"), "{error:?}");
    }
    let look_up = |name: &str| (name == "PGPASSWORD").then(|| "r1ght".into());
    PostgresStore::open(&with("gate@").with_password(&look_up)).unwrap();
}
