//! Session handles: numbers that name open sessions, and never name another one later.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use cryptoki_sys::{CK_SESSION_HANDLE, CK_SLOT_ID};
use hashbrown::HashMap;
use portcullis_token::{Session, SessionAccess};

use crate::error::{Error, Result};

/// The open sessions of all slots.
#[derive(Default)]
pub(crate) struct Sessions {
    last: AtomicU64,
    open: RwLock<HashMap<CK_SESSION_HANDLE, Open>>,
}

/// An open session.
#[derive(Clone)]
pub(crate) struct Open {
    pub(crate) slot: CK_SLOT_ID,
    pub(crate) access: SessionAccess,
    pub(crate) session: Arc<Session>,
}

impl Sessions {
    /// Gives a session its handle.
    pub(crate) fn add(&self, open: Open) -> CK_SESSION_HANDLE {
        let handle = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        self.write().insert(handle, open);
        handle
    }

    /// The session with this handle and where it is open. No lock is held once this returns.
    pub(crate) fn open(&self, handle: CK_SESSION_HANDLE) -> Result<Open> {
        self.read().get(&handle).cloned().ok_or(Error::SessionHandleInvalid)
    }

    /// The session with this handle.
    pub(crate) fn session(&self, handle: CK_SESSION_HANDLE) -> Result<Arc<Session>> {
        self.read().get(&handle).map(|open| open.session.clone()).ok_or(Error::SessionHandleInvalid)
    }

    /// Closes a session.
    pub(crate) fn close(&self, handle: CK_SESSION_HANDLE) -> Result<()> {
        // The session ends outside the lock: the last one of a token logs out.
        let closed = self.write().remove(&handle);
        closed.map(drop).ok_or(Error::SessionHandleInvalid)
    }

    /// Closes the sessions of a slot.
    pub(crate) fn close_slot(&self, slot: CK_SLOT_ID) {
        let closed: Vec<_> = self.write().extract_if(|_, open| open.slot == slot).collect();
        drop(closed);
    }

    /// Closes all sessions.
    pub(crate) fn close_all(&self) {
        let closed = std::mem::take(&mut *self.write());
        drop(closed);
    }

    /// How many sessions a slot has: all, and those that are read-write.
    pub(crate) fn count(&self, slot: CK_SLOT_ID) -> (usize, usize) {
        let open = self.read();
        let of_slot = || open.values().filter(|open| open.slot == slot);
        (of_slot().count(), of_slot().filter(|open| open.access == SessionAccess::ReadWrite).count())
    }

    fn read(&self) -> RwLockReadGuard<'_, HashMap<CK_SESSION_HANDLE, Open>> {
        self.open.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<CK_SESSION_HANDLE, Open>> {
        self.open.write().unwrap_or_else(PoisonError::into_inner)
    }
}
