//! Power is cut at every byte of every write: what was acknowledged is there, and the batch under way is there wholly
//! or not at all.

use portcullis_pal::c_pal::ImageStore;
use portcullis_pal::testkit::{Model, Rest};
use portcullis_pal::{Action, Change, Label, ObjectStore, When};
use proptest::prelude::*;

use crate::ram::{Fault, NAMES, RamPort};

const RESTS: [Rest; 3] = [Rest::Old, Rest::Erased, Rest::Missing];

/// A batch as plain values: for each change a label, and the bytes to save or none to destroy it.
type Batch = Vec<(u8, Option<Vec<u8>>)>;

fn changes(batch: &Batch) -> Vec<Change<'_>> {
    batch.iter().map(change_of).collect()
}

fn change_of((name, bytes): &(u8, Option<Vec<u8>>)) -> Change<'_> {
    let action = bytes.as_deref().map_or(Action::Destroy, Action::Save);
    Change { label: Label::new(&[*name]).unwrap(), when: When::Always, action }
}

/// Applies batches, the last of which meets a cut in one of its saves; opens again.
fn cut(batches: &[Batch], save: usize, written: usize, rest: Rest) {
    let port = RamPort::default();
    let open = || ImageStore::open(port.clone(), NAMES).unwrap();
    let store = open();
    let (last, before) = batches.split_last().unwrap();
    let mut model = Model::new();
    for batch in before {
        model.apply_both(&store, &changes(batch));
    }
    port.fail(save, Fault::Cut(written, rest));
    let acknowledged = store.apply(&changes(last)).is_ok();
    port.power_on();
    let reopened = open();
    let mut after = model.clone();
    after.apply(&changes(last)).unwrap();
    if acknowledged || reopened.stamp().unwrap() == after.stamp() {
        model = after;
    }
    // All of it, or nothing; and it goes on from there.
    model.assert_same(&reopened);
    model.apply_both(&reopened, &changes(last));
    model.assert_same(&open());
}

#[test]
fn at_every_byte_of_a_short_history() {
    let first = vec![(1, Some(vec![1; 9])), (2, Some(vec![]))];
    let second = vec![(1, Some(vec![2; 5])), (2, None), (3, Some(vec![3; 3]))];
    // The very first batch writes three images, later ones one.
    for (batches, saves) in [
        (vec![first.clone()], 3),
        (vec![first.clone(), second.clone()], 1),
        (vec![first, second, vec![(4, Some(vec![4]))]], 1),
    ] {
        for save in 1..=saves {
            for written in 0..180 {
                for rest in RESTS {
                    cut(&batches, save, written, rest);
                }
            }
        }
    }
}

fn batch() -> impl Strategy<Value = Batch> {
    let bytes =
        prop_oneof![2 => proptest::collection::vec(any::<u8>(), 0..200).prop_map(Some), 1 => Just(None)];
    proptest::collection::vec((0_u8..6, bytes), 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn at_any_byte_of_any_history(
        batches in proptest::collection::vec(batch(), 1..6),
        save in 1_usize..4,
        written in 0_usize..900,
        rest in 0_usize..3,
    ) {
        cut(&batches, save, written, RESTS[rest]);
    }
}
