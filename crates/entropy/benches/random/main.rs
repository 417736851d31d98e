//! Random bytes: from a pool as a host has it, and from the generators that others draw from.
//!
//! All sides take turns within each round, so that what disturbs the machine disturbs all of them; what is printed
//! is each side's median in nanoseconds for a request, and the median of the rounds' ratios to the pool. A ratio
//! above 1 is a side that is slower than the pool.

#![allow(clippy::unwrap_used, reason = "a benchmark ends by a panic")]

mod openssl;

use std::env;
use std::hint::black_box;
use std::sync::{Barrier, Mutex};
use std::time::{Duration, Instant};

use portcullis_entropy::{Composition, Mechanism, Random, RandomPool, Seed};
use ring::rand::SecureRandom as _;

const ROUNDS: usize = 15;
const SPAN: Duration = Duration::from_millis(40);
const SHORT: usize = 32;
const LONG: usize = 16 * 1024;

/// Fills a buffer.
type Fill<'a> = dyn Fn(&mut [u8]) + Sync + 'a;

struct Side<'a> {
    name: &'static str,
    fill: Box<Fill<'a>>,
}

impl<'a> Side<'a> {
    fn new(name: &'static str, fill: impl Fn(&mut [u8]) + Sync + 'a) -> Self {
        Self { name, fill: Box::new(fill) }
    }

    fn pool(name: &'static str, pool: RandomPool) -> Self {
        Self::new(name, move |out| pool.fill(out).unwrap())
    }

    /// Nanoseconds for a request of `len` bytes, over about [`SPAN`].
    fn time(&self, len: usize) -> f64 {
        let mut out = vec![0; len];
        // A clock is read once in so many calls that it costs nothing.
        let batch = if len > 1000 { 8 } else { 256 };
        let start = Instant::now();
        let mut calls = 0_u32;
        while start.elapsed() < SPAN {
            (0..batch).for_each(|_| (self.fill)(black_box(&mut out)));
            calls += batch;
        }
        start.elapsed().as_secs_f64() * 1e9 / f64::from(calls)
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The first of `sides` is what the others are compared with.
fn compare(sides: &[Side<'_>], len: usize) {
    let mut times = vec![Vec::new(); sides.len()];
    for _ in 0..ROUNDS {
        for (side, times) in sides.iter().zip(&mut times) {
            times.push(side.time(len));
        }
    }
    println!("\n{len} bytes");
    for (side, own) in sides.iter().zip(&times) {
        let ratios = own.iter().zip(&times[0]).map(|(own, first)| own / first).collect();
        println!("{:<36} {:>9.0} ns {:>7.2}", side.name, median(own.clone()), median(ratios));
    }
}

/// How much more two threads draw from one pool than one does.
fn threads(pool: &RandomPool, len: usize) {
    let side = Side::new("", |out| pool.fill(out).unwrap());
    let gains = (0..ROUNDS).map(|_| {
        let one = side.time(len);
        let (together, two) = (Barrier::new(2), Mutex::new(Vec::new()));
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    together.wait();
                    let time = side.time(len);
                    two.lock().unwrap().push(time);
                });
            }
        });
        two.into_inner().unwrap().iter().map(|time| one / time).sum()
    });
    println!("{len} bytes: two threads draw {:.2} times what one does", median(gains.collect()));
}

fn main() {
    // Cargo adds `--bench`; a test run, which does not, only sees that this builds.
    if !env::args().any(|argument| argument == "--bench") {
        return;
    }
    let system = ring::rand::SystemRandom::new();
    let plain = |mechanism| Composition::host(Seed::NotKept).generator(mechanism).pool();
    let sides = [
        Side::pool("pool of a host", RandomPool::host(Seed::NotKept)),
        Side::pool("pool of a host, HMAC_DRBG SHA-256", plain(Mechanism::HmacSha256)),
        Side::pool("pool of a host, HMAC_DRBG SHA-512", plain(Mechanism::HmacSha512)),
        Side::pool(
            "pool without the system's bytes",
            Composition::new(Seed::NotKept).source(portcullis_entropy::OsSource).pool(),
        ),
        Side::new("ring SystemRandom", |out| system.fill(out).unwrap()),
        Side::new("getrandom", |out| getrandom::fill(out).unwrap()),
        Side::new("AWS-LC RAND_bytes", |out| aws_lc_rs::rand::fill(out).unwrap()),
    ];
    for len in [SHORT, LONG] {
        compare(&sides, len);
        openssl::compare(&sides[0], len);
    }
    println!();
    let pool = RandomPool::host(Seed::NotKept);
    [SHORT, LONG].into_iter().for_each(|len| threads(&pool, len));
}
