//! The MQTT example against a real mosquitto broker that requires client certificates.

#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod device;
#[path = "../examples/mqtt.rs"]
#[allow(dead_code, reason = "the example's `main` is not called here")]
mod mqtt;

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use clap::Parser as _;
use device::{PIN, certify};
use portcullis_pal::testkit::skip;
use rcgen::KeyPair;
use tempfile::TempDir;

/// How long the broker may take to listen.
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn a_message_goes_through_a_broker_that_requires_a_certificate() {
    let test = "a_message_goes_through_a_broker_that_requires_a_certificate";
    let Some(program) = mosquitto() else { return skip(test, "mosquitto is not installed") };
    let folder = tempfile::tempdir().unwrap();
    furnish(&folder);
    let broker = Broker::start(&program, &folder);

    let args = mqtt::Args::parse_from([
        "mqtt",
        &format!("127.0.0.1:{}", broker.port),
        "--token",
        &path(&folder, "token"),
        "--pin-file",
        &path(&folder, "pin"),
        "--key",
        "pkcs11:object=device;type=private",
        "--ca",
        &path(&folder, "ca.pem"),
    ]);
    mqtt::run(&args).unwrap_or_else(|error| panic!("{error:#}\n{}", broker.log()));
    assert!(
        broker.log().contains("u'device'"),
        "the broker names the client by its certificate: {}",
        broker.log()
    );
}

/// Debian puts daemons where ordinary users have no path to.
fn mosquitto() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let daemons = ["/usr/local/sbin", "/usr/sbin"].map(PathBuf::from);
    std::env::split_paths(&path).chain(daemons).map(|dir| dir.join("mosquitto")).find(|file| file.is_file())
}

fn path(folder: &TempDir, name: &str) -> String {
    folder.path().join(name).display().to_string()
}

/// A CA, the broker's certificate, and a token with a certified device key.
fn furnish(folder: &TempDir) {
    let (authority, issuer) = device::authority();
    fs::write(path(folder, "ca.pem"), authority.pem()).unwrap();

    let broker = KeyPair::generate().unwrap();
    fs::write(path(folder, "broker.pem"), certify("127.0.0.1", &broker, &issuer).pem()).unwrap();
    fs::write(path(folder, "broker.key"), broker.serialize_pem()).unwrap();

    fs::write(path(folder, "pin"), PIN).unwrap();
    device::token(&folder.path().join("token").join(mqtt::STORE), &issuer);
}

/// A mosquitto of this test's own, ended by its handle.
struct Broker {
    process: Child,
    port: u16,
    log: String,
}

impl Broker {
    fn start(program: &Path, folder: &TempDir) -> Self {
        // mosquitto can't choose a port itself.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        // `user` matters to root only: the broker would go on as a user who may not read the folder.
        let config = format!(
            "listener {port} 127.0.0.1\ncafile ca.pem\ncertfile broker.pem\nkeyfile broker.key\n\
             require_certificate true\nuse_identity_as_username true\npersistence false\nuser root\n"
        );
        fs::write(path(folder, "mosquitto.conf"), config).unwrap();
        let log = path(folder, "mosquitto.log");
        let file = fs::File::create(&log).unwrap();
        let mut process = Command::new(program)
            .args(["-v", "-c", "mosquitto.conf"])
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .spawn()
            .unwrap();
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = process.try_wait().unwrap();
            let text = fs::read_to_string(&log).unwrap();
            assert!(ended.is_none() && start.elapsed() < PATIENCE, "mosquitto does not listen: {text}");
            thread::sleep(Duration::from_millis(20));
        }
        Self { process, port, log }
    }

    fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
