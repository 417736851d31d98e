//! Noise: the sources that a host has, the health-checked shell around any source, and how a process notices
//! that it is a copy. How much noise a generator needs is decided in `gather.rs`.

pub(crate) mod checked;
#[cfg(feature = "std")]
mod cpu;
#[cfg(feature = "std")]
pub(crate) mod fork;
#[cfg(feature = "std")]
pub(crate) mod os;
#[cfg(feature = "std")]
pub(crate) mod vdso;

#[cfg(feature = "std")]
pub use cpu::CpuSource;
#[cfg(feature = "std")]
pub use fork::era as process_era;
#[cfg(feature = "std")]
pub use os::OsSource;
