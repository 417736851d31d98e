//! PINs typed on a terminal. The command `script` lends one.

use std::io::{Read, Write};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};

use crate::support::{BINARY, Scene, skip};

/// What the terminal shows, up to and with `prompt`.
fn wait_for(prompt: &str, shown: &mut ChildStdout) -> String {
    let mut seen = Vec::new();
    let mut byte = [0];
    while !seen.ends_with(prompt.as_bytes()) {
        let read = shown.read(&mut byte).expect("a terminal");
        assert_eq!(read, 1, "no {prompt} in {}", String::from_utf8_lossy(&seen));
        seen.push(byte[0]);
    }
    String::from_utf8_lossy(&seen).into_owned()
}

fn answer(prompt: &str, typed: &str, shown: &mut ChildStdout, keys: &mut ChildStdin) {
    wait_for(prompt, shown);
    writeln!(keys, "{typed}").expect("a terminal");
}

/// Types a new PIN and its repetition; the exit code and what was said last.
fn change_pin(scene: &Scene, typed: [&str; 2]) -> (Option<i32>, String) {
    // The environment of the scene's own commands, in a terminal.
    let command = scene.command(&[]);
    let mut child = Command::new("script")
        .args(["-qec", &format!("{BINARY} pin"), "/dev/null"])
        .envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .env_remove("PORTCULLIS_NEW_PIN")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("script runs");
    let (mut keys, mut shown) = (child.stdin.take().expect("piped"), child.stdout.take().expect("piped"));
    answer("Choose the new PIN: ", typed[0], &mut shown, &mut keys);
    answer("Repeat the new PIN: ", typed[1], &mut shown, &mut keys);
    let mut rest = String::new();
    shown.read_to_string(&mut rest).expect("text");
    (child.wait().expect("it ends").code(), rest)
}

#[test]
fn a_new_pin_is_asked_for_twice() {
    if Command::new("script").arg("--version").output().is_err() {
        skip("a_new_pin_is_asked_for_twice", "script is not installed");
        return;
    }
    let scene = Scene::with_key();
    let before = scene.bytes();
    let (code, said) = change_pin(&scene, ["typed-1", "typed-2"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("differ"), "{said}");
    assert!(scene.bytes() == before);

    let (code, said) = change_pin(&scene, ["typed-1", "typed-1"]);
    assert_eq!(code, Some(0), "{said}");
    let typed = scene.write("typed", "typed-1\n");
    scene.ok(&["list", "--pin-file", &typed]);
}
