//! The file calls of the C library, defined once more: what is linked into one program with this file, be it SQLite or
//! the standard library, calls these, and they ask [`tap`] before they ask the kernel. What is recorded, and what fails,
//! is not decided here.
//!
//! Names and meanings follow POSIX.1-2017 and the Linux manual pages, section 2. The kernel is asked by `syscall(2)`,
//! so no function here depends on the one that it stands for.
#![allow(unsafe_code, reason = "functions of the C library are defined and the kernel is called")]

use std::ffi::{CStr, c_char, c_int, c_long, c_uint, c_void};

use crate::tap::{self, Asked};

/// Answers as the C library does: -1, and the reason in `errno`.
fn failed(errno: c_int) -> c_int {
    // SAFETY: the C library gives the address of this thread's own `errno`.
    let place = unsafe { libc::__errno_location() };
    // SAFETY: the address is valid while the thread runs.
    unsafe { *place = errno };
    -1
}

/// # Safety
/// `path` is a C string, as the standard asks of every caller.
unsafe fn bytes_of<'a>(path: *const c_char) -> &'a [u8] {
    // SAFETY: the caller of this function promises it.
    unsafe { CStr::from_ptr(path) }.to_bytes()
}

/// Where the next byte of an open file is read or written.
fn position(fd: c_int) -> u64 {
    // SAFETY: no memory is passed.
    let at = unsafe { libc::syscall(libc::SYS_lseek, c_long::from(fd), 0_i64, c_long::from(libc::SEEK_CUR)) };
    u64::try_from(at).unwrap_or(0)
}

/// # Safety
/// As `open(2)`: `path` is a C string. In C the mode is a variadic argument; on the two processors that this crate is
/// for, it lies where a third named one does.
unsafe fn open_as(path: *const c_char, flags: c_int, mode: c_uint) -> c_int {
    // SAFETY: the caller promises it.
    let name = unsafe { bytes_of(path) };
    let mut asked = match tap::opening(name, flags) {
        Ok(asked) => asked,
        Err(errno) => return failed(errno),
    };
    let at = c_long::from(libc::AT_FDCWD);
    // SAFETY: `path` is a C string, by the caller's promise.
    let fd = unsafe { libc::syscall(libc::SYS_openat, at, path, c_long::from(flags), c_long::from(mode)) };
    let fd = c_int::try_from(fd).unwrap_or(-1);
    if let Some(asked) = &mut asked
        && fd >= 0
    {
        asked.opened(fd, name, flags);
    }
    fd
}

/// # Safety
/// As [`open_as`].
#[unsafe(no_mangle)]
unsafe extern "C" fn open(path: *const c_char, flags: c_int, mode: c_uint) -> c_int {
    // SAFETY: the same promise.
    unsafe { open_as(path, flags, mode) }
}

/// # Safety
/// As [`open_as`].
#[unsafe(no_mangle)]
unsafe extern "C" fn open64(path: *const c_char, flags: c_int, mode: c_uint) -> c_int {
    // SAFETY: the same promise.
    unsafe { open_as(path, flags, mode) }
}

#[unsafe(no_mangle)]
extern "C" fn close(fd: c_int) -> c_int {
    tap::closing(fd);
    // SAFETY: no memory is passed.
    c_int::try_from(unsafe { libc::syscall(libc::SYS_close, c_long::from(fd)) }).unwrap_or(-1)
}

/// # Safety
/// As `read(2)`: `into` has room for `room` bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn read(fd: c_int, into: *mut c_void, room: usize) -> isize {
    let room = match tap::reading(fd, room) {
        Ok(room) => room,
        Err(errno) => return failed(errno) as isize,
    };
    // SAFETY: `room` is at most what the caller promises.
    unsafe { libc::syscall(libc::SYS_read, c_long::from(fd), into, room) as isize }
}

/// # Safety
/// As `pread(2)`: `into` has room for `room` bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn pread64(fd: c_int, into: *mut c_void, room: usize, at: i64) -> isize {
    let room = match tap::reading(fd, room) {
        Ok(room) => room,
        Err(errno) => return failed(errno) as isize,
    };
    // SAFETY: `room` is at most what the caller promises.
    unsafe { libc::syscall(libc::SYS_pread64, c_long::from(fd), into, room, at) as isize }
}

/// # Safety
/// As `write(2)`: `from` has `len` bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn write(fd: c_int, from: *const c_void, len: usize) -> isize {
    let (mut asked, len) = match tap::writing(fd, len) {
        Ok(answer) => answer,
        Err(errno) => return failed(errno) as isize,
    };
    let at = if asked.is_some() { position(fd) } else { 0 };
    // SAFETY: `len` is at most what the caller promises.
    let done = unsafe { libc::syscall(libc::SYS_write, c_long::from(fd), from, len) as isize };
    // SAFETY: the kernel has read that many bytes there, so they may be read.
    unsafe { wrote(asked.as_mut(), at, from, done) };
    done
}

/// # Safety
/// As `pwrite(2)`: `from` has `len` bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn pwrite64(fd: c_int, from: *const c_void, len: usize, at: i64) -> isize {
    let (mut asked, len) = match tap::writing(fd, len) {
        Ok(answer) => answer,
        Err(errno) => return failed(errno) as isize,
    };
    // SAFETY: `len` is at most what the caller promises.
    let done = unsafe { libc::syscall(libc::SYS_pwrite64, c_long::from(fd), from, len, at) as isize };
    // SAFETY: the kernel has read that many bytes there, so they may be read.
    unsafe { wrote(asked.as_mut(), at.unsigned_abs(), from, done) };
    done
}

/// # Safety
/// `from` has `done` bytes, if that is not negative.
unsafe fn wrote(asked: Option<&mut Asked>, at: u64, from: *const c_void, done: isize) {
    if let (Some(asked), Ok(done)) = (asked, usize::try_from(done)) {
        // SAFETY: the caller promises it.
        asked.wrote(at, unsafe { std::slice::from_raw_parts(from.cast(), done) });
    }
}

fn truncate_as(fd: c_int, len: i64) -> c_int {
    let mut asked = match tap::writing(fd, 0) {
        Ok((asked, _)) => asked,
        Err(errno) => return failed(errno),
    };
    // SAFETY: no memory is passed.
    let done = unsafe { libc::syscall(libc::SYS_ftruncate, c_long::from(fd), len) };
    if let Some(asked) = &mut asked
        && done == 0
    {
        asked.truncated(len.unsigned_abs());
    }
    c_int::try_from(done).unwrap_or(-1)
}

#[unsafe(no_mangle)]
extern "C" fn ftruncate(fd: c_int, len: i64) -> c_int {
    truncate_as(fd, len)
}

#[unsafe(no_mangle)]
extern "C" fn ftruncate64(fd: c_int, len: i64) -> c_int {
    truncate_as(fd, len)
}

/// A file that is watched is not really synced: the record says what would have been durable, and tests are faster.
fn sync_as(fd: c_int, number: c_long) -> c_int {
    match tap::syncing(fd) {
        Ok(true) => 0,
        // SAFETY: no memory is passed.
        Ok(false) => c_int::try_from(unsafe { libc::syscall(number, c_long::from(fd)) }).unwrap_or(-1),
        Err(errno) => failed(errno),
    }
}

#[unsafe(no_mangle)]
extern "C" fn fsync(fd: c_int) -> c_int {
    sync_as(fd, libc::SYS_fsync)
}

#[unsafe(no_mangle)]
extern "C" fn fdatasync(fd: c_int) -> c_int {
    sync_as(fd, libc::SYS_fdatasync)
}

/// # Safety
/// As `unlink(2)`: `path` is a C string.
#[unsafe(no_mangle)]
unsafe extern "C" fn unlink(path: *const c_char) -> c_int {
    // SAFETY: the caller promises it.
    let name = unsafe { bytes_of(path) };
    let mut asked = match tap::renaming(name) {
        Ok(asked) => asked,
        Err(errno) => return failed(errno),
    };
    // SAFETY: `path` is a C string, by the caller's promise.
    let done = unsafe { libc::syscall(libc::SYS_unlinkat, c_long::from(libc::AT_FDCWD), path, 0_i64) };
    if let Some(asked) = &mut asked
        && done == 0
    {
        asked.look_at_names();
    }
    c_int::try_from(done).unwrap_or(-1)
}

/// # Safety
/// As `mkdir(2)`: `path` is a C string.
#[unsafe(no_mangle)]
unsafe extern "C" fn mkdir(path: *const c_char, mode: c_uint) -> c_int {
    // SAFETY: the caller promises it.
    let name = unsafe { bytes_of(path) };
    let mut asked = match tap::renaming(name) {
        Ok(asked) => asked,
        Err(errno) => return failed(errno),
    };
    let at = c_long::from(libc::AT_FDCWD);
    // SAFETY: `path` is a C string, by the caller's promise.
    let done = unsafe { libc::syscall(libc::SYS_mkdirat, at, path, c_long::from(mode)) };
    if let Some(asked) = &mut asked
        && done == 0
    {
        asked.look_at_names();
    }
    c_int::try_from(done).unwrap_or(-1)
}
