//! What the author of a store needs to test it, and the author of a store's user: the contract suite
//! ([`contract()`]), a plain-map [`Model`] to drive a store against, a [`Mirror`] that follows a store by its
//! scans as a token does, a [`FailingStore`], a [`PowerCutStore`], a [`FakeDevice`], with the feature `flash` a NOR flash
//! that loses power ([`nor`]), with the feature `postgres` a server of a test's own, [`kill_after`], [`say()`] and [`heed()`]
//! for tests of several processes, and [`skip()`]. No medium lives here.
//!
//! Everything here panics with a sentence when a promise of [`ObjectStore`](crate::ObjectStore) is broken.

mod contract;
mod device;
mod failing;
mod kill;
mod model;
#[cfg(feature = "flash")]
pub mod nor;
#[cfg(all(unix, feature = "postgres"))]
mod postgres;
mod power_cut;
mod skip;

pub use contract::contract;
pub use device::FakeDevice;
pub use failing::{Call, FailingStore, Write};
pub use kill::{heed, kill_after, say};
pub use model::{Mirror, Model};
#[cfg(all(unix, feature = "postgres"))]
pub use postgres::PostgresServer;
pub use power_cut::{PowerCut, PowerCutStore, Rest};
pub use skip::skip;
