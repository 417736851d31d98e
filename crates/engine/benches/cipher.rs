//! AES-GCM and AES-CBC over 16 KiB: by the engine, through the `Engine` contract, and by `aws-lc-rs` alone.
//!
//! Both take turns within each round, so that what disturbs the machine disturbs both; what is printed is each
//! one's median in MB/s and the median of the rounds' ratios.

#![allow(clippy::unwrap_used, reason = "a benchmark ends by a panic")]

use std::env;
use std::hint::black_box;
use std::time::{Duration, Instant};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{AES_256, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey};
use portcullis_engine::AwsLcEngine;
use portcullis_entropy::{Random, RandomError};
use portcullis_token::engine::{Encrypting, LoadedKey};
use portcullis_token::{Engine, KeyMaterial, KeyType, MechanismType, Parameters, Secret};

const ROUNDS: usize = 21;
const SPAN: Duration = Duration::from_millis(60);
const LEN: usize = 16 * 1024;
const KEY: [u8; 32] = [0x42; 32];

/// Nothing here draws.
struct Unused;

impl Random for Unused {
    fn fill(&self, _out: &mut [u8]) -> Result<(), RandomError> {
        Err(RandomError::NoEntropy)
    }

    fn mix(&self, _seed: &[u8]) -> Result<(), RandomError> {
        Ok(())
    }
}

/// A mechanism of the engine with a key.
struct Subject {
    encrypting: &'static dyn Encrypting,
    key: LoadedKey,
    parameters: Parameters,
}

impl Subject {
    fn new(id: MechanismType, parameters: Parameters) -> Self {
        let found = AwsLcEngine.mechanisms().iter().find(|mechanism| mechanism.id() == id).copied();
        let encrypting = found.unwrap().encrypting().unwrap();
        let key = KeyMaterial::Secret { key_type: KeyType::Aes, value: Secret::copied(&KEY) };
        Self { encrypting, key: encrypting.loader().load(&key).unwrap(), parameters }
    }

    fn encrypt(&self, plaintext: &[u8], out: &mut [u8]) {
        let len = self.encrypting.encrypted_len(&self.key, &self.parameters, plaintext.len()).unwrap();
        let out = &mut out[..len];
        self.encrypting.encrypt(&self.key, &self.parameters, black_box(plaintext), out, &Unused).unwrap();
    }
}

/// Megabytes a second for about [`SPAN`].
fn rate(mut call: impl FnMut()) -> f64 {
    let start = Instant::now();
    let mut calls = 0_u32;
    while start.elapsed() < SPAN {
        call();
        calls += 1;
    }
    f64::from(calls) * LEN as f64 / 1e6 / start.elapsed().as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn compare(what: &str, mut engine: impl FnMut(), mut bare: impl FnMut()) {
    let (mut engines, mut bares, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (by_engine, by_library) = (rate(&mut engine), rate(&mut bare));
        engines.push(by_engine);
        bares.push(by_library);
        ratios.push(by_engine / by_library);
    }
    println!("{what:<16} {:>8.0} {:>8.0} {:>7.3}", median(engines), median(bares), median(ratios));
}

fn main() {
    // Cargo adds `--bench`; a test run, which does not, only sees that this builds.
    if !env::args().any(|argument| argument == "--bench") {
        return;
    }
    let plaintext = vec![0x5a; LEN];
    let mut out = vec![0; LEN + 16];
    let mut place = plaintext.clone();
    println!("{:<16} {:>8} {:>8} {:>7}", "MB/s", "engine", "bare", "ratio");

    let gcm = Subject::new(
        MechanismType::AES_GCM,
        Parameters::Gcm { iv: vec![1; 12], aad: vec![2; 16], tag_len: 16 },
    );
    let bare = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &KEY).unwrap());
    let seal = || {
        let nonce = Nonce::assume_unique_for_key([1; 12]);
        bare.seal_in_place_separate_tag(nonce, Aad::from([2; 16]), black_box(&mut place)).map(drop).unwrap();
    };
    compare("AES-256-GCM", || gcm.encrypt(&plaintext, &mut out), seal);

    let cbc = Subject::new(MechanismType::AES_CBC_PAD, Parameters::Iv(vec![1; 16]));
    let bare = PaddedBlockEncryptingKey::cbc_pkcs7(UnboundCipherKey::new(&AES_256, &KEY).unwrap()).unwrap();
    let mut place = plaintext.clone();
    place.reserve(16);
    let encrypt = || {
        place.truncate(LEN);
        let iv = EncryptionContext::Iv128([1; 16].into());
        black_box(bare.less_safe_encrypt(black_box(&mut place), iv).unwrap());
    };
    compare("AES-256-CBC", || cbc.encrypt(&plaintext, &mut out), encrypt);
}
