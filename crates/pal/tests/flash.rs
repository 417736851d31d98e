//! The flash store beyond the contract: what it opens and what it refuses, what happens when it is full or the driver
//! fails, how evenly it wears the flash, and that it finds what is damaged.

#![allow(clippy::unwrap_used, reason = "a test that can't go on says where")]

mod flash_support;

use flash_support::{Usual, label};
use portcullis_pal::testkit::nor::Nor;
use portcullis_pal::testkit::{Model, contract};
use portcullis_pal::{Change, Error, FlashStore, ObjectStore, When};

const BLOCK: u32 = 4096;

fn flash() -> Usual {
    Nor::blank(16)
}

fn open(flash: &Usual) -> portcullis_pal::Result<FlashStore<Usual>> {
    FlashStore::open(flash.clone(), 0..flash.len())
}

fn create(flash: &Usual) -> FlashStore<Usual> {
    FlashStore::open_or_create(flash.clone(), 0..flash.len()).unwrap()
}

fn value(len: usize, salt: usize) -> Vec<u8> {
    (0..len).map(|at| ((at + salt) % 251) as u8).collect()
}

/// Words of one byte to the largest, blocks of 1 KiB to 8, ranges that do not begin where the flash does.
#[test]
fn keeps_the_contract_on_all_kinds_of_flash() {
    fn check<const R: usize, const W: usize, const E: usize>(blocks: usize, first: usize) {
        contract(|| {
            let flash = Nor::<R, W, E>::blank(blocks);
            let range = (first * E) as u32..flash.len();
            flash_support::opener(flash, range)
        });
    }
    check::<1, 1, 1024>(48, 0);
    check::<4, 8, 2048>(32, 3);
    check::<1, 32, 8192>(9, 1);
}

#[test]
fn blank_flash_is_no_store_until_one_is_made() {
    let flash = flash();
    let cells = flash.cells();
    assert!(matches!(open(&flash), Err(Error::Missing { .. })));
    assert_eq!(flash.cells(), cells);
    create(&flash).apply(&[Change::save(label("a"), b"1")]).unwrap();
    let store = open(&flash).unwrap();
    assert!(store.find(&label("a")).unwrap().is_some());
    assert!(format!("{store:?}").contains("0x10000"));
}

#[test]
fn what_is_not_a_store_is_left_alone() {
    let flash = flash();
    let strange = flash.copy_of(&value(30_000, 1));
    for create in [false, true] {
        let range = 0..flash.len();
        let opened = if create {
            FlashStore::open_or_create(strange.clone(), range)
        } else {
            FlashStore::open(strange.clone(), range)
        };
        assert!(matches!(opened, Err(Error::NotAStore { .. })), "{opened:?}");
    }
    assert_eq!(strange.steps(), 0);
}

#[test]
fn ranges_that_do_not_suit_are_refused() {
    let flash = flash();
    for range in [0..BLOCK * 2, 0..BLOCK * 17, 100..BLOCK * 8, 0..BLOCK * 8 - 4, BLOCK * 5..BLOCK * 5] {
        let opened = FlashStore::open_or_create(flash.clone(), range.clone());
        assert!(matches!(opened, Err(Error::NotAStore { .. })), "{range:?}: {opened:?}");
    }
    assert_eq!(flash.steps(), 0);
}

/// Other blocks would be in another order, and each would look half erased.
#[test]
fn another_range_than_the_store_was_made_in_is_refused() {
    let flash = flash();
    drop(FlashStore::open_or_create(flash.clone(), 0..BLOCK * 8).unwrap());
    for range in [0..BLOCK * 9, 0..BLOCK * 7, BLOCK..BLOCK * 9] {
        let opened = FlashStore::open_or_create(flash.clone(), range.clone());
        assert!(matches!(opened, Err(Error::NotAStore { .. })), "{range:?}: {opened:?}");
    }
    FlashStore::open(flash, 0..BLOCK * 8).unwrap();
}

/// A store in a part of the flash does not touch what is beside it.
#[test]
fn flash_beside_the_range_is_not_touched() {
    let flash = flash().copy_of(&value(3 * BLOCK as usize, 7));
    let store = FlashStore::open_or_create(flash.clone(), 3 * BLOCK..10 * BLOCK).unwrap();
    for round in 0..400 {
        store.apply(&[Change::save(label("a"), &value(500, round))]).unwrap();
    }
    let erases = flash.erases();
    assert!(erases[..3].iter().chain(&erases[10..]).all(|&count| count == 0));
    assert!(erases[3..10].iter().all(|&count| count > 1));
    assert_eq!(flash.cells()[..3 * BLOCK as usize], value(3 * BLOCK as usize, 7));
}

/// A full store loses nothing, refuses by name, and has room again for as much as was destroyed.
#[test]
fn a_full_store_says_so_and_destroying_helps() {
    let flash = flash();
    let store = create(&flash);
    let mut model = Model::new();
    let mut saved = Vec::new();
    let full = loop {
        let name = label(&format!("object {}", saved.len()));
        match store.apply(&[Change::save(name, &value(900, saved.len()))]) {
            Ok(_) => model.apply(&[Change::save(name, &value(900, saved.len()))]).unwrap(),
            Err(error) => break error,
        };
        saved.push(name);
    };
    assert!(matches!(&full, Error::Full { place } if place.contains("flash")), "{full}");
    // Seven tenths of 64 KiB.
    assert!(saved.len() * 900 > 44_000, "{} values of 900 bytes fit", saved.len());
    model.assert_same(&store);
    let before = flash.erases();
    for _ in 0..100 {
        assert!(matches!(store.apply(&[Change::save(label("more"), &[1; 900])]), Err(Error::Full { .. })));
    }
    assert_eq!(flash.erases(), before, "being full wears nothing");
    for at in (0..saved.len()).step_by(3) {
        model.apply_both(&store, &[Change::destroy(saved[at])]);
    }
    model.assert_same(&open(&flash).unwrap());
    let store = open(&flash).unwrap();
    for at in (0..saved.len() - 3).step_by(3) {
        model.apply_both(&store, &[Change::save(saved[at], &value(900, at + 1)).when(When::Absent)]);
    }
    model.assert_same(&store);
    let all: Vec<_> = saved.iter().map(|&name| Change::destroy(name)).collect();
    model.apply_both(&store, &all);
    model.assert_same(&open(&flash).unwrap());
}

/// Small objects, so many that no commit can name all that one batch destroys.
#[test]
fn a_full_store_can_be_emptied_in_one_batch() {
    let flash = flash();
    let store = create(&flash);
    let mut model = Model::new();
    let mut count = 0;
    loop {
        let names: Vec<_> = (count..count + 50).map(|at| label(&format!("{at}"))).collect();
        let batch: Vec<_> = names.iter().map(|&name| Change::save(name, b"small")).collect();
        match store.apply(&batch) {
            Ok(_) => model.apply(&batch).unwrap(),
            Err(Error::Full { .. }) => break,
            Err(error) => panic!("{error}"),
        };
        count += 50;
    }
    assert!(count > 500, "{count} objects fit");
    let all: Vec<_> = (0..count).map(|at| Change::destroy(label(&format!("{at}")))).collect();
    model.apply_both(&store, &all);
    model.assert_same(&open(&flash).unwrap());
    let store = open(&flash).unwrap();
    model.apply_both(&store, &[Change::save(label("after"), b"1")]);
    model.assert_same(&open(&flash).unwrap());
}

#[test]
fn a_value_that_never_fits_is_too_large_and_the_longest_fits() {
    let store = create(&flash());
    let Err(Error::TooLarge { len, max }) = store.apply(&[Change::save(label("a"), &value(60_000, 0))])
    else {
        panic!("60 000 bytes should not fit")
    };
    assert_eq!(len, 60_000);
    assert!(max > 40_000, "the longest value is {max}");
    let mut model = Model::new();
    for round in 0..3 {
        model.apply_both(&store, &[Change::save(label("a"), &value(max, round))]);
        model.assert_same(&store);
        let again = store.apply(&[Change::save(label("a"), &value(max, round + 1))]);
        assert!(matches!(again, Err(Error::Full { .. })), "there is no room for two");
        model.apply_both(&store, &[Change::destroy(label("a"))]);
    }
}

/// Updates of a few objects beside others that never change: no block is erased more than twice as often as another.
/// `PORTCULLIS_UPDATES` says how many (20 000 without it; the promise is for 100 000).
#[test]
fn wear_is_even() {
    let flash = flash();
    let store = create(&flash);
    for at in 0..20 {
        store.apply(&[Change::save(label(&format!("still {at}")), &value(700, at))]).unwrap();
    }
    let updates = std::env::var("PORTCULLIS_UPDATES").map_or(20_000, |count| count.parse().unwrap());
    for round in 0..updates {
        let name = label(&format!("counter {}", round % 5));
        store.apply(&[Change::save(name, &u64::to_be_bytes(round))]).unwrap();
    }
    let erases = flash.erases();
    let (least, most) = (erases.iter().min().unwrap(), erases.iter().max().unwrap());
    assert!(*least > 20 && most <= &(2 * least), "blocks were erased from {least} to {most} times");
    println!("{updates} updates: each block was erased {least} to {most} times");
}

/// The driver fails once, at any step: the caller is told, and store and flash agree afterwards.
#[test]
fn a_driver_that_fails_once_costs_one_batch_at_most() {
    let first = Nor::<1, 8, 1024>::blank(16);
    let open = |flash: &Nor<1, 8, 1024>| FlashStore::open(flash.clone(), 0..flash.len());
    let mut before = Model::new();
    for at in 0..60 {
        let store = FlashStore::open_or_create(first.clone(), 0..first.len()).unwrap();
        before.apply_both(&store, &[Change::save(label(&format!("{}", at % 7)), &value(250, at))]);
    }
    let cells = first.cells();
    let long = value(2000, 3);
    let batch = [Change::save(label("1"), &long), Change::destroy(label("2"))];
    let mut failed = 0;
    for step in 1.. {
        let flash = first.copy_of(&cells);
        let store = open(&flash).unwrap();
        flash.fail(step);
        let mut model = before.clone();
        match store.apply(&batch) {
            Ok(_) => drop(model.apply(&batch)),
            Err(error) => {
                assert!(matches!(error, Error::Medium { .. }), "{error}");
                failed += 1;
            }
        }
        let over = flash.steps() < step;
        flash.power_on();
        model.assert_same(&store);
        model.assert_same(&open(&flash).unwrap());
        model.apply_both(&store, &[Change::save(label("next"), b"works")]);
        model.assert_same(&open(&flash).unwrap());
        if over {
            break;
        }
    }
    assert!(failed > 300, "{failed} steps failed");
}

/// What is stored of an object is found to be gone or changed, and never read as something else. What the commit or
/// the last of a block says can look like a loss of power, so a store may also open as it was one batch before.
#[test]
fn damage_is_found() {
    let first = Nor::<1, 4, 1024>::blank(6);
    let store = FlashStore::open_or_create(first.clone(), 0..first.len()).unwrap();
    let (mut before, mut after) = (Model::new(), Model::new());
    for at in 0..25 {
        let value = value(180, at);
        let batch = [Change::save(label(&format!("{}", at % 3)), &value)];
        before = after.clone();
        after.apply_both(&store, &batch);
    }
    drop(store);
    let cells = first.cells();
    let (mut refused, mut whole) = (0, 0);
    for bit in (0..cells.len() * 8).step_by(7) {
        let mut cells = cells.clone();
        cells[bit / 8] ^= 1 << (bit % 8);
        let flash = first.copy_of(&cells);
        match FlashStore::open(flash.clone(), 0..flash.len()) {
            Err(Error::NotAStore { .. }) => refused += 1,
            Err(other) => panic!("bit {bit}: {other}"),
            Ok(store) => {
                let same = if store.stamp().unwrap() == after.stamp() { &after } else { &before };
                same.assert_same(&store);
                whole += 1;
            }
        }
    }
    println!("{refused} refused, {whole} read as before");
    assert!(refused > 100 && whole > 100);
}
