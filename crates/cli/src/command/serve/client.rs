//! One client of `portcullis serve`, from its first byte to its last.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde::Serialize;

use crate::error::Result;
use crate::output;
use crate::tls::{self, Facts, PATIENCE, Peer, failure};

/// How much is sent back at once: the most that one TLS record carries.
const CHUNK: usize = 16 * 1024;

/// How long, and for how many bytes, a refused client is still listened to.
const FAREWELL: (Duration, u64) = (Duration::from_secs(2), 1 << 20);

/// A client that was let in.
#[derive(Serialize)]
struct Client {
    client: SocketAddr,
    #[serde(flatten)]
    facts: Facts,
}

/// Lets a client in or refuses it, and sends back what it sends until it ends.
pub(super) fn serve(
    config: &Arc<ServerConfig>,
    mut socket: TcpStream,
    from: SocketAddr,
    json: bool,
) -> Result<()> {
    let failed = |error: &io::Error| failure(error, Peer::Client);
    tls::limit_silence(&socket, Some(PATIENCE));
    let mut connection = ServerConnection::new(Arc::clone(config)).map_err(portcullis_tls::Error::from)?;
    if let Err(error) = connection.complete_io(&mut socket) {
        part_from(&mut socket);
        return Err(failed(&error));
    }
    tls::limit_silence(&socket, None);
    output::show(json, &Client { client: from, facts: Facts::of(&connection) })?;
    let mut stream = StreamOwned::new(connection, socket);
    echo(&mut stream).map_err(|error| failed(&error))
}

fn echo(stream: &mut StreamOwned<ServerConnection, TcpStream>) -> io::Result<()> {
    let mut chunk = vec![0; CHUNK];
    loop {
        let count = stream.read(&mut chunk)?;
        if count == 0 {
            break;
        }
        stream.write_all(chunk.get(..count).unwrap_or_default())?;
        stream.flush()?;
    }
    stream.conn.send_close_notify();
    stream.flush()
}

/// Takes in what a refused client has still sent: closing a socket with unread bytes resets the connection,
/// and the alert that says why would be lost on the way.
fn part_from(socket: &mut TcpStream) {
    let (time, bytes) = FAREWELL;
    tls::limit_silence(socket, Some(time));
    let _ = socket.shutdown(Shutdown::Write);
    let _ = io::copy(&mut socket.take(bytes), &mut io::sink());
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.client, self.facts.peer(), self.facts.agreed())
    }
}
