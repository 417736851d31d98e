//! Connections that are lost at the worst moment: what was committed is reported as done, what was not is done again,
//! and what can't be found out is called so.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use portcullis_pal::testkit::{Model, PostgresServer};
use portcullis_pal::{Change, Error, ObjectStore, PostgresPlace, PostgresStore, Stamp, When};

use crate::proxy::{Cut, Proxy};
use crate::{label, place};

/// The precondition would not hold a second time: a batch that was made twice would show.
#[test]
fn a_commit_whose_answer_is_lost() {
    let Some(server) = PostgresServer::start("a_commit_whose_answer_is_lost") else { return };
    let proxy = Proxy::to(&server);
    let store = PostgresStore::create(&proxy.place("a")).unwrap();
    let direct = PostgresStore::open(&place(&server, "a")).unwrap();
    let mut model = Model::new();
    for (round, cut) in
        [Cut::After, Cut::Before, Cut::After, Cut::Nothing, Cut::Before].into_iter().enumerate()
    {
        let name = format!("object {round}");
        proxy.cut(cut);
        model.apply_both(
            &store,
            &[
                Change::save(label(&name), b"once").when(When::Absent),
                Change::save(label("last"), name.as_bytes()),
                Change::destroy(label("gone")),
                Change::save(label("gone"), b""),
            ],
        );
        model.assert_same(&direct);
    }
    model.assert_same(&store);
}

/// Another writer goes on from there before the first one can ask what became of its batch.
#[test]
fn others_go_on_from_a_commit_whose_answer_is_lost() {
    let Some(server) = PostgresServer::start("others_go_on_from_a_commit_whose_answer_is_lost") else {
        return;
    };
    let proxy = Proxy::to(&server);
    let store = PostgresStore::create(&proxy.place("a")).unwrap();
    let direct = PostgresStore::open(&place(&server, "a")).unwrap();
    for cut in [Cut::After, Cut::Before] {
        let before = store.stamp().unwrap();
        proxy.cut(cut);
        thread::scope(|scope| {
            let first = scope.spawn(|| store.apply(&[Change::save(label("first"), b"1")]).unwrap());
            for round in 0..20_u8 {
                direct.apply(&[Change::save(label("others"), &[round])]).unwrap();
            }
            let first = first.join().unwrap();
            let id = direct.find(&label("first")).unwrap().unwrap();
            assert_eq!(direct.value(id).unwrap().unwrap().revision, first);
        });
        assert_eq!(direct.stamp().unwrap(), Stamp(before.0 + 21), "each batch was made once");
    }
}

#[test]
fn what_can_not_be_found_out_is_in_doubt() {
    let Some(server) = PostgresServer::start("what_can_not_be_found_out_is_in_doubt") else { return };
    let proxy = Proxy::to(&server);
    PostgresStore::create(&place(&server, "a")).unwrap();
    let store = PostgresStore::open_with(&proxy.place("a"), Duration::from_secs(3)).unwrap();
    proxy.cut(Cut::AfterForGood);
    let error = store.apply(&[Change::save(label("a"), b"1")]).unwrap_err();
    assert!(matches!(error, Error::InDoubt { .. }), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
    // From now on nothing reaches the server, and nothing is in doubt.
    let error = store.apply(&[Change::save(label("b"), b"1")]).unwrap_err();
    assert!(matches!(error, Error::Medium { .. }), "{error:?}");
    let direct = PostgresStore::open(&place(&server, "a")).unwrap();
    assert!(direct.find(&label("b")).unwrap().is_none());
}

/// A server that hangs up, as one does that has no room left: it is asked again, less and less often.
#[test]
fn a_server_that_hangs_up_is_not_run_over() {
    let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = server.local_addr().unwrap().port();
    let came = Arc::new(AtomicUsize::new(0));
    let counted = came.clone();
    // It ends with the test's process.
    thread::spawn(move || {
        for _hung_up in server.incoming() {
            counted.fetch_add(1, Ordering::Relaxed);
        }
    });
    let place = PostgresPlace::parse(&format!("postgresql://portcullis@127.0.0.1:{port}/postgres")).unwrap();
    let error = PostgresStore::open_with(&place, Duration::from_secs(4)).unwrap_err();
    assert!(matches!(error, Error::Medium { .. }), "{error:?}");
    // Pauses from 50 ms to 2 s, each at least half as long, leave room for nine attempts.
    let came = came.load(Ordering::Relaxed);
    assert!((2..=9).contains(&came), "{came} attempts");
}
