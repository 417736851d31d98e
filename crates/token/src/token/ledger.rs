//! The ledger over a token's life: made with the token, or at the first login to a token of format 1; opened and
//! compared with the store at each login; written with each PIN. Writing it with objects is in
//! [`commit`](super::commit).

use alloc::string::ToString;
use alloc::vec::Vec;

use portcullis_pal::{Change, Stamp, When};

use super::{Shared, Token, UserType};
use crate::object::{Contents, Object, ObjectNumber};
use crate::store::ledger::{FIRST, Ledger, LedgerKey, Plan, Suspicion, Update, page_label};
use crate::store::{self, DeviceKey, Header, MasterKey, PinRecord, Wrapping};
use crate::{Error, Result};

/// A ledger that has been compared with what the store held at one moment.
pub(super) struct Audited {
    pub(super) ledger: Ledger,
    pub(super) suspicions: Vec<(ObjectNumber, Suspicion)>,
    pub(super) at: Stamp,
}

impl Token {
    /// Takes what the store holds for the newest, whatever the device's counter says, and moves the counter past it.
    ///
    /// A token that came back from a backup is an older one, and no login accepts it before this. It is for those who
    /// know that it was they who put it back, and never to be tried just because a login was refused.
    ///
    /// # Errors
    /// Those of a login.
    pub fn accept_as_newest(&self, user: UserType, pin: &[u8]) -> Result<()> {
        let _turn = self.0.pin_turn.lock();
        self.0.refresh()?;
        let serial = self.0.view()?.identity.header.serial;
        let master = self.0.check_pin(user, serial, pin)?;
        self.0.recount(user, &master)
    }
}

impl Shared {
    fn recount(&self, user: UserType, master: &MasterKey) -> Result<()> {
        // A token of format 1 gets its first count with its ledger, at the next login.
        while self.device.counter.is_some() && self.catalog.read().pages().is_there() {
            let header = self.header().ok_or(Error::TokenNotInitialized)?;
            let (record, revision) = self.pin_record(user)?.ok_or(Error::UserPinNotInitialized)?;
            let audited = self.audit(&header, master)?;
            if self.is_current(&audited, user, &record, revision)? {
                let count = Some(self.counted()?.max(audited.ledger.counted()) + 1);
                let plan = self.plan_in(&audited.ledger, Update { count, ..Update::default() })?;
                if self.apply_unless_changed(&plan.changes().collect::<Vec<_>>(), Some(&plan))?.is_some() {
                    tracing::warn!(?user, ?count, "an older store was taken for the newest");
                    return Ok(());
                }
            }
            self.refresh()?;
        }
        Ok(())
    }

    /// The secret of the device, where it has one.
    pub(super) fn device_key(&self) -> Result<Option<DeviceKey>> {
        self.device.secret.as_deref().map(DeviceKey::of).transpose()
    }

    /// The device's counter, 0 where it has none. To be read before the store is: what is read there later was written
    /// later.
    pub(super) fn counted(&self) -> Result<u64> {
        Ok(self.device.counter.as_ref().map_or(Ok(0), |counter| counter.value())?)
    }

    /// Opens the ledger for a user whose PIN was right, and compares it with the store. First brings what lies there up
    /// to date: a token of format 1 gets its ledger, and a PIN of format 1, or from before there was a device secret, is
    /// wrapped anew.
    pub(super) fn settle(
        &self,
        user: UserType,
        pin: &[u8],
        master: &MasterKey,
        counted: u64,
    ) -> Result<Audited> {
        let device = self.device_key()?;
        loop {
            self.refresh()?;
            let header = self.header().ok_or(Error::TokenNotInitialized)?;
            let (record, revision) = self.pin_record(user)?.ok_or(Error::UserPinNotInitialized)?;
            let renewed = || -> Result<PinRecord> {
                let derivation = record.derivation;
                let with = Wrapping {
                    serial: header.serial,
                    derivation,
                    device: device.as_ref(),
                    random: &*self.random,
                };
                let mut wrapped = PinRecord::wrap(user, pin, master, with)?;
                (wrapped.tries, wrapped.wrong) = (record.tries, record.wrong);
                Ok(wrapped)
            };
            if !self.catalog.read().pages().is_there() {
                self.check_upgradable(&record)?;
                self.upgrade(&header, user, (&renewed()?, revision), master)?;
                continue;
            }
            let audited = self.audit(&header, master)?;
            self.check_counter(&audited.ledger, counted)?;
            if !self.is_current(&audited, user, &record, revision)? {
                continue;
            }
            if record.is_current(device.as_ref()) {
                return Ok(audited);
            }
            self.write_pin(&audited.ledger, user, &renewed()?, revision)?;
        }
    }

    fn audit(&self, header: &Header, master: &MasterKey) -> Result<Audited> {
        let catalog = self.catalog.read();
        let key = LedgerKey::new(header.serial, master);
        let ledger = Ledger::open(key, catalog.pages(), catalog.reached());
        ledger.check().map_err(|error| error.at(&*self.store))?;
        if ledger.header() != ledger.mark(&store::HEADER, &header.contents()) {
            let error = store::damaged(&store::HEADER, "it is not the one that the ledger knows");
            return Err(error.at(&*self.store));
        }
        let suspicions = catalog.audit(&ledger);
        Ok(Audited { ledger, suspicions, at: catalog.known() })
    }

    /// Whether a PIN record is the one that the ledger knows; false when either has moved meanwhile.
    fn is_current(
        &self,
        audited: &Audited,
        user: UserType,
        record: &PinRecord,
        revision: Stamp,
    ) -> Result<bool> {
        let label = store::pin_label(user);
        if audited.ledger.pin(user) == audited.ledger.mark(&label, &record.contents()) {
            return Ok(true);
        }
        let still = self.pin_record(user)?.is_some_and(|(_, now)| now == revision);
        if !still || self.store.stamp()? != audited.at {
            return Ok(false);
        }
        Err(Error::RolledBack { record: label.to_string(), store: self.store.place() })
    }

    /// Checks that the PIN of the user who is logged in is the one that was set last.
    pub(super) fn check_pin_is_current(&self, user: UserType) -> Result<()> {
        loop {
            self.refresh()?;
            let (record, revision) = self.pin_record(user)?.ok_or(Error::UserPinNotInitialized)?;
            let catalog = self.catalog.read();
            let Some(ledger) = catalog.ledger() else { return Ok(()) };
            let label = store::pin_label(user);
            if ledger.pin(user) == ledger.mark(&label, &record.contents()) {
                return Ok(());
            }
            let at = catalog.known();
            drop(catalog);
            let still = self.pin_record(user)?.is_some_and(|(_, now)| now == revision);
            if still && self.store.stamp()? == at {
                return Err(Error::RolledBack { record: label.to_string(), store: self.store.place() });
            }
        }
    }

    /// Compares what the store says that the device's counter was with what it is. `counted` was read first, so an
    /// honest store says as much or more.
    fn check_counter(&self, ledger: &Ledger, counted: u64) -> Result<()> {
        let (store, holds) = (self.store.place(), ledger.counted());
        if self.device.counter.is_none() {
            return if holds == 0 { Ok(()) } else { Err(Error::CounterMissing { store }) };
        }
        if holds < counted {
            return Err(Error::StoreRolledBack { store, holds, counter: counted });
        }
        let counter = self.counted()?;
        // One ahead is a write after which power was lost; the next write catches up.
        if holds > counter.saturating_add(1) {
            return Err(Error::CounterBehind { store, holds, counter });
        }
        Ok(())
    }

    /// Checks that a store without a ledger is of the time when there were none, and not one whose ledger was deleted.
    fn check_upgradable(&self, record: &PinRecord) -> Result<()> {
        let catalog = self.catalog.read();
        let is_newer = |object: &Object| match &object.contents {
            Contents::Sealed(sealed) => sealed.is_new(),
            Contents::Open(_) => false,
        };
        if record.has_ledger() || catalog.guarded().any(is_newer) {
            let record = page_label(FIRST).to_string();
            return Err(Error::RecordMissing { record, store: self.store.place() });
        }
        Ok(())
    }

    /// Gives a token of format 1 a ledger of all that it holds, and wraps the PIN anew that has just been right. The
    /// other one is wrapped anew at its own login.
    fn upgrade(
        &self,
        header: &Header,
        user: UserType,
        (pin, revision): (&PinRecord, Stamp),
        master: &MasterKey,
    ) -> Result<()> {
        let other = match user {
            UserType::So => UserType::User,
            UserType::User => UserType::So,
        };
        let other_record = self.pin_record(other)?;
        let ledger = Ledger::empty(LedgerKey::new(header.serial, master));
        let records = {
            let catalog = self.catalog.read();
            catalog.guarded().map(|object| (object.number, object.known())).collect()
        };
        let mut update = Update { records, ..self.first_marks(&ledger, header, &[(user, pin)])? };
        let (other_label, other_bytes) =
            (store::pin_label(other), other_record.as_ref().map(|(it, _)| it.encode()));
        if let Some((record, _)) = &other_record {
            update.pins.push((other, ledger.mark(&other_label, &record.contents())));
        }
        let plan = self.plan_in(&ledger, update)?;
        let (encoded, bytes) = (header.encode(), pin.encode());
        let mut batch = alloc::vec![
            Change::save(store::HEADER, &encoded).when(self.revision(&store::HEADER)?),
            Change::save(store::pin_label(user), &bytes).when(When::Unchanged(revision)),
        ];
        if let (Some((_, revision)), Some(bytes)) = (&other_record, &other_bytes) {
            batch.push(Change::save(other_label, bytes).when(When::Unchanged(*revision)));
        }
        batch.extend(plan.changes());
        if self.apply_unless_changed(&batch, Some(&plan))?.is_some() {
            tracing::info!(objects = self.catalog.read().guarded().count(), "the token was given a ledger");
        }
        Ok(())
    }

    /// What a new ledger says of the token as a whole.
    pub(super) fn first_marks(
        &self,
        ledger: &Ledger,
        header: &Header,
        pins: &[(UserType, &PinRecord)],
    ) -> Result<Update> {
        let mark = |(user, record): &(UserType, &PinRecord)| {
            (*user, ledger.mark(&store::pin_label(*user), &record.contents()))
        };
        let count = if self.device.counter.is_some() { Some(self.counted()? + 1) } else { None };
        Ok(Update {
            records: Vec::new(),
            header: Some(ledger.mark(&store::HEADER, &header.contents())),
            pins: pins.iter().map(mark).collect(),
            count,
        })
    }

    /// Writes a PIN record together with the ledger that knows it; false when another writer was first.
    pub(super) fn write_pin(
        &self,
        ledger: &Ledger,
        user: UserType,
        record: &PinRecord,
        revision: Stamp,
    ) -> Result<bool> {
        let plan = self.plan_in(ledger, pin_update(ledger, user, record))?;
        self.apply_pin(user, record, When::Unchanged(revision), &plan)
    }

    /// Does the same by the ledger that the login has opened, whatever the PIN was before.
    pub(super) fn replace_pin(&self, user: UserType, record: &PinRecord) -> Result<bool> {
        let update = {
            let catalog = self.catalog.read();
            pin_update(catalog.ledger().ok_or(Error::UserNotLoggedIn)?, user, record)
        };
        let plan = self.plan(update)?;
        self.apply_pin(user, record, When::Always, &plan)
    }

    fn apply_pin(&self, user: UserType, record: &PinRecord, when: When, plan: &Plan) -> Result<bool> {
        let encoded = record.encode();
        let mut batch = alloc::vec![Change::save(store::pin_label(user), &encoded).when(when)];
        batch.extend(plan.changes());
        Ok(self.apply_unless_changed(&batch, Some(plan))?.is_some())
    }

    /// Tells of objects that have turned out to be not as the ledger says.
    pub(super) fn tell_of_suspects(&self) {
        let suspects = self.catalog.read().suspects();
        for error in suspects.news() {
            let error = error.at(&*self.store);
            tracing::error!(%error, "an object is not as the ledger says");
        }
    }
}

fn pin_update(ledger: &Ledger, user: UserType, record: &PinRecord) -> Update {
    let mark = ledger.mark(&store::pin_label(user), &record.contents());
    Update { pins: alloc::vec![(user, mark)], ..Update::default() }
}
