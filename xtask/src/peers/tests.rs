//! What is decided before anything is installed. The installation itself runs in CI on a bare machine.

use std::fs;
use std::process::Command;

use super::debian::{POLICY_TEXT, ServiceBlock};
use super::*;
use crate::shell;

#[test]
fn only_absent_programs_count_as_missing() {
    assert_eq!(missing(|_| true), Vec::<&Peer>::new());
    let absent = missing(|sign| sign.name() != "mosquitto_pub");
    assert_eq!(packages(&absent), ["mosquitto-clients"]);
    assert_eq!(missing(|_| false).len(), PEERS.len());
}

#[test]
fn advice_is_a_command_on_debian_and_a_list_elsewhere() {
    let absent = missing(|sign| !sign.name().starts_with("mosquitto"));
    let debian = advice(&absent, true);
    assert!(
        debian.contains("apt-get install --no-install-recommends mosquitto mosquitto-clients"),
        "{debian}"
    );
    let other = advice(&absent, false);
    assert!(other.contains("mosquitto_pub") && !other.contains("apt-get"), "{other}");
}

#[test]
fn each_package_and_program_has_one_row() {
    for (index, peer) in PEERS.iter().enumerate() {
        let twin = PEERS
            .iter()
            .skip(index + 1)
            .find(|other| other.package == peer.package || other.sign == peer.sign);
        assert_eq!(twin, None);
    }
}

#[test]
fn services_are_blocked_only_while_packages_are_installed() {
    let dir = tempfile::tempdir().unwrap();
    let policy = dir.path().join("policy-rc.d");
    let block = ServiceBlock::new(&policy).unwrap();
    assert!(shell::is_program(&policy));
    assert_eq!(Command::new("sh").arg(&policy).status().unwrap().code(), Some(101));
    drop(block);
    assert!(!policy.exists());
}

#[test]
fn a_policy_of_somebody_else_stays_and_one_that_we_left_behind_goes() {
    let dir = tempfile::tempdir().unwrap();
    let policy = dir.path().join("policy-rc.d");
    fs::write(&policy, "#!/bin/sh\nexit 0\n").unwrap();
    drop(ServiceBlock::new(&policy).unwrap());
    assert!(policy.exists());
    fs::write(&policy, POLICY_TEXT).unwrap();
    drop(ServiceBlock::new(&policy).unwrap());
    assert!(!policy.exists());
}
