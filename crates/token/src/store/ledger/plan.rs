//! A change of a ledger: which pages it writes. Nothing here reaches the store.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use portcullis_pal::{Change, When};

use super::page::{Page, Root};
use super::{FIRST, Fault, Known, Ledger, Mark, PageFault, page, page_label, places};
use crate::object::ObjectNumber;
use crate::{Result, UserType};

/// How many objects there are for each page before a page is added, and how few before one is taken away.
const FULL: usize = 48;
const SPARSE: usize = 16;

/// What a batch changes under the master key.
#[derive(Default)]
pub(crate) struct Update {
    /// Objects with what is to be listed of them, `None` where they go.
    pub(crate) records: Vec<(ObjectNumber, Option<Known>)>,
    pub(crate) header: Option<Mark>,
    pub(crate) pins: Vec<(UserType, Mark)>,
    /// The value of the device's counter that this write is to be known by, where there is one.
    pub(crate) count: Option<u64>,
}

/// The pages that a change writes, from the last to the first.
#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) pages: Vec<Written>,
    /// Pages that go.
    pub(crate) gone: Vec<u32>,
    /// What must still be so of each page that is written or goes.
    preconditions: BTreeMap<u32, When>,
    /// From which to which value this moves the device's counter.
    pub(crate) counts: Option<(u64, u64)>,
    pub(super) count: u32,
    pub(super) listed: usize,
}

/// A page as it is to be.
#[derive(Clone)]
pub(crate) struct Written {
    pub(crate) index: u32,
    pub(crate) bytes: Vec<u8>,
    pub(super) page: Page,
    pub(super) mark: Mark,
}

impl Plan {
    /// The changes that make it durable, if no one has written any of these pages since the ledger was read. The first
    /// page comes first: whoever was behind is told by it.
    pub(crate) fn changes(&self) -> impl Iterator<Item = Change<'_>> {
        let when = |index: &u32| self.preconditions.get(index).copied().unwrap_or(When::Absent);
        let saved = self
            .pages
            .iter()
            .rev()
            .map(move |page| Change::save(page_label(page.index), &page.bytes).when(when(&page.index)));
        saved.chain(self.gone.iter().map(move |index| Change::destroy(page_label(*index)).when(when(index))))
    }
}

/// A ledger while it is changed.
struct Draft<'a> {
    ledger: &'a Ledger,
    changed: BTreeMap<u32, Page>,
    gone: BTreeSet<u32>,
    count: u32,
    listed: usize,
}

impl Ledger {
    /// What a change writes.
    ///
    /// # Errors
    /// When a page that it needs can't be believed.
    pub(crate) fn plan(&self, update: &Update) -> Result<Plan> {
        self.draft(update).map_err(PageFault::error)
    }

    fn draft(&self, update: &Update) -> core::result::Result<Plan, PageFault> {
        let mut draft = Draft {
            ledger: self,
            changed: BTreeMap::new(),
            gone: BTreeSet::new(),
            count: self.count(),
            listed: self.listed,
        };
        for (number, known) in &update.records {
            draft.list(*number, *known)?;
        }
        let root = draft.root()?;
        if let Some(header) = update.header {
            root.header = header;
        }
        for (user, mark) in &update.pins {
            root.pins[page::pin_place(*user)] = *mark;
        }
        let counts = update.count.map(|count| (core::mem::replace(&mut root.counted, count), count));
        let mut plan = draft.finish()?;
        plan.counts = counts;
        Ok(plan)
    }
}

impl Draft<'_> {
    fn page(&mut self, index: u32) -> core::result::Result<&mut Page, PageFault> {
        if !self.changed.contains_key(&index) {
            let page = self.ledger.page(index)?.clone();
            self.changed.insert(index, page);
        }
        self.changed.get_mut(&index).ok_or(PageFault { index, fault: Fault::Missing })
    }

    fn root(&mut self) -> core::result::Result<&mut Root, PageFault> {
        let missing = PageFault { index: FIRST, fault: Fault::Missing };
        self.page(FIRST)?.root.as_mut().ok_or(missing)
    }

    fn list(&mut self, number: ObjectNumber, known: Option<Known>) -> core::result::Result<(), PageFault> {
        let page = self.page(places::page_of(number, self.count))?;
        let before = page.len();
        page.set(number, known);
        let after = page.len();
        self.listed = self.listed + after - before;
        // A page that can't be believed can be neither divided nor joined.
        if self.ledger.is_sound() {
            if self.listed > FULL * self.count as usize {
                self.grow()?;
            } else if self.count > 1 && self.listed < SPARSE * (self.count as usize - 1) {
                self.shrink()?;
            }
        }
        Ok(())
    }

    /// Adds a page and gives it its part of another's objects.
    fn grow(&mut self) -> core::result::Result<(), PageFault> {
        let last = self.count;
        let Some(count) = last.checked_add(1) else { return Ok(()) };
        let moving = self.page(places::buddy(last))?.take(|number| places::page_of(number, count) == last);
        let mut page = Page::default();
        for (number, known) in moving {
            page.set(number, Some(known));
        }
        self.gone.remove(&last);
        self.changed.insert(last, page);
        self.count = count;
        Ok(())
    }

    /// Takes the last page away and gives its objects to another.
    fn shrink(&mut self) -> core::result::Result<(), PageFault> {
        let last = self.count - 1;
        let moving = self.page(last)?.take(|_| true);
        self.changed.remove(&last);
        self.gone.insert(last);
        self.count = last;
        let page = self.page(places::buddy(last))?;
        for (number, known) in moving {
            page.set(number, Some(known));
        }
        Ok(())
    }

    /// Writes the changed pages, and those above them, from the last to the first.
    fn finish(mut self) -> core::result::Result<Plan, PageFault> {
        let version = self.ledger.page(FIRST)?.version + 1;
        let count = self.count;
        self.root()?.pages = count;
        let mut order: BTreeSet<u32> = self.changed.keys().copied().collect();
        // A page that goes is struck off above it.
        for index in
            self.gone.iter().filter_map(|index| places::parent(*index)).filter(|above| *above < count)
        {
            order.insert(index);
        }
        let mut pages = Vec::new();
        while let Some(index) = order.pop_last() {
            // Nothing looks at it again: what comes after it is above it.
            let mut page = match self.changed.remove(&index) {
                Some(page) => page,
                None => self.ledger.page(index)?.clone(),
            };
            page.version = version;
            page.children.resize(places::children(index, count).count(), Mark::NONE);
            let (bytes, mark) = page.write(&self.ledger.key, index);
            if let Some(above) = places::parent(index) {
                let children = &mut self.page(above)?.children;
                children.resize(places::children(above, count).count(), Mark::NONE);
                children[places::nth_child(index)] = mark;
                order.insert(above);
            }
            pages.push(Written { index, bytes, page, mark });
        }
        // A page that has gone and that the store never had needs no change.
        let gone: Vec<u32> = self.gone.into_iter().filter(|index| self.ledger.has(*index)).collect();
        let written = pages.iter().map(|page| page.index).chain(gone.iter().copied());
        let revision =
            |index| self.ledger.revisions.get(&index).copied().map(|it| (index, When::Unchanged(it)));
        let preconditions = written.filter_map(revision).collect();
        Ok(Plan { pages, gone, preconditions, counts: None, count, listed: self.listed })
    }
}
