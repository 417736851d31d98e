//! What becomes of a batch: its preconditions, checked against the state before it, and the rows that are left to be
//! written once its changes have followed each other. Nothing here talks to a server.

use std::collections::{BTreeMap, BTreeSet};

use zeroize::Zeroizing;

use super::PostgresStore;
use super::read::Head;
use super::trouble::Trouble;
use crate::{Action, Change, Label, Stamp, When};

#[cfg(test)]
mod tests;

/// The most bytes that the values of one batch may have: the server takes messages of one gigabyte.
const MAX_BATCH: usize = 512 << 20;

/// A batch that can go to another thread.
pub(super) struct Batch(Vec<Step>);

struct Step {
    label: Label,
    when: When,
    /// What to save; `None` destroys.
    value: Option<Zeroizing<Vec<u8>>>,
}

/// An object as the database has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stored {
    pub(super) id: u64,
    pub(super) revision: Stamp,
}

/// The rows to write. Those to delete go first.
#[derive(Debug, PartialEq)]
pub(super) struct Plan<'a> {
    /// The head's numbers after the batch, all but how far back the history goes.
    pub(super) stamp: Stamp,
    pub(super) last_id: u64,
    pub(super) deleted: Vec<u64>,
    /// Ids, labels and values of new objects.
    pub(super) inserted: Vec<(u64, Label, &'a [u8])>,
    /// Ids and values of those that were there.
    pub(super) updated: Vec<(u64, &'a [u8])>,
    /// All that were destroyed, in their order; also such as the batch itself had made.
    pub(super) destroyed: Vec<(u64, Label)>,
}

/// An object while the batch is followed.
#[derive(Clone, Copy)]
struct Live<'a> {
    id: u64,
    is_new: bool,
    value: Option<&'a [u8]>,
}

impl Batch {
    pub(super) fn of(batch: &[Change<'_>]) -> Result<Self, Trouble> {
        let saved = |change: &Change<'_>| match change.action {
            Action::Save(value) => value.len(),
            Action::Destroy => 0,
        };
        let (longest, all) =
            batch.iter().map(saved).fold((0, 0), |(longest, all), len| (len.max(longest), all + len));
        for (len, max) in [(longest, PostgresStore::MAX_VALUE), (all, MAX_BATCH)] {
            if len > max {
                return Err(Trouble::TooLarge { len, max });
            }
        }
        let own = |change: &Change<'_>| match change.action {
            Action::Save(value) => Some(Zeroizing::new(value.to_vec())),
            Action::Destroy => None,
        };
        let step = |change: &Change<'_>| Step { label: change.label, when: change.when, value: own(change) };
        Ok(Self(batch.iter().map(step).collect()))
    }

    /// Every label once.
    pub(super) fn labels(&self) -> BTreeSet<Label> {
        self.0.iter().map(|step| step.label).collect()
    }

    /// What to write, when the database holds `stored` of the batch's labels.
    pub(super) fn plan(&self, head: Head, stored: &BTreeMap<Label, Stored>) -> Result<Plan<'_>, Trouble> {
        for step in &self.0 {
            let revision = stored.get(&step.label).map(|stored| stored.revision);
            let holds = match step.when {
                When::Always => true,
                When::Absent => revision.is_none(),
                When::Unchanged(expected) => revision == Some(expected),
            };
            if !holds {
                return Err(Trouble::Conflict(step.label));
            }
        }
        let live = |stored: &Stored| Live { id: stored.id, is_new: false, value: None };
        let mut there: BTreeMap<Label, Live<'_>> =
            stored.iter().map(|(&label, stored)| (label, live(stored))).collect();
        let mut plan = Plan {
            stamp: Stamp(head.stamp.0 + 1),
            last_id: head.last_id,
            deleted: Vec::new(),
            inserted: Vec::new(),
            updated: Vec::new(),
            destroyed: Vec::new(),
        };
        for step in &self.0 {
            plan.follow(step, &mut there);
        }
        for (label, live) in there {
            match live.value {
                Some(value) if live.is_new => plan.inserted.push((live.id, label, value)),
                Some(value) => plan.updated.push((live.id, value)),
                None => {}
            }
        }
        Ok(plan)
    }
}

impl<'a> Plan<'a> {
    fn follow(&mut self, step: &'a Step, there: &mut BTreeMap<Label, Live<'a>>) {
        let Some(value) = &step.value else {
            if let Some(gone) = there.remove(&step.label) {
                self.destroyed.push((gone.id, step.label));
                if !gone.is_new {
                    self.deleted.push(gone.id);
                }
            }
            return;
        };
        let live = there.entry(step.label).or_insert_with(|| {
            self.last_id += 1;
            Live { id: self.last_id, is_new: true, value: None }
        });
        live.value = Some(value);
    }
}
