//! The one place that picks lock types: the standard library's where there is one, a spin lock elsewhere.

#[cfg(feature = "std")]
use core::ops::{Deref, DerefMut};
#[cfg(feature = "std")]
use core::sync::atomic::{AtomicUsize, Ordering};

/// A value that is made once.
pub(crate) struct Once<T>(
    #[cfg(feature = "std")] std::sync::OnceLock<T>,
    #[cfg(not(feature = "std"))] spin::Once<T>,
);

impl<T> Once<T> {
    pub(crate) const fn new() -> Self {
        #[cfg(feature = "std")]
        return Self(std::sync::OnceLock::new());
        #[cfg(not(feature = "std"))]
        return Self(spin::Once::new());
    }

    /// The value; whoever asks first makes it.
    pub(crate) fn get_or_init(&self, make: impl FnOnce() -> T) -> &T {
        #[cfg(feature = "std")]
        return self.0.get_or_init(make);
        #[cfg(not(feature = "std"))]
        return self.0.call_once(make);
    }
}

/// A mutual exclusion lock around `T`.
pub(crate) struct Lock<T>(
    #[cfg(feature = "std")] std::sync::Mutex<T>,
    #[cfg(not(feature = "std"))] spin::Mutex<T>,
);

#[cfg(feature = "std")]
pub(crate) type Guard<'a, T> = std::sync::MutexGuard<'a, T>;
#[cfg(not(feature = "std"))]
pub(crate) type Guard<'a, T> = spin::MutexGuard<'a, T>;

impl<T> Lock<T> {
    pub(crate) fn new(value: T) -> Self {
        #[cfg(feature = "std")]
        return Self(std::sync::Mutex::new(value));
        #[cfg(not(feature = "std"))]
        return Self(spin::Mutex::new(value));
    }

    /// Waits for the lock. A holder that panicked left a state that is still safe to use: generators change
    /// theirs only after the calls that may panic (a board's noise source, a store) have returned.
    pub(crate) fn lock(&self) -> Guard<'_, T> {
        #[cfg(feature = "std")]
        return self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        #[cfg(not(feature = "std"))]
        return self.0.lock();
    }
}

/// A lock around what calls strangers: noise sources, stores, logs. One that asks for the lock again is told so, where
/// it would wait for itself; without `std` there is nothing to know it by.
pub(crate) struct Root<T> {
    lock: Lock<T>,
    /// The thread that has it, or 0.
    #[cfg(feature = "std")]
    holder: AtomicUsize,
}

impl<T> Root<T> {
    pub(crate) fn new(value: T) -> Self {
        Self {
            lock: Lock::new(value),
            #[cfg(feature = "std")]
            holder: AtomicUsize::new(0),
        }
    }

    /// Waits for the lock; `None` for the thread that has it.
    pub(crate) fn enter(&self) -> Option<Inside<'_, T>> {
        // Another thread's store may be seen or not: only this one writes what it compares with.
        #[cfg(feature = "std")]
        if self.holder.load(Ordering::Relaxed) == this_thread() {
            return None;
        }
        Some(self.lock())
    }

    /// Waits for the lock, in a thread that does not have it.
    pub(crate) fn lock(&self) -> Inside<'_, T> {
        let guard = self.lock.lock();
        #[cfg(feature = "std")]
        {
            self.holder.store(this_thread(), Ordering::Relaxed);
            Inside { holder: &self.holder, guard }
        }
        #[cfg(not(feature = "std"))]
        guard
    }
}

/// A [`Root`] that is held.
#[cfg(feature = "std")]
pub(crate) struct Inside<'a, T> {
    holder: &'a AtomicUsize,
    guard: Guard<'a, T>,
}
#[cfg(not(feature = "std"))]
pub(crate) type Inside<'a, T> = Guard<'a, T>;

#[cfg(feature = "std")]
impl<T> Deref for Inside<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.guard
    }
}

#[cfg(feature = "std")]
impl<T> DerefMut for Inside<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}

#[cfg(feature = "std")]
impl<T> Drop for Inside<'_, T> {
    fn drop(&mut self) {
        // The guard is dropped after this, so the next holder's name is not overwritten.
        self.holder.store(0, Ordering::Relaxed);
    }
}

/// A number that no other living thread has: the address of something of its own.
#[cfg(feature = "std")]
fn this_thread() -> usize {
    thread_local! {
        static OWN: u8 = const { 0 };
    }
    OWN.with(|own| core::ptr::from_ref(own).addr())
}
