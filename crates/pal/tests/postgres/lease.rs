//! The stamp: answered without asking while nothing changes, and never outdated.

use std::thread;
use std::time::Duration;

use portcullis_pal::testkit::PostgresServer;
use portcullis_pal::{Change, ObjectStore, PostgresStore, Stamp};

use crate::proxy::Proxy;
use crate::{label, place};

#[test]
fn while_nothing_changes_the_server_is_not_asked() {
    let Some(server) = PostgresServer::start("while_nothing_changes_the_server_is_not_asked") else { return };
    let proxy = Proxy::to(&server);
    let store = PostgresStore::create(&proxy.place("a")).unwrap();
    store.apply(&[Change::save(label("a"), b"1")]).unwrap();
    store.stamp().unwrap();
    let before = proxy.sent();
    for _ in 0..10_000 {
        assert_eq!(store.stamp().unwrap(), Stamp(1));
    }
    // A machine that stands still for a while asks again.
    let asked = proxy.sent() - before;
    assert!(asked < 1000, "asked {asked} times");
}

/// Each change is looked for the moment its writer says that it is done.
#[test]
fn no_answer_is_outdated() {
    let Some(server) = PostgresServer::start("no_answer_is_outdated") else { return };
    let writer = PostgresStore::create(&place(&server, "a")).unwrap();
    let readers: Vec<_> = (0..3).map(|_| PostgresStore::open(&place(&server, "a")).unwrap()).collect();
    for round in 1..=200 {
        // Two of three believe in what they know.
        for reader in &readers[round % 2..] {
            reader.stamp().unwrap();
        }
        let stamp = writer.apply(&[Change::save(label("a"), &round.to_be_bytes())]).unwrap();
        assert_eq!(stamp, Stamp(round as u64));
        for store in readers.iter().chain([&writer]) {
            assert_eq!(store.stamp().unwrap(), stamp);
        }
    }
}

/// Nobody asks the reader for anything meanwhile: it is the notification that moves it.
#[test]
fn a_reader_lets_go_of_a_stamp_when_it_hears_that_it_has_moved() {
    let test = "a_reader_lets_go_of_a_stamp_when_it_hears_that_it_has_moved";
    let Some(server) = PostgresServer::start(test) else { return };
    let writer = PostgresStore::create(&place(&server, "a")).unwrap();
    let reader = PostgresStore::open(&place(&server, "a")).unwrap();
    let held = || server.sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'");
    reader.stamp().unwrap();
    assert_eq!(held(), "1");
    writer.apply(&[Change::save(label("a"), b"1")]).unwrap();
    // Without hearing of it the reader would hold on for as long as nobody asks.
    let mut looks = 0..500;
    while held() != "0" {
        assert!(looks.next().is_some(), "the reader still believes in it");
        thread::sleep(Duration::from_millis(10));
    }
}

/// A reader that hears nothing holds a writer up for a moment only, and believes no longer than that.
#[test]
fn a_reader_that_is_cut_off() {
    let Some(server) = PostgresServer::start("a_reader_that_is_cut_off") else { return };
    let proxy = Proxy::to(&server);
    let writer = PostgresStore::create(&place(&server, "a")).unwrap();
    let reader = PostgresStore::open(&proxy.place("a")).unwrap();
    reader.stamp().unwrap();
    proxy.freeze(true);
    let stamp = writer.apply(&[Change::save(label("a"), b"1")]).unwrap();
    thread::scope(|scope| {
        let seen = scope.spawn(|| reader.stamp().unwrap());
        writer.apply(&[Change::save(label("b"), b"1")]).unwrap();
        proxy.freeze(false);
        assert!(seen.join().unwrap() >= stamp);
    });
    assert_eq!(reader.stamp().unwrap(), Stamp(2));
}
