//! Noise: the sources that a host has, the health-checked shell around any source, and how a process notices
//! that it is a copy. How much noise a generator needs is decided in `gather.rs`.

#[allow(unsafe_code)]
mod callback;
pub(crate) mod checked;
#[cfg(feature = "std")]
mod cpu;
mod failures;
#[cfg(all(feature = "std", unix))]
mod file;
#[cfg(feature = "std")]
pub(crate) mod fork;
mod jitter;
#[cfg(feature = "std")]
pub(crate) mod os;
mod polling;
#[cfg(feature = "std")]
pub(crate) mod vdso;

pub use callback::{CallbackSource, PollFunction};
#[cfg(feature = "std")]
pub use cpu::CpuSource;
#[cfg(all(feature = "std", unix))]
pub use file::FileSource;
#[cfg(feature = "std")]
pub use fork::era as process_era;
pub use jitter::JitterSource;
#[cfg(feature = "std")]
pub use os::OsSource;
#[cfg(any(test, feature = "testkit"))]
pub(crate) use polling::IDLE_POLLS;
pub use polling::read_raw;
