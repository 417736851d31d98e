//! The operating system's generator, through the `getrandom` crate; or by itself where a binary has made that crate
//! draw from us (`outlet/getrandom.rs`).

use crate::{HardwarePoll, PollError};

/// The operating system's generator (`getrandom` on Linux).
///
/// It claims 8 bits a byte: the kernel's generator is seeded before it answers, and its output can't be told
/// from uniform bytes.
#[derive(Debug, Default)]
pub struct OsSource;

impl HardwarePoll for OsSource {
    fn name(&self) -> &'static str {
        "os"
    }

    fn poll(&mut self, raw: &mut [u8]) -> Result<usize, PollError> {
        fill(raw)?;
        Ok(raw.len())
    }

    fn min_entropy_per_byte(&self) -> f32 {
        8.0
    }
}

/// Fills `out` from the operating system.
#[cfg(not(getrandom_backend = "custom"))]
pub(crate) fn fill(out: &mut [u8]) -> Result<(), PollError> {
    getrandom::fill(out).map_err(|error| match error {
        getrandom::Error::UNSUPPORTED => PollError::Absent,
        _ => PollError::Failed,
    })
}

#[cfg(getrandom_backend = "custom")]
pub(crate) use asked_itself::fill;

/// The operating system, with nothing in between.
#[cfg(getrandom_backend = "custom")]
mod asked_itself {
    use crate::PollError;

    /// Fills `out` from the operating system.
    #[cfg(any(target_os = "linux", target_os = "macos", target_os = "freebsd", target_os = "openbsd"))]
    #[allow(unsafe_code)]
    pub(crate) fn fill(out: &mut [u8]) -> Result<(), PollError> {
        /// The most that `getentropy` gives at once (POSIX.1-2024).
        const AT_ONCE: usize = 256;
        out.chunks_mut(AT_ONCE).try_for_each(|part| {
            // SAFETY: the buffer is `part` and as long.
            match unsafe { libc::getentropy(part.as_mut_ptr().cast(), part.len()) } {
                0 => Ok(()),
                _ => Err(PollError::Failed),
            }
        })
    }

    /// It is not known how this one is asked.
    #[cfg(not(any(target_os = "linux", target_os = "macos", target_os = "freebsd", target_os = "openbsd")))]
    pub(crate) fn fill(_: &mut [u8]) -> Result<(), PollError> {
        Err(PollError::Absent)
    }
}
