//! `connect` and `serve`, against each other and against OpenSSL. What they meet on is in `world`.

mod openssl;
mod refusals;
mod world;

use std::io::Write as _;
use std::net::TcpStream;

use world::World;

#[test]
fn both_ends_know_each_other_in_both_versions() {
    let world = World::new();
    for version in ["1.2", "1.3"] {
        let mut server = world.serve(&["--key", "gate", "--tls", version, "--once"]);
        let run = world.connect(&server, &["--key", "device", "--json"], b"over and out\n");
        assert_eq!((run.code, run.stdout.as_str()), (0, "over and out\n"), "{run:?}");
        let client_saw: serde_json::Value = serde_json::from_str(run.stderr.trim()).expect("JSON");
        let server_saw = server.line();
        for (saw, subject) in [(&client_saw, "CN=gate"), (&server_saw, "CN=device")] {
            assert_eq!(saw["version"], format!("TLS {version}"));
            assert_eq!(saw["peer"]["subject"], subject);
            assert_eq!(saw["peer"]["issuer"], "CN=test CA");
            assert_eq!(saw["key_exchange"], "X25519");
            assert_eq!(saw["cipher_suite"], client_saw["cipher_suite"]);
        }
        assert_eq!(server.ended().0, 0);
    }
}

#[test]
fn people_are_told_in_words_what_was_agreed() {
    let world = World::new();
    let server = world.serve(&["--key", "gate"]);
    let run = world.connect(&server, &["--key", "device"], b"");
    for words in ["TLS 1.3", "TLS13_AES_256_GCM_SHA384", "X25519", "CN=gate", "CN=test CA", "2000-01-01"] {
        assert!(run.stderr.contains(words), "no {words} in {run:?}");
    }
}

#[test]
fn much_data_comes_back_whole() {
    let world = World::new();
    for version in ["1.2", "1.3"] {
        let server = world.serve(&["--key", "gate", "--tls", version]);
        // More than all buffers on the way can hold: sending and receiving must go on at once.
        let data: String = (0..600_000).map(|number| format!("{number:07}\n")).collect();
        let run = world.connect(&server, &["--key", "device"], data.as_bytes());
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert!(run.stdout == data, "{} of {} bytes came back as they were", run.stdout.len(), data.len());
    }
}

#[test]
fn a_client_that_says_nothing_keeps_no_other_waiting() {
    let world = World::new();
    let server = world.serve(&["--key", "gate"]);
    let _silent = TcpStream::connect(&server.address).expect("a connection");
    let mut rude = TcpStream::connect(&server.address).expect("a connection");
    rude.write_all(b"GET / HTTP/1.1\r\n\r\n").expect("bytes");
    for _ in 0..2 {
        let run = world.connect(&server, &["--key", "device"], b"still there?");
        assert_eq!((run.code, run.stdout.as_str()), (0, "still there?"), "{run:?}");
    }
}

#[test]
fn protocols_are_offered_and_a_server_without_them_does_not_mind() {
    let world = World::new();
    let server = world.serve(&["--key", "gate"]);
    let run = world.connect(&server, &["--key", "device", "--alpn", "x-amzn-mqtt-ca"], b"");
    assert_eq!(run.code, 0, "{run:?}");
}

#[test]
fn without_client_authentication_everyone_is_let_in() {
    let world = World::new();
    let mut server = world.serve(&["--key", "gate", "--no-client-auth", "--once"]);
    let run = world.connect(&server, &["--anonymous"], b"who am I?");
    assert_eq!((run.code, run.stdout.as_str()), (0, "who am I?"), "{run:?}");
    assert_eq!(server.line()["peer"], serde_json::Value::Null);
}
