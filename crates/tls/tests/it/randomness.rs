//! Every random byte of a handshake comes from the given source, and without it there is no handshake.

use std::sync::Arc;

use portcullis_tls::{client_config, provider, server_config};
use rustls::version::{TLS12, TLS13};
use rustls::{Error, SupportedProtocolVersion};

use crate::common::{
    Authority, Broken, Ends, FakeToken, HOST, Side, Stream, TestKey, cert_for, connect, labelled,
};

/// A token with one key, used at both ends. Ed25519 signs without randomness.
fn token() -> (Arc<FakeToken>, Authority) {
    let (pair, root) = (TestKey::Ed25519.pair(), Authority::new("root"));
    let chain = vec![cert_for(HOST, &pair, &root)];
    (FakeToken::holding("key", TestKey::Ed25519, &pair, chain), root)
}

fn handshake(
    (token, root): &(Arc<FakeToken>, Authority),
    version: &'static SupportedProtocolVersion,
    client: Arc<Stream>,
    server: Arc<Stream>,
) -> Result<Ends, Broken> {
    let client = client_config(&token.service(), &labelled("key"), client, root.roots(), &[version]);
    let server = server_config(&token.service(), &labelled("key"), server, root.roots(), &[version]);
    connect(client.unwrap(), server.unwrap())
}

#[test]
fn the_whole_wire_follows_from_the_two_streams() {
    let token = token();
    for version in [&TLS12, &TLS13] {
        let wire = |client, server| {
            handshake(&token, version, Stream::new(client), Stream::new(server)).unwrap().wire
        };
        assert_eq!(wire(1, 2), wire(1, 2), "something draws from elsewhere");
        assert_ne!(wire(1, 2), wire(3, 2));
        assert_ne!(wire(1, 2), wire(1, 3));
    }
}

#[test]
fn a_source_that_dies_ends_the_handshake_wherever_it_dies() {
    let token = token();
    for version in [&TLS12, &TLS13] {
        let (client, server) = (Stream::new(1), Stream::new(2));
        handshake(&token, version, Arc::clone(&client), Arc::clone(&server)).unwrap();
        assert!(client.fills() >= 2 && server.fills() >= 2, "the random and the key share, at least");
        for budget in 0..client.fills() {
            let result = handshake(&token, version, Stream::with_budget(1, budget), Stream::new(2));
            assert_no_random(result, Side::Client, budget);
        }
        for budget in 0..server.fills() {
            let result = handshake(&token, version, Stream::new(1), Stream::with_budget(2, budget));
            assert_no_random(result, Side::Server, budget);
        }
    }
}

fn assert_no_random(result: Result<Ends, Broken>, side: Side, budget: usize) {
    let Err(broken) = result else { panic!("a handshake with {budget} fills at the {side:?}") };
    assert_eq!((broken.side, broken.error), (side, Error::FailedToGetRandomBytes), "{budget} fills");
}

#[test]
fn each_group_draws_its_secret_from_the_source() {
    for (index, size) in [(0, 32), (1, 65), (2, 97)] {
        let share = |start| {
            let random = Stream::new(start);
            let group = provider(Arc::clone(&random) as _).kx_groups[index];
            let share = group.start().unwrap().pub_key().to_vec();
            assert_eq!((random.fills(), share.len()), (1, size));
            share
        };
        assert_eq!(share(7), share(7));
        assert_ne!(share(7), share(8));
        let dead = provider(Stream::with_budget(7, 0)).kx_groups[index].start();
        assert_eq!(dead.err(), Some(Error::FailedToGetRandomBytes));
    }
}

#[test]
fn a_source_of_nothing_but_ones_is_not_asked_for_ever() {
    struct Ones;
    impl portcullis_entropy::Random for Ones {
        fn fill(&self, out: &mut [u8]) -> Result<(), portcullis_entropy::RandomError> {
            out.fill(0xff);
            Ok(())
        }
        fn mix(&self, _: &[u8]) -> Result<(), portcullis_entropy::RandomError> {
            Ok(())
        }
    }
    for group in provider(Arc::new(Ones)).kx_groups.into_iter().skip(1) {
        assert_eq!(group.start().err(), Some(Error::FailedToGetRandomBytes), "{group:?}");
    }
}
