//! The noise sources that the command line can look at, by name: those of [`composition`](crate::composition) and
//! others that this machine may have. Tokens draw from none of them here.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use portcullis_entropy::{
    Composition, CpuSource, FileSource, HardwarePoll, HealthReport, JitterSource, OsSource, PollError, Seed,
};

use crate::error::{Error, Result};

/// What is claimed for a byte of a device that is named by its path: little, as nothing is known of it.
const DEVICE_CLAIM: f32 = 1.0;

/// A noise source by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Noise {
    Os,
    Rdseed,
    Rdrand,
    Jitter,
    Hwrng,
    /// Any other device file.
    Device(PathBuf),
}

/// The claim that a name is none of a source.
#[derive(Debug, thiserror::Error)]
#[error("it is none of os, rdseed, rdrand, jitter and hwrng, and no path of a device (with a slash in it)")]
pub(crate) struct UnknownNoise;

impl Noise {
    /// Those with a name of their own.
    pub(crate) const NAMED: [Self; 5] = [Self::Os, Self::Rdseed, Self::Rdrand, Self::Jitter, Self::Hwrng];

    /// Its name, as health reports have it too.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Os => "os",
            Self::Rdseed => "rdseed",
            Self::Rdrand => "rdrand",
            Self::Jitter => "jitter",
            Self::Hwrng => "hwrng",
            Self::Device(_) => "device",
        }
    }

    /// What one of its samples is.
    pub(crate) fn sample(&self) -> &'static str {
        match self {
            Self::Os => "a byte of the kernel's generator; conditioned",
            Self::Rdseed => "a byte of the processor's conditioner",
            Self::Rdrand => "a byte of the processor's generator; conditioned",
            Self::Jitter => "the low byte of the time that a piece of work took; raw",
            Self::Hwrng => "a byte of /dev/hwrng; as raw as the chip's driver gives it",
            Self::Device(_) => "a byte of the device; as raw as it gives it",
        }
    }

    /// The source.
    ///
    /// # Errors
    /// [`Error::Noise`] when this machine has none.
    pub(crate) fn open(&self) -> Result<Box<dyn HardwarePoll>> {
        let cpu = |source: Option<CpuSource>| {
            let absent = || Error::Noise { noise: self.to_string(), error: PollError::Absent, given: 0 };
            source.map(|source| Box::new(source) as Box<dyn HardwarePoll>).ok_or_else(absent)
        };
        match self {
            Self::Os => Ok(Box::new(OsSource)),
            Self::Rdseed => cpu(CpuSource::rdseed()),
            Self::Rdrand => cpu(CpuSource::rdrand()),
            Self::Jitter => Ok(Box::new(JitterSource::new())),
            Self::Hwrng => Ok(Box::new(FileSource::hwrng())),
            Self::Device(path) => Ok(Box::new(FileSource::new(self.name(), path, DEVICE_CLAIM))),
        }
    }
}

impl FromStr for Noise {
    type Err = UnknownNoise;

    fn from_str(name: &str) -> std::result::Result<Self, UnknownNoise> {
        if name.contains('/') {
            return Ok(Self::Device(name.into()));
        }
        Self::NAMED.into_iter().find(|noise| noise.name() == name).ok_or(UnknownNoise)
    }
}

impl fmt::Display for Noise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Device(path) => write!(f, "{}", path.display()),
            named => f.write_str(named.name()),
        }
    }
}

/// Puts the sources among these that the machine has through their start-up tests.
pub(crate) fn test<'a>(sources: impl IntoIterator<Item = &'a Noise>) -> HealthReport {
    let there = sources.into_iter().filter_map(|noise| noise.open().ok());
    there.fold(Composition::new(Seed::NotKept), Composition::source).single().test_sources()
}

/// A claim in bits, with no more digits than say something.
pub(crate) fn bits(claim: f32) -> String {
    let text = format!("{claim:.3}");
    text.trim_end_matches('0').trim_end_matches('.').into()
}

#[cfg(test)]
mod tests;
