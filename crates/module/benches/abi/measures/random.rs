//! Our generator by itself, beside those that programs use today: without the module, in the same process.

use std::hint::black_box;
use std::sync::Arc;

use portcullis_entropy::{Composition, Mechanism, OsSource, Random as _, RandomPool, Seed};
use ring::rand::SecureRandom as _;

use super::Goal::{PerSecond, Times, TimesOrPerSecond};
use super::Measure;
use crate::c::Trouble;
use crate::openssl::{self, Crypto};
use crate::rounds::{Run, Side, in_two, repeat};

const LONG: usize = 16 << 10;

/// Two lines of a processor's cache, which some fetch at once.
const APART: usize = 128;

/// The others, and our own in fewer clothes.
const RING: &str = "ring SystemRandom";
const ONE: &str = "Portcullis pool, one thread";

/// 4 GB/s.
const FOUR_GIGABYTES: f64 = 4e9 / LONG as f64;

pub(super) const MEASURES: &[Measure] = &[
    Measure {
        name: "pool-32",
        what: "32 random bytes of the pool of a host, with the kernel's mixed in; the goal is 250 ns",
        goals: &[Times(1.0, RING), Times(1.0, openssl::RANDOM), PerSecond(4e6)],
        sides: |_| pools(32, []),
    },
    Measure {
        name: "pool-16k",
        what: "16 KiB of the pool; the goal is 70% of OpenSSL's cipher alone, or 4 GB/s, whichever is lower",
        goals: &[TimesOrPerSecond(0.7, openssl::CIPHER, FOUR_GIGABYTES), Times(1.0, RING)],
        sides: |_| pools(LONG, [openssl::side(openssl::CIPHER, |crypto| cipher(crypto, LONG))]),
    },
    Measure {
        name: "pool-32-2-threads",
        what: "32 random bytes of one pool, in two threads",
        goals: &[Times(1.9, ONE)],
        sides: |_| threads(32),
    },
    Measure {
        name: "pool-16k-2-threads",
        what: "16 KiB of one pool, in two threads; and how far the machine carries a cipher that shares nothing",
        goals: &[Times(1.9, ONE)],
        sides: |_| threads(LONG).into_iter().chain(ciphers(LONG)).collect(),
    },
];

fn pools<const N: usize>(len: usize, more: [Side<'static>; N]) -> Vec<Side<'static>> {
    let host = || Composition::host(Seed::NotKept);
    let system = ring::rand::SystemRandom::new();
    let sides = [
        pool("Portcullis pool", host(), len),
        pool("its HMAC_DRBG SHA-256", host().generator(Mechanism::HmacSha256), len),
        pool("it without the kernel's bytes", Composition::new(Seed::NotKept).source(OsSource), len),
        side(RING, len, move |out| system.fill(out).is_ok()),
        side("AWS-LC RAND_bytes", len, |out| aws_lc_rs::rand::fill(out).is_ok()),
        side("getrandom", len, |out| getrandom::fill(out).is_ok()),
        openssl::side(openssl::RANDOM, |crypto| {
            let mut out = vec![0; len];
            Ok(repeat(move || crypto.random(black_box(&mut out))))
        }),
    ];
    sides.into_iter().chain(more).collect()
}

fn pool(name: &'static str, composition: Composition, len: usize) -> Side<'static> {
    let pool = composition.pool();
    side(name, len, move |out| pool.fill(out).is_ok())
}

/// A generator that says whether it filled the buffer.
fn side(name: &'static str, len: usize, fill: impl Fn(&mut [u8]) -> bool + 'static) -> Side<'static> {
    Side { name: name.to_owned(), run: Ok(repeat(filling(len, fill))) }
}

fn filling(len: usize, fill: impl Fn(&mut [u8]) -> bool) -> impl FnMut() -> Result<(), Trouble> {
    // Far enough from what another thread writes to: two short vectors may lie in one line of the cache.
    let mut place = vec![0; APART + len + APART];
    move || if fill(black_box(&mut place[APART..][..len])) { Ok(()) } else { Err(Trouble::Bare) }
}

fn threads(len: usize) -> Vec<Side<'static>> {
    let pool = Arc::new(RandomPool::host(Seed::NotKept));
    let own = || {
        let pool = Arc::clone(&pool);
        filling(len, move |out| pool.fill(out).is_ok())
    };
    vec![
        Side { name: "Portcullis pool, two threads".to_owned(), run: Ok(in_two([own(), own()])) },
        Side { name: ONE.to_owned(), run: Ok(repeat(own())) },
    ]
}

/// AES-256-CTR, which a generator of this kind can't be faster than.
fn cipher(crypto: &'static Crypto, len: usize) -> Result<Run<'static>, Trouble> {
    Ok(repeat(encrypting(crypto, len)?))
}

/// The cipher in two threads and in one.
fn ciphers(len: usize) -> [Side<'static>; 2] {
    let two = |crypto| Ok(in_two([encrypting(crypto, len)?, encrypting(crypto, len)?]));
    [
        openssl::side("OpenSSL AES-256-CTR, two threads", two),
        openssl::side("OpenSSL AES-256-CTR, one thread", |crypto| cipher(crypto, len)),
    ]
}

fn encrypting(
    crypto: &'static Crypto,
    len: usize,
) -> Result<impl FnMut() -> Result<(), Trouble> + Send, Trouble> {
    let (data, mut out) = (vec![0x5a; len], vec![0; len]);
    let cipher = crypto.aes_256_ctr()?;
    Ok(move || cipher.encrypt(black_box(&data), &mut out))
}
