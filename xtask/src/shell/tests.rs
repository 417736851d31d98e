//! Commands are real here: `sh` is everywhere where the chores run.

use super::*;

fn sh(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

#[test]
fn both_outputs_are_kept_in_their_order() {
    let finished = stream(&mut sh("echo one; echo two >&2; echo three; exit 3")).unwrap();
    assert!(!finished.ok);
    assert_eq!(finished.text, "one\ntwo\nthree\n");
}

#[test]
fn colours_are_taken_out_of_what_is_kept() {
    assert_eq!(without_colours("\u{1b}[1;32mok\u{1b}[0m. 3 passed"), "ok. 3 passed");
    assert_eq!(without_colours("cut off \u{1b}[1"), "cut off ");
    assert_eq!(without_colours("plain"), "plain");
}

#[test]
fn a_command_that_hangs_is_ended() {
    let finished = within(Duration::from_millis(100), &mut sh("exec sleep 600")).unwrap();
    assert!(!finished.ok);
    assert_eq!(finished.text, "no answer within 0 s");
}

#[test]
fn a_command_in_time_keeps_its_complaint() {
    let finished = within(Duration::from_secs(60), &mut sh("echo no route >&2; exit 1")).unwrap();
    assert!(!finished.ok);
    assert_eq!(finished.text, "no route\n");
}

#[test]
fn a_missing_program_is_named() {
    let error = stream(&mut Command::new("portcullis-no-such-program")).err().unwrap();
    assert!(format!("{error:#}").contains("cannot start portcullis-no-such-program"));
    assert_eq!(find_program("portcullis-no-such-program"), None);
    assert!(find_program("sh").is_some());
}

#[test]
fn a_folder_and_a_plain_file_are_no_programs() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("notes");
    std::fs::write(&file, "text").unwrap();
    assert!(!is_program(dir.path()));
    assert!(!is_program(&file));
}

#[test]
fn cargo_is_started_without_the_description_of_this_package() {
    let command = cargo(["metadata"]);
    let removed = |name: &str| command.get_envs().any(|(key, value)| key == name && value.is_none());
    assert!(removed("CARGO_PKG_NAME") && removed("CARGO_MANIFEST_DIR"));
    assert!(!removed("PATH") && !removed("CARGO_HOME"));
}
