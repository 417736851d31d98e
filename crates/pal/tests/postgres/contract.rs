//! The contract, asked of stores on one server.

use std::sync::atomic::{AtomicU32, Ordering};

use portcullis_pal::testkit::{PostgresServer, contract};
use portcullis_pal::{LateStore, PostgresPlace, PostgresStore};

/// Makes places that nobody has used.
pub(crate) struct Places<'a> {
    server: &'a PostgresServer,
    suffix: &'static str,
    made: AtomicU32,
}

impl<'a> Places<'a> {
    pub(crate) fn on(server: &'a PostgresServer, suffix: &'static str) -> Self {
        Self { server, suffix, made: AtomicU32::new(0) }
    }

    pub(crate) fn next(&self) -> PostgresPlace {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let address = self.server.address(&format!("store_{number}"));
        PostgresPlace::parse(&format!("{address}{}", self.suffix)).unwrap()
    }
}

#[test]
fn the_contract() {
    let Some(server) = PostgresServer::start("the_contract") else { return };
    let places = Places::on(&server, "");
    contract(|| {
        let place = places.next();
        PostgresStore::create(&place).unwrap();
        move || PostgresStore::open(&place).unwrap()
    });
}

/// Without notifications, locks of its own and a turn: as where the server only speaks PostgreSQL's protocol.
#[test]
fn the_contract_on_a_server_that_is_only_compatible() {
    let Some(server) = PostgresServer::start("the_contract_on_a_server_that_is_only_compatible") else {
        return;
    };
    let places = Places::on(&server, "&server=compatible");
    contract(|| {
        let place = places.next();
        move || LateStore::in_database(place.clone())
    });
}
