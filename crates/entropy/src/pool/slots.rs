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
        let mut work = Some(work);
        let mut call = |mine: &mut Option<Instance>| work.take().map(|work| work(mine));
        let done = HELD.try_with(|held| call(&mut self.find(&mut *held.try_borrow_mut().ok()?).lock()));
        // A thread that is ending has already lost its slots, and one that is called back by a source or a log has
        // them in use: the instance lasts for this one call.
        let done = done.ok().flatten().or_else(|| call(&mut None));
        done.expect("called once, in one of two ways")
    }

    fn find<'a>(&self, held: &'a mut Vec<Held>) -> &'a Slot {
        let pool = Arc::as_ptr(&self.registry);
        let at = held.iter().position(|held| held.pool.as_ptr() == pool);
        let at = at.unwrap_or_else(|| self.join(held));
        &held[at].slot
    }

    /// Gives the calling thread a slot, the last of `held`.
    fn join(&self, held: &mut Vec<Held>) -> usize {
        held.retain(|held| held.pool.strong_count() > 0);
        let slot = Arc::new(Lock::new(None));
        let mut all = self.registry.lock();
        all.retain(|slot| slot.strong_count() > 0);
        all.push(Arc::downgrade(&slot));
        held.push(Held { pool: Arc::downgrade(&self.registry), slot });
        held.len() - 1
    }
}

impl Drop for Slots {
    fn drop(&mut self) {
        for slot in self.registry.lock().iter().filter_map(Weak::upgrade) {
            *slot.lock() = None;
        }
    }
}
