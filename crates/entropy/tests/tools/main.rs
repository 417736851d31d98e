//! What other people's tools say of our output: `rngtest`, `ent` and `dieharder`, for a minute's worth of bytes. `cargo
//! xtask entropy-soak` is the long run. Each tool is also shown a generator that is bad in a way that it must see.
#![cfg(all(unix, feature = "std"))]
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

#[path = "../../../../testdata/judges.rs"]
mod judges;

use std::io::{ErrorKind, Write as _};
use std::process::{Command, Stdio};
use std::thread;

use judges::Finding;
use portcullis_entropy::{Composition, Mechanism, Random, Seed};
use portcullis_pal::testkit::skip;

/// Fills a buffer.
type Fill = Box<dyn FnMut(&mut [u8]) + Send>;

/// Bytes in a request to a generator.
const REQUEST: usize = 1 << 12;

/// What is given to `ent` and `rngtest`: 5000 blocks of 20 000 bits, and some.
const BYTES: usize = 3052 * REQUEST;

/// Bytes in a request that a pool answers from what it has drawn ahead.
const SHORT: usize = 32;

/// The generators of hosts, asked for much and for little at once, and of boards.
fn generators() -> [(&'static str, Fill); 3] {
    let [pool, asked_for_little] = [(); 2].map(|()| Composition::host(Seed::NotKept).pool());
    let single = Composition::host(Seed::NotKept).generator(Mechanism::HmacSha256).single();
    [
        ("CTR_DRBG", Box::new(move |out| pool.fill(out).unwrap())),
        (
            "CTR_DRBG, short requests",
            Box::new(move |out| {
                out.chunks_mut(SHORT).for_each(|part| asked_for_little.fill(part).unwrap());
            }),
        ),
        ("HMAC_DRBG", Box::new(move |out| single.fill(out).unwrap())),
    ]
}

fn ours() -> Fill {
    let [(_, fill), ..] = generators();
    fill
}

/// Every 64th byte is a zero.
fn with_zeros() -> Fill {
    let mut fill = ours();
    Box::new(move |out| {
        fill(out);
        out.iter_mut().step_by(64).for_each(|byte| *byte = 0);
    })
}

/// Good bytes, but the same 64 KiB for ever.
fn repeating() -> Fill {
    let mut all = vec![0; 1 << 16];
    ours()(&mut all);
    let mut requests = all.len() / REQUEST;
    Box::new(move |out| {
        requests += 1;
        let at = requests * REQUEST % all.len();
        out.copy_from_slice(&all[at..][..out.len()]);
    })
}

/// What a program prints that reads so many bytes of a generator, or as many as it wants; nothing where it is not
/// installed.
fn printed(program: &str, arguments: &[&str], mut fill: Fill, limit: Option<usize>) -> Option<String> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = match command.spawn() {
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        spawned => spawned.unwrap(),
    };
    let mut stdin = child.stdin.take().unwrap();
    let feeder = thread::spawn(move || {
        let mut buffer = [0; REQUEST];
        let requests = limit.map_or(usize::MAX, |limit| limit / REQUEST);
        for _ in 0..requests {
            fill(&mut buffer);
            // It ends when it has had enough.
            if stdin.write_all(&buffer).is_err() {
                break;
            }
        }
    });
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    Some(stdout + &stderr)
}

/// The findings of `ent`; none where it is not installed.
fn ent(fill: Fill) -> Option<Vec<Finding>> {
    let text = printed("ent", &["-t"], fill, Some(BYTES))?;
    Some(judges::ent(&text).unwrap_or_else(|| panic!("ent prints something else: {text}")))
}

fn rngtest(fill: Fill) -> Option<Finding> {
    let text = printed("rngtest", &["-c", "5000"], fill, Some(BYTES))?;
    Some(judges::rngtest(&text).unwrap_or_else(|| panic!("rngtest prints something else: {text}")))
}

/// One of dieharder's tests, by its number.
fn dieharder(test: &str, fill: Fill) -> Option<Vec<Finding>> {
    let text = printed("dieharder", &[judges::DIEHARDER, &["-d", test]].concat(), fill, None)?;
    let findings: Vec<_> = text.lines().filter_map(judges::dieharder).collect();
    assert!(!findings.is_empty(), "dieharder prints something else: {text}");
    Some(findings)
}

#[test]
fn ent_finds_nothing() {
    for (name, fill) in generators() {
        let Some(findings) = ent(fill) else { return skip("ent_finds_nothing", "ent is not installed") };
        assert!(findings.iter().all(|finding| !finding.bad), "{name}: {findings:?}");
    }
    assert!(ent(with_zeros()).unwrap().iter().any(|finding| finding.bad), "a bad generator is not found");
}

#[test]
fn rngtest_finds_nothing() {
    for (name, fill) in generators() {
        let Some(finding) = rngtest(fill) else {
            return skip("rngtest_finds_nothing", "rngtest (rng-tools5) is not installed");
        };
        assert!(!finding.bad, "{name}: {finding:?}");
    }
    assert!(rngtest(with_zeros()).unwrap().bad, "a bad generator is not found");
}

/// Three of its quickest tests: monobit, runs, and the discrete cosine transform.
#[test]
fn dieharder_finds_nothing() {
    for test in ["100", "15", "206"] {
        for (name, _) in generators() {
            let again = || generators().into_iter().find(|(other, _)| *other == name).unwrap().1;
            let Some(findings) = dieharder(test, again()) else {
                return skip("dieharder_finds_nothing", "dieharder is not installed");
            };
            if findings.iter().any(|finding| finding.bad) {
                let second = dieharder(test, again()).unwrap();
                let twice = findings.iter().zip(&second).any(|(one, other)| one.bad && other.bad);
                assert!(!twice, "{name}: {findings:?}, and again: {second:?}");
            }
        }
        let found = dieharder(test, repeating()).unwrap();
        assert!(found.iter().any(|finding| finding.bad), "a bad generator is not found: {found:?}");
    }
}
