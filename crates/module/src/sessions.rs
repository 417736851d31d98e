//! Session handles: numbers that name open sessions, and never name another one later.
//!
//! A thread remembers the session that it used last, so that a call writes to no memory that calls on other sessions
//! use: neither the table's lock nor a count of references to the library.

use std::cell::RefCell;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use cryptoki_sys::{CK_SESSION_HANDLE, CK_SLOT_ID};
use hashbrown::HashMap;
use portcullis_token::{Session, SessionAccess};

use crate::composition::process_era;
use crate::error::{Error, Result};

/// The open sessions of all slots.
#[derive(Default)]
pub(crate) struct Sessions {
    last: AtomicU64,
    open: RwLock<HashMap<CK_SESSION_HANDLE, Arc<Open>>>,
}

/// An open session. Aligned so that two of them never share a line of a processor's cache, nor the pair of lines that
/// some processors fetch at once.
#[repr(align(128))]
pub(crate) struct Open {
    pub(crate) slot: CK_SLOT_ID,
    pub(crate) access: SessionAccess,
    pub(crate) session: Session,
}

/// A session that a thread uses, counted by that thread alone.
///
/// One that is closed ends all the same, with its secrets. Of one that a thread used last and does not let go of, by using
/// another or by ending, nothing but memory is kept.
pub(crate) struct Used {
    /// The process that the session is open in; a forked child inherits what its parent remembered.
    era: u64,
    handle: CK_SESSION_HANDLE,
    open: Arc<Open>,
}

thread_local! {
    static LAST: RefCell<Option<Rc<Used>>> = const { RefCell::new(None) };
}

/// The session with this handle, if this thread used it last and it is still open.
pub(crate) fn remembered(handle: CK_SESSION_HANDLE) -> Option<Rc<Used>> {
    LAST.try_with(|last| last.borrow().as_ref().filter(|last| last.is(handle)).cloned())
        // A thread at its very end remembers nothing.
        .unwrap_or_default()
}

/// Remembers the session that this thread uses now.
pub(crate) fn remember(handle: CK_SESSION_HANDLE, open: Arc<Open>) -> Rc<Used> {
    let used = Rc::new(Used { era: process_era(), handle, open });
    let _ = LAST.try_with(|last| last.replace(Some(used.clone())));
    used
}

/// Forgets the session that this thread used last.
pub(crate) fn forget() {
    let _ = LAST.try_with(RefCell::take);
}

impl Used {
    fn is(&self, handle: CK_SESSION_HANDLE) -> bool {
        self.handle == handle && self.era == process_era() && !self.session.is_closed()
    }
}

impl Deref for Used {
    type Target = Open;

    fn deref(&self) -> &Open {
        &self.open
    }
}

impl Sessions {
    /// Gives a session its handle.
    pub(crate) fn add(&self, open: Open) -> CK_SESSION_HANDLE {
        let handle = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        self.write().insert(handle, Arc::new(open));
        handle
    }

    /// The session with this handle and where it is open. No lock is held once this returns.
    pub(crate) fn open(&self, handle: CK_SESSION_HANDLE) -> Result<Arc<Open>> {
        self.read().get(&handle).cloned().ok_or(Error::SessionHandleInvalid)
    }

    /// Closes a session.
    pub(crate) fn close(&self, handle: CK_SESSION_HANDLE) -> Result<()> {
        // The session ends outside the lock: the last one of a token logs out.
        let closed = self.write().remove(&handle);
        closed.map(|open| open.session.close()).ok_or(Error::SessionHandleInvalid)
    }

    /// Closes the sessions of a slot.
    pub(crate) fn close_slot(&self, slot: CK_SLOT_ID) {
        let closed: Vec<_> = self.write().extract_if(|_, open| open.slot == slot).collect();
        closed.into_iter().for_each(|(_, open)| open.session.close());
    }

    /// Closes all sessions.
    pub(crate) fn close_all(&self) {
        let closed = std::mem::take(&mut *self.write());
        closed.into_values().for_each(|open| open.session.close());
    }

    /// How many sessions a slot has: all, and those that are read-write.
    pub(crate) fn count(&self, slot: CK_SLOT_ID) -> (usize, usize) {
        let open = self.read();
        let of_slot = || open.values().filter(|open| open.slot == slot);
        (of_slot().count(), of_slot().filter(|open| open.access == SessionAccess::ReadWrite).count())
    }

    fn read(&self) -> RwLockReadGuard<'_, HashMap<CK_SESSION_HANDLE, Arc<Open>>> {
        self.open.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<CK_SESSION_HANDLE, Arc<Open>>> {
        self.open.write().unwrap_or_else(PoisonError::into_inner)
    }
}
