//! Standard input to the server and the server to standard output, both at once.
//!
//! One thread sends and one receives. Neither holds the connection's lock while it waits for the socket, so
//! a server that answers before it has read everything can't bring both to a halt.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use rustls::ClientConnection;

use crate::error::{Error, Result};
use crate::tls::{Peer, failure};

/// How much is read at once: the most that one TLS record carries.
const CHUNK: usize = 16 * 1024;

/// A connection that two threads use.
pub(super) struct Pipe {
    connection: Mutex<ClientConnection>,
    socket: TcpStream,
    /// Taken before the connection's lock and held until the bytes are out: records must go in order.
    sending: Mutex<()>,
}

impl Pipe {
    pub(super) fn new(connection: ClientConnection, socket: TcpStream) -> Arc<Self> {
        Arc::new(Self { connection: Mutex::new(connection), socket, sending: Mutex::new(()) })
    }

    /// Runs until the server ends the connection. An input that goes on is then left alone.
    pub(super) fn run(self: Arc<Self>) -> Result<()> {
        let sender = Arc::clone(&self);
        thread::Builder::new()
            .name("send".to_owned())
            // Why sending failed, the receiving side learns from the server's alert.
            .spawn(move || sender.send_all(io::stdin().lock()))
            .map_err(|error| failure(&error, Peer::Server))?;
        self.receive_all(&mut io::stdout().lock())
    }

    /// Sends an input to its end, and then that it has ended (RFC 8446 section 6.1: the other direction
    /// stays open).
    fn send_all(&self, mut input: impl Read) -> io::Result<()> {
        let mut chunk = vec![0; CHUNK];
        loop {
            let count = match input.read(&mut chunk) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                // An input that can't be read any more has ended.
                Err(_) | Ok(0) => break,
                Ok(count) => count,
            };
            let data = chunk.get(..count).unwrap_or_default();
            self.send(|connection| connection.writer().write_all(data))?;
        }
        self.send(|connection| {
            connection.send_close_notify();
            Ok(())
        })
    }

    fn send(&self, put: impl FnOnce(&mut ClientConnection) -> io::Result<()>) -> io::Result<()> {
        let _in_order = self.sending.lock().unwrap_or_else(PoisonError::into_inner);
        let mut connection = self.connection();
        put(&mut connection)?;
        let records = pending(&mut connection)?;
        drop(connection);
        (&self.socket).write_all(&records)
    }

    /// Receives until the server says that it has ended.
    fn receive_all(&self, output: &mut impl Write) -> Result<()> {
        let mut chunk = vec![0; CHUNK];
        // The handshake may have brought the first data with it.
        let mut arrived = 0;
        loop {
            let bytes = chunk.get(..arrived).unwrap_or_default();
            let mut data = Vec::new();
            let outcome = self.take_in(bytes, &mut data);
            output.write_all(&data).and_then(|()| output.flush()).map_err(Error::Output)?;
            if outcome.map_err(|error| failure(&error, Peer::Server))? {
                return Ok(());
            }
            arrived = self.receive(&mut chunk).map_err(|error| failure(&error, Peer::Server))?;
        }
    }

    /// Waits for bytes. A socket that ended has the connection told so.
    fn receive(&self, chunk: &mut [u8]) -> io::Result<usize> {
        loop {
            match (&self.socket).read(chunk) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Ok(0) => {
                    self.connection().read_tls(&mut io::empty())?;
                    return Ok(0);
                }
                result => return result,
            }
        }
    }

    /// Decrypts what arrived; whether the server has ended the connection.
    fn take_in(&self, mut bytes: &[u8], data: &mut Vec<u8>) -> io::Result<bool> {
        let mut connection = self.connection();
        loop {
            if !bytes.is_empty() {
                connection.read_tls(&mut bytes)?;
            }
            let processed = connection.process_new_packets();
            let ended = drain(&mut connection, data);
            if let Err(error) = processed {
                self.say_why(connection);
                return Err(io::Error::new(ErrorKind::InvalidData, error));
            }
            if ended? {
                return Ok(true);
            }
            if bytes.is_empty() {
                return Ok(false);
            }
        }
    }

    /// Sends the alert that tells the server what was wrong, unless the other thread is busy sending.
    fn say_why(&self, mut connection: MutexGuard<'_, ClientConnection>) {
        if let Ok(_in_order) = self.sending.try_lock()
            && let Ok(alert) = pending(&mut connection)
        {
            // The first error is the one to tell of.
            let _ = (&self.socket).write_all(&alert);
        }
    }

    fn connection(&self) -> MutexGuard<'_, ClientConnection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The records that wait to be sent.
fn pending(connection: &mut ClientConnection) -> io::Result<Vec<u8>> {
    let mut records = Vec::new();
    while connection.wants_write() {
        connection.write_tls(&mut records)?;
    }
    Ok(records)
}

/// Takes what has been decrypted; whether it was the last.
fn drain(connection: &mut ClientConnection, data: &mut Vec<u8>) -> io::Result<bool> {
    match connection.reader().read_to_end(data) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(false),
        Err(error) => Err(error),
    }
}
