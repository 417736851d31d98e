//! Forking for tests. The one test file that is `unsafe`.
#![allow(unsafe_code, reason = "fork and what goes with it are calls of libc")]

use std::fs::File;
use std::io::{Read, Write, pipe};
use std::os::fd::OwnedFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Lets one test at a time fork: a child has the locks of other threads as they were, and nobody to release them.
pub(crate) fn forking() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What `work` gives in a forked child: nothing when it panics. The caller is [`forking`], and no other thread of it draws meanwhile.
pub(crate) fn in_child(work: impl FnOnce() -> Vec<u8>) -> Vec<u8> {
    let (reader, writer) = pipe().unwrap();
    // SAFETY: the other threads of this process wait and hold no lock that the child takes; it ends by
    // `_exit`.
    let child = unsafe { libc::fork() };
    if child == 0 {
        // A panic must not go on into the test that was forked: it gives nothing.
        let given = catch_unwind(AssertUnwindSafe(work)).unwrap_or_default();
        let written = File::from(OwnedFd::from(writer)).write_all(&given);
        // SAFETY: it ends the child and returns nowhere.
        unsafe { libc::_exit(i32::from(written.is_err())) };
    }
    assert!(child > 0, "fork failed");
    drop(writer);
    let mut given = Vec::new();
    File::from(OwnedFd::from(reader)).read_to_end(&mut given).unwrap();
    // SAFETY: it is our own child, and no status is asked for.
    unsafe { libc::waitpid(child, std::ptr::null_mut(), 0) };
    given
}
