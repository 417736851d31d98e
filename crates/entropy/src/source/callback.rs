//! A vendor's poll function in C, of the shape of `mbedtls_hardware_poll`. The only unsafe code is the call.

#[cfg(test)]
mod tests;

use core::ffi::{c_int, c_uchar, c_void};
use core::fmt;

use crate::{HardwarePoll, PollError};

/// A poll function in C:
///
/// ```c
/// int poll(void *data, unsigned char *output, size_t len, size_t *olen);
/// ```
///
/// It writes up to `len` bytes of noise to `output` and their number to `*olen`, and returns 0, or anything else for
/// a failure.
pub type PollFunction =
    unsafe extern "C" fn(data: *mut c_void, output: *mut c_uchar, len: usize, olen: *mut usize) -> c_int;

/// What stands in `*olen` before the call. No function can have written so many bytes.
const UNWRITTEN: usize = usize::MAX;

/// A noise source behind a C function.
///
/// Vendors' functions were seen to report success without writing a length: that is a failure here. So is a length
/// above what there was room for. Fewer bytes than asked for are fine; none are [`PollError::NotReady`] to whoever
/// asks.
pub struct CallbackSource {
    name: &'static str,
    function: PollFunction,
    data: *mut c_void,
    entropy: f32,
}

// SAFETY: who made it has promised in `new` that the function may be called from any thread with this pointer.
unsafe impl Send for CallbackSource {}

impl CallbackSource {
    /// The function with what it gets as its first argument, which claims `entropy` bits for a byte.
    ///
    /// # Safety
    /// `function` writes no more than `len` bytes to `output`, writes `olen` or leaves it, and keeps neither pointer.
    /// As long as the source lives, it may be called with `data` from any thread, by one thread at a time.
    #[must_use]
    pub unsafe fn new(name: &'static str, function: PollFunction, data: *mut c_void, entropy: f32) -> Self {
        Self { name, function, data, entropy }
    }
}

impl HardwarePoll for CallbackSource {
    fn name(&self) -> &'static str {
        self.name
    }

    fn poll(&mut self, raw: &mut [u8]) -> Result<usize, PollError> {
        let mut given = UNWRITTEN;
        // SAFETY: `raw` has room for `raw.len()` bytes and `given` for a length, both for the time of the call; the
        // rest was promised in `new`.
        let status = unsafe { (self.function)(self.data, raw.as_mut_ptr(), raw.len(), &raw mut given) };
        if status == 0 && given <= raw.len() { Ok(given) } else { Err(PollError::Failed) }
    }

    fn min_entropy_per_byte(&self) -> f32 {
        self.entropy
    }
}

impl fmt::Debug for CallbackSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallbackSource")
            .field("name", &self.name)
            .field("entropy", &self.entropy)
            .finish_non_exhaustive()
    }
}
