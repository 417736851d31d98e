//! A rustls client and server in memory, and the wire between them.

use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, ConnectionCommon, Error, ServerConfig, ServerConnection};

/// The name that clients ask for unless told otherwise.
pub(crate) const HOST: &str = "gate.example";

/// Both ends, after the handshake.
pub(crate) struct Ends {
    pub(crate) client: ClientConnection,
    pub(crate) server: ServerConnection,
    /// Every byte that went over the wire, in order.
    pub(crate) wire: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Client,
    Server,
}

/// Which end gave up first, and why.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) side: Side,
    pub(crate) error: Error,
}

impl Broken {
    fn at(side: Side) -> impl Fn(Error) -> Self {
        move |error| Self { side, error }
    }
}

/// A handshake between the two.
pub(crate) fn connect(client: ClientConfig, server: ServerConfig) -> Result<Ends, Broken> {
    connect_with(HOST, &Arc::new(client), &Arc::new(server))
}

/// A handshake in which the client asks for `host`.
pub(crate) fn connect_with(
    host: &str,
    client: &Arc<ClientConfig>,
    server: &Arc<ServerConfig>,
) -> Result<Ends, Broken> {
    let mut ends = ends(host, client, server)?;
    while exchange(&mut ends)? {}
    assert!(!ends.client.is_handshaking() && !ends.server.is_handshaking());
    Ok(ends)
}

/// Both ends, before the first byte.
fn ends(host: &str, client: &Arc<ClientConfig>, server: &Arc<ServerConfig>) -> Result<Ends, Broken> {
    let name = ServerName::try_from(host.to_owned()).unwrap();
    Ok(Ends {
        client: ClientConnection::new(Arc::clone(client), name).map_err(Broken::at(Side::Client))?,
        server: ServerConnection::new(Arc::clone(server)).map_err(Broken::at(Side::Server))?,
        wire: Vec::new(),
    })
}

/// Carries what there is to send in both directions; false when there was nothing.
fn exchange(ends: &mut Ends) -> Result<bool, Broken> {
    let Ends { client, server, wire } = ends;
    let there = carry(client, server, wire).map_err(Broken::at(Side::Server))?;
    let back = carry(server, client, wire).map_err(Broken::at(Side::Client))?;
    Ok(there || back)
}

fn carry<A, B>(
    from: &mut ConnectionCommon<A>,
    to: &mut ConnectionCommon<B>,
    wire: &mut Vec<u8>,
) -> Result<bool, Error> {
    let mut sent = Vec::new();
    while from.wants_write() {
        from.write_tls(&mut sent).unwrap();
    }
    wire.extend_from_slice(&sent);
    let mut left = sent.as_slice();
    while !left.is_empty() {
        to.read_tls(&mut left).unwrap();
        to.process_new_packets()?;
    }
    Ok(!sent.is_empty())
}
