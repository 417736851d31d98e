//! Tests of who leads and who waits.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::Turns;

const THREADS: usize = 8;

/// One leader, whom the others find at it, and then one who takes all of them.
#[test]
fn who_waits_is_written_together() {
    let turns: &Turns<usize, usize> = &Turns::default();
    let (led, met) = &(AtomicUsize::new(0), Barrier::new(2));
    let lead = |group: Vec<usize>| {
        if led.fetch_add(1, Ordering::SeqCst) == 0 {
            met.wait();
            // Until the others have come.
            while turns.waiting() < THREADS - 1 {
                thread::yield_now();
            }
        }
        group.into_iter().map(|request| request * 2).collect()
    };
    thread::scope(|scope| {
        let first = scope.spawn(move || turns.submit(0, |_, _| true, lead));
        met.wait();
        let others: Vec<_> =
            (1..THREADS).map(|n| (n, scope.spawn(move || turns.submit(n, |_, _| true, lead)))).collect();
        assert_eq!(first.join().unwrap(), Some(0));
        for (n, other) in others {
            assert_eq!(other.join().unwrap(), Some(n * 2));
        }
    });
    assert_eq!(led.load(Ordering::SeqCst), 2);
    assert_eq!(turns.expected(), THREADS - 1, "those of the second group may come again");
}

#[test]
fn a_leader_waits_for_those_who_are_expected() {
    let turns: &Turns<usize, usize> = &Turns::default();
    turns.expect(2, Duration::from_secs(3600));
    let led = &AtomicUsize::new(0);
    let lead = |group: Vec<usize>| {
        led.fetch_add(1, Ordering::SeqCst);
        group
    };
    thread::scope(|scope| {
        let first = scope.spawn(move || turns.submit(1, |_, _| true, lead));
        while turns.waiting() == 0 && led.load(Ordering::SeqCst) == 0 {
            thread::yield_now();
        }
        assert_eq!(turns.submit(2, |_, _| true, lead), Some(2));
        assert_eq!(first.join().unwrap(), Some(1));
    });
    assert_eq!(led.load(Ordering::SeqCst), 1);
}

#[test]
fn who_writes_alone_expects_nobody_else() {
    let turns: Turns<usize, usize> = Turns::default();
    for request in 0..3 {
        assert_eq!(turns.submit(request, |_, _| true, |group| group), Some(request));
        assert_eq!(turns.expected(), 1);
    }
}

/// Those who are left over wait for the answer of the next group, however often that happens.
#[test]
fn no_one_is_forgotten_where_requests_go_together_in_pairs() {
    let turns: &Turns<usize, usize> = &Turns::default();
    thread::scope(|scope| {
        for thread in 0..THREADS {
            scope.spawn(move || {
                for n in 0..1000 {
                    let request = thread * 1000 + n;
                    let answer = turns.submit(request, |group, _| group.len() < 2, |group| group);
                    assert_eq!(answer, Some(request));
                }
            });
        }
    });
    assert_eq!(turns.waiting(), 0);
}

#[test]
fn requests_that_do_not_go_together_are_written_one_after_the_other() {
    let turns: Turns<usize, usize> = Turns::default();
    let largest = AtomicUsize::new(0);
    let lead = |group: Vec<usize>| {
        largest.fetch_max(group.len(), Ordering::SeqCst);
        group
    };
    thread::scope(|scope| {
        for n in 0..THREADS {
            let (turns, lead) = (&turns, &lead);
            scope.spawn(move || assert_eq!(turns.submit(n, |group, _| group.is_empty(), lead), Some(n)));
        }
    });
    assert_eq!(largest.load(Ordering::SeqCst), 1);
}

#[test]
fn a_leader_that_panics_leaves_no_one_waiting() {
    let turns: Turns<usize, usize> = Turns::default();
    thread::scope(|scope| {
        let fallen = scope.spawn(|| turns.submit(1, |_, _| true, |_| panic!("on purpose")));
        assert!(fallen.join().is_err());
    });
    assert_eq!(turns.submit(2, |_, _| true, |group| group), Some(2));
}
