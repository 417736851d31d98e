//! `portcullis serve`: a TLS server with a key of the token, which sends back whatever its clients send. It
//! is there to try clients with, not to serve anyone.

mod client;

use std::fmt;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use clap::Args;
use portcullis_entropy::Random;
use portcullis_tls::{TokenCertResolver, provider, server_config};
use portcullis_token::KeyService;
use rustls::ServerConfig;
use serde::Serialize;

use crate::args::Global;
use crate::composition::Composition;
use crate::error::{Error, Result};
use crate::output;
use crate::tls::{self, Version};

/// Serve TLS with a key of the token, and send back what clients send
///
/// The first line says where it listens; then a line for each client that was let in says who it is. Ctrl-C
/// ends it.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Where to listen; port 0 takes a free one
    #[arg(value_name = "ADDR:PORT")]
    address: SocketAddr,
    /// The key: its label, id:HEX or a pkcs11: URI [default: the only key of the token]
    #[arg(long, value_name = "NAME")]
    key: Option<String>,
    /// The CA certificates (PEM) to check clients against [default: those that the token trusts]
    #[arg(long, value_name = "FILE")]
    client_ca: Option<PathBuf>,
    /// Let in everyone, and ask for no certificate
    #[arg(long, conflicts_with = "client_ca")]
    no_client_auth: bool,
    /// The only version of TLS to speak [default: both]
    #[arg(long = "tls", value_enum, value_name = "VERSION")]
    version: Option<Version>,
    /// End after the first client; the exit code says how it went
    #[arg(long)]
    once: bool,
}

/// Where the server can be reached.
#[derive(Serialize)]
struct Listening {
    listening: SocketAddr,
}

impl Serve {
    pub(crate) fn run(&self, global: &Global) -> Result<()> {
        let composition = super::open(global)?;
        let config = Arc::new(self.config(&composition, global)?);
        let unusable =
            |error| Error::Connection(format!("can't listen on {}: {error}; choose another", self.address));
        let listener = TcpListener::bind(self.address).map_err(unusable)?;
        let address = listener.local_addr().map_err(unusable)?;
        let stopping = stop_on_interrupt(address)?;
        output::show(global.json, &Listening { listening: address })?;
        if self.once {
            let (socket, from) = listener.accept().map_err(unusable)?;
            return if stopping.load(Ordering::SeqCst) {
                Ok(())
            } else {
                client::serve(&config, socket, from, global.json)
            };
        }
        loop {
            match listener.accept() {
                _ if stopping.load(Ordering::SeqCst) => return Ok(()),
                Ok((socket, from)) => in_background(Arc::clone(&config), socket, from, global.json),
                // A client that gave up while it waited, or too many open files: the next may fare better.
                Err(error) => output::note(&format!("a client could not be accepted: {error}")),
            }
        }
    }

    fn config(&self, composition: &Composition, global: &Global) -> Result<ServerConfig> {
        let random: Arc<dyn Random> = composition.random.clone();
        let query = tls::key(self.key.as_deref())?;
        let versions = tls::versions(self.version);
        let keys: Arc<dyn KeyService> = Arc::new(super::keys(composition, global)?);
        if !self.no_client_auth {
            let clients = tls::roots(self.client_ca.as_deref(), keys.as_ref())?;
            return Ok(server_config(&keys, &query, random, clients, versions)?);
        }
        let identity = TokenCertResolver::new(keys, &[query])?;
        Ok(ServerConfig::builder_with_provider(Arc::new(provider(random)))
            .with_protocol_versions(versions)
            .map_err(portcullis_tls::Error::from)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(identity)))
    }
}

/// Has Ctrl-C set the flag that is returned and wake the listener, so that the token is closed in order.
fn stop_on_interrupt(address: SocketAddr) -> Result<Arc<AtomicBool>> {
    let stopping = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stopping);
    ctrlc::set_handler(move || {
        flag.store(true, Ordering::SeqCst);
        // Only to wake `accept`; where it fails, the next client will.
        let _ = TcpStream::connect(address);
    })
    .map_err(|error| Error::Connection(format!("can't wait for Ctrl-C: {error}")))?;
    Ok(stopping)
}

/// Serves a client on a thread of its own, so that one that dawdles keeps no other waiting.
fn in_background(config: Arc<ServerConfig>, socket: TcpStream, from: SocketAddr, json: bool) {
    let served = thread::Builder::new().spawn(move || {
        if let Err(error) = client::serve(&config, socket, from, json) {
            output::note(&format!("{from}: {error}"));
        }
    });
    if let Err(error) = served {
        output::note(&format!("{from}: no thread to serve it: {error}"));
    }
}

impl fmt::Display for Listening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "listening on {}", self.listening)
    }
}
