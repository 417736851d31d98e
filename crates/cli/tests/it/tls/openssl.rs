//! The same against OpenSSL, which shares no code with us: `s_server` for our client, `s_client` for our
//! server.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Output, Stdio};

use super::world::World;
use crate::support::has_openssl;

/// The options by which `openssl` speaks one version.
const VERSIONS: [(&str, &str); 2] = [("1.2", "-tls1_2"), ("1.3", "-tls1_3")];

/// An `openssl s_server` that answers each line reversed, and its output up to now.
struct Reverser {
    process: Child,
    output: BufReader<std::process::ChildStdout>,
    address: String,
}

impl Reverser {
    fn start(world: &World, option: &str) -> Self {
        let (certificate, key) = world.authority.outsider("localhost", 2400);
        world.scene.write("server.pem", certificate);
        world.scene.write("server.key", key);
        let mut process = Command::new("openssl")
            .args(["s_server", "-accept", "127.0.0.1:0", "-naccept", "1", "-rev", option])
            .args(["-cert", "server.pem", "-key", "server.key", "-CAfile", "ca.pem"])
            .args(["-Verify", "1", "-verify_return_error"])
            .current_dir(world.scene.file("."))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            // Who connected is told on standard error.
            .stderr(fs::File::create(world.scene.file("s_server.log")).expect("a file"))
            .spawn()
            .expect("openssl runs");
        let mut output = BufReader::new(process.stdout.take().expect("its standard output"));
        let mut line = String::new();
        while !line.starts_with("ACCEPT ") {
            line.clear();
            assert_ne!(output.read_line(&mut line).expect("UTF-8"), 0, "openssl does not listen");
        }
        let address = line.trim_start_matches("ACCEPT ").trim().to_owned();
        Self { process, output, address }
    }

    /// What it said, once it has ended.
    fn said(mut self, world: &World) -> String {
        let mut said = String::new();
        while self.output.read_line(&mut said).expect("UTF-8") > 0 {}
        self.process.wait().expect("its end");
        said + &fs::read_to_string(world.scene.file("s_server.log")).expect("its log")
    }
}

impl Drop for Reverser {
    fn drop(&mut self) {
        // One that has ended by itself can't be killed.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn openssl_as_server_verifies_the_device() {
    if !has_openssl("openssl_as_server_verifies_the_device") {
        return;
    }
    let world = World::new();
    for (version, option) in VERSIONS {
        let server = Reverser::start(&world, option);
        let args = ["--key", "device", "--sni", "localhost"];
        let run = world.connect_to(&server.address, &args, b"stressed\n");
        assert_eq!((run.code, run.stdout.as_str()), (0, "desserts\n"), "{run:?}");
        assert!(run.stderr.contains(&format!("TLS {version}")), "{run:?}");
        let said = server.said(&world);
        assert!(said.contains("Peer certificate: CN = device"), "{said}");
        assert!(said.contains("Verification: OK"), "{said}");
    }
}

#[test]
fn openssl_as_server_refuses_a_client_without_certificate() {
    if !has_openssl("openssl_as_server_refuses_a_client_without_certificate") {
        return;
    }
    let world = World::new();
    for (_, option) in VERSIONS {
        let server = Reverser::start(&world, option);
        let run = world.connect_to(&server.address, &["--anonymous", "--sni", "localhost"], b"let me in\n");
        assert_eq!(run.code, 10, "{run:?}");
        assert!(run.stderr.contains("it requires a client certificate"), "{run:?}");
    }
}

#[test]
fn openssl_as_client_verifies_the_server_and_is_known_to_it() {
    if !has_openssl("openssl_as_client_verifies_the_server_and_is_known_to_it") {
        return;
    }
    let world = World::new();
    for (version, option) in VERSIONS {
        let mut server = world.serve(&["--key", "gate", "--once"]);
        let output = s_client(&world, &server.address, 2400, &[option]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() && said.contains("Verify return code: 0 (ok)"), "{output:?}");
        let saw = server.line();
        assert_eq!(
            (saw["version"].as_str(), saw["peer"]["subject"].as_str()),
            (Some(format!("TLS {version}").as_str()), Some("CN=outsider"),)
        );
        assert_eq!(server.ended().0, 0);
    }
}

#[test]
fn an_expired_client_certificate_is_refused_by_our_server() {
    if !has_openssl("an_expired_client_certificate_is_refused_by_our_server") {
        return;
    }
    let world = World::new();
    for (_, option) in VERSIONS {
        let mut server = world.serve(&["--key", "gate", "--once"]);
        let output = s_client(&world, &server.address, 2001, &[option, "-ign_eof"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("certificate expired"), "{output:?}");
        let (code, said) = server.ended();
        assert_eq!(code, 10);
        assert!(said.contains("we refused the client's certificate: it has expired"), "{said}");
    }
}

/// Runs `openssl s_client` with a certificate that is valid until the end of a year, and no input. With
/// `-ign_eof` it waits for the server to end the connection.
fn s_client(world: &World, address: &str, until: i32, options: &[&str]) -> Output {
    let (certificate, key) = world.authority.outsider("outsider", until);
    world.scene.write("outsider.pem", certificate);
    world.scene.write("outsider.key", key);
    Command::new("openssl")
        .args(["s_client", "-connect", address, "-CAfile", "ca.pem", "-verify_return_error"])
        .args(options)
        .args(["-cert", "outsider.pem", "-key", "outsider.key", "-verify_ip", "127.0.0.1"])
        .current_dir(world.scene.file("."))
        .stdin(Stdio::null())
        .output()
        .expect("openssl runs")
}
