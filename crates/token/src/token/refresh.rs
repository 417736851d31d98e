//! How the catalog follows the store: what other processes have written, and what of it can't be used.

use alloc::vec::Vec;

use portcullis_pal::{Label, Record, Stamp};

use super::Shared;
use crate::object::{Found, Hashes, Merge, Object, ObjectNumber};
use crate::store::ledger::{FIRST, page_index};
use crate::store::{self, Header};
use crate::{Error, Result};

/// The records of a scan, decoded.
#[derive(Default)]
pub(super) struct Scanned {
    pub(super) saved: Vec<Found>,
    hashes: Hashes,
    destroyed: Vec<ObjectNumber>,
    pub(super) unusable: Vec<ObjectNumber>,
    pub(super) pages: Vec<(u32, Stamp, Option<Vec<u8>>)>,
    /// What the scan shows of the header, and what is wrong with it.
    pub(super) header: Option<Result<Option<Header>>>,
    pub(super) damage: Vec<Error>,
}

impl Scanned {
    pub(super) fn take(&mut self, record: Record<'_>) {
        if record.label == store::HEADER {
            self.header = Some(record.value.map(Header::decode).transpose());
            return;
        }
        if let Some(index) = page_index(&record.label) {
            self.pages.push((index, record.revision, record.value.map(<[u8]>::to_vec)));
            return;
        }
        let Some(number) = store::object_number(&record.label) else { return };
        match record.value.map(|bytes| Object::from_record(number, bytes)) {
            Some(Ok(object)) => self.saved.push(Found::new(object, record.revision, &self.hashes)),
            // A record that can't be used must not hide the others.
            Some(Err(error)) => {
                self.unusable.push(number);
                self.damage.push(error);
            }
            None => self.destroyed.push(number),
        }
    }
}

impl Shared {
    /// Brings the catalog up to what the store holds, if another process has changed it.
    pub(crate) fn refresh(&self) -> Result<()> {
        loop {
            let since = self.catalog.read().known();
            if self.store.stamp()? == since {
                return Ok(());
            }
            let hashes = self.catalog.read().hashes().clone();
            let mut scanned = Scanned { hashes, ..Scanned::default() };
            let scan = self.store.scan(since, &mut |record| scanned.take(record))?;
            let header = match scanned.header {
                Some(header) => Some(header.map_err(|error| error.at(&*self.store))?),
                None if scan.complete => Some(None),
                None => None,
            };
            let Scanned { saved, destroyed, unusable, pages, damage, .. } = scanned;
            let merge = Merge {
                since,
                stamp: scan.stamp,
                complete: scan.complete,
                new_token: header.as_ref().is_some_and(|header| *header != self.header()),
                saved,
                destroyed,
                unusable,
                pages,
            };
            if self.catalog.write().merge(merge) {
                for error in damage {
                    let error = error.at(&*self.store);
                    tracing::error!(%error, "an object can't be used");
                }
                self.tell_of_suspects();
                if let Some(header) = header {
                    self.adopt(header);
                }
                return Ok(());
            }
        }
    }

    /// The labels of all records that go when the token is made anew, whether they can be used or not.
    pub(super) fn old_labels(&self) -> Result<Vec<Label>> {
        let mut labels = Vec::new();
        self.store.scan(Stamp::START, &mut |record| {
            // The first page is replaced by a new one.
            let is_page = page_index(&record.label).is_some_and(|index| index != FIRST);
            if record.value.is_some() && (is_page || store::object_number(&record.label).is_some()) {
                labels.push(record.label);
            }
        })?;
        Ok(labels)
    }
}
