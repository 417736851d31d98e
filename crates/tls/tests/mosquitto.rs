//! The MQTT example against a real mosquitto broker that requires client certificates.

#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "../examples/mqtt.rs"]
#[allow(dead_code, reason = "the example's `main` is not called here")]
mod mqtt;

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use clap::Parser as _;
use portcullis_engine::RingEngine;
use portcullis_entropy::{RandomPool, Seed};
use portcullis_pal::SqliteStore;
use portcullis_pal::testkit::skip;
use portcullis_token::{
    AttributeType, Curve, Device, KeyDerivation, MechanismType, ObjectClass, Parts, Session, SessionAccess,
    Template, Token, UserType, formats,
};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, PublicKeyData};
use tempfile::TempDir;

const PIN: &str = "4711-4711";

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
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    fs::write(path(folder, "ca.pem"), params.self_signed(&key).unwrap().pem()).unwrap();
    let issuer = Issuer::new(params, key);

    let broker = KeyPair::generate().unwrap();
    fs::write(path(folder, "broker.pem"), certify("127.0.0.1", &broker, &issuer).pem()).unwrap();
    fs::write(path(folder, "broker.key"), broker.serialize_pem()).unwrap();

    fs::write(path(folder, "pin"), PIN).unwrap();
    let token = token(&folder.path().join("token"));
    let session = token.open_session(SessionAccess::ReadWrite).unwrap();
    session.login(UserType::User, PIN.as_bytes()).unwrap();
    let device = generate(&session);
    let certificate = Template::of(ObjectClass::Certificate)
        .with(AttributeType::Token, true)
        .with(AttributeType::CertificateType, 0)
        .with(AttributeType::Value, certify("device", &device, &issuer).der().as_ref());
    session.create_object(certificate).unwrap();
}

fn certify(name: &str, key: &impl PublicKeyData, issuer: &Issuer<'_, KeyPair>) -> rcgen::Certificate {
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.signed_by(key, issuer).unwrap()
}

fn token(folder: &Path) -> Token {
    let token = Token::open(Parts {
        store: Arc::new(SqliteStore::create(folder.join(mqtt::STORE)).unwrap()),
        engine: Arc::new(RingEngine),
        random: Arc::new(RandomPool::host(Seed::NotKept)),
        key_derivation: KeyDerivation::MINIMUM,
        device: Device::default(),
    })
    .unwrap();
    token.init(PIN.as_bytes(), "thing").unwrap();
    let session = token.open_session(SessionAccess::ReadWrite).unwrap();
    session.login(UserType::So, PIN.as_bytes()).unwrap();
    session.init_pin(PIN.as_bytes()).unwrap();
    drop(session);
    token
}

/// The public point of a key that is in the token.
struct TokenPoint(Vec<u8>);

impl PublicKeyData for TokenPoint {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P256_SHA256
    }
}

fn generate(session: &Session) -> TokenPoint {
    let named = || Template::new().with(AttributeType::Token, true).with(AttributeType::Label, "device");
    let public = named().with(AttributeType::EcParams, formats::curve_params(Curve::P256));
    let (public, _) = session.generate_key_pair(MechanismType::EC_KEY_PAIR_GEN, public, named()).unwrap();
    let point = session.attribute(public, AttributeType::EcPoint).unwrap();
    let portcullis_token::AttributeValue::Plain(point) = point else { panic!("a public point is no secret") };
    TokenPoint(formats::point_from_attribute(Curve::P256, point.as_bytes().unwrap()).unwrap())
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
