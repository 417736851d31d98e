//! What lives between `C_Initialize` and `C_Finalize`: the slots and the open sessions of one process.
//!
//! A child process is a stranger: nothing of its parent's is used or freed there. What happens to open stores at a
//! fork is in `composition/fork.rs`.

use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use cryptoki_sys::CK_SLOT_ID;

use crate::composition::{self, process_era};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::sessions::{self, Sessions};
use crate::slots::{Slot, Slots};

/// The library of a process that has initialised it.
pub(crate) struct Library {
    slots: Slots,
    sessions: Sessions,
}

/// Where a process keeps its library. A child that initialises the library gets a room of its own behind its
/// parent's, which stays as the fork found it.
struct Room {
    /// Whose it is.
    era: u64,
    library: RwLock<Option<Arc<Library>>>,
    child: OnceLock<Box<Room>>,
}

static FIRST: OnceLock<Room> = OnceLock::new();

impl Room {
    fn new() -> Self {
        Self { era: process_era(), library: RwLock::new(None), child: OnceLock::new() }
    }

    /// The last room that was made, whose-ever it is.
    fn last() -> Option<&'static Self> {
        let mut room = FIRST.get()?;
        while let Some(child) = room.child.get() {
            room = child;
        }
        Some(room)
    }

    /// This process's room.
    fn mine() -> Option<&'static Self> {
        Self::last().filter(|room| room.era == process_era())
    }

    fn mine_or_new() -> &'static Self {
        match Self::last() {
            Some(room) if room.era == process_era() => room,
            Some(parent) => parent.child.get_or_init(|| Box::new(Self::new())),
            None => FIRST.get_or_init(Self::new),
        }
    }
}

/// The library of this process, if it is initialised.
pub(crate) fn current() -> Result<Arc<Library>> {
    let room = Room::mine().ok_or(Error::NotInitialized)?;
    let library = room.library.read().unwrap_or_else(PoisonError::into_inner);
    library.clone().ok_or(Error::NotInitialized)
}

/// Initialises the library with what `config` reads.
pub(crate) fn initialize(config: impl FnOnce() -> Result<Config>) -> Result<()> {
    let mut library = Room::mine_or_new().library.write().unwrap_or_else(PoisonError::into_inner);
    if library.is_some() {
        return Err(Error::AlreadyInitialized);
    }
    *library = Some(Arc::new(Library::open(&config()?)));
    tracing::info!("initialised");
    Ok(())
}

/// Ends the library of this process. Calls that are running now end as if their sessions had been closed.
pub(crate) fn finalize() -> Result<()> {
    let room = Room::mine().ok_or(Error::NotInitialized)?;
    let library = room.library.write().unwrap_or_else(PoisonError::into_inner).take();
    library.ok_or(Error::NotInitialized)?.close();
    tracing::info!("finalised");
    Ok(())
}

impl Library {
    fn open(config: &Config) -> Self {
        Self { slots: Slots::open(config), sessions: Sessions::default() }
    }

    fn close(&self) {
        self.sessions.close_all();
        sessions::forget();
        for token in self.slots.tokens() {
            token.close_all_sessions();
        }
        // Threads that remember sessions would keep them open.
        composition::close_stores();
    }

    /// All slots.
    pub(crate) fn slots(&self) -> &Slots {
        &self.slots
    }

    /// The slot with this number.
    pub(crate) fn slot(&self, id: CK_SLOT_ID) -> Result<Arc<Slot>> {
        self.slots.slot(id)
    }

    /// The open sessions.
    pub(crate) fn sessions(&self) -> &Sessions {
        &self.sessions
    }
}
