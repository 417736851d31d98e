//! The catalog's side of the ledger: its pages as the store has them, what they say while someone is logged in, and
//! which objects are not as they say. What changes in one step in the store is compared in one step here.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::mem;

use portcullis_pal::Stamp;

use super::{Catalog, Object, ObjectNumber};
use crate::store::ledger::{FIRST, Plan, Reached, Suspicion};
use crate::store::{Known, Ledger, Pages, Suspects};

impl Catalog {
    /// The pages as the store has them.
    pub(crate) fn pages(&self) -> &Pages {
        &self.pages
    }

    /// What they say, while someone is logged in.
    pub(crate) fn ledger(&self) -> Option<&Ledger> {
        self.ledger.as_ref()
    }

    /// How far the ledger has come, as far as this process has seen.
    pub(crate) fn reached(&self) -> Reached {
        self.ledger.as_ref().map_or(self.reached, Ledger::reached)
    }

    /// The objects with something wrong.
    pub(crate) fn suspects(&self) -> Arc<Suspects> {
        self.suspects.clone()
    }

    /// The token objects under the master key.
    pub(crate) fn guarded(&self) -> impl Iterator<Item = &Object> {
        let objects = self.entries.values().filter(|entry| entry.owner.is_none()).map(|entry| &*entry.object);
        objects.filter(|object| object.known().is_some())
    }

    /// Compares all objects with what a ledger says.
    pub(crate) fn audit(&self, ledger: &Ledger) -> Vec<(ObjectNumber, Suspicion)> {
        let held = self.guarded().filter_map(|object| Some((object.number, object.known()?)));
        let mut suspicions = ledger.audit(held, |number| self.held(number));
        suspicions.retain(|(number, _)| !self.unusable.contains(number));
        suspicions
    }

    /// Opens the ledger with what was found when it was compared, unless the store has moved on since.
    pub(crate) fn open_ledger(
        &mut self,
        ledger: Ledger,
        suspicions: Vec<(ObjectNumber, Suspicion)>,
        at: Stamp,
    ) -> bool {
        if self.known != at {
            return false;
        }
        self.suspects.replace(suspicions);
        self.ledger = Some(ledger);
        true
    }

    /// Closes the ledger: without a login nothing of it can be checked.
    pub(crate) fn close_ledger(&mut self) {
        if let Some(ledger) = self.ledger.take() {
            self.reached = ledger.reached();
        }
        self.suspects.replace(Vec::new());
    }

    /// Forgets the ledger of a token that is no more.
    pub(crate) fn forget_ledger(&mut self) {
        self.close_ledger();
        self.reached = None;
    }

    /// Takes over pages that a scan has shown, and compares what changed.
    pub(super) fn take_pages(
        &mut self,
        pages: Vec<(u32, Stamp, Option<Vec<u8>>)>,
        complete: bool,
        touched: &[ObjectNumber],
    ) {
        let mut changed = Vec::new();
        if complete {
            changed.extend(self.pages.indices());
            self.pages.clear();
        }
        for (index, revision, bytes) in pages {
            if self.pages.put(index, revision, bytes) {
                changed.push(index);
            }
        }
        let Some(mut ledger) = self.ledger.take() else { return };
        let was_sound = ledger.is_sound();
        let mut listed = Vec::new();
        if !changed.is_empty() {
            listed = ledger.reread(&self.pages, changed.into_iter());
        }
        if was_sound && ledger.is_sound() {
            self.settle(&ledger, touched);
            self.settle(&ledger, &listed);
        } else {
            self.suspects.replace(self.audit(&ledger));
        }
        self.ledger = Some(ledger);
    }

    /// Takes over pages that this process has written.
    pub(super) fn install(&mut self, mut plan: Plan, touched: &[ObjectNumber], stamp: Stamp) {
        // Whoever wrote after this has looked at it first.
        if self.pages.revision(FIRST).is_some_and(|known| known >= stamp) {
            return;
        }
        for written in &mut plan.pages {
            self.pages.put(written.index, stamp, Some(mem::take(&mut written.bytes)));
        }
        for index in &plan.gone {
            self.pages.put(*index, stamp, None);
        }
        if let Some(mut ledger) = self.ledger.take() {
            ledger.install(plan, stamp);
            self.settle(&ledger, touched);
            self.ledger = Some(ledger);
        }
    }

    fn settle(&self, ledger: &Ledger, numbers: &[ObjectNumber]) {
        for &number in numbers {
            let verdict = ledger.verdict(number, self.held(number));
            self.suspects.settle(number, verdict.filter(|_| !self.unusable.contains(&number)));
        }
    }

    /// What the store holds of an object, if that is under the master key.
    fn held(&self, number: ObjectNumber) -> Option<Known> {
        self.by_number(number).filter(|entry| entry.owner.is_none())?.object.known()
    }
}
