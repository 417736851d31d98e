//! Which libraries share an invocation.

use super::*;

fn library(name: &str, features: &[&str]) -> Crate {
    Crate {
        name: name.to_owned(),
        dir: String::new(),
        is_library: true,
        roots: Vec::new(),
        features: features.iter().map(|&feature| feature.to_owned()).collect(),
        dependencies: Vec::new(),
    }
}

#[test]
fn each_library_is_built_bare_and_with_each_feature_alone() {
    let program = Crate { is_library: false, ..library("program", &["std"]) };
    let crates = [library("a", &["std", "x"]), library("b", &["std"]), library("c", &[]), program];
    let selections = selections(&crates);
    let (plain, with_feature) = selections.split_at(2);
    assert_eq!(plain, ["--package c --no-default-features", "--package a --package b --no-default-features"]);
    let expected = [
        "--package a --package b --no-default-features --features a/std,b/std ",
        "--package a --no-default-features --features a/x ",
    ];
    assert_eq!(with_feature.len(), expected.len());
    for (selection, start) in with_feature.iter().zip(expected) {
        assert!(selection.starts_with(start), "{selection}");
    }
}

#[test]
fn no_libraries_need_no_invocation() {
    assert!(selections(&[]).is_empty());
}
