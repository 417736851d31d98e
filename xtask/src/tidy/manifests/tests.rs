//! The rule `manifests` on samples.

use super::*;
use crate::tidy::tests::{assert_found, found};

#[test]
fn inherited_dependencies_pass() {
    let text = "[dependencies]\na.workspace = true\nb = { workspace = true, optional = true }\n\n\
                [target.'cfg(unix)'.dependencies]\nc.workspace = true\n\n[build-dependencies]\n";
    assert_found(&found(check, Vec::new(), &[("crates/pal/Cargo.toml", text)]), &[]);
}

#[test]
fn a_dependency_with_its_own_version_is_found_in_every_table() {
    let text = "[dependencies]\na = \"1\"\nb.workspace = true\n[dev-dependencies]\nc = { version = \"1\" }\n\
                [target.'cfg(unix)'.build-dependencies]\nd = { path = \"../d\" }\n";
    let found = found(check, Vec::new(), &[("crates/pal/Cargo.toml", text)]);
    let mut lines = found.clone();
    lines.sort();
    assert_found(
        &lines,
        &["crates/pal/Cargo.toml:2: `a`", "crates/pal/Cargo.toml:5: `c`", "crates/pal/Cargo.toml:7: `d`"],
    );
}

#[test]
fn the_shared_table_holds_crates_io_and_ourselves() {
    let text = "[workspace.dependencies]\na = \"1\"\nours = { path = \"crates/ours\", version = \"0.1\" }\n\
                b = { git = \"https://example.com/b\" }\nc = { path = \"../c\" }\nd = { version = \"1\", registry = \"r\" }\n";
    let found = found(check, Vec::new(), &[("Cargo.toml", text)]);
    assert_found(&found, &["Cargo.toml:4: `b`", "Cargo.toml:5: `c`", "Cargo.toml:6: `d`"]);
}

#[test]
fn a_workspace_in_a_folder_may_use_its_neighbours_and_nothing_outside() {
    let text = "[workspace.dependencies]\nours = { path = \"../crates/ours\" }\na = { path = \"../../a\" }\n";
    assert_found(&found(check, Vec::new(), &[("fuzz/Cargo.toml", text)]), &["fuzz/Cargo.toml:3: `a`"]);
}

#[test]
fn detours_are_found_in_manifests_and_in_the_configuration() {
    let files = [
        ("Cargo.toml", "[workspace]\n\n[patch.crates-io]\na = { path = \"a\" }\n"),
        (".cargo/config.toml", "[alias]\nx = \"run\"\n[source.crates-io]\nreplace-with = \"m\"\n"),
    ];
    assert_found(
        &found(check, Vec::new(), &files),
        &["Cargo.toml:3: `[patch]`", ".cargo/config.toml:3: `[source]`"],
    );
}

#[test]
fn the_lock_file_knows_one_source() {
    let good = format!("[[package]]\nname = \"a\"\nsource = \"{CRATES_IO}\"\n");
    let bad = format!("{good}\n[[package]]\nname = \"b\"\nsource = \"git+https://example.com/b#1\"\n");
    assert_found(&found(check, Vec::new(), &[("Cargo.lock", good.as_str())]), &[]);
    assert_found(
        &found(check, Vec::new(), &[("Cargo.lock", bad.as_str())]),
        &["Cargo.lock:7: a package from `git+"],
    );
}

#[test]
fn a_broken_manifest_is_found() {
    assert_found(
        &found(check, Vec::new(), &[("Cargo.toml", "[dependencies\n")]),
        &["Cargo.toml:1: cannot be read"],
    );
}
