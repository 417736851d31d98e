//! The storage port of Portcullis: one contract, [`ObjectStore`], and the media that fulfil it.
//!
//! A store keeps small byte values under short labels, durably and all or nothing. It knows nothing of
//! keys, attributes or PINs: what it is given is already sealed or authenticated by the token above it.
//! The contract makes the four PAL functions of the Amazon FreeRTOS security port layer safe:
//!
//! | there | here |
//! |---|---|
//! | `PKCS11_PAL_FindObject` | [`ObjectStore::find`] |
//! | `PKCS11_PAL_GetObjectValue` | [`ObjectStore::value`] |
//! | `PKCS11_PAL_GetObjectValueCleanup` | dropping the [`Value`], which wipes it |
//! | `PKCS11_PAL_SaveObject` | [`ObjectStore::apply`] with [`Change::save`] |

#![cfg_attr(not(feature = "std"), no_std)]
#![deny(unsafe_code)]

extern crate alloc;

#[cfg(feature = "c-pal")]
pub mod c_pal;
mod device;
mod error;
#[cfg(feature = "flash")]
mod flash;
mod label;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod late;
mod memory;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "sqlite")]
pub mod sqlite;
mod store;
mod sync;
mod table;
#[cfg(feature = "testkit")]
pub mod testkit;

pub use device::{Aside, DeviceSecret, MonotonicCounter};
pub use error::{Error, Result};
#[cfg(feature = "flash")]
pub use flash::FlashStore;
pub use label::{Label, LabelTooLong};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use late::LateStore;
pub use memory::MemoryStore;
#[cfg(feature = "postgres")]
pub use postgres::{PostgresPlace, PostgresStore};
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteStore;
pub use store::{Action, Change, ObjectId, ObjectStore, Record, Scan, Stamp, Value, When};

/// The code in `README.md` compiles and runs.
#[cfg(all(doctest, feature = "sqlite", feature = "testkit"))]
#[doc = include_str!("../README.md")]
struct ReadMe;
