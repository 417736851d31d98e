//! Tries of a PIN: counted before they are made, and never more than the limit, whatever ends a process in between.
//!
//! A try is *counted* durably, then made, then *settled*: a right PIN clears the count, a wrong one is noted as wrong.
//! Where as many are counted as may be, but some are not settled, other processes are at it; before anyone is told
//! that the PIN is locked, these get the time to finish.

use portcullis_pal::{Change, Stamp, When};

use super::patience::Patience;
use super::{PinState, Shared};
use crate::policy::pin;
use crate::store::{self, MasterKey, PinRecord, Serial};
use crate::{Error, Result, UserType};

impl Shared {
    /// How a user's PIN stands, if there is one. It is not locked as long as some try may prove to be right.
    pub(super) fn pin_state(&self, user: UserType) -> Result<Option<PinState>> {
        Ok(self.pin_record(user)?.map(|(record, _)| PinState {
            tries_left: pin::tries_left(record.tries).max(record.is_unsettled().into()),
            failed_before: record.tries > 0,
        }))
    }

    pub(super) fn pin_record(&self, user: UserType) -> Result<Option<(PinRecord, Stamp)>> {
        let Some(id) = self.store.find(&store::pin_label(user))? else { return Ok(None) };
        let Some(value) = self.store.value(id)? else { return Ok(None) };
        let record = PinRecord::decode(user, &value.bytes).map_err(|error| error.at(&*self.store))?;
        Ok(Some((record, value.revision)))
    }

    /// Writes a PIN record unless another process has changed it since `revision`; the new revision, or
    /// `None` when it has.
    pub(super) fn save_pin(
        &self,
        user: UserType,
        record: &PinRecord,
        revision: Stamp,
    ) -> Result<Option<Stamp>> {
        let encoded = record.encode();
        let change = Change::save(store::pin_label(user), &encoded).when(When::Unchanged(revision));
        self.apply_unless_changed(&[change], None)
    }

    /// Checks a PIN and gives the master key. The try is counted durably before the PIN is looked at, so
    /// pulling the plug in between gains nothing. The caller holds `pin_turn`: the threads of a process take turns.
    pub(super) fn check_pin(&self, user: UserType, serial: Serial, given: &[u8]) -> Result<MasterKey> {
        let device = self.device_key()?;
        if let Some((record, _)) = self.pin_record(user)? {
            record.check_usable(device.as_ref()).map_err(|error| error.at(&*self.store))?;
        }
        let (record, revision) = self.count_try(user)?;
        let opened = record.unwrap(serial, given, device.as_ref());
        let Some(master) = opened.map_err(|error| error.at(&*self.store))? else {
            // The try stays counted where this can't be written.
            if let Err(error) = self.note_wrong(user) {
                tracing::debug!(%error, ?user, "a wrong PIN can't be noted as such");
            }
            let tries_left = pin::tries_left(record.tries);
            tracing::warn!(?user, tries_left, "login denied: wrong PIN");
            return Err(Error::PinIncorrect { tries_left });
        };
        self.clear_tries(user, record, revision)?;
        Ok(master)
    }

    /// Counts one more try, if there may be one.
    fn count_try(&self, user: UserType) -> Result<(PinRecord, Stamp)> {
        let mut patience = Patience::default();
        loop {
            let (mut record, revision) = self.pin_record(user)?.ok_or(Error::UserPinNotInitialized)?;
            match pin::may_try(record.tries) {
                Ok(()) => record.tries += 1,
                Err(locked) if !record.is_unsettled() => return Err(locked),
                Err(_) if patience.waits(revision) => continue,
                // Nothing will come of these tries any more.
                Err(locked) => {
                    record.wrong = record.tries;
                    match self.save_pin(user, &record, revision)? {
                        Some(_) => return Err(locked),
                        None => continue,
                    }
                }
            }
            if let Some(revision) = self.save_pin(user, &record, revision)? {
                return Ok((record, revision));
            }
        }
    }

    /// Settles a try as wrong, unless a right one has cleared the count meanwhile.
    fn note_wrong(&self, user: UserType) -> Result<()> {
        while let Some((mut record, revision)) = self.pin_record(user)?.filter(|(it, _)| it.is_unsettled()) {
            record.wrong += 1;
            if self.save_pin(user, &record, revision)?.is_some() {
                break;
            }
        }
        Ok(())
    }

    fn clear_tries(&self, user: UserType, mut record: PinRecord, mut revision: Stamp) -> Result<()> {
        loop {
            (record.tries, record.wrong) = (0, 0);
            if self.save_pin(user, &record, revision)?.is_some() {
                return Ok(());
            }
            (record, revision) = self.pin_record(user)?.ok_or(Error::UserPinNotInitialized)?;
        }
    }
}
