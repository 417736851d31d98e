//! The locks of this crate: the standard library's where there is one, spinning ones where not.
//!
//! No code runs under them that can leave half a change behind, so a lock that a panicking thread held is
//! taken as it is.

#[cfg(feature = "std")]
use std::sync::PoisonError;

#[cfg(feature = "std")]
use std::sync::{RwLockReadGuard, RwLockWriteGuard};

#[cfg(not(feature = "std"))]
use spin::{RwLockReadGuard, RwLockWriteGuard};

/// Many readers or one writer.
#[derive(Default)]
#[cfg(feature = "std")]
pub(crate) struct RwLock<T>(std::sync::RwLock<T>);

#[cfg(feature = "std")]
impl<T> RwLock<T> {
    #[cfg(feature = "c-pal")]
    pub(crate) const fn new(value: T) -> Self {
        Self(std::sync::RwLock::new(value))
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, T> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, T> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Many readers or one writer.
#[derive(Default)]
#[cfg(not(feature = "std"))]
pub(crate) struct RwLock<T>(spin::RwLock<T>);

#[cfg(not(feature = "std"))]
impl<T> RwLock<T> {
    #[cfg(feature = "c-pal")]
    pub(crate) const fn new(value: T) -> Self {
        Self(spin::RwLock::new(value))
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, T> {
        self.0.read()
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, T> {
        self.0.write()
    }
}

/// One at a time.
#[cfg(all(
    feature = "std",
    any(feature = "sqlite", feature = "postgres", feature = "testkit", feature = "flash")
))]
pub(crate) struct Mutex<T>(std::sync::Mutex<T>);

#[cfg(all(
    feature = "std",
    any(feature = "sqlite", feature = "postgres", feature = "testkit", feature = "flash")
))]
impl<T> Mutex<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(std::sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> std::sync::MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One at a time.
#[cfg(all(not(feature = "std"), feature = "flash"))]
pub(crate) struct Mutex<T>(spin::Mutex<T>);

#[cfg(all(not(feature = "std"), feature = "flash"))]
impl<T> Mutex<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(spin::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> spin::MutexGuard<'_, T> {
        self.0.lock()
    }
}
