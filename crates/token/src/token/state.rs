//! What all calls on a token share: which token it is, who is logged in, and what that unlocks. A call takes
//! a [`View`] of it once and works with that; no lock is held meanwhile.

use alloc::sync::Arc;
use core::ops::Deref;
use core::sync::atomic::{AtomicU32, Ordering};

use portcullis_pal::ObjectStore;

use super::{Login, Shared};
use crate::object::{Contents, Entry, Object, ObjectHandle, ObjectNumber};
use crate::policy::access;
use crate::store::{Domain, DomainKey, Header};
use crate::sync::{Mutex, Shown, Sight};
use crate::vault::{Opened, Vault};
use crate::{Error, Result};

/// The token that the store holds.
pub(crate) struct Identity {
    pub(crate) header: Header,
    /// What anyone may open.
    pub(crate) open: Vault,
}

/// What the token is now. Changed whole, never half: calls see it before a change or after it.
#[derive(Default)]
pub(super) struct SharedState {
    now: Mutex<State>,
    /// What calls see, without waiting for each other.
    shown: Shown<Option<Seen>>,
    epoch: AtomicU32,
}

/// The state that calls share.
#[derive(Default)]
pub(super) struct State {
    pub(super) identity: Option<Arc<Identity>>,
    pub(super) login: Login,
    /// Counts logouts; part of a private object's handle, so that old handles stay dead.
    epoch: u32,
    /// What the login unlocked.
    pub(super) vault: Option<Arc<Vault>>,
}

/// The shared state as one call sees it, of a token that has been initialised.
pub(crate) struct View(Sight<Option<Seen>>);

/// What a view shows.
pub(crate) struct Seen {
    pub(crate) identity: Arc<Identity>,
    pub(crate) login: Login,
    pub(crate) epoch: u32,
    pub(crate) vault: Option<Arc<Vault>>,
}

/// How many low bits of a handle name a place in the catalog. The bits above hold the login's epoch, which
/// is zero for public objects.
const PLACE_BITS: u32 = 40;
const EPOCHS: u32 = 1 << 23;

impl Identity {
    pub(super) fn new(header: Header, store: Arc<dyn ObjectStore>) -> Arc<Self> {
        // Anyone may write what is in the open domain, so no ledger speaks of it.
        let open = Vault::new(DomainKey::open(header.serial), Arc::default(), store);
        Arc::new(Self { header, open })
    }
}

impl State {
    /// Forgets the login, and makes the handles of its private objects invalid.
    pub(super) fn log_out(&mut self) {
        self.login = Login::Public;
        self.vault = None;
        self.epoch = (self.epoch + 1) % EPOCHS;
    }
}

impl SharedState {
    /// Changes the state. What was there is seen by the calls that have looked at it already, and by no later one.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut now = self.now.lock();
        let answer = change(&mut now);
        // First what ends operations, then what new ones begin with.
        self.epoch.store(now.epoch, Ordering::Release);
        self.shown.show(now.identity.clone().map(|identity| Seen {
            identity,
            login: now.login,
            epoch: now.epoch,
            vault: now.vault.clone(),
        }));
        answer
    }
}

impl Deref for View {
    type Target = Seen;

    fn deref(&self) -> &Seen {
        self.0.as_ref().as_ref().expect("a view is taken of an initialised token only")
    }
}

impl Shared {
    pub(super) fn header(&self) -> Option<Header> {
        self.view().ok().map(|view| view.identity.header.clone())
    }

    /// The state as it is now.
    pub(crate) fn view(&self) -> Result<View> {
        let seen = self.state.shown.look();
        if seen.is_some() { Ok(View(seen)) } else { Err(Error::TokenNotInitialized) }
    }

    /// The epoch of the login now.
    pub(crate) fn epoch(&self) -> u32 {
        self.state.epoch.load(Ordering::Acquire)
    }

    /// The object with this handle, if it can be seen.
    pub(crate) fn entry(&self, view: &View, handle: ObjectHandle) -> Result<Entry> {
        let place = handle.0 & ((1 << PLACE_BITS) - 1);
        let entry = self.catalog.read().entry(place).cloned().ok_or(Error::ObjectHandleInvalid)?;
        if access::is_visible(&entry.object, view.login) && view.handle(&entry) == handle {
            Ok(entry)
        } else {
            Err(Error::ObjectHandleInvalid)
        }
    }

    /// The object with this number, whoever may see it.
    pub(crate) fn by_number(&self, number: ObjectNumber) -> Option<Entry> {
        self.catalog.read().by_number(number).cloned()
    }

    /// The key with this handle, if it can be seen.
    pub(crate) fn key_entry(&self, view: &View, handle: ObjectHandle) -> Result<Entry> {
        let entry = self.entry(view, handle).map_err(|_| Error::KeyHandleInvalid)?;
        if entry.object.class.is_key() { Ok(entry) } else { Err(Error::KeyHandleInvalid) }
    }
}

impl View {
    /// The handle of an object during this login.
    pub(crate) fn handle(&self, entry: &Entry) -> ObjectHandle {
        let epoch = if entry.object.is_private() { u64::from(self.epoch) + 1 } else { 0 };
        ObjectHandle(entry.place | epoch << PLACE_BITS)
    }

    /// The vault that opens objects of a domain.
    pub(crate) fn vault(&self, domain: Domain) -> Result<&Vault> {
        match domain {
            Domain::Open => Ok(&self.identity.open),
            Domain::Master => self.vault.as_deref().ok_or(Error::UserNotLoggedIn),
        }
    }

    /// An object's secrets, after its record has been checked.
    pub(crate) fn open(&self, object: &Arc<Object>) -> Result<Arc<Opened>> {
        let domain = match &object.contents {
            Contents::Sealed(sealed) => sealed.domain,
            Contents::Open(_) if object.is_private() => Domain::Master,
            Contents::Open(_) => Domain::Open,
        };
        self.vault(domain)?.open(object)
    }

    /// Whether the record of an object can be checked by this view: a public object under the master key
    /// can be seen, but not checked, before anyone logs in.
    pub(crate) fn can_open(&self, object: &Object) -> bool {
        self.vault.is_some() || object.known().is_none()
    }

    /// Drops what was opened of an object that has changed or gone.
    pub(crate) fn forget(&self, object: &Object) {
        self.identity.open.forget(object.number);
        if let Some(vault) = &self.vault {
            vault.forget(object.number);
        }
    }
}
