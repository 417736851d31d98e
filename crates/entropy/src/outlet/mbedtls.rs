//! `mbedtls_hardware_poll`, the entropy source that mbedTLS leaves to the platform (`MBEDTLS_ENTROPY_HARDWARE_ALT`,
//! `entropy_poll.h`; called `mbedtls_f_source_ptr` where `mbedtls_entropy_add_source` takes it), drawing from a
//! [`Random`].
#![allow(unsafe_code)]

use core::ffi::{c_int, c_uchar, c_void};
use core::slice;

use crate::Random;

/// `MBEDTLS_ERR_ENTROPY_SOURCE_FAILED`.
pub const SOURCE_FAILED: c_int = -0x003c;

/// Defines the C function `mbedtls_hardware_poll` in a library or program that an mbedTLS application is linked with;
/// it draws from the given [`Random`](crate::Random), which the expression must give anew at each call, as a `static`
/// does:
///
/// ```
/// use std::sync::LazyLock;
///
/// use portcullis_entropy::{RandomPool, Seed};
///
/// static POOL: LazyLock<RandomPool> = LazyLock::new(|| RandomPool::host(Seed::NotKept));
/// portcullis_entropy::mbedtls_hardware_poll!(*POOL);
/// ```
///
/// It gives all that is asked for and 0, or nothing and
/// [`SOURCE_FAILED`](crate::outlet::mbedtls::SOURCE_FAILED). It may be called by any thread, takes no notice of its
/// first argument, and never unwinds into C.
#[macro_export]
macro_rules! mbedtls_hardware_poll {
    ($random:expr) => {
        const _: () = {
            // SAFETY: nothing else has this name, or the program does not link; and it is of the type that mbedTLS
            // declares.
            #[unsafe(no_mangle)]
            unsafe extern "C" fn mbedtls_hardware_poll(
                _: *mut ::core::ffi::c_void,
                output: *mut ::core::ffi::c_uchar,
                len: usize,
                olen: *mut usize,
            ) -> ::core::ffi::c_int {
                // SAFETY: mbedTLS gives a buffer of so many bytes, and a place for their number.
                unsafe { $crate::outlet::mbedtls::poll(|| &$random, output, len, olen) }
            }
        };
    };
}

/// The type of `mbedtls_hardware_poll`.
pub type HardwarePollFn = unsafe extern "C" fn(*mut c_void, *mut c_uchar, usize, *mut usize) -> c_int;

/// What [`mbedtls_hardware_poll!`](crate::mbedtls_hardware_poll) calls.
///
/// # Safety
/// Unless they are null, `output` points to `len` bytes that may be written, initialised or not, and `olen` to a
/// number that may be; nobody else uses either meanwhile.
pub unsafe fn poll<'a, R: Random + ?Sized + 'a>(
    random: impl FnOnce() -> &'a R,
    output: *mut c_uchar,
    len: usize,
    olen: *mut usize,
) -> c_int {
    if output.is_null() || olen.is_null() {
        return SOURCE_FAILED;
    }
    // SAFETY: it is not null, and so the caller promises that it may be written.
    unsafe { olen.write(0) };
    // SAFETY: as above, and for so many bytes.
    unsafe { output.write_bytes(0, len) };
    // SAFETY: the caller promises that they are nobody else's, and they have just been initialised.
    let out = unsafe { slice::from_raw_parts_mut(output, len) };
    if !caught(|| random().fill(out).is_ok()) {
        return SOURCE_FAILED;
    }
    // SAFETY: as above.
    unsafe { olen.write(len) };
    0
}

/// What `work` says, and no when it panics: a generator is safe to use after that (`sync.rs`), and C is not to unwind
/// through.
#[cfg(feature = "std")]
fn caught(work: impl FnOnce() -> bool) -> bool {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).unwrap_or(false)
}

/// Without `std` a panic ends in the board's own handler.
#[cfg(not(feature = "std"))]
fn caught(work: impl FnOnce() -> bool) -> bool {
    work()
}
