//! The store in a PostgreSQL server: each test starts a server with the programs of the system's package.

#![allow(clippy::unwrap_used, reason = "a test that can't go on says where")]

mod contract;
mod killed;
mod lease;
mod lost;
mod proxy;
mod refused;

use portcullis_pal::testkit::PostgresServer;
use portcullis_pal::{Label, PostgresPlace};

fn label(name: &str) -> Label {
    Label::new(name.as_bytes()).unwrap()
}

/// A place of its own on a server.
fn place(server: &PostgresServer, schema: &str) -> PostgresPlace {
    PostgresPlace::parse(&server.address(schema)).unwrap()
}
