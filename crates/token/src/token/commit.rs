//! How changes of objects become durable, and then visible: together with the pages of the ledger that list them, in
//! one batch, under the condition that nobody has written since; if somebody has, after a look at what it was.
//!
//! All that writes under the master key writes the ledger's first page. So the threads of a process write in groups
//! ([`turns`](super::turns)), and processes one after the other.

use alloc::vec::Vec;

use portcullis_pal::{Change, Label, Stamp, When};

use super::Shared;
use crate::object::{Contents, Object, ObjectNumber};
use crate::store::ledger::{Ledger, Plan, Update, page_index};
use crate::store::{self, Known, Serial};
use crate::{Error, Result};

/// What one call changes of the objects at rest: all of it, or nothing.
pub(crate) struct Intent {
    /// The token that it was made for.
    serial: Serial,
    saved: Vec<Saved>,
    destroyed: Vec<(ObjectNumber, When)>,
    /// What the ledger has to list from then on.
    records: Vec<(ObjectNumber, Option<Known>)>,
}

/// An object at rest with its record.
struct Saved {
    object: Object,
    record: Vec<u8>,
    when: When,
}

/// What came of a batch.
enum Attempt {
    Done(Stamp, Option<Plan>),
    /// The ledger was written by another process since it was read.
    Behind,
    /// Another writer has changed one of the objects.
    Conflict(Label),
}

impl Intent {
    pub(super) fn of(serial: Serial) -> Self {
        Self { serial, saved: Vec::new(), destroyed: Vec::new(), records: Vec::new() }
    }

    /// Saves an object at rest.
    pub(super) fn save(&mut self, object: Object, when: When) {
        self.records.extend(object.known().map(|known| (object.number, Some(known))));
        if let Contents::Sealed(sealed) = &object.contents {
            let record = sealed.record(object.version, &object.public);
            self.saved.push(Saved { object, record, when });
        }
    }

    /// Saves the next version of an object at rest.
    pub(super) fn replace(&mut self, old: &Object, new: Object, revision: Stamp) {
        if old.known().is_some() && new.known().is_none() {
            self.records.push((old.number, None));
        }
        self.save(new, When::Unchanged(revision));
    }

    /// Destroys an object at rest.
    pub(super) fn destroy(&mut self, object: &Object, revision: Stamp) {
        self.records.extend(object.known().map(|_| (object.number, None)));
        self.destroyed.push((object.number, When::Unchanged(revision)));
    }

    /// Gives up an object of which nothing can be believed, with the record that it may still have.
    pub(super) fn give_up(&mut self, number: ObjectNumber, when: When) {
        self.records.push((number, None));
        self.destroyed.push((number, when));
    }

    fn numbers(&self) -> impl Iterator<Item = ObjectNumber> {
        let saved = self.saved.iter().map(|saved| saved.object.number);
        saved.chain(self.destroyed.iter().map(|(number, _)| *number))
    }

    fn names(&self, label: &Label) -> bool {
        store::object_number(label).is_some_and(|number| self.numbers().any(|own| own == number))
    }

    /// Whether it can be in one batch with others. Preconditions look at the state before the batch, so of two that
    /// change the same object the second would not see the first.
    fn fits(group: &[Self], own: &Self) -> bool {
        group.iter().all(|other| own.numbers().all(|number| other.numbers().all(|taken| taken != number)))
    }

    fn changes(&self) -> impl Iterator<Item = Change<'_>> {
        let saved = self.saved.iter().map(|saved| {
            Change::save(store::object_label(saved.object.number), &saved.record).when(saved.when)
        });
        let gone = self.destroyed.iter();
        saved.chain(gone.map(|(number, when)| Change::destroy(store::object_label(*number)).when(*when)))
    }
}

impl Shared {
    /// Makes changes durable and visible; false, and nothing is done, when another writer was there first.
    pub(super) fn commit(&self, intent: Intent) -> Result<bool> {
        let answer = self.writers.submit(intent, Intent::fits, |group| self.write_group(group));
        answer.unwrap_or_else(|| Err(self.lost()))
    }

    /// The answer to a request whose leader has panicked: nobody knows what came of it.
    fn lost(&self) -> Error {
        let source = "the thread that was writing has ended".into();
        portcullis_pal::Error::Medium { place: self.store.place(), source }.into()
    }

    /// Writes the changes of several calls in as few batches as can be. One that can't be made fails alone.
    fn write_group(&self, group: Vec<Intent>) -> Vec<Result<bool>> {
        let mut answers: Vec<_> = group.iter().map(|_| Ok(false)).collect();
        let mut open: Vec<(usize, Intent)> = group.into_iter().enumerate().collect();
        while !open.is_empty() {
            match self.write(&open) {
                Ok(Attempt::Done(stamp, plan)) => {
                    for (place, _) in &open {
                        answers[*place] = Ok(true);
                    }
                    self.publish(open, plan, stamp);
                    break;
                }
                // What else is open goes on as if this one had never been there.
                Ok(Attempt::Conflict(label)) => {
                    let before = open.len();
                    open.retain(|(_, intent)| !intent.names(&label));
                    if open.len() == before {
                        break;
                    }
                }
                Ok(Attempt::Behind) => {}
                Err(error) if open.len() == 1 => {
                    answers[open[0].0] = Err(error);
                    break;
                }
                // Whose fault it is shows when each is alone.
                Err(_) => {
                    for (place, intent) in open.drain(..) {
                        let alone = self.write_group(alloc::vec![intent]).pop();
                        answers[place] = alone.unwrap_or_else(|| Err(self.lost()));
                    }
                }
            }
        }
        answers
    }

    fn write(&self, intents: &[(usize, Intent)]) -> Result<Attempt> {
        let serial = self.view()?.identity.header.serial;
        if intents.iter().any(|(_, intent)| intent.serial != serial) {
            return Err(Error::SessionClosed);
        }
        let records: Vec<_> = intents.iter().flat_map(|(_, intent)| &intent.records).copied().collect();
        let plan =
            if records.is_empty() { None } else { Some(self.plan(Update { records, ..Update::default() })?) };
        let mut batch: Vec<_> = plan.iter().flat_map(Plan::changes).collect();
        batch.extend(intents.iter().flat_map(|(_, intent)| intent.changes()));
        match self.apply(&batch, plan.as_ref()) {
            Ok(stamp) => Ok(Attempt::Done(stamp, plan)),
            Err(Error::Store(portcullis_pal::Error::Conflict { label })) if page_index(&label).is_some() => {
                self.refresh()?;
                Ok(Attempt::Behind)
            }
            Err(Error::Store(portcullis_pal::Error::Conflict { label })) => Ok(Attempt::Conflict(label)),
            Err(error) => Err(error),
        }
    }

    fn publish(&self, intents: Vec<(usize, Intent)>, plan: Option<Plan>, stamp: Stamp) {
        let (mut saved, mut destroyed) = (Vec::new(), Vec::new());
        for (_, intent) in intents {
            saved.extend(intent.saved.into_iter().map(|saved| saved.object));
            destroyed.extend(intent.destroyed.into_iter().map(|(number, _)| number));
        }
        self.catalog.write().publish(saved, &destroyed, plan, stamp);
    }

    /// The pages that a change writes, by the ledger that the login has opened.
    pub(super) fn plan(&self, update: Update) -> Result<Plan> {
        let catalog = self.catalog.read();
        let ledger = catalog.ledger().ok_or(Error::UserNotLoggedIn)?;
        self.plan_in(ledger, update)
    }

    /// The pages that a change writes, and where it moves the device's counter.
    pub(super) fn plan_in(&self, ledger: &Ledger, mut update: Update) -> Result<Plan> {
        if self.device.counter.is_some() && update.count.is_none() {
            update.count = Some(ledger.counted() + 1);
        }
        ledger.plan(&update).map_err(|error| error.at(&*self.store))
    }

    /// Makes a batch durable in which these pages are. The device's counter must have reached what the last write said
    /// before the next one says more, and reaches that once it is durable.
    pub(super) fn apply(&self, batch: &[Change<'_>], plan: Option<&Plan>) -> Result<Stamp> {
        let counts = self.device.counter.as_ref().zip(plan.and_then(|plan| plan.counts));
        if let Some((counter, (before, _))) = &counts {
            counter.raise(*before)?;
        }
        let stamp = self.store.apply(batch)?;
        if let Some((counter, (_, after))) = &counts
            && let Err(error) = counter.raise(*after)
        {
            // The change is durable. The next one is refused until the counter has been raised.
            tracing::error!(%error, "the device's counter can't be raised");
        }
        Ok(stamp)
    }

    /// Makes one change durable, or `None` when another writer was there first.
    pub(super) fn apply_unless_changed(
        &self,
        batch: &[Change<'_>],
        plan: Option<&Plan>,
    ) -> Result<Option<Stamp>> {
        match self.apply(batch, plan) {
            Ok(stamp) => {
                self.catalog.write().publish(Vec::new(), &[], plan.cloned(), stamp);
                Ok(Some(stamp))
            }
            Err(Error::Store(portcullis_pal::Error::Conflict { .. })) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
