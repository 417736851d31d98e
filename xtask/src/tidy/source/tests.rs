//! How sources are taken apart, and the rule `opening`.

use super::*;
use crate::tidy::tests::{assert_found, found, member};

fn source(path: &str, text: &str) -> Source {
    Source::parse(path.to_owned(), text.to_owned()).unwrap()
}

fn names<'a>(tokens: impl Iterator<Item = &'a Token>) -> Vec<(&'a str, usize)> {
    tokens.filter(|t| t.kind == Kind::Identifier).map(|t| (t.text.as_str(), t.line)).collect()
}

#[test]
fn comments_and_documentation_are_no_code_and_macro_bodies_are() {
    let text =
        "//! inner\n/// outer\n#[doc = concat!(\"a\", \"b\")]\n// plain\nm! {\n    /* block */ body\n}\n";
    assert_eq!(names(source("a.rs", text).tokens().iter()), [("m", 5), ("body", 6)]);
}

#[test]
fn items_under_cfg_test_are_not_shipped() {
    let text = "use a;\n#[cfg(test)]\nuse b;\nuse c;\n#[cfg(test)]\nmod d { use e; }\n#[cfg(feature = \"x\")]\nuse f;\n";
    let source = source("crates/pal/src/a.rs", text);
    let shipped: Vec<_> = names(source.shipped()).into_iter().map(|(name, _)| name).collect();
    assert_eq!(shipped, ["use", "a", "use", "c", "cfg", "feature", "use", "f"]);
}

#[test]
fn files_of_test_modules_are_not_shipped() {
    let text = "#[cfg(test)]\nmod fake;\nmod real;\n";
    assert_eq!(source("crates/pal/src/lib.rs", text).test_modules(), ["crates/pal/src/fake"]);
    assert_eq!(source("crates/pal/src/a/mod.rs", text).test_modules(), ["crates/pal/src/a/fake"]);
    assert_eq!(source("crates/pal/src/a.rs", text).test_modules(), ["crates/pal/src/a/fake"]);

    let paths =
        ["src/lib.rs", "src/fake.rs", "src/fake/deep.rs", "src/fakes.rs", "src/a/tests.rs", "tests/e2e.rs"];
    let files = paths.map(|path| (path.to_owned(), if path == "src/lib.rs" { text } else { "" }.to_owned()));
    let (tree, _) = Tree::new(Vec::new(), files.into());
    let tests: Vec<_> = tree.sources.iter().filter(|s| s.is_test).map(|s| s.path.as_str()).collect();
    assert_eq!(tests, ["src/fake.rs", "src/fake/deep.rs", "src/a/tests.rs", "tests/e2e.rs"]);
}

#[test]
fn a_file_without_an_opening_is_found() {
    let files =
        [("crates/pal/src/good.rs", "//! Here is this.\n"), ("crates/pal/src/bad.rs", "// A remark.\n")];
    let found = found(check_opening, vec![member("portcullis-pal", &[])], &files);
    assert_found(&found, &["crates/pal/src/bad.rs:1: the file does not start with `//!`"]);
}
