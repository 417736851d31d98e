//! Initialisation, login and changes of PINs (PKCS #11 v3.1 sections 5.5.7 to 5.5.9, 5.6.8 and 5.6.9). How a PIN is
//! tried is in [`tries`](super::tries).

use alloc::sync::Arc;
use alloc::vec::Vec;

use portcullis_pal::{Change, Label, When};
use zeroize::Zeroizing;

use super::ledger::Audited;
use super::state::Identity;
use super::{Shared, Token};
use crate::policy::{login, pin};
use crate::store::ledger::{FIRST, Ledger, LedgerKey, Plan, Suspects, page_label};
use crate::store::{self, Domain, DomainKey, Header, MasterKey, PinRecord, Serial, TokenLabel, Wrapping};
use crate::vault::Vault;
use crate::{Error, Result, Secret};

/// Who can have a PIN (`CK_USER_TYPE`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UserType {
    /// The security officer, who sets the user's PIN and marks what is trusted.
    So,
    /// The normal user, who owns the private objects.
    User,
}

/// Who is logged in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Login {
    /// No one.
    #[default]
    Public,
    /// The normal user.
    User,
    /// The security officer.
    So,
}

impl Token {
    /// Initialises the token, or initialises it anew and destroys all its objects (`C_InitToken`).
    ///
    /// # Errors
    /// [`Error::SessionExists`] while a session is open; for a token that is initialised already,
    /// [`Error::PinIncorrect`] or [`Error::PinLocked`] when `so_pin` is not its security officer's.
    pub fn init(&self, so_pin: &[u8], label: &str) -> Result<()> {
        if self.0.sessions.lock().count() > 0 {
            return Err(Error::SessionExists);
        }
        let label = TokenLabel::new(label)?;
        let _turn = self.0.pin_turn.lock();
        self.0.refresh()?;
        if let Some(old) = self.0.header() {
            self.0.check_pin(UserType::So, old.serial, so_pin)?;
        } else {
            pin::check_new(so_pin)?;
        }
        self.0.initialize(so_pin, label)
    }
}

impl Shared {
    fn initialize(&self, so_pin: &[u8], label: TokenLabel) -> Result<()> {
        let mut serial = Serial([0; 8]);
        self.random.fill(&mut serial.0)?;
        let mut master = Secret::zeroed(32);
        self.random.fill(master.expose_mut())?;
        if let Some(device) = &self.device.secret {
            let mut fresh = Zeroizing::new([0; 32]);
            self.random.fill(&mut *fresh)?;
            device.keep_secret(&fresh)?;
        }
        let so = self.wrap_pin(UserType::So, so_pin, serial, &master)?;
        let header = Header { serial, label };
        let ledger = Ledger::empty(LedgerKey::new(serial, &master));
        let plan = self.plan_in(&ledger, self.first_marks(&ledger, &header, &[(UserType::So, &so)])?)?;
        self.write_new(&header, &so, plan)?;
        tracing::info!(label = header.label.as_str(), serial = header.serial.text(), "token initialised");
        self.refresh()
    }

    /// Replaces all that the store holds of a token by a new one.
    fn write_new(&self, header: &Header, so: &PinRecord, plan: Plan) -> Result<()> {
        let (header, so) = (header.encode(), so.encode());
        let unchanged = self.revision(&store::HEADER)?;
        let first_page = page_label(FIRST);
        loop {
            // No one may write to the old token once it is known what has to go.
            let page_unchanged = self.revision(&first_page)?;
            let mut batch: Vec<_> = self.old_labels()?.into_iter().map(Change::destroy).collect();
            batch.push(Change::destroy(store::pin_label(UserType::User)));
            batch.push(Change::save(store::pin_label(UserType::So), &so));
            batch.extend(plan.changes().map(|page| page.when(page_unchanged)));
            batch.push(Change::save(store::HEADER, &header).when(unchanged));
            match self.apply(&batch, Some(&plan)) {
                Err(Error::Store(portcullis_pal::Error::Conflict { label })) if label == first_page => {}
                applied => return applied.map(drop),
            }
        }
    }

    /// A new PIN's record, made slow to guess as new ones are.
    fn wrap_pin(&self, user: UserType, pin: &[u8], serial: Serial, master: &MasterKey) -> Result<PinRecord> {
        let device = self.device_key()?;
        let derivation = self.key_derivation;
        let with = Wrapping { serial, derivation, device: device.as_ref(), random: &*self.random };
        PinRecord::wrap(user, pin, master, with)
    }

    /// The precondition that a record is as it is now.
    pub(super) fn revision(&self, label: &Label) -> Result<When> {
        let Some(id) = self.store.find(label)? else { return Ok(When::Absent) };
        Ok(self.store.value(id)?.map_or(When::Absent, |value| When::Unchanged(value.revision)))
    }

    /// Takes over the token that a header describes; a new token ends the old one's login.
    pub(super) fn adopt(&self, header: Option<Header>) {
        let is_new = self.state.change(|state| {
            if state.identity.as_ref().map(|old| &old.header) == header.as_ref() {
                return false;
            }
            state.log_out();
            state.identity = header.map(|header| Identity::new(header, self.store.clone()));
            true
        });
        if is_new {
            self.close_all_sessions();
        }
    }

    /// Logs a user in (`C_Login`).
    pub(crate) fn log_in(&self, user: UserType, given: &[u8]) -> Result<()> {
        // Whoever waits here for another thread's login finds it done, and tries no PIN at all.
        let _turn = self.pin_turn.lock();
        let counted = self.counted()?;
        self.refresh()?;
        let view = self.view()?;
        let read_only = self.sessions.lock().has_read_only();
        login::check(user, view.login, read_only)?;
        let serial = view.identity.header.serial;
        let master = self.check_pin(user, serial, given)?;
        let suspects = self.open_ledger(user, given, &master, counted)?;

        let opened = self.state.change(|state| {
            if state.identity.as_ref().is_none_or(|identity| identity.header.serial != serial) {
                return Err(Error::TokenNotInitialized);
            }
            state.vault =
                Some(Arc::new(Vault::new(DomainKey::master(serial, master), suspects, self.store.clone())));
            state.login = match user {
                UserType::So => Login::So,
                UserType::User => Login::User,
            };
            Ok(())
        });
        if opened.is_err() {
            self.catalog.write().close_ledger();
        }
        opened?;
        tracing::info!(?user, "logged in");
        Ok(())
    }

    /// Opens the ledger for the catalog, and gives what it speaks against.
    fn open_ledger(
        &self,
        user: UserType,
        given: &[u8],
        master: &MasterKey,
        counted: u64,
    ) -> Result<Arc<Suspects>> {
        loop {
            let Audited { ledger, suspicions, at } = self.settle(user, given, master, counted)?;
            let mut catalog = self.catalog.write();
            if catalog.open_ledger(ledger, suspicions, at) {
                let suspects = catalog.suspects();
                drop(catalog);
                self.tell_of_suspects();
                return Ok(suspects);
            }
        }
    }

    /// Checks the user's PIN without logging in.
    pub(crate) fn check_user(&self, given: &[u8]) -> Result<()> {
        let _turn = self.pin_turn.lock();
        let serial = self.view()?.identity.header.serial;
        self.check_pin(UserType::User, serial, given)?;
        self.check_pin_is_current(UserType::User)
    }

    /// Logs out (`C_Logout`).
    pub(crate) fn log_out(&self) -> Result<()> {
        if self.view()?.login == Login::Public {
            return Err(Error::UserNotLoggedIn);
        }
        self.end_login();
        Ok(())
    }

    /// Ends the login, if there is one, with all that hangs on it: private session objects, handles and
    /// running operations with private keys.
    pub(super) fn end_login(&self) {
        let was_public = self.state.change(|state| {
            let was_public = state.login == Login::Public;
            if !was_public {
                state.log_out();
            }
            was_public
        });
        if was_public {
            return;
        }
        let mut catalog = self.catalog.write();
        catalog.remove_private_session_objects();
        catalog.close_ledger();
        drop(catalog);
        let open = self.sessions.lock().all();
        for session in open {
            session.cancel_private();
        }
        tracing::info!("logged out");
    }

    /// Sets the user's PIN, as the security officer (`C_InitPIN`).
    pub(crate) fn init_pin(&self, new: &[u8]) -> Result<()> {
        let view = self.view()?;
        if view.login != Login::So {
            return Err(Error::UserNotLoggedIn);
        }
        pin::check_new(new)?;
        let master = view.vault(Domain::Master)?.key().expose();
        let serial = view.identity.header.serial;
        let record = self.wrap_pin(UserType::User, new, serial, master)?;
        while !self.replace_pin(UserType::User, &record)? {
            self.refresh()?;
        }
        tracing::info!("the user PIN was set");
        Ok(())
    }

    /// Changes the PIN of whoever is logged in, or of the user (`C_SetPIN`).
    pub(crate) fn set_pin(&self, old: &[u8], new: &[u8]) -> Result<()> {
        let _turn = self.pin_turn.lock();
        let counted = self.counted()?;
        let view = self.view()?;
        let user = if view.login == Login::So { UserType::So } else { UserType::User };
        let serial = view.identity.header.serial;
        pin::check_new(new)?;
        let master = self.check_pin(user, serial, old)?;
        let record = self.wrap_pin(user, new, serial, &master)?;
        loop {
            let audited = self.settle(user, old, &master, counted)?;
            let (_, revision) = self.pin_record(user)?.ok_or(Error::UserPinNotInitialized)?;
            if self.write_pin(&audited.ledger, user, &record, revision)? {
                tracing::info!(?user, "a PIN was changed");
                return Ok(());
            }
        }
    }
}
