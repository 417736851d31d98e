//! What the tests of all rules share: a tree made of samples, and the places that a rule finds in it.

use super::*;
use crate::workspace::Crate;

/// A package that lies where its name says.
pub(super) fn member(name: &str, dependencies: &[&str]) -> Crate {
    let dir = name.replace("portcullis-", "crates/");
    Crate {
        name: name.to_owned(),
        roots: vec![format!("{dir}/src/lib.rs")],
        dir,
        is_library: true,
        features: Vec::new(),
        dependencies: dependencies.iter().map(|&d| d.to_owned()).collect(),
    }
}

/// What `rule` finds in a tree of these packages and files, as `path:line: what`.
pub(super) fn found(rule: Rule, crates: Vec<Crate>, files: &[(&str, &str)]) -> Vec<String> {
    let files = files.iter().map(|&(path, text)| (path.to_owned(), text.to_owned())).collect();
    let (tree, unreadable) = Tree::new(crates, files);
    assert_eq!(unreadable, [], "a sample does not parse");
    let mut all = Vec::new();
    rule(&tree, &mut Findings { rule: "tested", all: &mut all });
    all.iter().map(|f| format!("{}:{}: {}", f.path, f.line, f.what)).collect()
}

/// Asserts that each finding starts as `expected` says, and that there are no others.
#[track_caller]
pub(super) fn assert_found(found: &[String], expected: &[&str]) {
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found} does not start with {expected}");
    }
}

#[test]
fn findings_of_all_rules_come_sorted_and_name_their_rule() {
    let files = [("crates/pal/src/lib.rs", "fn f() { todo!() }\n")];
    let files = files.map(|(path, text)| (path.to_owned(), text.to_owned()));
    let (tree, _) = Tree::new(vec![member("portcullis-pal", &[])], files.into());
    let shown: Vec<_> = findings(&tree).iter().map(ToString::to_string).collect();
    assert!(shown.is_sorted());
    for rule in ["leftovers", "opening", "unsafe"] {
        assert_eq!(shown.iter().filter(|line| line.ends_with(&format!("[{rule}]"))).count(), 1, "{shown:#?}");
    }
}

#[test]
fn a_source_that_does_not_parse_is_a_finding_and_no_panic() {
    let files = vec![("crates/pal/src/lib.rs".to_owned(), "//! Cut off.\nfn f( {\n".to_owned())];
    let (_, unreadable) = Tree::new(vec![member("portcullis-pal", &[])], files);
    assert_eq!(unreadable.len(), 1);
    assert_eq!(unreadable.first().map(|f| f.rule), Some("parse"));
}
