//! The life of a token: made, used, listed, its PINs changed, its objects deleted, made anew.

use std::os::unix::fs::PermissionsExt;

use crate::support::{Run, SO_PIN, Scene, USER_PIN};

#[test]
fn a_token_is_made_for_its_owner_alone() {
    let scene = Scene::empty();
    let said = scene.ok(&["init", "--label", "gateway"]);
    assert!(said.contains("\"gateway\""), "{said}");
    let mode =
        |path: &std::path::Path| std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!((mode(&scene.store_folder()), mode(&scene.store())), (0o700, 0o600));
}

#[test]
fn making_a_token_anew_takes_force_and_the_officers_pin() {
    let scene = Scene::with_key();
    scene.refused_untouched(&["init", "--label", "other"], 11, "--force");

    let before = scene.records();
    let wrong = Run::of(
        scene.command(&["init", "--label", "other", "--force"]).env("PORTCULLIS_SO_PIN", "not it").output(),
    );
    assert_eq!(wrong.code, 3, "{wrong:?}");
    assert!(wrong.stderr.contains("security officer's PIN is wrong"), "{wrong:?}");
    let mut after = scene.records();
    assert_ne!(after.insert("pin-so".into(), before["pin-so"].clone()), before.get("pin-so").cloned());
    assert_eq!(after, before, "more than the counter changed");

    let run = scene.run(&["init", "--label", "other", "--force"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stderr.contains("destroys the token \"test token\""), "{run:?}");
    let listing = scene.json(&["list"]);
    assert_eq!((&listing["token"], &listing["objects"]), (&"other".into(), &serde_json::json!([])));
}

#[test]
fn what_can_be_refused_beforehand_leaves_no_folder() {
    let scene = Scene::empty();
    for (args, variable, value, code) in [
        (["init", "--label", "a"], "PORTCULLIS_PIN", "123", 11),
        (["init", "--label", "a"], "PORTCULLIS_SO_PIN", "123", 11),
        (["init", "--label", "0123456789abcdef0123456789abcdef!"], "PORTCULLIS_PIN", "1234", 2),
    ] {
        let run = Run::of(scene.command(&args).env(variable, value).output());
        run.assert_refused(code, "choose");
        assert!(!scene.store_folder().exists());
    }
}

#[test]
fn keys_are_listed_with_and_without_the_pin() {
    let scene = Scene::with_key();
    let all = scene.json(&["list"]);
    let classes: Vec<_> =
        all["objects"].as_array().expect("objects").iter().map(|each| &each["class"]).collect();
    assert_eq!(classes, ["public", "private"]);
    let (public, private) = (&all["objects"][0], &all["objects"][1]);
    assert_eq!(public["id"], private["id"]);
    assert_eq!(private["kind"], "P-256");
    for flag in ["private", "sensitive", "local", "sign"] {
        assert!(private["flags"].as_array().expect("flags").contains(&flag.into()), "{private}");
    }
    assert!(private["uri"].as_str().expect("a URI").starts_with("pkcs11:token=test%20token;"), "{private}");

    let public = Run::of(scene.command(&["list"]).env_remove("PORTCULLIS_PIN").output());
    assert_eq!(public.code, 0, "{public:?}");
    assert!(public.stdout.contains("public") && public.stdout.contains("--login"), "{public:?}");
    assert!(!public.stdout.contains("sensitive"), "{public:?}");
}

#[test]
fn a_label_can_not_steer_the_terminal() {
    let scene = Scene::with_key();
    let label = "red \u{1b}[31m";
    scene.ok(&["keygen", "--label", label, "--id", "0e"]);
    let shown = scene.ok(&["list"]);
    assert!(shown.contains("red \\u{1b}[31m") && !shown.contains('\u{1b}'), "{shown}");
    let objects = scene.json(&["list"])["objects"].clone();
    assert!(objects.as_array().expect("objects").iter().any(|object| object["label"] == label));
    let run = scene.refused(&["delete", label, "--yes"], 6, "id:0e");
    assert!(!run.stderr.contains('\u{1b}'), "{run:?}");
}

#[test]
fn a_pin_comes_from_a_file_without_its_line_break() {
    let scene = Scene::with_key();
    let file = scene.write("pin", format!("{USER_PIN}\n"));
    let mut command = scene.command(&["list", "--pin-file", &file]);
    let run = Run::of(command.env("PORTCULLIS_PIN", "the file comes first").output());
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.contains("private"), "{run:?}");
}

#[test]
fn without_a_terminal_a_missing_pin_is_said() {
    let scene = Scene::with_key();
    let run = Run::of(scene.command(&["keygen", "--label", "x"]).env_remove("PORTCULLIS_PIN").output());
    run.assert_refused(2, "PORTCULLIS_PIN");
}

#[test]
fn an_empty_pin_costs_no_try() {
    let scene = Scene::with_key();
    let empty = scene.write("empty", "\n");
    scene.refused_untouched(&["list", "--pin-file", &empty], 2, "--pin-file");
    let before = scene.bytes();
    Run::of(scene.command(&["keygen", "--label", "x"]).env("PORTCULLIS_PIN", "").output())
        .assert_refused(2, "no user PIN was given");
    assert!(scene.bytes() == before);
}

#[test]
fn pins_are_changed_and_reset() {
    let scene = Scene::with_key();
    let new = scene.write("new", "changed-1");
    scene.ok(&["pin", "--new-pin-file", &new]);
    scene.ok(&["list", "--pin-file", &new]);
    scene.ok(&["pin", "--so", "--new-pin-file", &new]);
    let back = scene.write("back", USER_PIN);
    scene.ok(&["pin", "--reset", "--so-pin-file", &new, "--new-pin-file", &back]);
    let listing = scene.json(&["list"]);
    assert_eq!(listing["objects"].as_array().map(Vec::len), Some(2), "the keys outlive their PINs");
    assert_ne!(SO_PIN, "changed-1");
}

#[test]
fn objects_are_deleted_one_by_one_or_all_that_fit() {
    let scene = Scene::with_key();
    let run = scene.refused(&["delete", "device", "--yes"], 6, "--type");
    assert_eq!(run.stderr.lines().count(), 3, "both halves are candidates: {run:?}");
    scene.refused(&["delete", "device", "--all"], 2, "--yes");
    scene.ok(&["delete", "device", "--type", "public", "--yes"]);
    scene.ok(&["delete", "pkcs11:object=device;type=private", "--yes"]);
    scene.refused(&["delete", "device", "--yes"], 5, "\"device\"");
}

#[test]
fn files_are_signed_and_verified_without_openssl_too() {
    let scene = Scene::with_key();
    let (file, other, signature) =
        (scene.write("file", "text"), scene.write("other", "test"), scene.path("sig"));
    for form in [&["--raw"][..], &[]] {
        scene.ok(&[&["sign", &file, "--key", "device", "--out", &signature], form].concat());
        scene.ok(&[&["verify", &file, "--key", "device", "--signature", &signature], form].concat());
        let verify = [&["verify", &other, "--key", "device", "--signature", &signature], form].concat();
        scene.refused_untouched(&verify, 13, "do not trust");
    }
    let verify = ["verify", &file, "--key", "device", "--signature", &file];
    scene.refused_untouched(&verify, 13, "do not trust");
    let scheme = ["verify", &file, "--key", "device", "--signature", &signature, "--scheme", "ed25519"];
    scene.refused_untouched(&scheme, 2, "ecdsa-sha256");
}

#[test]
fn mechanisms_are_listed() {
    let scene = Scene::with_key();
    let table = scene.json(&["mechanisms"]);
    let ecdsa = table.as_array().expect("rows").iter().find(|row| row["name"] == "ECDSA_SHA256");
    assert_eq!(ecdsa.expect("ECDSA")["can"], serde_json::json!(["sign", "verify"]));
}

#[test]
fn help_lists_the_exit_codes() {
    let scene = Scene::empty();
    let help = scene.ok(&["--help"]);
    assert!(help.contains("Exit codes:") && help.contains("13  the signature is not valid"), "{help}");
}
