//! Every case of CAVP's files for CTR_DRBG with AES-256 and HMAC_DRBG with SHA-256 and SHA-512, and OpenSSL's answers
//! for SHA-384, through the public API. Where the files are from: `testdata/cavp-drbg/README.md`.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::path::Path;

use portcullis_entropy::drbg::{CtrDrbg, CtrDrbgNoDf, Drbg, HmacDrbg};
use sha2::{Sha256, Sha384, Sha512};

/// One case: its lines in order, as `(name, value)`.
type Case = Vec<(String, Vec<u8>)>;

/// The cases in the sections of `file` that `wanted` heads.
fn cases(file: &str, wanted: &str) -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/cavp-drbg").join(file);
    let text = std::fs::read_to_string(path).unwrap();
    let mut cases = Vec::new();
    let mut here = false;
    for line in text.lines() {
        if line.starts_with("[AES") || line.starts_with("[SHA") {
            here = line == wanted;
        } else if here && line.starts_with("COUNT") {
            cases.push(Case::new());
        } else if here
            && !line.starts_with('[')
            && let Some((name, value)) = line.split_once(" =")
        {
            cases.last_mut().unwrap().push((name.to_owned(), hex::decode(value.trim()).unwrap()));
        }
    }
    cases
}

/// Follows a case line by line. A line of additional input is a request; with prediction resistance the line
/// after it is the entropy that the request brings in first.
fn run<D: Drbg>(case: &Case) {
    let value = |wanted: &str| {
        case.iter().find(|(name, _)| name == wanted).map_or(&[][..], |(_, value)| value.as_slice())
    };
    let mut drbg =
        D::instantiate(value("EntropyInput"), value("Nonce"), value("PersonalizationString")).unwrap();
    if !value("EntropyInputReseed").is_empty() {
        drbg.reseed(value("EntropyInputReseed"), value("AdditionalInputReseed")).unwrap();
    }
    let expected = value("ReturnedBits");
    let mut out = vec![0; expected.len()];
    let mut requests = 0;
    for (at, (_, additional)) in case.iter().enumerate().filter(|(_, (name, _))| name == "AdditionalInput") {
        match case.get(at + 1) {
            Some((name, entropy)) if name == "EntropyInputPR" => {
                drbg.generate_fresh(&mut out, entropy, additional).unwrap();
            }
            _ => drbg.generate(&mut out, additional).unwrap(),
        }
        requests += 1;
    }
    assert_eq!(requests, 2);
    assert_eq!(hex::encode(&out), hex::encode(expected));
}

/// What the three files of a generator are for.
const KINDS: [&str; 3] = ["no_reseed", "pr_false", "pr_true"];

/// Runs the cases of three files, each of which has `count`.
fn run_all<D: Drbg>(family: &str, section: &str, count: usize) {
    for kind in KINDS {
        let file = format!("{family}_{kind}.rsp");
        let cases = cases(&file, section);
        assert_eq!(cases.len(), count, "{file} is not whole");
        cases.iter().for_each(run::<D>);
    }
}

#[test]
fn ctr_drbg_with_derivation_function() {
    run_all::<CtrDrbg>("CTR_DRBG", "[AES-256 use df]", 240);
}

#[test]
fn ctr_drbg_without_derivation_function() {
    run_all::<CtrDrbgNoDf>("CTR_DRBG", "[AES-256 no df]", 240);
}

#[test]
fn hmac_drbg_with_sha256() {
    run_all::<HmacDrbg<Sha256>>("HMAC_DRBG", "[SHA-256]", 240);
}

#[test]
fn hmac_drbg_with_sha384() {
    run_all::<HmacDrbg<Sha384>>("HMAC_DRBG_SHA384", "[SHA-384]", 64);
}

#[test]
fn hmac_drbg_with_sha512() {
    run_all::<HmacDrbg<Sha512>>("HMAC_DRBG", "[SHA-512]", 240);
}

/// No case of a file is left out: the sections above are all that there are.
#[test]
fn the_files_have_no_other_cases() {
    let all = [("CTR_DRBG", 480), ("HMAC_DRBG", 480), ("HMAC_DRBG_SHA384", 64)];
    for (family, count) in all {
        for kind in KINDS {
            let path = format!("{}/../../testdata/cavp-drbg/{family}_{kind}.rsp", env!("CARGO_MANIFEST_DIR"));
            let text = std::fs::read_to_string(path).unwrap();
            assert_eq!(text.lines().filter(|line| line.starts_with("COUNT")).count(), count);
        }
    }
}
