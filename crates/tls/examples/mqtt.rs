//! A thing as AWS IoT knows it: MQTT over mutual TLS, with the device key in its token.
//!
//! It opens a token that `portcullis` has made, connects to a broker, subscribes to a topic, publishes one
//! message there, and ends with status 0 when the message has come back, otherwise with 1.
//!
//! ```text
//! cargo run -p portcullis-tls --example mqtt -- broker.example:8883 \
//!     --token device-token --pin-file pin --key device --topic things/one
//! ```
//!
//! For AWS IoT the host is the account's endpoint (`...-ats.iot.REGION.amazonaws.com`); rustls always sends
//! its name (SNI), as AWS IoT demands. Port 8883 wants no ALPN; port 443 wants `--alpn x-amzn-mqtt-ca`. The
//! topic and the client id must be ones that the thing's policy allows.
//!
//! What is absent: reconnecting, and any broker's own conventions.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use clap::Parser;
use portcullis_engine::RingEngine;
use portcullis_entropy::{Random, RandomPool, Seed};
use portcullis_pal::SqliteStore;
use portcullis_tls::{anchors, client_config};
use portcullis_token::key_service::KeyQuery;
use portcullis_token::{Device, KeyDerivation, KeyService, Parts, Token, TokenKeys};
use rumqttc::{Client, Event, MqttOptions, Packet, QoS, TlsConfiguration, Transport};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ALL_VERSIONS, ClientConfig, RootCertStore};

/// The file of a token's folder that holds the token, as the `portcullis` command names it.
pub(crate) const STORE: &str = "token.db";

/// Subscribe to a topic of an MQTT broker, publish there, and wait for the message to come back
#[derive(Parser)]
pub(crate) struct Args {
    /// The broker, as HOST:PORT; its certificate must be for HOST.
    #[arg(value_name = "HOST:PORT")]
    broker: String,
    /// The folder of the token.
    #[arg(long, value_name = "DIR")]
    token: PathBuf,
    /// A file whose first line is the user PIN.
    #[arg(long, value_name = "FILE")]
    pin_file: PathBuf,
    /// The device key: a label, `id:` and hexadecimal digits, or a `pkcs11:` URI.
    #[arg(long)]
    key: String,
    /// Roots to check the broker against, in PEM; without it, the certificates that the token trusts.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// A protocol to name in the handshake (ALPN).
    #[arg(long, value_name = "NAME")]
    alpn: Option<String>,
    /// The topic to subscribe to and publish to.
    #[arg(long, default_value = "portcullis/demo")]
    topic: String,
    /// What to publish.
    #[arg(long, default_value = "hello from a key that stays in its token")]
    message: String,
    /// The MQTT client id.
    #[arg(long, default_value = "portcullis")]
    client_id: String,
    /// After how many seconds to give up.
    #[arg(long, value_name = "SECONDS", default_value_t = 20)]
    timeout: u64,
}

fn main() -> Result<()> {
    run(&Args::parse())
}

/// What `main` does, also for the test that runs it against a broker.
pub(crate) fn run(args: &Args) -> Result<()> {
    let config = tls(args)?;
    let mut options = mqtt(args)?;
    // rumqttc takes the configuration as it is, with our provider in it: no process-wide one is needed.
    options.set_transport(Transport::tls_with_config(TlsConfiguration::Rustls(Arc::new(config))));
    round_trip(options, args)
}

/// TLS with the key of the token. This is all that a program with a token has to do.
fn tls(args: &Args) -> Result<ClientConfig> {
    let random: Arc<dyn Random> = Arc::new(RandomPool::host(Seed::NotKept));
    let token = open(&args.token, &random)?;
    let keys: Arc<dyn KeyService> = Arc::new(TokenKeys::login(&token, &pin(&args.pin_file)?)?);
    let roots = match &args.ca {
        Some(file) => roots(file)?,
        None => anchors(keys.as_ref())?,
    };
    let mut config = client_config(&keys, &KeyQuery::parse(&args.key)?, random, roots, ALL_VERSIONS)?;
    config.alpn_protocols.extend(args.alpn.as_ref().map(|name| name.clone().into_bytes()));
    Ok(config)
}

/// The composition of a host: SQLite, the checked pool, `ring`.
fn open(folder: &Path, random: &Arc<dyn Random>) -> Result<Token> {
    let store = SqliteStore::open(folder.join(STORE))?;
    Ok(Token::open(Parts {
        store: Arc::new(store),
        engine: Arc::new(RingEngine),
        random: Arc::clone(random),
        key_derivation: KeyDerivation::STANDARD,
        device: Device::default(),
    })?)
}

/// The first line of the file.
fn pin(file: &Path) -> Result<Vec<u8>> {
    let text = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(text.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default().to_vec())
}

fn roots(file: &Path) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    let unreadable = || format!("cannot read certificates from {}", file.display());
    for certificate in CertificateDer::pem_file_iter(file).with_context(unreadable)? {
        roots.add(certificate.with_context(unreadable)?).with_context(unreadable)?;
    }
    Ok(roots)
}

fn mqtt(args: &Args) -> Result<MqttOptions> {
    let (host, port) = args.broker.rsplit_once(':').context("the broker is given as HOST:PORT")?;
    let port = port.parse().context("the broker's port is a number up to 65535")?;
    let mut options = MqttOptions::new(args.client_id.as_str(), host, port);
    options.set_keep_alive(Duration::from_secs(30));
    Ok(options)
}

/// Connects, subscribes, publishes, and waits until the message is back.
fn round_trip(options: MqttOptions, args: &Args) -> Result<()> {
    let deadline = Instant::now() + Duration::from_secs(args.timeout);
    let (client, mut connection) = Client::new(options, 8);
    client.subscribe(args.topic.as_str(), QoS::AtLeastOnce)?;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let Ok(event) = connection.recv_timeout(left) else {
            bail!("the message did not come back within {} seconds", args.timeout);
        };
        match event.with_context(|| format!("no MQTT with {}", args.broker))? {
            Event::Incoming(Packet::ConnAck(_)) => println!("connected to {}", args.broker),
            Event::Incoming(Packet::SubAck(_)) => {
                println!("subscribed to {}", args.topic);
                client.publish(args.topic.as_str(), QoS::AtLeastOnce, false, args.message.as_bytes())?;
            }
            Event::Incoming(Packet::Publish(message)) if message.payload == args.message.as_bytes() => {
                println!("received {}: {}", message.topic, args.message);
                client.disconnect()?;
                return Ok(());
            }
            _ => {}
        }
    }
}
