//! Losses that their owner has taken note of: an object that is gone, or not as it was written last, leaves the ledger,
//! and what is left of it the store. From then on the token is whole without it.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use portcullis_pal::When;

use super::Shared;
use super::commit::Intent;
use crate::object::ObjectNumber;
use crate::policy::access;
use crate::session::SessionCore;
use crate::store;
use crate::{Error, Result};

impl Shared {
    /// Gives up the objects with these records: all of them, or none.
    pub(crate) fn give_up(&self, session: &SessionCore, records: &[&str]) -> Result<()> {
        loop {
            let view = self.view()?;
            // Whose they were can't be told any more, so this takes who could have destroyed each of them.
            access::may_write(session.access, view.login, true, true)?;
            self.refresh()?;
            // First what there is, then whether it is damaged: what another process puts there since is not given up.
            let found: Vec<_> =
                records.iter().map(|record| self.with_revision(record)).collect::<Result<_>>()?;
            let damage = self.damage()?;
            let damaged: BTreeSet<_> = damage.iter().filter_map(Error::lost_object).collect();
            let mut lost = Intent::of(view.identity.header.serial);
            for (record, (number, when)) in records.iter().zip(&found) {
                if !damaged.contains(record) {
                    return Err(Error::NotDamaged { record: (*record).into() });
                }
                lost.give_up(*number, *when);
            }
            if !self.commit(lost)? {
                continue;
            }
            for (number, _) in &found {
                if let Some(entry) = self.by_number(*number) {
                    self.catalog.write().remove(*number);
                    view.forget(&entry.object);
                }
            }
            self.sessions.lock().let_go_of_keys();
            tracing::warn!(objects = records.len(), "objects were given up");
            return Ok(());
        }
    }

    /// The object that a record is of, and the precondition that the record is as it is now.
    fn with_revision(&self, record: &str) -> Result<(ObjectNumber, When)> {
        let (number, label) =
            store::object_of(record).ok_or_else(|| Error::NotDamaged { record: record.into() })?;
        Ok((number, self.revision(&label)?))
    }
}
