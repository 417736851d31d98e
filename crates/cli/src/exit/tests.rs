//! The table of exit codes is whole.

use super::*;

#[test]
fn every_code_has_one_line_of_help() {
    let codes: Vec<u8> = Exit::MEANINGS.iter().map(|(exit, _)| *exit as u8).collect();
    assert_eq!(codes, (0..=14).collect::<Vec<u8>>());
    assert_eq!(help().lines().count(), 16);
}
