//! Objects that the medium lost: `doctor` names them, and `give-up` takes note of them, never unasked.

use rusqlite::Connection;

use crate::support::{Run, Scene};

/// A statement on the token's file, behind the token's back.
fn sql(scene: &Scene, statement: &str) {
    let database = Connection::open(scene.store()).expect("a database");
    assert_eq!(database.execute(statement, ()).expect("it is done"), 1);
}

/// The record of the only private key, which its label is for all to read in.
const PRIVATE_KEY: &str = "label LIKE 'o-%' AND instr(value, CAST('device' AS BLOB)) AND id = \
                           (SELECT max(id) FROM object WHERE instr(value, CAST('device' AS BLOB)))";

/// The records that `doctor` tells of.
fn named(doctor: &Run) -> Vec<String> {
    let records = doctor.stdout.lines().filter(|line| line.starts_with("fail  records: "));
    records
        .filter_map(|line| Some(line.split_once("`portcullis give-up ")?.1.trim_end_matches('`').into()))
        .collect()
}

#[test]
fn a_record_that_was_deleted_is_named_and_given_up() {
    let scene = Scene::with_key();
    scene.ok(&["keygen", "--label", "other", "--id", "01"]);
    sql(&scene, &format!("DELETE FROM object WHERE {PRIVATE_KEY}"));
    // Without a login nobody can tell.
    let stranger = scene.command(&["doctor"]).env_remove("PORTCULLIS_PIN").output();
    let stranger = Run::of(stranger);
    assert!(stranger.stdout.contains("--login checks that none is missing"), "{stranger:?}");
    let doctor = scene.run(&["doctor"]);
    assert_eq!(doctor.code, 14, "{doctor:?}");
    assert!(doctor.stdout.contains("\" is missing from "), "{doctor:?}");
    let named = named(&doctor);
    let [record] = &named[..] else { panic!("{doctor:?}") };

    // Other objects go on, the loss is not forgotten by it, and nobody gives it up by accident.
    scene.ok(&["keygen", "--label", "third", "--id", "02"]);
    scene.refused(&["give-up", record], 2, "--yes");
    scene.refused(&["give-up", "--all"], 2, "--yes");
    scene.refused(&["give-up", "o-0000000000000000", "--yes"], 5, "`portcullis doctor --login`");
    scene.refused(&["give-up", "token", "--yes"], 5, "is not of a damaged or missing object");
    assert_eq!(scene.run(&["give-up", "--yes"]).code, 2, "of what?");
    assert_eq!(scene.run(&["doctor"]).code, 14);

    let said = scene.ok(&["give-up", record, "--yes"]);
    assert!(said.starts_with(&format!("Gave up {record}: ")), "{said}");
    let doctor = scene.run(&["doctor"]);
    assert!(doctor.stdout.contains("ok    records: all are there, as they were written last"), "{doctor:?}");
    assert!(scene.ok(&["list", "--login"]).contains("third"));
    assert_eq!(scene.ok(&["give-up", "--all"]), "No object is lost or damaged.\n");
}

#[test]
fn records_that_were_bent_and_put_back_are_given_up_at_once() {
    let scene = Scene::with_key();
    let older = scene.bytes();
    // What is destroyed comes back, and what is there is bent.
    scene.ok(&["delete", "device", "--type", "private", "--yes"]);
    let bent = scene.file("older.db");
    std::fs::write(&bent, older).expect("an older copy");
    let database = Connection::open(scene.store()).expect("a database");
    database.execute("ATTACH ?1 AS older", [bent.display().to_string()]).expect("both");
    let back = "INSERT INTO object SELECT * FROM older.object AS old WHERE old.label NOT IN (SELECT label FROM object)";
    assert_eq!(database.execute(back, ()).expect("it is put back"), 1);
    drop(database);
    sql(
        &scene,
        "UPDATE object SET value = CAST(substr(value, 1, length(value) - 1) || \
         CASE substr(value, -1) WHEN X'00' THEN X'01' ELSE X'00' END AS BLOB) \
         WHERE id = (SELECT min(id) FROM object WHERE label LIKE 'o-%')",
    );
    let doctor = scene.run(&["doctor"]);
    assert!(doctor.stdout.contains("was put there behind the token's back"), "{doctor:?}");
    assert!(doctor.stdout.contains("damaged or was tampered with"), "{doctor:?}");
    assert_eq!(named(&doctor).len(), 2, "{doctor:?}");
    let given_up = scene.json(&["give-up", "--all", "--yes"]);
    assert_eq!(given_up.as_array().expect("a list").len(), 2, "{given_up}");
    let doctor = scene.run(&["doctor"]);
    assert!(doctor.stdout.contains("ok    records: all are there"), "{doctor:?}");
    assert_eq!(scene.ok(&["list", "--login"]).matches("device").count(), 0);
}
