//! A server that is killed again and again while several machines write: nothing acknowledged is lost, nothing is half
//! there, nothing is there twice.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use portcullis_pal::testkit::PostgresServer;
use portcullis_pal::{Change, Error, ObjectStore, PostgresStore, Stamp, When};

use crate::{label, place};

/// How many machines write, and what each does: a batch, and three questions behind it.
const MACHINES: usize = 4;
const ROUNDS: usize = 625;
const KILLS: usize = 4;

#[test]
fn the_server_is_killed_in_the_middle_of_ten_thousand_operations() {
    let test = "the_server_is_killed_in_the_middle_of_ten_thousand_operations";
    let Some(mut server) = PostgresServer::start(test) else { return };
    let place = place(&server, "a");
    PostgresStore::create(&place).unwrap();
    let done = AtomicUsize::new(0);
    let machines: Vec<_> = thread::scope(|scope| {
        let machines: Vec<_> = (0..MACHINES)
            .map(|machine| {
                let (place, done) = (&place, &done);
                scope.spawn(move || {
                    let store = PostgresStore::open_with(place, Duration::from_secs(60)).unwrap();
                    (0..ROUNDS).map(|round| work(&store, machine, round, done)).collect::<Vec<_>>()
                })
            })
            .collect();
        for kill in 1..=KILLS {
            while done.load(Ordering::SeqCst) < kill * MACHINES * ROUNDS / (KILLS + 1) {
                thread::sleep(Duration::from_millis(1));
            }
            server.restart();
        }
        machines.into_iter().map(|machine| machine.join().unwrap()).collect()
    });

    let store = PostgresStore::open(&place).unwrap();
    let mut acknowledged = 0;
    for (machine, outcomes) in machines.iter().enumerate() {
        for (round, outcome) in outcomes.iter().enumerate() {
            let [left, right] = ["left", "right"].map(|side| {
                let id = store.find(&label(&format!("{side} {machine} {round}"))).unwrap();
                id.map(|id| store.value(id).unwrap().unwrap().revision)
            });
            assert_eq!(left, right, "a batch is half there");
            assert_eq!(left, Some(*outcome), "an acknowledged batch");
            acknowledged += 1;
        }
    }
    assert_eq!(store.stamp().unwrap(), Stamp(acknowledged), "each batch was made once");
}

/// One batch and three questions. The server comes back in time, so nothing fails, and nothing stays in doubt.
fn work(store: &PostgresStore, machine: usize, round: usize, done: &AtomicUsize) -> Stamp {
    let names = ["left", "right"].map(|side| label(&format!("{side} {machine} {round}")));
    let batch = names.map(|name| Change::save(name, b"value").when(When::Absent));
    let stamp = store.apply(&batch).unwrap();
    assert!(store.stamp().unwrap() >= stamp);
    let id = store.find(&names[round % 2]).unwrap().unwrap();
    assert_eq!(store.value(id).unwrap().unwrap().revision, stamp);
    done.fetch_add(1, Ordering::SeqCst);
    stamp
}

#[test]
fn a_server_that_does_not_come_back() {
    let Some(mut server) = PostgresServer::start("a_server_that_does_not_come_back") else { return };
    let address = server.address("a").replace("portcullis@", "portcullis:s3cret@");
    let place = portcullis_pal::PostgresPlace::parse(&address).unwrap();
    PostgresStore::create(&place).unwrap();
    let store = PostgresStore::open_with(&place, Duration::from_millis(500)).unwrap();
    store.apply(&[Change::save(label("a"), b"1")]).unwrap();
    server.kill();
    let errors = [
        store.apply(&[Change::save(label("b"), b"1")]).unwrap_err(),
        store.stamp().unwrap_err(),
        store.find(&label("a")).unwrap_err(),
        store.scan(Stamp::START, &mut |_| {}).unwrap_err(),
    ];
    for error in errors {
        assert!(matches!(error, Error::Medium { .. }), "{error:?}");
        let said = error.to_string();
        assert!(said.contains(&format!("127.0.0.1:{}", server.port())), "{said}");
        assert!(!format!("{said} {error:?}").contains("s3cret"), "{error:?}");
    }
    server.restart();
    assert_eq!(store.stamp().unwrap(), Stamp(1), "the handle is good again");
}
