//! What is wrong with the records of a store, one error for each: what can be told without a key, and during a login
//! whether each record is authentic, is the newest, and is meant to be there.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use portcullis_pal::Stamp;

use super::refresh::Scanned;
use super::{Shared, UserType, View};
use crate::object::{Contents, Found, ObjectNumber};
use crate::store::ledger::{Ledger, LedgerKey, Mark, check_page_form, page_label};
use crate::store::{self, Domain, Known, Pages};
use crate::{Error, Result};

impl Shared {
    /// What is wrong with records that can't be used. Whether a record is authentic shows only to a login that can open
    /// it.
    pub(super) fn damage(&self) -> Result<Vec<Error>> {
        let mut scanned = Scanned::default();
        self.store.scan(Stamp::START, &mut |record| scanned.take(record))?;
        let mut damage = core::mem::take(&mut scanned.damage);
        damage.extend(self.damaged_frame(&mut scanned)?);
        if let Ok(view) = self.view() {
            let unsealed = unsealed(&view, &scanned);
            let bad: BTreeSet<_> = unsealed.iter().map(|(number, _)| *number).collect();
            damage.extend(unsealed.into_iter().map(|(_, error)| error));
            if let Ok(vault) = view.vault(Domain::Master) {
                let key = LedgerKey::new(view.identity.header.serial, vault.key().expose());
                damage.extend(self.against_ledger(key, scanned, &bad)?);
            } else {
                damage.extend(misshapen(&scanned));
            }
        }
        Ok(damage.into_iter().map(|error| error.at(&*self.store)).collect())
    }

    /// What is wrong with the header and the PINs.
    fn damaged_frame(&self, scanned: &mut Scanned) -> Result<Vec<Error>> {
        let mut damage = Vec::new();
        let mut is_token = !scanned.pages.is_empty() || !scanned.saved.is_empty();
        for user in [UserType::So, UserType::User] {
            match self.pin_record(user) {
                Ok(record) => is_token |= record.is_some(),
                Err(error @ (Error::Damaged { .. } | Error::NewerFormat { .. })) => damage.push(error),
                Err(error) => return Err(error),
            }
        }
        match scanned.header.take() {
            Some(header) => damage.extend(header.err()),
            None if is_token => damage.push(missing(store::HEADER.to_string())),
            None => {}
        }
        Ok(damage)
    }

    /// What the ledger says against what the store holds, but for records that are known to be bad by themselves.
    fn against_ledger(
        &self,
        key: LedgerKey,
        scanned: Scanned,
        bad: &BTreeSet<ObjectNumber>,
    ) -> Result<Vec<Error>> {
        let mut pages = Pages::default();
        for (index, revision, bytes) in scanned.pages {
            pages.put(index, revision, bytes);
        }
        let ledger = Ledger::open(key, &pages, None);
        let mut damage = ledger.page_errors();
        if ledger.check().is_err() {
            return Ok(damage);
        }
        for index in pages.indices().filter(|index| !ledger.has(*index)) {
            damage.push(Error::RecordUnknown { record: page_label(index).to_string(), store: String::new() });
        }
        let held: BTreeMap<ObjectNumber, Known> = scanned
            .saved
            .iter()
            .filter_map(|found| Some((found.object.number, found.object.known()?)))
            .collect();
        let suspicions = ledger
            .audit(held.iter().map(|(number, known)| (*number, *known)), |number| held.get(&number).copied());
        let unnamed = |number: &ObjectNumber| !bad.contains(number) && !scanned.unusable.contains(number);
        let suspicions = suspicions.into_iter().filter(|(number, _)| unnamed(number));
        damage.extend(suspicions.map(|(number, suspicion)| suspicion.error(number)));
        damage.extend(self.against_marks(&ledger)?);
        Ok(damage)
    }

    /// PINs that are not those that were set last.
    fn against_marks(&self, ledger: &Ledger) -> Result<Vec<Error>> {
        let mut damage = Vec::new();
        for user in [UserType::So, UserType::User] {
            let label = store::pin_label(user);
            let (record, store) = (label.to_string(), String::new());
            let expected = ledger.pin(user);
            match self.pin_record(user) {
                Ok(None) if expected != Mark::NONE => damage.push(Error::RecordMissing { record, store }),
                Ok(Some((held, _))) if ledger.mark(&label, &held.contents()) != expected => {
                    damage.push(Error::RolledBack { record, store });
                }
                // Damage has been named already.
                _ => {}
            }
        }
        Ok(damage)
    }
}

/// The objects whose seals do not fit, as far as this login can open them.
fn unsealed(view: &View, scanned: &Scanned) -> Vec<(ObjectNumber, Error)> {
    let mut damage = Vec::new();
    for Found { object, .. } in &scanned.saved {
        if let Contents::Sealed(sealed) = &object.contents
            && let Ok(vault) = view.vault(sealed.domain)
            && let Err(error) = vault.check(object)
        {
            damage.push((object.number, error));
        }
    }
    damage
}

/// The pages that are none by what can be told without their key.
fn misshapen(scanned: &Scanned) -> impl Iterator<Item = Error> {
    let pages = scanned.pages.iter();
    pages.filter_map(|(index, _, bytes)| check_page_form(*index, bytes.as_ref()?).err())
}

fn missing(record: String) -> Error {
    Error::RecordMissing { record, store: String::new() }
}
