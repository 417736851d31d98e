//! What AWS-LC allocated and this crate must free.

use core::ptr::NonNull;

/// A pointer from AWS-LC that is this value's alone, and the function that frees what it points to.
pub(super) struct Owned<T> {
    pointer: NonNull<T>,
    free: unsafe extern "C" fn(*mut T),
}

impl<T> Owned<T> {
    /// Takes over what a function of AWS-LC just made. `None` for null.
    ///
    /// # Safety
    /// `pointer` is null, or of a new object that no one else frees; `free` is AWS-LC's function to free it.
    pub(super) unsafe fn new(pointer: *mut T, free: unsafe extern "C" fn(*mut T)) -> Option<Self> {
        Some(Self { pointer: NonNull::new(pointer)?, free })
    }

    /// The pointer, good as long as `self`.
    pub(super) fn as_ptr(&self) -> *mut T {
        self.pointer.as_ptr()
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        // SAFETY: by the promise to `new`, this is the function for this object, which no one else frees.
        unsafe { (self.free)(self.pointer.as_ptr()) }
    }
}
