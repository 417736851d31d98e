//! The one place that picks lock types: the standard library's where there is one, a spin lock elsewhere.

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
