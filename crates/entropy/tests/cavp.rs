//! Every AES-256 case with derivation function of CAVP's CTR_DRBG files, through the public API. Where the
//! files are from: `testdata/cavp-drbg/README.md`.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::path::Path;

use portcullis_entropy::drbg::CtrDrbg;

/// One case: its lines in order, as `(name, value)`.
type Case = Vec<(String, Vec<u8>)>;

fn cases(file: &str) -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/cavp-drbg").join(file);
    let text = std::fs::read_to_string(path).unwrap();
    let mut cases = Vec::new();
    let mut wanted = false;
    for line in text.lines() {
        if line.starts_with("[AES") {
            wanted = line == "[AES-256 use df]";
        } else if wanted && line.starts_with("COUNT") {
            cases.push(Case::new());
        } else if wanted
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
fn run(case: &Case) {
    let value = |wanted: &str| {
        case.iter().find(|(name, _)| name == wanted).map_or(&[][..], |(_, value)| value.as_slice())
    };
    let mut drbg =
        CtrDrbg::instantiate(value("EntropyInput"), value("Nonce"), value("PersonalizationString")).unwrap();
    if !value("EntropyInputReseed").is_empty() {
        drbg.reseed(value("EntropyInputReseed"), value("AdditionalInputReseed")).unwrap();
    }
    let expected = value("ReturnedBits");
    let mut out = vec![0; expected.len()];
    let mut requests = 0;
    for (at, (_, additional)) in case.iter().enumerate().filter(|(_, (name, _))| name == "AdditionalInput") {
        match case.get(at + 1) {
            Some((name, entropy)) if name == "EntropyInputPR" => {
                drbg.reseed(entropy, additional).unwrap();
                drbg.generate(&mut out, &[]).unwrap();
            }
            _ => drbg.generate(&mut out, additional).unwrap(),
        }
        requests += 1;
    }
    assert_eq!(requests, 2);
    assert_eq!(hex::encode(&out), hex::encode(expected));
}

fn run_all(file: &str) {
    let cases = cases(file);
    assert_eq!(cases.len(), 240, "{file} is not whole");
    cases.iter().for_each(run);
}

#[test]
fn ctr_drbg_without_reseed() {
    run_all("CTR_DRBG_no_reseed.rsp");
}

#[test]
fn ctr_drbg_with_reseed() {
    run_all("CTR_DRBG_pr_false.rsp");
}

#[test]
fn ctr_drbg_with_prediction_resistance() {
    run_all("CTR_DRBG_pr_true.rsp");
}
