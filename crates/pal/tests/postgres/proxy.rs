//! A way to a server that can be cut at a chosen moment: a proxy for bytes in the clear.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use portcullis_pal::PostgresPlace;
use portcullis_pal::testkit::PostgresServer;

/// What happens to the next commit.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Cut {
    Nothing,
    /// The connection ends before the server hears of it.
    Before,
    /// The server commits, and the connection ends before its answer is heard.
    After,
    /// As `After`, and nobody gets to the server any more.
    AfterForGood,
}

/// The proxy; its threads end with the connections.
pub(crate) struct Proxy {
    port: u16,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    cut: AtomicU8,
    refusing: AtomicU8,
    frozen: Mutex<bool>,
    thawed: Condvar,
    /// What clients have sent so far, in reads.
    sent: AtomicU32,
}

impl Proxy {
    pub(crate) fn to(server: &PostgresServer) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State::default());
        let (shared, behind) = (state.clone(), server.port());
        thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.unwrap();
                if shared.refusing.load(Ordering::SeqCst) != 0 {
                    continue;
                }
                let server = TcpStream::connect((Ipv4Addr::LOCALHOST, behind)).unwrap();
                client.set_nodelay(true).unwrap();
                server.set_nodelay(true).unwrap();
                let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                let state = shared.clone();
                thread::spawn(move || up(&from, &to, &state));
                let state = shared.clone();
                thread::spawn(move || down(&server, &client, &state));
            }
        });
        Self { port, state }
    }

    pub(crate) fn place(&self, schema: &str) -> PostgresPlace {
        let port = self.port;
        let address = format!("postgresql://portcullis:s3cret@127.0.0.1:{port}/postgres?schema={schema}");
        PostgresPlace::parse(&address).unwrap()
    }

    pub(crate) fn cut(&self, how: Cut) {
        self.state.cut.store(how as u8, Ordering::SeqCst);
    }

    /// Lets nobody hear anything until it is thawed.
    pub(crate) fn freeze(&self, frozen: bool) {
        *self.state.frozen.lock().unwrap() = frozen;
        self.state.thawed.notify_all();
    }

    pub(crate) fn sent(&self) -> u32 {
        self.state.sent.load(Ordering::SeqCst)
    }
}

/// From the client to the server.
fn up(mut client: &TcpStream, mut server: &TcpStream, state: &State) {
    let mut bytes = [0; 65536];
    while let Ok(len @ 1..) = client.read(&mut bytes) {
        state.sent.fetch_add(1, Ordering::SeqCst);
        let is_commit = bytes[..len].windows(6).any(|word| word == b"COMMIT");
        let cut = if is_commit { state.cut.swap(0, Ordering::SeqCst) } else { 0 };
        if cut == Cut::Before as u8 {
            break;
        }
        if cut == Cut::AfterForGood as u8 {
            state.refusing.store(1, Ordering::SeqCst);
        }
        if cut != 0 {
            // Nothing that the server says from here on is heard, while it works on what it is given.
            let _ = client.shutdown(Shutdown::Both);
        }
        if server.write_all(&bytes[..len]).is_err() || cut != 0 {
            break;
        }
    }
    let _ = client.shutdown(Shutdown::Both);
    let _ = server.shutdown(Shutdown::Write);
}

/// From the server to the client.
fn down(mut server: &TcpStream, mut client: &TcpStream, state: &State) {
    let mut bytes = [0; 65536];
    while let Ok(len @ 1..) = server.read(&mut bytes) {
        let frozen = state.frozen.lock().unwrap();
        drop(state.thawed.wait_while(frozen, |frozen| *frozen).unwrap());
        if client.write_all(&bytes[..len]).is_err() {
            break;
        }
    }
    let _ = client.shutdown(Shutdown::Both);
}
