//! The rule `paths` on samples.

use super::*;
use crate::tidy::tests::{assert_found, found};

#[test]
fn absolute_paths_of_a_machine_are_found_in_any_file() {
    let bad = |folder: &str| format!("first\npath = \"/{folder}/me/store\"\n");
    let (home, root) = (bad("home"), bad("root"));
    let found = found(
        check,
        Vec::new(),
        &[("docs/a.md", home.as_str()), ("src/a.rs", "const A: u8 = 1;"), ("b.toml", root.as_str())],
    );
    assert_found(&found, &["docs/a.md:2: ", "b.toml:2: "]);
}

#[test]
fn each_folder_is_found_at_the_start_of_a_line_and_after_a_quote() {
    for folder in FIRST_FOLDERS {
        assert!(names_folder(&format!("/{folder}/x"), folder));
        assert!(names_folder(&format!("see '/{folder}/x'"), folder));
        assert!(names_folder(&format!("file:///{folder}/x"), folder));
    }
}

#[test]
fn relative_paths_addresses_and_variables_pass() {
    for line in
        ["./root/x", "src/root/x", "https://example.com/home/x", "$HOME/work/x", "~/work/x", "{dir}/work/x"]
    {
        assert!(FIRST_FOLDERS.iter().all(|folder| !names_folder(line, folder)), "{line}");
    }
}
