//! Stores that are none, or not ours, or broken: refused as what they are, and left as they are.

use std::fs;

use portcullis_pal::{Change, Label, ObjectStore, SqliteStore};

use crate::support::Scene;

/// Where the SQLite file header has `user_version`: the store's format (<https://sqlite.org/fileformat2.html>).
const FORMAT: usize = 60;
/// Where it has `application_id`.
const APPLICATION: usize = 68;

/// Every command that opens the token refuses such a store in the same way.
fn assert_refused(scene: &Scene, words: &str) {
    let names = || fs::read_dir(scene.store_folder()).expect("the folder").count();
    let before = names();
    for args in [&["list"][..], &["keygen", "--label", "x"], &["init", "--label", "x", "--force"]] {
        scene.refused_untouched(args, 8, words);
    }
    let doctor = scene.run(&["doctor"]);
    assert_eq!(doctor.code, 14, "{doctor:?}");
    assert!(doctor.stdout.starts_with("fail  "), "{doctor:?}");
    assert_eq!(names(), before, "something was left beside the store");
}

fn store_of(bytes: &[u8]) -> Scene {
    let scene = Scene::empty();
    fs::create_dir(scene.store_folder()).expect("a folder");
    fs::write(scene.store(), bytes).expect("a file");
    scene
}

#[test]
fn no_store() {
    let scene = Scene::empty();
    let run = scene.run(&["list"]);
    run.assert_refused(5, "`portcullis init`");
    assert!(!scene.store_folder().exists());
}

#[test]
fn a_store_of_no_bytes() {
    assert_refused(&store_of(b""), "the file is empty");
}

#[test]
fn a_store_of_random_bytes() {
    let mut noise = 0x9e37_79b9_u32;
    let bytes: Vec<u8> = (0..8192)
        .map(|_| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            noise.to_be_bytes()[0]
        })
        .collect();
    assert_refused(&store_of(&bytes), "is not a readable Portcullis store");
}

#[test]
fn a_store_of_a_newer_version() {
    let mut bytes = Scene::with_key().bytes();
    bytes[FORMAT..FORMAT + 4].copy_from_slice(&99_u32.to_be_bytes());
    assert_refused(&store_of(&bytes), "use the newer version");
}

#[test]
fn another_programs_database() {
    let mut bytes = Scene::with_key().bytes();
    bytes[APPLICATION..APPLICATION + 4].copy_from_slice(b"none");
    assert_refused(&store_of(&bytes), "is not a readable Portcullis store");
}

#[test]
fn a_store_that_is_cut_short() {
    let bytes = Scene::with_key().bytes();
    assert_refused(&store_of(&bytes[..bytes.len() - 100]), "cut short");
}

#[test]
fn a_token_of_a_newer_version() {
    let scene = Scene::with_key();
    spoil(&scene, "token", |record| record[0] = 9);
    assert_refused_contents(&scene, "use the newer version");
}

#[test]
fn a_token_whose_header_is_damaged() {
    let scene = Scene::with_key();
    spoil(&scene, "token", |record| record.truncate(3));
    assert_refused_contents(&scene, "restore the store from a backup");
}

#[test]
fn a_damaged_object_is_named_and_hides_no_other() {
    let scene = Scene::with_key();
    scene.ok(&["keygen", "--label", "sound", "--id", "01"]);
    let private = |label: &str, record: &[u8]| label.starts_with("o-") && contains(record, b"device");
    let records = scene.records();
    let label = records.iter().find(|(label, record)| private(label, record)).expect("an object").0.clone();
    spoil(&scene, &label, |record| *record.last_mut().expect("a byte") ^= 1);
    let list = scene.run(&["list"]);
    assert_eq!(list.code, 8, "{list:?}");
    assert!(list.stdout.contains("sound") && list.stderr.contains(&label), "{list:?}");
    let doctor = scene.run(&["doctor"]);
    assert_eq!(doctor.code, 14, "{doctor:?}");
    assert!(doctor.stdout.contains("fail  objects: ") && doctor.stdout.contains(&label), "{doctor:?}");
}

#[test]
fn a_seed_record_that_is_none_stops_what_needs_randomness() {
    let scene = Scene::with_key();
    let seed = scene.store_folder().join("seed.db");
    fs::write(&seed, b"").expect("a file");
    scene.refused(&["keygen", "--label", "x"], 9, "delete seed.db");
    scene.ok(&["list"]);
    fs::remove_file(seed).expect("it was there");
    scene.ok(&["keygen", "--label", "x"]);
}

fn contains(record: &[u8], part: &[u8]) -> bool {
    record.windows(part.len()).any(|window| window == part)
}

/// Changes a record behind the token's back.
fn spoil(scene: &Scene, label: &str, change: impl FnOnce(&mut Vec<u8>)) {
    let mut record = scene.records()[label].clone();
    change(&mut record);
    let store = SqliteStore::open(scene.store()).expect("a store");
    let label = Label::new(label.as_bytes()).expect("a label");
    store.apply(&[Change::save(label, &record)]).expect("a changed store");
}

/// As [`assert_refused`], for what a whole store file holds.
fn assert_refused_contents(scene: &Scene, words: &str) {
    scene.refused(&["list"], 8, words);
    scene.refused(&["keygen", "--label", "x"], 8, words);
    assert_eq!(scene.run(&["doctor"]).code, 14);
}
