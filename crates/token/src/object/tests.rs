//! Tests of the catalog: what a late answer may and may not do, and how much a search looks at.

use alloc::sync::Arc;
use alloc::vec::Vec;

use portcullis_pal::Stamp;

use super::*;
use crate::Template;
use crate::attribute::Secrets;

fn object(number: u64, label: &str) -> Object {
    let mut public = AttributeSet::default();
    public.set(AttributeType::Label, label);
    public.set(AttributeType::Class, ObjectClass::Data.code());
    Object {
        number: ObjectNumber(number),
        version: 1,
        class: ObjectClass::Data,
        key_type: None,
        public,
        contents: Contents::Open(Arc::new(Secrets::default())),
    }
}

fn found(catalog: &Catalog, number: u64, label: &str, revision: Stamp) -> Found {
    Found::new(object(number, label), revision, catalog.hashes())
}

fn labelled(catalog: &Catalog, label: &str) -> usize {
    catalog.candidates(&Template::new().with(AttributeType::Label, label)).len()
}

fn scan(since: u64, stamp: u64, complete: bool) -> Merge {
    let (saved, destroyed) = (Vec::new(), Vec::new());
    Merge { since: Stamp(since), stamp: Stamp(stamp), complete, saved, destroyed, ..Merge::default() }
}

#[test]
fn a_late_publication_does_not_bring_back_what_a_scan_saw_go() {
    let mut catalog = Catalog::default();
    // Saved at 1 by a thread that is slow to publish, destroyed at 2; a scan shows both.
    let merge = Merge { destroyed: alloc::vec![ObjectNumber(7)], ..scan(0, 2, false) };
    assert!(catalog.merge(merge));
    catalog.publish(alloc::vec![object(7, "x")], &[], None, Stamp(1));
    assert_eq!(labelled(&catalog, "x"), 0);
}

#[test]
fn a_scan_that_began_before_another_ended_is_refused() {
    let mut catalog = Catalog::default();
    assert!(catalog.merge(scan(0, 2, false)));
    let late = Merge { saved: alloc::vec![found(&catalog, 7, "x", Stamp(1))], ..scan(0, 1, false) };
    assert!(!catalog.merge(late));
    assert_eq!(labelled(&catalog, "x"), 0);
}

#[test]
fn publications_out_of_order_leave_a_gap_for_the_next_scan() {
    let mut catalog = Catalog::default();
    catalog.publish(alloc::vec![object(2, "second")], &[], None, Stamp(2));
    assert_eq!(catalog.known(), Stamp(0));
    catalog.publish(alloc::vec![object(1, "first")], &[], None, Stamp(1));
    assert_eq!(catalog.known(), Stamp(1));
    assert_eq!((labelled(&catalog, "first"), labelled(&catalog, "second")), (1, 1));
}

#[test]
fn an_older_version_does_not_replace_a_newer_one() {
    let mut catalog = Catalog::default();
    catalog.publish(alloc::vec![object(1, "newer")], &[], None, Stamp(2));
    catalog.publish(alloc::vec![object(1, "older")], &[], None, Stamp(1));
    assert_eq!((labelled(&catalog, "newer"), labelled(&catalog, "older")), (1, 0));
}

#[test]
fn a_complete_scan_removes_what_it_does_not_show() {
    let mut catalog = Catalog::default();
    catalog.publish(alloc::vec![object(1, "a"), object(2, "b")], &[], None, Stamp(1));
    let merge = Merge { saved: alloc::vec![found(&catalog, 2, "b", Stamp(1))], ..scan(1, 5, true) };
    assert!(catalog.merge(merge));
    assert_eq!((labelled(&catalog, "a"), labelled(&catalog, "b")), (0, 1));
}

#[test]
fn the_place_of_an_object_outlives_its_versions() {
    let mut catalog = Catalog::default();
    catalog.publish(alloc::vec![object(1, "a")], &[], None, Stamp(1));
    let place = catalog.by_number(ObjectNumber(1)).map(|entry| entry.place);
    catalog.publish(alloc::vec![object(1, "b")], &[], None, Stamp(2));
    assert_eq!(catalog.by_number(ObjectNumber(1)).map(|entry| entry.place), place);
    assert_eq!((labelled(&catalog, "a"), labelled(&catalog, "b")), (0, 1));
}

/// What was deleted and put in again since the last scan is shown twice: it is there.
#[test]
fn what_went_and_came_again_between_two_scans_is_there() {
    let mut catalog = Catalog::default();
    catalog.publish(alloc::vec![object(7, "x")], &[], None, Stamp(1));
    let saved = alloc::vec![found(&catalog, 7, "x", Stamp(3))];
    assert!(catalog.merge(Merge { saved, destroyed: alloc::vec![ObjectNumber(7)], ..scan(1, 3, false) }));
    assert_eq!(labelled(&catalog, "x"), 1);
}

/// A search checks what the rarest of its attributes leaves, however many objects there are.
#[test]
fn a_search_looks_at_no_more_than_what_its_rarest_attribute_leaves() {
    const OBJECTS: usize = 500;
    let mut catalog = Catalog::default();
    let all = (0..OBJECTS).map(|number| object(number as u64, &alloc::format!("{}", number / 2)));
    catalog.publish(all.collect(), &[], None, Stamp(1));
    let by_class = || Template::of(ObjectClass::Data);
    let looked_at = |template: Template| catalog.candidates(&template).len();
    assert_eq!(looked_at(by_class()), OBJECTS);
    assert_eq!(looked_at(by_class().with(AttributeType::Label, "7")), 2);
    assert_eq!(looked_at(by_class().with(AttributeType::Label, "none")), 0);
    assert_eq!(looked_at(by_class().with(AttributeType::Id, "none")), 0);
}
