//! `portcullis demo` proves on every machine what it says.

use std::fs;

use crate::support::Scene;

#[test]
fn every_step_succeeds_and_leaves_what_was_asked_for() {
    let scene = Scene::empty();
    let summary = scene.json(&["demo", "--dir", &scene.path("demo"), "--keep"]);
    let steps = summary["steps"].as_array().expect("steps");
    assert_eq!(steps.len(), 8);
    for step in steps {
        assert!(step["proves"].is_string() && step["failure"].is_null(), "{step}");
    }
    for file in ["ca.pem", "server.pem", "server.key", "device.pem", "user.pin", "so.pin", "token/token.db"] {
        assert!(scene.file("demo").join(file).is_file(), "{file}");
    }
}

#[test]
fn a_folder_that_is_in_use_is_left_alone() {
    let scene = Scene::empty();
    fs::create_dir(scene.file("demo")).expect("a folder");
    scene.write("demo/mine", "mine");
    let run = scene.run(&["demo", "--dir", &scene.path("demo")]);
    run.assert_refused(11, "is not empty; name a new folder");
    assert_eq!(fs::read(scene.file("demo/mine")).expect("the file"), b"mine");
}
