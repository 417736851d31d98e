//! Full TLS 1.3 handshakes in memory, both ends authenticated, without resumption: keys in a token with our
//! provider, against the same keys and certificates in memory, once with our provider (what differs is the
//! token alone) and once with rustls' own `ring` provider (what differs is all of ours).
//!
//! They take turns, handshake by handshake, so that whatever else the machine does hits all. One thread plays
//! both ends, so a handshake here is the work of client and server together. What is reported is the median
//! time of each and the ratios of the medians; 100 % means that ours costs nothing.
//!
//! ```text
//! cargo bench -p portcullis-tls --bench handshake -- [--rounds N] [--json]
//! ```

mod setup;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, ConnectionCommon, ServerConnection};

use setup::{Ends, HOST, KeyKind, World};

/// What the token may cost: at least this many percent of the handshakes without it.
const FLOOR: f64 = 95.0;

/// Compare handshakes with token keys to handshakes with keys in memory
#[derive(Parser)]
struct Args {
    /// How many handshakes of each sort to measure for each kind of key.
    #[arg(long, default_value_t = 3000)]
    rounds: usize,
    /// Print one line of JSON for each kind of key.
    #[arg(long)]
    json: bool,
    /// What `cargo bench` adds.
    #[arg(long, hide = true)]
    bench: bool,
}

/// The median times of one kind of key.
struct Comparison {
    token: Duration,
    memory: Duration,
    ring: Duration,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let mut enough = true;
    if !args.json {
        println!("{:<10}{:>12}{:>22}{:>22}", "key", "token", "keys in memory", "rustls with ring");
    }
    for kind in KeyKind::ALL {
        let world = World::new(kind);
        let compared = compare(&world, args.rounds);
        compared.print(kind, args.json);
        enough &= compared.percent_of(compared.ring) >= FLOOR;
    }
    if enough {
        return ExitCode::SUCCESS;
    }
    eprintln!("below {FLOOR} % of rustls with ring");
    ExitCode::FAILURE
}

impl Comparison {
    /// Handshakes with the token in percent of others.
    fn percent_of(&self, other: Duration) -> f64 {
        100.0 * other.as_secs_f64() / self.token.as_secs_f64()
    }

    fn print(&self, kind: KeyKind, json: bool) {
        let [token, memory, ring] = [self.token, self.memory, self.ring].map(|time| 1.0 / time.as_secs_f64());
        let (of_memory, of_ring) = (self.percent_of(self.memory), self.percent_of(self.ring));
        let name = kind.name();
        if json {
            println!(
                r#"{{"key":"{name}","token_per_s":{token:.1},"memory_per_s":{memory:.1},"ring_per_s":{ring:.1},"percent_of_memory":{of_memory:.2},"percent_of_ring":{of_ring:.2}}}"#
            );
        } else {
            println!(
                "{name:<10}{token:>10.0}/s{memory:>10.0}/s ({of_memory:>5.1} %){ring:>10.0}/s ({of_ring:>5.1} %)"
            );
        }
    }
}

/// Measures all three, turn by turn; who begins changes with every round.
fn compare(world: &World, rounds: usize) -> Comparison {
    let ends = [&world.token, &world.memory, &world.ring];
    // Caches, branch predictors and the token's parsed keys are warm in a running server.
    for _ in 0..rounds.div_ceil(20) {
        for ends in ends {
            handshake(ends);
        }
    }
    let mut times = ends.map(|_| Vec::with_capacity(rounds));
    for round in 0..rounds {
        for turn in 0..ends.len() {
            let which = (round + turn) % ends.len();
            times[which].push(handshake(ends[which]));
        }
    }
    let [token, memory, ring] = times.map(median);
    Comparison { token, memory, ring }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// One handshake, from two new connections until both ends are done.
fn handshake(ends: &Ends) -> Duration {
    let name = ServerName::try_from(HOST).expect("the host is a DNS name");
    let start = Instant::now();
    let mut client = ClientConnection::new(ends.client.clone(), name).expect("a client");
    let mut server = ServerConnection::new(ends.server.clone()).expect("a server");
    let mut wire = Vec::new();
    while client.is_handshaking() || server.is_handshaking() {
        carry(&mut client, &mut server, &mut wire);
        carry(&mut server, &mut client, &mut wire);
    }
    let time = start.elapsed();
    assert!(client.peer_certificates().is_some() && server.peer_certificates().is_some());
    time
}

fn carry<A, B>(from: &mut ConnectionCommon<A>, to: &mut ConnectionCommon<B>, wire: &mut Vec<u8>) {
    wire.clear();
    while from.wants_write() {
        from.write_tls(wire).expect("memory takes it");
    }
    let mut left = wire.as_slice();
    while !left.is_empty() {
        to.read_tls(&mut left).expect("memory gives it");
        to.process_new_packets().expect("both ends agree");
    }
}
