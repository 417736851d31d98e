//! A token whose device has a counter and a secret aside: without them, with others, and after an older copy of either was
//! put back.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use crate::support::{Run, SO_PIN, Scene, records};

const PASSPHRASE: &str = "correct horse battery";

/// A token that was initialised with its counter and secret in the folder `aside`.
fn guarded() -> (Scene, String) {
    let scene = Scene::empty();
    let aside = scene.path("aside");
    scene.ok(&["init", "--label", "guarded", "--aside", &aside]);
    (scene, aside)
}

fn keygen(scene: &Scene, aside: &str, label: &str) -> Run {
    scene.run(&["keygen", "--label", label, "--aside", aside])
}

/// The file in a folder with a counter and a secret.
fn file(aside: &str) -> PathBuf {
    PathBuf::from(aside).join("aside.db")
}

fn with_passphrase(scene: &Scene, args: &[&str]) -> Run {
    Run::of(scene.command(args).env("PORTCULLIS_PASSPHRASE", PASSPHRASE).output())
}

#[test]
fn a_token_works_with_its_counter_and_secret_alone() {
    let (scene, aside) = guarded();
    assert_eq!(keygen(&scene, &aside, "device").code, 0);
    let mode = |path: PathBuf| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!((mode(file(&aside)), mode(PathBuf::from(&aside))), (0o600, 0o700));
    // By the environment as well.
    let listed = Run::of(scene.command(&["list", "--login"]).env("PORTCULLIS_ASIDE", &aside).output());
    assert!(listed.code == 0 && listed.stdout.contains("device"), "{listed:?}");

    let without =
        scene.refused(&["list", "--login"], 8, "belongs to a device with a secret, and this one has none");
    assert!(without.stderr.contains("--aside"), "{without:?}");
    let (_elsewhere, other) = guarded();
    scene.refused(&["list", "--login", "--aside", &other], 8, "belongs to another device");
    let nowhere = scene.path("nowhere");
    scene.refused(&["list", "--login", "--aside", &nowhere], 8, "there is no device secret at");
    assert!(!PathBuf::from(&nowhere).exists(), "looking leaves no trace");
    // None of that was a wrong PIN.
    assert!(!scene.run(&["doctor", "--aside", &aside]).stdout.contains("tries are left"));
}

#[test]
fn an_older_copy_of_the_whole_store_is_told() {
    let (scene, aside) = guarded();
    let older = scene.bytes();
    assert_eq!(keygen(&scene, &aside, "newer").code, 0);
    let newer = scene.bytes();
    let counted = fs::read(file(&aside)).expect("the counter");

    fs::write(scene.store(), &older).expect("the older copy");
    scene.refused(&["list", "--login", "--aside", &aside], 8, "is an older copy");
    scene.refused(&["keygen", "--label", "x", "--aside", &aside], 8, "is an older copy");
    fs::write(scene.store(), &newer).expect("the newest copy");
    assert_eq!(keygen(&scene, &aside, "newest").code, 0);
    assert_eq!(keygen(&scene, &aside, "very newest").code, 0);

    // An older counter is not the one that the token was used with.
    fs::write(file(&aside), counted).expect("the older counter");
    scene.refused(&["list", "--login", "--aside", &aside], 8, "the device has only counted to");
    // It catches up with a backup.
    let backup = scene.path("token.backup");
    assert_eq!(with_passphrase(&scene, &["backup", &backup]).code, 0);
    let force = ["restore", &backup, "--force", "--aside", &aside];
    assert_eq!(with_passphrase(&scene, &force).code, 0);
    assert!(scene.ok(&["list", "--login", "--aside", &aside]).contains("very newest"));
}

#[test]
fn a_backup_comes_back_over_a_newer_token() {
    let (scene, aside) = guarded();
    let backup = scene.path("token.backup");
    assert_eq!(keygen(&scene, &aside, "kept").code, 0);
    assert_eq!(with_passphrase(&scene, &["backup", &backup]).code, 0);
    assert_eq!(keygen(&scene, &aside, "lost").code, 0);
    let (before, counted) = (scene.records(), records(&file(&aside)));

    let force = ["restore", &backup, "--force", "--aside", &aside];
    let command = |pin: &str| {
        let mut command = scene.command(&force);
        Run::of(command.env("PORTCULLIS_PASSPHRASE", PASSPHRASE).env("PORTCULLIS_SO_PIN", pin).output())
    };
    command("wrong-officer").assert_refused(3, "officer's PIN is wrong");
    assert_eq!(
        (scene.records(), records(&file(&aside))),
        (before, counted),
        "a restore that is refused changes nothing"
    );
    let done = command(SO_PIN);
    assert_eq!(done.code, 0, "{done:?}");
    let listed = scene.ok(&["list", "--login", "--aside", &aside]);
    assert!(listed.contains("kept") && !listed.contains("lost"), "{listed}");
    assert_eq!(keygen(&scene, &aside, "after").code, 0);

    // Who writes the backup's records there without the officer has put back an older store.
    assert_eq!(with_passphrase(&scene, &["restore", &backup, "--force"]).code, 0);
    scene.refused(&["list", "--login", "--aside", &aside], 8, "is an older copy");
    // On another device the token's PINs open nothing, whoever vouches for it.
    let (elsewhere, other) = guarded();
    let force = ["restore", &backup, "--force", "--aside", &other];
    with_passphrase(&elsewhere, &force).assert_refused(8, "belongs to another device");
}

#[test]
fn a_token_that_had_none_gets_them_by_a_backup() {
    let scene = Scene::with_key();
    let (backup, aside, store) = (scene.path("token.backup"), scene.path("aside"), scene.path("moved"));
    scene.refused(&["list", "--login", "--aside", &aside], 8, "there is no device secret at");
    assert_eq!(with_passphrase(&scene, &["backup", &backup]).code, 0);
    scene.ok(&["init", "--label", "place", "--store", &store, "--aside", &aside]);
    let moved = ["restore", &backup, "--force", "--store", &store, "--aside", &aside];
    assert_eq!(with_passphrase(&scene, &moved).code, 0);
    let listed = scene.ok(&["list", "--login", "--store", &store, "--aside", &aside]);
    assert!(listed.contains("device"), "{listed}");
    let without = scene.run(&["list", "--login", "--store", &store]);
    without.assert_refused(8, "belongs to a device with a secret, and this one has none");
}

#[test]
fn doctor_tells_of_a_counter_that_is_there_or_is_not() {
    let (scene, aside) = guarded();
    let well = scene.ok(&["doctor", "--aside", &aside]);
    assert!(well.contains("ok    aside: the counter stands at 2, and the secret is there"), "{well}");
    assert!(well.contains("ok    aside: only its owner may change it"), "{well}");
    fs::set_permissions(file(&aside), fs::Permissions::from_mode(0o644)).expect("a mode");
    let open = scene.ok(&["doctor", "--aside", &aside]);
    assert!(open.contains("warn  aside: others may read it"), "{open}");
    let gone = scene.run(&["doctor", "--aside", &scene.path("nowhere")]);
    assert_eq!(gone.code, 14, "{gone:?}");
    assert!(gone.stdout.contains("fail  aside: there is no counter and no secret at"), "{gone:?}");
}
