//! `doctor` on tokens that are well and tokens that are not.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::{Run, Scene};

fn state<'a>(findings: &'a serde_json::Value, check: &str) -> Vec<&'a str> {
    let all = findings.as_array().expect("findings").iter();
    all.filter(|each| each["check"] == check).filter_map(|each| each["state"].as_str()).collect()
}

/// The folder of a scene is made with the mode that the umask leaves; a real one is for its owner alone.
fn close(scene: &Scene) {
    for (path, mode) in [(scene.store_folder(), 0o700), (scene.store(), 0o600)] {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
    }
}

#[test]
fn a_token_that_is_well() {
    let scene = Scene::with_key();
    close(&scene);
    let findings = scene.json(&["doctor"]);
    for check in ["store", "token", "user PIN", "security officer's PIN", "randomness", "records", "objects"]
    {
        let states = state(&findings, check);
        assert!(!states.is_empty() && states.iter().all(|state| *state == "ok"), "{check}: {findings}");
    }
    assert!(!state(&findings, "noise source").is_empty(), "{findings}");
}

#[test]
fn each_noise_source_is_tested_and_shown_with_its_claim() {
    let scene = Scene::with_key();
    close(&scene);
    let said = scene.ok(&["doctor"]);
    assert!(said.contains("ok    noise source: os: healthy (8 bits a byte claimed)\n"), "{said}");
    assert!(said.contains("  spare noise source: jitter: "), "{said}");
    assert!(said.contains(" (0.25 bits a byte claimed"), "{said}");
}

#[test]
fn a_store_that_others_may_change() {
    let scene = Scene::with_key();
    close(&scene);
    fs::set_permissions(scene.store(), fs::Permissions::from_mode(0o666)).expect("a mode");
    let run = scene.run(&["doctor"]);
    assert_eq!(run.code, 14, "{run:?}");
    assert!(run.stdout.contains("fail  store: others may change it"), "{run:?}");
    assert!(run.stdout.contains("chmod 600"), "{run:?}");
}

#[test]
fn a_wrong_pin_is_told_of_and_the_rest_is_checked() {
    let scene = Scene::with_key();
    close(&scene);
    let run = Run::of(scene.command(&["doctor"]).env("PORTCULLIS_PIN", "wrong").output());
    assert_eq!(run.code, 14, "{run:?}");
    assert!(run.stdout.contains("fail  login: "), "{run:?}");
    assert!(run.stdout.contains("public ones"), "{run:?}");
    let again = Run::of(scene.command(&["doctor"]).env_remove("PORTCULLIS_PIN").output());
    assert_eq!(again.code, 0, "{again:?}");
    assert!(again.stdout.contains("warn  user PIN: it was given wrongly, 9 tries are left"), "{again:?}");
}

#[test]
fn no_token_at_all() {
    let scene = Scene::empty();
    let run = scene.run(&["doctor"]);
    assert_eq!(run.code, 14, "{run:?}");
    assert!(run.stdout.contains("`portcullis init`") && run.stdout.contains("noise source"), "{run:?}");
    assert!(!scene.store_folder().exists());
}
