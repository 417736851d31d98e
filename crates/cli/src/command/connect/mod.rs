//! `portcullis connect`: a TLS client that proves who it is with a key of the token, and then joins standard
//! input and output to the connection. How data goes both ways at once is in [`pipe`].

mod address;
mod pipe;

use std::net::{TcpStream, ToSocketAddrs as _};
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use portcullis_entropy::Random;
use portcullis_tls::{anonymous_client_config, client_config};
use portcullis_token::{KeyService, SessionAccess, TokenKeys};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};

use crate::args::Global;
use crate::composition::Composition;
use crate::error::{Error, Result};
use crate::output;
use crate::tls::{self, Facts, PATIENCE, Peer, Version, failure};
use address::Address;
use pipe::Pipe;

/// Connect to a TLS server, with a key of the token as client certificate
///
/// What was agreed goes to standard error; then standard input is sent, and what the server sends is written
/// to standard output. At the end of the input the server is told so, and what it still sends is awaited.
#[derive(Debug, Args)]
pub(crate) struct Connect {
    /// The server; an IPv6 address stands in brackets
    #[arg(value_name = "HOST:PORT")]
    server: Address,
    /// The key: its label, id:HEX or a pkcs11: URI [default: the only key of the token]
    #[arg(long, value_name = "NAME")]
    key: Option<String>,
    /// Show no client certificate
    #[arg(long, conflicts_with = "key")]
    anonymous: bool,
    /// The CA certificates (PEM) to check the server against [default: those that the token trusts]
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// The only version of TLS to speak [default: both]
    #[arg(long = "tls", value_enum, value_name = "VERSION")]
    version: Option<Version>,
    /// The name to ask for and to find in the server's certificate [default: HOST]
    #[arg(long, value_name = "NAME")]
    sni: Option<String>,
    /// A protocol to offer (ALPN), such as x-amzn-mqtt-ca; may be repeated
    #[arg(long, value_name = "PROTOCOL")]
    alpn: Vec<String>,
}

impl Connect {
    pub(crate) fn run(&self, global: &Global) -> Result<()> {
        let name = self.server_name()?;
        let composition = super::open(global)?;
        let mut config = self.config(&composition, global)?;
        config.alpn_protocols = self.alpn.iter().map(|name| name.clone().into_bytes()).collect();

        let mut socket = self.dial()?;
        tls::limit_silence(&socket, Some(PATIENCE));
        let mut connection =
            ClientConnection::new(Arc::new(config), name).map_err(portcullis_tls::Error::from)?;
        connection.complete_io(&mut socket).map_err(|error| failure(&error, Peer::Server))?;
        tls::limit_silence(&socket, None);
        output::remark(global.json, &Facts::of(&connection))?;
        Pipe::new(connection, socket).run()
    }

    fn server_name(&self) -> Result<ServerName<'static>> {
        let name = self.sni.as_ref().unwrap_or(&self.server.host);
        ServerName::try_from(name.clone())
            .map_err(|_| Error::Usage(format!("\"{name}\" is neither a host name nor an IP address")))
    }

    fn config(&self, composition: &Composition, global: &Global) -> Result<ClientConfig> {
        let random: Arc<dyn Random> = composition.random.clone();
        let versions = tls::versions(self.version);
        if self.anonymous {
            // What a token trusts is public, so no one needs to log in.
            let session = composition.token.open_session(SessionAccess::ReadOnly)?;
            let roots = tls::roots(self.ca.as_deref(), &TokenKeys::of(session))?;
            return Ok(anonymous_client_config(random, roots, versions)?);
        }
        let query = tls::key(self.key.as_deref())?;
        let keys: Arc<dyn KeyService> = Arc::new(super::keys(composition, global)?);
        let roots = tls::roots(self.ca.as_deref(), keys.as_ref())?;
        Ok(client_config(&keys, &query, random, roots, versions)?)
    }

    /// Connects to the first of the host's addresses that answers.
    fn dial(&self) -> Result<TcpStream> {
        let unreachable = |error| {
            Error::Connection(format!("can't connect to {}: {error}; check host and port", self.server))
        };
        let Address { host, port } = &self.server;
        let mut last = std::io::ErrorKind::NotFound.into();
        for address in (host.as_str(), *port).to_socket_addrs().map_err(unreachable)? {
            match TcpStream::connect_timeout(&address, PATIENCE) {
                Ok(socket) => return Ok(socket),
                Err(error) => last = error,
            }
        }
        Err(unreachable(last))
    }
}
