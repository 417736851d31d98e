//! Tests of the seed record: what is derived, written and refused.

use super::record::Record;
use crate::gather::Gathered;
use crate::source::checked::CheckedSource;
use zeroize::Zeroizing;

fn record() -> Record {
    Record { counter: 41, seed: Zeroizing::new([9; 32]) }
}

fn no_noise() -> Gathered {
    Gathered::from(&mut [] as &mut [CheckedSource], 256)
}

#[test]
fn a_record_starts_with_version_and_counter() {
    assert_eq!(record().encode()[..10], [1, 0, 0, 0, 0, 0, 0, 0, 41, 9]);
}

#[test]
fn any_changed_missing_or_added_byte_is_damage() {
    let sound = record().encode();
    for at in 0..sound.len() {
        let mut changed = sound.to_vec();
        changed[at] ^= 0x10;
        assert!(Record::parse(&changed).is_none(), "byte {at}");
        assert!(Record::parse(&sound[..at]).is_none(), "{at} bytes");
    }
    assert!(Record::parse(&[&sound[..], &[0]].concat()).is_none());
}

#[test]
fn a_counter_at_its_end_is_damage() {
    let last = Record { counter: u64::MAX, seed: Zeroizing::new([9; 32]) };
    assert!(Record::parse(&*last.encode()).is_none());
}

#[test]
fn the_two_seeds_differ_and_hang_on_seed_counter_and_device() {
    let reference = record().advance(b"device", &no_noise());
    assert_eq!(reference.next.counter, 42);
    assert_ne!(*reference.next.seed, *reference.boot_seed);
    let others = [
        record().advance(b"devic", &no_noise()),
        Record { counter: 40, ..record() }.advance(b"device", &no_noise()),
        Record { seed: Zeroizing::new([8; 32]), ..record() }.advance(b"device", &no_noise()),
    ];
    for other in others {
        assert_ne!(*other.boot_seed, *reference.boot_seed);
        assert_ne!(*other.next.seed, *reference.next.seed);
    }
    assert_eq!(*record().advance(b"device", &no_noise()).boot_seed, *reference.boot_seed);
}

proptest::proptest! {
    #[test]
    fn no_bytes_on_a_medium_make_the_reader_panic(bytes: Vec<u8>) {
        // The chance that these are a record is that of guessing its check.
        proptest::prop_assert!(Record::parse(&bytes).is_none());
    }

    #[test]
    fn any_record_is_read_as_it_was_written(counter in 0..u64::MAX, seed: [u8; 32]) {
        let read = Record::parse(&*Record { counter, seed: Zeroizing::new(seed) }.encode()).unwrap();
        proptest::prop_assert_eq!((read.counter, *read.seed), (counter, seed));
    }
}
