//! The ledger: which version of each record under the master key there has to be. A record is authentic by its own
//! seal; that it is the *newest* one, that none is missing and none came back, is what the ledger adds.
//!
//! It is a tree of *pages*, each a record of its own, under a key that follows from the master key. A page lists
//! objects with their versions ([`page`]); which page an object is on, and which pages hang below which, is
//! arithmetic ([`places`]). Each page names the pages below it by the start of their tags, so no page can be put back
//! without the one above it, up to the first page. That one also knows the header, the PINs and the device's counter.
//! A write replaces the pages from the object's up to the first ([`plan`]): at most three for 200 000 objects.
//!
//! Which objects there are is asked of the caller; what becomes of those that are not as they should be is decided in
//! [`Suspects`].

mod key;
mod page;
mod places;
mod plan;
mod suspects;
#[cfg(test)]
mod tests;

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use portcullis_pal::{Label, Stamp};

pub(crate) use key::{LedgerKey, Mark};
pub(crate) use page::Known;
use page::Page;
pub(crate) use plan::{Plan, Update};
pub(crate) use suspects::{Suspects, Suspicion};

use super::{OBJECT_PREFIX, damaged, label};
use crate::object::ObjectNumber;
use crate::{Error, Result, UserType};

const PAGE_PREFIX: &[u8] = b"l-";

/// The first page, above all others.
pub(crate) const FIRST: u32 = 0;

/// The record that holds a page.
pub(crate) fn page_label(index: u32) -> Label {
    let digits = alloc::format!("{index:08x}");
    label(&[PAGE_PREFIX, digits.as_bytes()].concat())
}

/// The page whose record has this label, or `None` for another kind of record.
pub(crate) fn page_index(label: &Label) -> Option<u32> {
    let digits = label.as_bytes().strip_prefix(PAGE_PREFIX)?;
    if digits.len() != 8 || !digits.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    u32::from_str_radix(core::str::from_utf8(digits).ok()?, 16).ok()
}

/// The pages as the store has them. Nothing of them is believed.
#[derive(Default)]
pub(crate) struct Pages(BTreeMap<u32, (Stamp, Vec<u8>)>);

impl Pages {
    /// Takes over what a scan or an own write shows of a page, unless something newer is known.
    pub(crate) fn put(&mut self, index: u32, revision: Stamp, bytes: Option<Vec<u8>>) -> bool {
        if self.revision(index).is_some_and(|known| known >= revision) {
            return false;
        }
        match bytes {
            Some(bytes) => drop(self.0.insert(index, (revision, bytes))),
            None => drop(self.0.remove(&index)),
        }
        true
    }

    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Whether there is a first page.
    pub(crate) fn is_there(&self) -> bool {
        self.0.contains_key(&FIRST)
    }

    /// All pages that there are.
    pub(crate) fn indices(&self) -> impl Iterator<Item = u32> {
        self.0.keys().copied()
    }

    /// When a page was last saved.
    pub(crate) fn revision(&self, index: u32) -> Option<Stamp> {
        self.0.get(&index).map(|(revision, _)| *revision)
    }

    fn bytes(&self, index: u32) -> Option<&[u8]> {
        self.0.get(&index).map(|(_, bytes)| bytes.as_slice())
    }
}

/// What is wrong with a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Damaged(&'static str),
    Newer(u8),
    Missing,
    RolledBack,
}

/// A page that nothing can be learnt from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PageFault {
    index: u32,
    fault: Fault,
}

impl PageFault {
    pub(crate) fn error(self) -> Error {
        let label = page_label(self.index);
        let (record, store) = (label.to_string(), String::new());
        match self.fault {
            Fault::Damaged(why) => damaged(&label, why),
            Fault::Newer(found) => Error::NewerFormat { record, store, found, known: super::FORMAT },
            Fault::Missing => Error::RecordMissing { record, store },
            Fault::RolledBack => Error::RolledBack { record, store },
        }
    }
}

/// Checks what can be checked of a page without the key.
pub(crate) fn check_page_form(index: u32, bytes: &[u8]) -> Result<()> {
    page::check_form(bytes).map_err(|fault| PageFault { index, fault }.error())
}

/// How far a ledger has come: the version and the mark of its first page. It never goes back.
pub(crate) type Reached = Option<(u64, Mark)>;

/// A ledger that a login has opened.
pub(crate) struct Ledger {
    key: LedgerKey,
    /// By index, as many as the first page says; the first is always there.
    slots: Vec<Slot>,
    /// When the pages were saved that were read, also those that it knows nothing of.
    revisions: BTreeMap<u32, Stamp>,
    reached: Reached,
    /// How many objects the sound pages list.
    listed: usize,
    sound: bool,
}

struct Slot {
    page: core::result::Result<Page, Fault>,
    mark: Mark,
}

impl Ledger {
    /// Reads all pages. What is wrong with one is told when it is needed.
    pub(crate) fn open(key: LedgerKey, pages: &Pages, reached: Reached) -> Self {
        let first = Slot { page: Err(Fault::Missing), mark: Mark::NONE };
        let slots = alloc::vec![first];
        let mut ledger = Self { key, slots, revisions: BTreeMap::new(), reached, listed: 0, sound: false };
        ledger.reread(pages, pages.indices());
        ledger
    }

    /// A ledger of nothing, to be made.
    pub(crate) fn empty(key: LedgerKey) -> Self {
        let slots = alloc::vec![Slot { page: Ok(Page::first()), mark: Mark::NONE }];
        Self { key, slots, revisions: BTreeMap::new(), reached: None, listed: 0, sound: true }
    }

    /// Reads pages that have changed, and gives the objects that they listed or list.
    pub(crate) fn reread(&mut self, pages: &Pages, changed: impl Iterator<Item = u32>) -> Vec<ObjectNumber> {
        let mut changed: Vec<u32> = changed.collect();
        let mut touched = Vec::new();
        for &index in &changed {
            match pages.revision(index) {
                Some(revision) => drop(self.revisions.insert(index, revision)),
                None => drop(self.revisions.remove(&index)),
            }
        }
        if changed.contains(&FIRST) {
            let first = self.read_first(pages);
            self.set(FIRST, first, &mut touched);
            let count = self.count() as usize;
            for gone in count..self.slots.len() {
                touched.extend(self.slots[gone].page.iter().flat_map(Page::numbers));
            }
            self.slots.truncate(count);
            // New pages of a ledger that has grown are among the changed ones, or missing.
            changed.extend(self.slots.len() as u32..count as u32);
            self.slots.resize_with(count, || Slot { page: Err(Fault::Missing), mark: Mark::NONE });
        }
        for &index in &changed {
            if index != FIRST && index < self.count() {
                let slot = self.read(pages, index);
                self.set(index, slot, &mut touched);
            }
        }
        self.listed = self.slots.iter().flat_map(|slot| &slot.page).map(Page::len).sum();
        self.sound = if self.sound {
            changed.iter().filter(|index| **index < self.count()).all(|index| self.is_sound_around(*index))
        } else {
            (0..self.count()).all(|index| self.page(index).is_ok())
        };
        touched
    }

    fn set(&mut self, index: u32, slot: Slot, touched: &mut Vec<ObjectNumber>) {
        let old = core::mem::replace(&mut self.slots[index as usize], slot);
        touched.extend(old.page.iter().flat_map(Page::numbers));
        touched.extend(self.slots[index as usize].page.iter().flat_map(Page::numbers));
    }

    fn read(&self, pages: &Pages, index: u32) -> Slot {
        match pages.bytes(index).ok_or(Fault::Missing).and_then(|bytes| Page::read(&self.key, index, bytes)) {
            Ok((page, mark)) => Slot { page: Ok(page), mark },
            Err(fault) => Slot { page: Err(fault), mark: Mark::NONE },
        }
    }

    /// Reads the first page, which may not be older than one that this process has seen.
    fn read_first(&mut self, pages: &Pages) -> Slot {
        let mut slot = self.read(pages, FIRST);
        if let Ok(page) = &slot.page {
            match self.reached {
                Some((version, mark))
                    if (page.version, slot.mark) != (version, mark) && page.version <= version =>
                {
                    slot.page = Err(Fault::RolledBack);
                }
                _ => self.reached = Some((page.version, slot.mark)),
            }
        }
        slot
    }

    /// How many pages there are.
    fn count(&self) -> u32 {
        self.slots[0].page.as_ref().ok().and_then(|page| page.root.as_ref()).map_or(1, |root| root.pages)
    }

    /// How far it has come.
    pub(crate) fn reached(&self) -> Reached {
        self.reached
    }

    /// Whether every page can be believed.
    pub(crate) fn is_sound(&self) -> bool {
        self.sound
    }

    /// A page, if it and all above it can be believed.
    fn page(&self, index: u32) -> core::result::Result<&Page, PageFault> {
        let missing = PageFault { index, fault: Fault::Missing };
        let slot = self.slots.get(index as usize).ok_or(missing)?;
        if let Some(above) = places::parent(index) {
            let expected = self.page(above)?.children.get(places::nth_child(index));
            if slot.page.is_ok() && expected != Some(&slot.mark) {
                return Err(PageFault { index, fault: Fault::RolledBack });
            }
        }
        slot.page.as_ref().map_err(|fault| PageFault { index, fault: *fault })
    }

    fn is_sound_around(&self, index: u32) -> bool {
        self.page(index).is_ok()
            && places::children(index, self.count()).all(|child| self.page(child).is_ok())
    }

    /// The first page, or what is wrong with it.
    ///
    /// # Errors
    /// Without it nothing can be told of any object.
    pub(crate) fn check(&self) -> Result<()> {
        self.page(FIRST).map(drop).map_err(PageFault::error)
    }

    /// All that is wrong with pages.
    pub(crate) fn page_errors(&self) -> Vec<Error> {
        let mut errors = Vec::new();
        for index in 0..self.count() {
            if let Err(fault) = self.page(index)
                && fault.index == index
            {
                errors.push(fault.error());
            }
        }
        errors
    }

    /// Whether it has a page of this index.
    pub(crate) fn has(&self, index: u32) -> bool {
        index < self.count()
    }

    /// What the device's counter was when it was last written; 0 where nothing counted.
    pub(crate) fn counted(&self) -> u64 {
        self.root().map_or(0, |root| root.counted)
    }

    /// The mark of a record with these contents.
    pub(crate) fn mark(&self, record: &Label, contents: &[u8]) -> Mark {
        self.key.mark(record, contents)
    }

    /// What the header has to be.
    pub(crate) fn header(&self) -> Mark {
        self.root().map_or(Mark::NONE, |root| root.header)
    }

    /// What a PIN record has to be.
    pub(crate) fn pin(&self, user: UserType) -> Mark {
        self.root().map_or(Mark::NONE, |root| root.pins[page::pin_place(user)])
    }

    fn root(&self) -> Option<&page::Root> {
        self.page(FIRST).ok().and_then(|page| page.root.as_ref())
    }

    /// What is to be thought of an object, of which the store holds this record under the master key.
    pub(crate) fn verdict(&self, number: ObjectNumber, held: Option<Known>) -> Option<Suspicion> {
        match self.page(places::page_of(number, self.count())) {
            Err(fault) => held.map(|_| Suspicion::Page(fault)),
            Ok(page) => match (page.find(number), held) {
                (None, None) => None,
                (Some(listed), Some(held)) if listed == held => None,
                (Some(_), Some(_)) => Some(Suspicion::RolledBack),
                (Some(_), None) => Some(Suspicion::Missing),
                (None, Some(_)) => Some(Suspicion::Unknown),
            },
        }
    }

    /// Compares with everything that the store holds under the master key: the objects one by one, and by number.
    pub(crate) fn audit(
        &self,
        held: impl Iterator<Item = (ObjectNumber, Known)>,
        find: impl Fn(ObjectNumber) -> Option<Known>,
    ) -> Vec<(ObjectNumber, Suspicion)> {
        let mut suspicions = Vec::new();
        let mut right = 0;
        for (number, held) in held {
            match self.verdict(number, Some(held)) {
                Some(suspicion) => suspicions.push((number, suspicion)),
                None => right += 1,
            }
        }
        if right == self.listed && self.sound {
            return suspicions;
        }
        let listed = self.slots.iter().flat_map(|slot| &slot.page).flat_map(Page::numbers);
        for number in listed.filter(|number| find(*number).is_none()) {
            suspicions.extend(self.verdict(number, None).map(|suspicion| (number, suspicion)));
        }
        suspicions
    }

    /// Takes over what has just become durable.
    pub(crate) fn install(&mut self, plan: Plan, stamp: Stamp) {
        self.slots.truncate(plan.count as usize);
        for written in plan.pages.into_iter().rev() {
            if written.index == FIRST {
                self.reached = Some((written.page.version, written.mark));
            }
            self.revisions.insert(written.index, stamp);
            let slot = Slot { page: Ok(written.page), mark: written.mark };
            match self.slots.get_mut(written.index as usize) {
                Some(old) => *old = slot,
                None => self.slots.push(slot),
            }
        }
        for index in &plan.gone {
            self.revisions.remove(index);
        }
        self.listed = plan.listed;
    }
}

/// The label of an object's record, for errors.
fn object_record(number: ObjectNumber) -> String {
    alloc::format!("{}{}", OBJECT_PREFIX.escape_ascii(), number.unique_id())
}
