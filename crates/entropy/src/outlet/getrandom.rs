//! The custom back end of the crate `getrandom`, 0.3 and 0.4, which a final binary opts into: every crate below it that
//! asks `getrandom` then draws from a [`Random`].
//!
//! It takes two steps, both the binary's: [`getrandom_backend!`](crate::getrandom_backend) at its root, and
//! `--cfg getrandom_backend="custom"` among the `rustflags` of the whole build. With that, `OsSource` asks the operating
//! system itself, as `getrandom` would lead it back here.
#![allow(unsafe_code)]

use core::slice;

pub use getrandom::Error;

use crate::Random;

/// The generator gives nothing; its own log says why.
pub const REFUSED: Error = Error::new_custom(0x5043);

/// Defines what `getrandom`'s custom back end calls, in the root of a binary; it draws from the given
/// [`Random`](crate::Random), which the expression must give anew at each call, as a `static` does:
///
/// ```
/// use std::sync::LazyLock;
///
/// use portcullis_entropy::{RandomPool, Seed};
///
/// static POOL: LazyLock<RandomPool> = LazyLock::new(|| RandomPool::host(Seed::NotKept));
/// portcullis_entropy::getrandom_backend!(*POOL);
/// ```
///
/// Neither a noise source nor the store of a seed record may ask `getrandom` then. One that does is refused with `std`
/// ([`RandomError::AsksItself`](crate::RandomError::AsksItself)), and waits for itself without.
#[macro_export]
macro_rules! getrandom_backend {
    ($random:expr) => {
        const _: () = {
            // SAFETY: nothing else has this name, or the binary does not link; and it is of the type that `getrandom`
            // declares.
            #[unsafe(no_mangle)]
            unsafe extern "Rust" fn __getrandom_v03_custom(
                out: *mut u8,
                len: usize,
            ) -> Result<(), $crate::outlet::getrandom::Error> {
                // SAFETY: `getrandom` gives a buffer of so many bytes.
                unsafe { $crate::outlet::getrandom::fill(|| &$random, out, len) }
            }
        };
    };
}

/// What [`getrandom_backend!`](crate::getrandom_backend) calls.
///
/// # Errors
/// [`REFUSED`]. The buffer is then zeroed.
///
/// # Safety
/// `out` points to `len` bytes that may be written, initialised or not, and that nobody else uses meanwhile.
pub unsafe fn fill<'a, R: Random + ?Sized + 'a>(
    random: impl FnOnce() -> &'a R,
    out: *mut u8,
    len: usize,
) -> Result<(), Error> {
    if len == 0 {
        return Ok(());
    }
    // SAFETY: the caller promises that these bytes may be written.
    unsafe { out.write_bytes(0, len) };
    // SAFETY: the caller promises that they are nobody else's, and they have just been initialised.
    let out = unsafe { slice::from_raw_parts_mut(out, len) };
    random().fill(out).map_err(|_| REFUSED)
}
