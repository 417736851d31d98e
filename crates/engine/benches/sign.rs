//! Signing and verifying by both engines, through the `Engine` contract.
//!
//! The engines take turns within each round, so that what disturbs the machine disturbs both; what is printed
//! is each engine's median rate and the median of the rounds' ratios. `--json` prints the same as JSON.

#![allow(clippy::unwrap_used, reason = "a benchmark ends by a panic")]

use std::env;
use std::hint::black_box;
use std::time::{Duration, Instant};

use portcullis_engine::{AwsLcEngine, RingEngine};
use portcullis_entropy::{Random, RandomError};
use portcullis_token::engine::{KeyRequest, LoadedKey};
use portcullis_token::{Curve, Engine, KeyMaterial, Mechanism, MechanismType, Parameters};
use serde_json::{Value, json};

/// How often each engine is measured, and for how long.
const ROUNDS: usize = 15;
const SPAN: Duration = Duration::from_millis(60);

const MESSAGE: [u8; 32] = [0x5a; 32];

/// The system's randomness, as keys are made of it here.
struct System;

impl Random for System {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomError> {
        aws_lc_rs::rand::fill(out).map_err(|_| RandomError::NoEntropy)
    }

    fn mix(&self, _seed: &[u8]) -> Result<(), RandomError> {
        Ok(())
    }
}

/// An engine's mechanism with both halves of a key.
struct Subject {
    mechanism: &'static dyn Mechanism,
    private: LoadedKey,
    public: LoadedKey,
    signature: Vec<u8>,
}

impl Subject {
    fn new(engine: &dyn Engine, id: MechanismType, key: &KeyMaterial) -> Self {
        let mechanism = named(engine, id);
        let (signing, verifying) = (mechanism.signing().unwrap(), mechanism.verifying().unwrap());
        let private = signing.loader().load(key).unwrap();
        let public = verifying.loader().load(&engine.public_key(key).unwrap()).unwrap();
        let signature = signing.sign(&private, &Parameters::None, &MESSAGE, &System).unwrap();
        Self { mechanism, private, public, signature }
    }

    fn sign(&self) {
        let signing = self.mechanism.signing().unwrap();
        let signature = signing.sign(&self.private, &Parameters::None, black_box(&MESSAGE), &System);
        black_box(signature.unwrap());
    }

    fn verify(&self) {
        let verifying = self.mechanism.verifying().unwrap();
        verifying.verify(&self.public, &Parameters::None, black_box(&MESSAGE), &self.signature).unwrap();
    }
}

fn named(engine: &dyn Engine, id: MechanismType) -> &'static dyn Mechanism {
    *engine.mechanisms().iter().find(|mechanism| mechanism.id() == id).unwrap()
}

/// Calls a second for about [`SPAN`].
fn rate(call: impl Fn()) -> f64 {
    let start = Instant::now();
    let mut calls = 0_u32;
    while start.elapsed() < SPAN {
        call();
        calls += 1;
    }
    f64::from(calls) / start.elapsed().as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Both engines at one call, in turns.
fn compare(what: &str, ring: impl Fn(), aws_lc: impl Fn()) -> Value {
    let (mut rings, mut aws_lcs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        // Who goes first changes, so that neither always meets a warmer processor.
        let (by_ring, by_aws_lc) = if round % 2 == 0 {
            let first = rate(&ring);
            (first, rate(&aws_lc))
        } else {
            let first = rate(&aws_lc);
            (rate(&ring), first)
        };
        rings.push(by_ring);
        aws_lcs.push(by_aws_lc);
        ratios.push(by_aws_lc / by_ring);
    }
    json!({
        "what": what,
        "ring_per_s": median(rings).round(),
        "aws_lc_per_s": median(aws_lcs).round(),
        "aws_lc_to_ring": (median(ratios) * 100.0).round() / 100.0,
    })
}

fn rows() -> Vec<Value> {
    let made = |id: MechanismType, request: KeyRequest| {
        named(&AwsLcEngine, id).generating().unwrap().generate(&request, &Parameters::None, &System).unwrap()
    };
    let ec = MechanismType::EC_KEY_PAIR_GEN;
    let edwards = MechanismType::EC_EDWARDS_KEY_PAIR_GEN;
    let rsa = KeyRequest::Rsa { bits: 2048, public_exponent: vec![1, 0, 1] };
    let subjects = [
        ("P-256", MechanismType::ECDSA_SHA256, made(ec, KeyRequest::Ec(Curve::P256))),
        ("P-384", MechanismType::ECDSA_SHA384, made(ec, KeyRequest::Ec(Curve::P384))),
        ("Ed25519", MechanismType::EDDSA, made(edwards, KeyRequest::Ec(Curve::Ed25519))),
        ("RSA-2048", MechanismType::SHA256_RSA_PKCS, made(MechanismType::RSA_PKCS_KEY_PAIR_GEN, rsa)),
    ];
    subjects
        .iter()
        .flat_map(|(name, id, key)| {
            let ring = Subject::new(&RingEngine, *id, key);
            let aws_lc = Subject::new(&AwsLcEngine, *id, key);
            [
                compare(&format!("{name} sign"), || ring.sign(), || aws_lc.sign()),
                compare(&format!("{name} verify"), || ring.verify(), || aws_lc.verify()),
            ]
        })
        .collect()
}

fn main() {
    // Cargo adds `--bench`; a test run, which does not, only sees that this builds.
    if !env::args().any(|argument| argument == "--bench") {
        return;
    }
    let rows = rows();
    if env::args().any(|argument| argument == "--json") {
        println!("{}", Value::Array(rows));
        return;
    }
    println!("{:<16} {:>10} {:>10} {:>7}", "calls a second", "ring", "aws_lc", "ratio");
    for row in rows {
        let number = |name: &str| row[name].as_f64().unwrap();
        println!(
            "{:<16} {:>10.0} {:>10.0} {:>7.2}",
            row["what"].as_str().unwrap(),
            number("ring_per_s"),
            number("aws_lc_per_s"),
            number("aws_lc_to_ring"),
        );
    }
}
