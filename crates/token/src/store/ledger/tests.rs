//! Tests of a ledger against a plain map, and of its pages against a medium that puts them back.

use std::collections::BTreeMap as Map;

use proptest::prelude::*;

use super::*;
use crate::Secret;
use crate::store::Serial;

fn key() -> LedgerKey {
    LedgerKey::new(Serial(*b"serialno"), &Secret::copied(&[7; 32]))
}

/// Numbers as random ones are spread.
fn number(n: u64) -> ObjectNumber {
    ObjectNumber(n.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29))
}

fn known(version: u32) -> Known {
    Known { version, mark: version.to_le_bytes() }
}

/// A ledger with the store that it is kept in, and what it should say.
struct Kept {
    ledger: Ledger,
    pages: Pages,
    stamp: Stamp,
    wanted: Map<ObjectNumber, Known>,
}

impl Kept {
    fn new() -> Self {
        let ledger = Ledger::empty(key());
        let mut kept = Self { ledger, pages: Pages::default(), stamp: Stamp(0), wanted: Map::new() };
        kept.write(&[]);
        kept
    }

    fn of(count: u64) -> Self {
        let mut kept = Self::new();
        let all: Vec<_> = (0..count).map(|n| (number(n), Some(known(1)))).collect();
        kept.write(&all);
        kept
    }

    /// Writes a change, and gives how many pages it took.
    fn write(&mut self, records: &[(ObjectNumber, Option<Known>)]) -> usize {
        let plan = self.ledger.plan(&Update { records: records.to_vec(), ..Update::default() });
        let plan = plan.expect("a sound ledger takes every change");
        self.stamp.0 += 1;
        for page in &plan.pages {
            self.pages.put(page.index, self.stamp, Some(page.bytes.clone()));
        }
        for index in &plan.gone {
            self.pages.put(*index, self.stamp, None);
        }
        let changed = plan.pages.len() + plan.gone.len();
        self.ledger.install(plan, self.stamp);
        for (number, known) in records {
            match known {
                Some(known) => drop(self.wanted.insert(*number, *known)),
                None => drop(self.wanted.remove(number)),
            }
        }
        changed
    }

    fn audit(&self, ledger: &Ledger) -> Vec<(ObjectNumber, Suspicion)> {
        let held = self.wanted.iter().map(|(number, known)| (*number, *known));
        ledger.audit(held, |number| self.wanted.get(&number).copied())
    }

    fn reopened(&self) -> Ledger {
        Ledger::open(key(), &self.pages, None)
    }

    fn check(&self) {
        for ledger in [&self.ledger, &self.reopened()] {
            assert!(ledger.is_sound() && ledger.page_errors().is_empty());
            assert_eq!(ledger.listed, self.wanted.len());
            assert_eq!(self.audit(ledger), []);
            let listed = ledger.slots.iter().flat_map(|slot| &slot.page).flat_map(Page::numbers).count();
            assert_eq!(listed, self.wanted.len());
        }
        assert_eq!(self.pages.indices().count() as u32, self.ledger.count());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn a_ledger_says_what_was_written(
        steps in prop::collection::vec((0..400_u64, proptest::option::weighted(0.7, 1..9_u32)), 1..600)
    ) {
        let mut kept = Kept::new();
        for (n, version) in steps {
            kept.write(&[(number(n), version.map(known))]);
        }
        kept.check();
    }

    #[test]
    fn hostile_pages_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for index in [0, 1] {
            prop_assert!(Page::read(&key(), index, &bytes).is_err());
            let framed = [&[2], &bytes[..]].concat();
            let tag = key().tag(&page_label(index), &framed);
            // Whatever it holds, it can be refused or read.
            let _ = Page::read(&key(), index, &[&framed[..], &tag].concat());
        }
    }
}

#[test]
fn a_ledger_grows_and_shrinks_by_a_page_at_a_time() {
    let mut kept = Kept::new();
    let mut most = 0;
    for n in 0..3_000 {
        most = most.max(kept.write(&[(number(n), Some(known(1)))]));
    }
    // An object's page, one that it is divided from, one that is new, and what is above them.
    assert!(most <= 7, "{most} pages for one object");
    assert!((60..66).contains(&kept.ledger.count()), "{}", kept.ledger.count());
    kept.check();
    assert!(kept.write(&[(number(3), Some(known(2)))]) <= 3);
    for n in 0..3_000 {
        most = most.max(kept.write(&[(number(n), None)]));
    }
    assert!(most <= 7, "{most} pages for one object");
    assert_eq!(kept.ledger.count(), 1);
    kept.check();
}

#[test]
fn all_at_once_is_the_same_as_one_by_one() {
    let mut one_by_one = Kept::new();
    for n in 0..500 {
        one_by_one.write(&[(number(n), Some(known(1)))]);
    }
    let at_once = Kept::of(500);
    at_once.check();
    assert_eq!(at_once.ledger.count(), one_by_one.ledger.count());
}

#[test]
fn every_number_has_a_page_and_pages_are_divided_evenly() {
    for pages in 1..200 {
        let mut found = vec![0; pages as usize];
        for n in 0..pages as u64 * 50 {
            found[places::page_of(number(n), pages) as usize] += 1;
        }
        assert!(found.iter().all(|count| (10..140).contains(count)), "{pages}: {found:?}");
        if pages > 1 {
            // The last page takes its objects from its buddy alone.
            for n in 0..1_000 {
                let (before, after) =
                    (places::page_of(number(n), pages - 1), places::page_of(number(n), pages));
                assert!(before == after || (after == pages - 1 && before == places::buddy(pages - 1)));
            }
        }
        for index in 1..pages {
            let above = places::parent(index).expect("only the first has none");
            assert_eq!(places::children(above, pages).nth(places::nth_child(index)), Some(index));
        }
    }
}

/// Pages of each height put back as they were.
#[test]
fn a_page_that_is_put_back_is_named() {
    let mut kept = Kept::of(3_500);
    let old: Map<u32, Vec<u8>> = kept
        .pages
        .indices()
        .map(|index| (index, kept.pages.bytes(index).expect("it is there").to_vec()))
        .collect();
    let all: Vec<_> = (0..3_500).map(|n| (number(n), Some(known(2)))).collect();
    kept.write(&all);
    for index in [0, 1, 2, 40, 64, 65, 70] {
        let old = &old[&index];
        let mut ledger = kept.reopened();
        let mut pages = Pages::default();
        for page in kept.pages.indices() {
            let bytes = if page == index { old } else { kept.pages.bytes(page).expect("it is there") };
            pages.put(page, Stamp(9), Some(bytes.to_vec()));
        }
        ledger.reread(&pages, core::iter::once(index));
        let fresh = Ledger::open(key(), &pages, None);
        for ledger in [&ledger, &fresh] {
            let suspicions = kept.audit(ledger);
            assert!(!ledger.is_sound() && !suspicions.is_empty());
            let is_first = index == FIRST;
            if !is_first || ledger.reached != fresh.reached {
                let named = PageFault { index, fault: Fault::RolledBack };
                assert!(suspicions.iter().all(|(_, it)| *it == Suspicion::Page(named)), "page {index}");
            }
            // The rest is as it was, unless it hangs below.
            assert!(index <= 1 || suspicions.len() < 150, "page {index}: {}", suspicions.len());
        }
    }
}

#[test]
fn a_missing_page_is_named_and_found_again() {
    let kept = Kept::of(500);
    let mut ledger = kept.reopened();
    let mut pages = Pages::default();
    for index in kept.pages.indices().filter(|index| *index != 3) {
        pages.put(index, Stamp(1), kept.pages.bytes(index).map(<[u8]>::to_vec));
    }
    ledger.reread(&pages, core::iter::once(3));
    let missing = PageFault { index: 3, fault: Fault::Missing };
    assert!(kept.audit(&ledger).iter().all(|(_, suspicion)| *suspicion == Suspicion::Page(missing)));
    assert!(matches!(ledger.page_errors()[..], [Error::RecordMissing { .. }]));
    ledger.reread(&kept.pages, core::iter::once(3));
    assert!(ledger.is_sound() && kept.audit(&ledger).is_empty());
}

#[test]
fn labels_of_pages_lead_back_to_their_index() {
    for index in [0, 1, 0x00ab_cdef, u32::MAX] {
        assert_eq!(page_index(&page_label(index)), Some(index));
    }
    for other in [&b"l-"[..], b"l-0", b"l-0000000A", b"o-0000000000000000", b"l-000000000"] {
        assert_eq!(page_index(&label(other)), None);
    }
}
