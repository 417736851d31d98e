//! The operating system's generator, through the `getrandom` crate.

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
pub(crate) fn fill(out: &mut [u8]) -> Result<(), PollError> {
    getrandom::fill(out).map_err(|error| match error {
        getrandom::Error::UNSUPPORTED => PollError::Absent,
        _ => PollError::Failed,
    })
}
