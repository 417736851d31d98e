//! A token in a file and out of it again: on the same machine and another, over a token that is there, and not at all.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::{Run, Scene};

const PASSPHRASE: &str = "correct horse battery";

fn run(scene: &Scene, args: &[&str], passphrase: &str) -> Run {
    Run::of(scene.command(args).env("PORTCULLIS_PASSPHRASE", passphrase).output())
}

fn backed_up(scene: &Scene) -> String {
    let file = scene.path("token.backup");
    let done = run(scene, &["backup", &file], PASSPHRASE);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.stdout.contains("\"test token\"") && done.stdout.contains("records"), "{done:?}");
    file
}

#[test]
fn a_token_comes_back_on_another_machine() {
    let scene = Scene::with_key();
    let file = backed_up(&scene);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let bytes = fs::read(&file).unwrap();
    assert!(!bytes.windows(6).any(|part| part == b"device"), "a label can be read");

    let other = Scene::empty();
    let done = run(&other, &["restore", &file], PASSPHRASE);
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(other.records(), scene.records());
    // Its keys sign what the old one's public key verifies.
    let data = other.write("data", b"some bytes");
    let signature = other.path("signature");
    other.ok(&["sign", "--key", "device", &data, "--out", &signature]);
    scene.ok(&["verify", "--key", "device", &data, "--signature", &signature]);
}

#[test]
fn an_older_token_replaces_a_newer_one_by_force_alone_and_at_once() {
    let scene = Scene::with_key();
    let file = backed_up(&scene);
    let before = scene.records();
    scene.ok(&["keygen", "--label", "newer"]);
    let refused = run(&scene, &["restore", &file], PASSPHRASE);
    refused.assert_refused(11, "--force");
    assert!(scene.ok(&["list", "--login"]).contains("newer"));

    let done = run(&scene, &["--json", "restore", &file, "--force"], PASSPHRASE);
    assert_eq!(done.code, 0, "{done:?}");
    let said: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!((&said["token"], &said["damage"]), (&"test token".into(), &serde_json::json!([])));
    assert_eq!(said["records"], before.len());
    assert_eq!(scene.records(), before);
}

#[test]
fn what_is_wrong_is_said_and_nothing_is_replaced() {
    let scene = Scene::with_key();
    let file = backed_up(&scene);
    let before = scene.records();
    let force = ["restore", &file, "--force"];
    run(&scene, &force, "another passphrase").assert_refused(3, "passphrase is wrong");

    let whole = fs::read(&file).unwrap();
    let mut bent = whole.clone();
    bent[200] ^= 1;
    for (bytes, words) in [
        (&bent[..], "authentication tag"),
        (&whole[..whole.len() - 1], "authentication tag"),
        (&whole[..20], "ends too early"),
    ] {
        fs::write(&file, bytes).unwrap();
        run(&scene, &force, PASSPHRASE).assert_refused(7, words);
    }
    fs::write(&file, "-----BEGIN CERTIFICATE-----").unwrap();
    // Without asking for a passphrase.
    scene.refused(&force, 7, "does not begin as a backup does");
    scene.refused(&["restore", &scene.path("none"), "--force"], 5, "can't read");
    assert_eq!(scene.records(), before);
}

#[test]
fn a_backup_writes_over_nothing_unasked() {
    let scene = Scene::with_key();
    let file = scene.write("taken", b"something else");
    run(&scene, &["backup", &file], PASSPHRASE).assert_refused(11, "--force");
    assert_eq!(fs::read(&file).unwrap(), b"something else");
    assert_eq!(run(&scene, &["backup", &file, "--force"], PASSPHRASE).code, 0);
    assert!(fs::read(&file).unwrap().starts_with(b"PTCB"));

    let new = scene.path("new");
    run(&scene, &["backup", &new], "too short").assert_refused(11, "at least 12 bytes");
    scene.refused(&["backup", &new], 2, "--passphrase-file");
    run(&scene, &["backup", &scene.path("no/such/folder/file")], PASSPHRASE).assert_refused(1, "can't write");
    run(&Scene::empty(), &["backup", &new], PASSPHRASE).assert_refused(5, "portcullis init");
    assert!(!scene.file("new").exists());
    let left = fs::read_dir(scene.file(".")).unwrap().count();
    assert_eq!(left, 2, "the store's folder and one backup");
}
