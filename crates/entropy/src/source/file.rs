//! A device file that gives noise, such as Linux's `/dev/hwrng` or a generator on a serial port.
//!
//! It is opened without blocking, so that a driver that hangs costs a try and not the process. Whatever happens to the
//! device, the next call starts anew by opening it.

#[cfg(test)]
mod tests;

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::PathBuf;
use std::time::Duration;

use crate::{HardwarePoll, PollError};

/// How long to wait for a device that has nothing yet. The health-checked shell asks a thousand times.
const PAUSE: Duration = Duration::from_millis(1);

/// What is claimed for a byte of `/dev/hwrng`, whatever chip is behind it.
const HWRNG_CLAIM: f32 = 1.0;

/// A noise source behind a device file or a pipe.
#[derive(Debug)]
pub struct FileSource {
    name: &'static str,
    path: PathBuf,
    entropy: f32,
    file: Option<File>,
    /// Whether it has ever given anything.
    was_there: bool,
}

impl FileSource {
    /// The device at `path`, which claims `entropy` bits for a byte. It is opened when it is first asked.
    ///
    /// Character devices and pipes are taken. A file with contents of its own would give the same at every start, and
    /// is refused ([`PollError::NotADevice`]).
    #[must_use]
    pub fn new(name: &'static str, path: impl Into<PathBuf>, entropy: f32) -> Self {
        Self { name, path: path.into(), entropy, file: None, was_there: false }
    }

    /// Linux's `/dev/hwrng` at 1 bit a byte, as the kernel does not tell how good the chip behind it is. It is
    /// mostly for root alone.
    #[must_use]
    pub fn hwrng() -> Self {
        Self::new("hwrng", "/dev/hwrng", HWRNG_CLAIM)
    }

    fn open(&self) -> Result<File, PollError> {
        let flags = libc::O_NONBLOCK | libc::O_NOCTTY;
        let file = OpenOptions::new().read(true).custom_flags(flags).open(&self.path);
        let file = file.map_err(|error| self.gone(&error))?;
        let kind = file.metadata().map_err(|error| self.gone(&error))?.file_type();
        if kind.is_char_device() || kind.is_fifo() { Ok(file) } else { Err(PollError::NotADevice) }
    }

    /// What an error means for the source. A device that was there and is not any more has failed: it may come back.
    fn gone(&self, error: &std::io::Error) -> PollError {
        let missing = error.kind() == ErrorKind::NotFound
            || matches!(error.raw_os_error(), Some(libc::ENODEV | libc::ENXIO));
        if missing && !self.was_there { PollError::Absent } else { PollError::Failed }
    }
}

impl HardwarePoll for FileSource {
    fn name(&self) -> &'static str {
        self.name
    }

    fn poll(&mut self, raw: &mut [u8]) -> Result<usize, PollError> {
        if raw.is_empty() {
            return Ok(0);
        }
        let mut file = match self.file.take() {
            Some(file) => file,
            None => self.open()?,
        };
        let outcome = match file.read(raw) {
            // The end: of a pipe that nobody writes to, or of a device that has none left to give.
            Ok(0) => return Err(PollError::Failed),
            Ok(given) => {
                self.was_there = true;
                Ok(given)
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => Err(PollError::NotReady),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                std::thread::sleep(PAUSE);
                Err(PollError::NotReady)
            }
            Err(error) => return Err(self.gone(&error)),
        };
        self.file = Some(file);
        outcome
    }

    fn min_entropy_per_byte(&self) -> f32 {
        self.entropy
    }
}
