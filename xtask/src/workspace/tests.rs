//! This workspace itself is the sample.

use super::*;

fn workspace_crate(name: &str) -> Crate {
    let workspace = Workspace::load().unwrap();
    workspace.crates.into_iter().find(|krate| krate.name == name).unwrap()
}

#[test]
fn a_program_is_no_library_and_has_its_root() {
    let xtask = workspace_crate("xtask");
    assert!(!xtask.is_library);
    assert_eq!(xtask.dir, "xtask");
    assert_eq!(xtask.roots, ["xtask/src/main.rs"]);
    assert!(xtask.dependencies.contains(&"clap".to_owned()));
}

#[test]
fn dev_dependencies_do_not_count() {
    let token = workspace_crate("portcullis-token");
    assert!(token.is_library);
    assert!(token.dependencies.contains(&"portcullis-pal".to_owned()));
    assert!(!token.dependencies.contains(&"portcullis-engine".to_owned()));
}

#[test]
fn a_package_holds_its_own_files_only() {
    let pal = workspace_crate("portcullis-pal");
    assert!(pal.holds("crates/pal/src/lib.rs"));
    assert!(!pal.holds("crates/palette/src/lib.rs"));
    assert!(!pal.holds("crates/pal"));
}
