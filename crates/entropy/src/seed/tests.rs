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

/// Version 1, written down once and for all: a record, the one that follows it on the device `device` without
/// noise, and the seed of the start between them. Made by other means, out of the description alone.
#[test]
fn records_of_version_1_are_read_and_continued_as_ever() {
    const RECORD: &str = "010000000000000029404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f\
                          dace6094feeab8bde78653197fd781005f9bf391b4f2afc65d357f904ff449b1";
    const NEXT: &str = "01000000000000002a23a58a458a297ab32331e68d3b098e77bbfc603d42b9c9a249a843330d573c40\
                        46b6dfff53cd9153374c8df2bf6229bb005b2fe976259e578876a7ebba65562a";
    const BOOT_SEED: &str = "eef6be62002f46e6137d8ffc2eaaccc06eea5ed53d162f1357d67b781c51e815";
    let read = Record::parse(&hex::decode(RECORD).unwrap()).unwrap();
    assert_eq!((read.counter, read.seed[0], read.seed[31]), (41, 0x40, 0x5f));
    assert_eq!(hex::encode(*read.encode()), RECORD);
    let derived = read.advance(b"device", &no_noise());
    assert_eq!(hex::encode(*derived.next.encode()), NEXT);
    assert_eq!(hex::encode(*derived.boot_seed), BOOT_SEED);
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
