//! The one place that picks lock types: the standard library's where there is one, spin locks elsewhere.
//!
//! A lock is held for look-ups and pointer swaps only, never across an engine or store call. The exceptions are a
//! session's own, and the turn of who tries a PIN, which no call but such a try waits for.

#[cfg(feature = "std")]
mod imp {
    use std::sync::{self, Arc, PoisonError};
    use std::time::Duration;

    use arc_swap::{ArcSwap, Guard};

    /// Mutual exclusion. A panic of an earlier holder is not passed on: what a lock guards here is
    /// replaced whole, never left half-written.
    #[derive(Default)]
    pub(crate) struct Mutex<T>(sync::Mutex<T>);

    /// What a lock guards, for as long as it is held.
    pub(crate) type Locked<'a, T> = sync::MutexGuard<'a, T>;

    impl<T> Mutex<T> {
        pub(crate) const fn new(value: T) -> Self {
            Self(sync::Mutex::new(value))
        }

        pub(crate) fn lock(&self) -> Locked<'_, T> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }

        pub(crate) fn try_lock(&self) -> Option<Locked<'_, T>> {
            match self.0.try_lock() {
                Ok(guard) => Some(guard),
                Err(sync::TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
                Err(sync::TryLockError::WouldBlock) => None,
            }
        }
    }

    /// By which a thread that waits for a change of what a lock guards is told.
    #[derive(Default)]
    pub(crate) struct Signal(sync::Condvar);

    impl Signal {
        /// Lets go of the lock until someone tells.
        pub(crate) fn wait<'a, T>(&self, locked: Locked<'a, T>) -> Locked<'a, T> {
            self.0.wait(locked).unwrap_or_else(PoisonError::into_inner)
        }

        /// Lets go of the lock until someone tells, or so much time has passed.
        pub(crate) fn wait_for<'a, T>(&self, locked: Locked<'a, T>, time: Duration) -> Locked<'a, T> {
            self.0.wait_timeout(locked, time).unwrap_or_else(PoisonError::into_inner).0
        }

        pub(crate) fn tell_one(&self) {
            self.0.notify_one();
        }

        pub(crate) fn tell_all(&self) {
            self.0.notify_all();
        }
    }

    /// Many readers or one writer.
    #[derive(Default)]
    pub(crate) struct RwLock<T>(sync::RwLock<T>);

    impl<T> RwLock<T> {
        pub(crate) fn read(&self) -> sync::RwLockReadGuard<'_, T> {
            self.0.read().unwrap_or_else(PoisonError::into_inner)
        }

        pub(crate) fn write(&self) -> sync::RwLockWriteGuard<'_, T> {
            self.0.write().unwrap_or_else(PoisonError::into_inner)
        }
    }

    /// A value that everyone reads and hardly anyone replaces. Reading writes to no memory that another thread
    /// uses: counting the readers of one `Arc` would make threads wait for each other's caches.
    #[derive(Default)]
    pub(crate) struct Shown<T>(ArcSwap<T>);

    /// The value as it was when it was looked at.
    pub(crate) type Sight<T> = Guard<Arc<T>>;

    impl<T> Shown<T> {
        pub(crate) fn look(&self) -> Sight<T> {
            self.0.load()
        }

        pub(crate) fn show(&self, value: T) {
            self.0.store(Arc::new(value));
        }
    }
}

#[cfg(not(feature = "std"))]
mod imp {
    use alloc::sync::Arc;

    /// Mutual exclusion by spinning.
    #[derive(Default)]
    pub(crate) struct Mutex<T>(spin::Mutex<T>);

    /// What a lock guards, for as long as it is held.
    pub(crate) type Locked<'a, T> = spin::MutexGuard<'a, T>;

    impl<T> Mutex<T> {
        pub(crate) fn lock(&self) -> Locked<'_, T> {
            self.0.lock()
        }

        pub(crate) fn try_lock(&self) -> Option<Locked<'_, T>> {
            self.0.try_lock()
        }
    }

    /// Many readers or one writer, by spinning.
    #[derive(Default)]
    pub(crate) struct RwLock<T>(spin::RwLock<T>);

    impl<T> RwLock<T> {
        pub(crate) fn read(&self) -> spin::RwLockReadGuard<'_, T> {
            self.0.read()
        }

        pub(crate) fn write(&self) -> spin::RwLockWriteGuard<'_, T> {
            self.0.write()
        }
    }

    /// A value that everyone reads and hardly anyone replaces.
    #[derive(Default)]
    pub(crate) struct Shown<T>(RwLock<Arc<T>>);

    /// The value as it was when it was looked at.
    pub(crate) type Sight<T> = Arc<T>;

    impl<T> Shown<T> {
        pub(crate) fn look(&self) -> Sight<T> {
            self.0.read().clone()
        }

        pub(crate) fn show(&self, value: T) {
            *self.0.write() = Arc::new(value);
        }
    }
}

#[cfg(feature = "std")]
pub(crate) use imp::Signal;
pub(crate) use imp::{Locked, Mutex, RwLock, Shown, Sight};
