//! The contract suite: every promise of [`ObjectStore`], asked of any store. Split by what is promised:
//! [`objects`] single objects, [`batches`] all or nothing, [`history`] stamps and scans, [`handles`]
//! several users of one medium. What survives a loss of power is not asked here.

mod batches;
mod handles;
mod history;
mod objects;

use crate::{Change, Label, ObjectId, ObjectStore};

/// Checks every promise of [`ObjectStore`].
///
/// `make` makes a fresh, empty medium and gives back how to open it: the opener may be called several
/// times, also while an earlier handle is still in use, and each handle must see the same medium. What must
/// live as long as the medium (a temporary folder) is moved into the opener.
///
/// # Panics
/// With a sentence that names the promise, when one is broken.
pub fn contract<S, Open, Make>(make: Make)
where
    S: ObjectStore,
    Open: Fn() -> S,
    Make: Fn() -> Open,
{
    objects::an_empty_store_is_empty(&make()());
    objects::what_was_saved_is_there(&make()());
    objects::saving_again_replaces(&make()());
    objects::destroying_removes(&make()());
    objects::labels_are_told_apart(&make()());
    objects::values_of_any_length(&make()());
    objects::ids_are_not_reused(&make());
    batches::an_empty_batch_changes_nothing(&make()());
    batches::preconditions_are_checked(&make()());
    batches::preconditions_see_the_state_before(&make()());
    batches::later_changes_see_earlier_ones(&make()());
    batches::a_conflict_in_the_middle_undoes_all(&make());
    batches::a_batch_has_one_revision(&make()());
    history::scans_since_a_stamp(&make()());
    history::scans_since_a_stamp_that_never_was(&make()());
    history::scans_after_a_long_history(&make()());
    history::a_destroyed_object_comes_back_under_its_label(&make()());
    handles::reopening_finds_everything(&make());
    handles::a_second_handle_sees_the_first(&make());
    handles::two_handles_conflict(&make());
    handles::writers_at_once_lose_nothing(&make());
    handles::a_scan_shows_one_moment(&make());
}

pub(super) fn label(name: &str) -> Label {
    Label::new(name.as_bytes()).expect("the suite's labels are short")
}

fn save<S: ObjectStore>(store: &S, name: &str, value: &[u8]) -> crate::Stamp {
    store.apply(&[Change::save(label(name), value)]).expect("saving succeeds")
}

fn destroy<S: ObjectStore>(store: &S, name: &str) -> crate::Stamp {
    store.apply(&[Change::destroy(label(name))]).expect("destroying succeeds")
}

fn id_of<S: ObjectStore>(store: &S, name: &str) -> ObjectId {
    let found = store.find(&label(name)).expect("find answers");
    found.unwrap_or_else(|| panic!("{name} should be there"))
}

fn bytes_of<S: ObjectStore>(store: &S, name: &str) -> Vec<u8> {
    let value = store.value(id_of(store, name)).expect("value answers");
    value.unwrap_or_else(|| panic!("{name} should have a value")).bytes.to_vec()
}
