//! Environment variables, as far as they may be believed: a program that runs with more rights than whoever started
//! it must not be told by them where its keys are or where to write a log (`secure_getenv(3)`).

use std::ffi::OsString;

/// A variable that is set and not empty.
pub(crate) fn variable(name: &str) -> Option<OsString> {
    if has_gained_rights() { None } else { std::env::var_os(name).filter(|value| !value.is_empty()) }
}

/// Whether the kernel started this program set-user-ID, or with capabilities of its file.
#[cfg(target_os = "linux")]
fn has_gained_rights() -> bool {
    // SAFETY: looks a number up in what the kernel gave the process; 0 when it gave none.
    unsafe { libc::getauxval(libc::AT_SECURE) != 0 }
}

#[cfg(not(target_os = "linux"))]
fn has_gained_rights() -> bool {
    false
}
