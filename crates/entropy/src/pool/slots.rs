//! One instance of a pool for each thread. It is dropped, and so wiped, when its thread ends or its pool is
//! dropped, whichever comes first.

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::sync::{Arc, Weak};

use super::Instance;
use crate::sync::Lock;

/// One thread's instance. Only that thread takes the lock, and the pool when it is dropped.
type Slot = Lock<Option<Instance>>;

/// A pool's slots.
pub(super) struct Slots {
    registry: Arc<Registry>,
}

type Registry = Lock<Vec<Weak<Slot>>>;

/// What a thread holds of one pool.
struct Held {
    pool: Weak<Registry>,
    slot: Arc<Slot>,
}

thread_local! {
    static HELD: RefCell<Vec<Held>> = const { RefCell::new(Vec::new()) };
}

impl Slots {
    pub(super) fn new() -> Self {
        Self { registry: Arc::new(Lock::new(Vec::new())) }
    }

    /// Calls `work` with the calling thread's instance, which is `None` at first.
    pub(super) fn with_mine<R>(&self, work: impl FnOnce(&mut Option<Instance>) -> R) -> R {
        let slot = HELD.try_with(|held| self.find(&mut held.borrow_mut()));
        // A thread that is ending has already lost its slots: its instance lasts for this one call.
        let slot = slot.unwrap_or_else(|_| Arc::new(Lock::new(None)));
        let mut mine = slot.lock();
        work(&mut mine)
    }

    fn find(&self, held: &mut Vec<Held>) -> Arc<Slot> {
        let pool = Arc::as_ptr(&self.registry);
        if let Some(known) = held.iter().find(|held| held.pool.as_ptr() == pool) {
            return Arc::clone(&known.slot);
        }
        held.retain(|held| held.pool.strong_count() > 0);
        let slot = Arc::new(Lock::new(None));
        held.push(Held { pool: Arc::downgrade(&self.registry), slot: Arc::clone(&slot) });
        let mut all = self.registry.lock();
        all.retain(|slot| slot.strong_count() > 0);
        all.push(Arc::downgrade(&slot));
        slot
    }
}

impl Drop for Slots {
    fn drop(&mut self) {
        for slot in self.registry.lock().iter().filter_map(Weak::upgrade) {
            *slot.lock() = None;
        }
    }
}
