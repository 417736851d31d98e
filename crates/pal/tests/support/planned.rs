//! Random changes whose preconditions are told apart only when it is known what the store holds.

use portcullis_pal::testkit::Model;
use portcullis_pal::{Change, Label, Stamp, When};
use proptest::prelude::*;

/// A change, but for the revisions in its precondition.
#[derive(Clone, Debug)]
pub(crate) struct Planned {
    pub(crate) label: Label,
    pub(crate) when: Precondition,
    pub(crate) value: Option<Vec<u8>>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Precondition {
    Always,
    Absent,
    /// The revision as it is, or the stamp when there is none.
    Current,
    Stale,
}

/// Changes of six labels, to one of `values`.
pub(crate) fn planned(values: impl Strategy<Value = Option<Vec<u8>>>) -> impl Strategy<Value = Planned> {
    let label = (0..6_u8).prop_map(|at| Label::new(&b"abcdef"[..usize::from(at)]).unwrap());
    let when = prop_oneof![
        6 => Just(Precondition::Always),
        1 => Just(Precondition::Absent),
        2 => Just(Precondition::Current),
        1 => Just(Precondition::Stale),
    ];
    (label, when, values).prop_map(|(label, when, value)| Planned { label, when, value })
}

impl Planned {
    /// The change on a store that holds what the model does.
    pub(crate) fn change(&self, model: &Model) -> Change<'_> {
        let change = match &self.value {
            Some(value) => Change::save(self.label, value),
            None => Change::destroy(self.label),
        };
        let current = model.revision(&self.label).unwrap_or(model.stamp());
        change.when(match self.when {
            Precondition::Always => When::Always,
            Precondition::Absent => When::Absent,
            Precondition::Current => When::Unchanged(current),
            Precondition::Stale => When::Unchanged(Stamp(current.0.wrapping_sub(1))),
        })
    }
}
