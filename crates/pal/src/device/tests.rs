//! Tests of what every counter promises, and of the second medium.

use std::thread;

use super::{Aside, DeviceSecret, MonotonicCounter};
use crate::testkit::{FailingStore, FakeDevice};
use crate::{Error, MemoryStore, ObjectStore, Stamp};

#[test]
fn a_counter_only_grows() {
    let counters: [Box<dyn MonotonicCounter>; 2] =
        [Box::new(Aside::new(MemoryStore::new())), Box::new(FakeDevice::new(1))];
    for counter in counters {
        assert_eq!(counter.value().unwrap(), 0);
        for (raised, now) in [(1, 1), (2, 2), (1, 2), (2, 2), (9, 9), (0, 9)] {
            counter.raise(raised).unwrap();
            assert_eq!(counter.value().unwrap(), now);
        }
    }
}

#[test]
fn threads_that_raise_at_once_do_not_raise_twice() {
    let medium = MemoryStore::new();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let counter = Aside::new(medium.clone());
                for value in 1..=50 {
                    counter.raise(value).unwrap();
                    assert!((value..=50).contains(&counter.value().unwrap()));
                }
            });
        }
    });
    assert_eq!(medium.stamp().unwrap(), Stamp(50));
}

#[test]
fn a_secret_is_kept_once_and_missed_when_it_is_not_there() {
    let aside = Aside::new(MemoryStore::new());
    assert!(matches!(aside.secret(), Err(Error::SecretMissing { place }) if place == "memory"));
    aside.keep_secret(&[1; 32]).unwrap();
    aside.keep_secret(&[2; 32]).unwrap();
    assert_eq!(*aside.secret().unwrap(), [1; 32]);
}

#[test]
fn a_medium_that_fails_is_no_count() {
    let medium = MemoryStore::new();
    let failing = FailingStore::new(medium.clone());
    failing.fail_writes(|| Error::Full { place: "the test's medium".into() });
    assert!(matches!(Aside::new(failing).raise(1), Err(Error::Full { .. })));
    assert_eq!(Aside::new(medium).value().unwrap(), 0);
}
