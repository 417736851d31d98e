//! Wycheproof's files as tests read them, and the count that each test has to come to. The packages that run the
//! vectors include this file by its path: `engine` through its contract, `module` through the C ABI.

use std::fs;

use serde_json::Value;

/// What became of a file's cases.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Tally {
    /// The answer had to be yes, and was.
    pub(crate) accepted: usize,
    /// The answer had to be no, and was.
    pub(crate) refused: usize,
    /// Either answer is right.
    pub(crate) either: usize,
    /// Not of a form that the mechanisms have.
    pub(crate) skipped: usize,
}

impl Tally {
    pub(crate) fn record(&mut self, case: &Value, accepted: bool) {
        let number = &case["tcId"];
        match case["result"].as_str().unwrap() {
            "valid" => {
                assert!(accepted, "case {number} must be accepted");
                self.accepted += 1;
            }
            "invalid" => {
                assert!(!accepted, "case {number} must be refused");
                self.refused += 1;
            }
            "acceptable" => self.either += 1,
            other => panic!("case {number} has the result {other}"),
        }
    }
}

/// A file of `testdata/wycheproof`, named without `_test.json`.
pub(crate) fn vectors(name: &str) -> Value {
    let path = format!("{}/../../testdata/wycheproof/{name}_test.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

pub(crate) fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap()
}

/// The bytes of a hexadecimal string.
pub(crate) fn bytes(hexadecimal: &Value) -> Vec<u8> {
    hex::decode(hexadecimal.as_str().unwrap()).unwrap()
}
