//! Tests of the slots: one instance a thread, wiped when the thread or the pool ends.

use super::*;
use crate::drbg::{AnyDrbg, Mechanism};
use crate::stream::Stream;

fn used() -> Slots {
    let slots = Slots::new();
    slots.with_mine(|mine| {
        let drbg = AnyDrbg::from_generator(Mechanism::CtrAes256, &[1; 48], &[]).unwrap();
        *mine = Some(Instance { stream: Stream::new(drbg), era: 1 });
    });
    slots
}

#[test]
fn a_thread_keeps_its_instance() {
    let slots = used();
    assert!(slots.with_mine(|mine| mine.is_some()));
    let (other, slots) =
        std::thread::spawn(|| (slots.with_mine(|mine| mine.is_some()), slots)).join().unwrap();
    assert!(!other);
    assert!(slots.with_mine(|mine| mine.is_some()));
}

#[test]
fn an_instance_ends_with_its_pool() {
    let slots = used();
    let slot = slots.registry.lock()[0].upgrade().unwrap();
    drop(slots);
    assert!(slot.lock().is_none());
    // What the thread held of the pool goes when it meets the next pool.
    used();
    assert_eq!(Arc::strong_count(&slot), 1);
}

#[test]
fn an_instance_ends_with_its_thread() {
    let slots = std::thread::spawn(used).join().unwrap();
    assert!(slots.registry.lock()[0].upgrade().is_none());
}
