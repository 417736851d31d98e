//! Each side refuses what it must, and says so in a sentence that names the side and the reason.

use std::io::Write as _;
use std::net::{TcpListener, TcpStream};

use super::world::{Authority, CA, World};

/// The exit code for TLS and connection failures.
const CONNECTION: i32 = 10;

#[test]
fn a_client_without_a_certificate_is_refused_in_both_versions() {
    let world = World::new();
    for version in ["1.2", "1.3"] {
        let mut server = world.serve(&["--key", "gate", "--tls", version, "--once"]);
        let run = world.connect(&server, &["--anonymous"], b"let me in\n");
        assert_eq!((run.code, run.stdout.as_str()), (CONNECTION, ""), "{run:?}");
        let refusal = "the server refused: it requires a client certificate, and none was sent";
        assert!(run.stderr.contains(refusal), "{run:?}");
        let (code, said) = server.ended();
        assert_eq!(code, CONNECTION);
        assert!(said.contains("we refused the client: it sent no certificate"), "{said}");
    }
}

#[test]
fn a_server_of_an_unknown_ca_is_refused() {
    let world = World::new();
    for (name, words) in
        [("another CA", "no CA that is trusted here issued it"), (CA, "its signature is not its issuer's")]
    {
        let stranger = world.scene.write("stranger.pem", Authority::named(name).pem);
        let mut server = world.serve(&["--key", "gate", "--once"]);
        let run = world.connect(&server, &["--key", "device", "--ca", &stranger], b"");
        run.assert_refused(CONNECTION, &format!("we refused the server's certificate: {words}"));
        let (_, said) = server.ended();
        assert!(said.contains("the client refused: "), "{said}");
    }
}

#[test]
fn a_client_of_an_unknown_ca_is_refused() {
    let world = World::new();
    // To a server that names another CA the device shows no certificate; to one whose CA only has the same
    // name it does, in vain.
    for (name, words) in [("another CA", "it requires a client certificate, and none was sent"), (CA, "")] {
        let ca = world.scene.write("client-ca.pem", Authority::named(name).pem);
        let mut server = world.serve(&["--key", "gate", "--client-ca", &ca, "--once"]);
        let run = world.connect(&server, &["--key", "device"], b"");
        assert_eq!(run.code, CONNECTION, "{run:?}");
        assert!(run.stderr.contains(&format!("the server refused: {words}")), "{run:?}");
        assert_eq!(server.ended().0, CONNECTION);
    }
}

#[test]
fn an_expired_device_certificate_is_not_even_shown() {
    let world = World::with_device_until(2001);
    let server = world.serve(&["--key", "gate"]);
    let run = world.connect(&server, &["--key", "device"], b"");
    run.assert_refused(7, "expired at 2001-12-31");
    assert!(run.stderr.contains("import a renewed one"), "{run:?}");
}

#[test]
fn a_server_under_another_name_is_refused() {
    let world = World::new();
    let server = world.serve(&["--key", "gate"]);
    let run = world.connect(&server, &["--key", "device", "--sni", "other.example"], b"");
    run.assert_refused(CONNECTION, "it is for another name");
}

#[test]
fn versions_that_are_not_in_common_are_named() {
    let world = World::new();
    let server = world.serve(&["--key", "gate", "--tls", "1.3"]);
    let run = world.connect(&server, &["--key", "device", "--tls", "1.2"], b"");
    run.assert_refused(
        CONNECTION,
        "the server refused: it speaks none of the TLS versions that were offered",
    );
}

#[test]
fn what_is_no_tls_server_is_called_that() {
    let world = World::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let speaker = std::thread::spawn(move || {
        let (mut socket, _): (TcpStream, _) = listener.accept().unwrap();
        socket.write_all(b"220 mail.example ESMTP\r\n").unwrap();
        socket
    });
    let run = world.connect_to(&address, &["--key", "device"], b"");
    run.assert_refused(CONNECTION, "is not TLS as it should be");
    drop(speaker.join());
}

#[test]
fn a_port_where_nobody_listens_is_said_to_be_one() {
    let world = World::new();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    world.connect_to(&free, &["--key", "device"], b"").assert_refused(CONNECTION, "can't connect to");
}

#[test]
fn what_is_missing_in_the_token_is_named_before_anything_is_sent() {
    let world = World::new();
    for (args, code, words) in [
        (["--key", "nobody"], 5, "no private key matches label \"nobody\""),
        (["--ca", "absent.pem"], 5, "can't read absent.pem"),
        (["--ca", "device.csr"], 7, "there is no certificate (PEM) in it"),
    ] {
        world.scene.write("device.csr", "no PEM at all");
        world.connect_to("127.0.0.1:9", &args, b"").assert_refused(code, words);
    }
    // Two keys, and none was named.
    world.connect_to("127.0.0.1:9", &[], b"").assert_refused(6, "several private keys");
}
