//! Forks: no store is open while the process forks.
//!
//! SQLite notes inside the process which locks its connections hold, and a forked child inherits the notes but not
//! the locks: when the parent closed the file then, what the child had been told was saved could be lost
//! (<https://www.sqlite.org/howtocorrupt.html>, 2.6). So all stores are closed just before a fork, while no call uses
//! one, and open again at their next use. `posix_spawn` and `system` don't come this way.

use std::cell::Cell;
use std::sync::{Arc, Mutex, Once, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak};

use portcullis_pal::LateStore;

/// Passed by every use of a store; shut during a fork.
static GATE: RwLock<()> = RwLock::new(());

/// All stores there are. Locked only by those who have passed the gate, or who hold it shut.
static STORES: Mutex<Vec<Weak<LateStore>>> = Mutex::new(Vec::new());

thread_local! {
    /// What keeps the gate shut, in the thread that forks.
    static SHUT: Cell<Option<RwLockWriteGuard<'static, ()>>> = const { Cell::new(None) };
}

/// Closes the store whenever the process forks.
pub(super) fn watch(store: &Arc<LateStore>) {
    static WATCHING: Once = Once::new();
    WATCHING.call_once(|| {
        // SAFETY: the handlers are functions that take nothing, and stay loaded as long as they are registered: the
        // C library drops the handlers of a library that is unloaded.
        let refused = unsafe { libc::pthread_atfork(Some(before), Some(after), Some(after)) };
        if refused != 0 {
            tracing::error!(refused, "forks can't be watched: a child may lose what it saves");
        }
    });
    let _passing = pass();
    let mut stores = STORES.lock().unwrap_or_else(PoisonError::into_inner);
    stores.retain(|store| store.strong_count() > 0);
    stores.push(Arc::downgrade(store));
}

/// Waits while another thread forks. To be kept as long as a store is used, and never taken twice by one call.
pub(super) fn pass() -> RwLockReadGuard<'static, ()> {
    GATE.read().unwrap_or_else(PoisonError::into_inner)
}

/// Closes all stores until they are used next.
pub(crate) fn close_stores() {
    let _passing = pass();
    close_all();
}

fn close_all() {
    for store in STORES.lock().unwrap_or_else(PoisonError::into_inner).iter().filter_map(Weak::upgrade) {
        store.close();
    }
}

/// Closes all stores once no call uses one.
extern "C" fn before() {
    let shut = GATE.write().unwrap_or_else(PoisonError::into_inner);
    close_all();
    // A thread at its very end has no such place any more; then the gate opens a moment early.
    let _ = SHUT.try_with(|place| place.set(Some(shut)));
}

/// Opens the gate, in the parent and in the child.
extern "C" fn after() {
    let _ = SHUT.try_with(Cell::take);
}
