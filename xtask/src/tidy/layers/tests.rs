//! The rule `layers` on samples.

use super::*;
use crate::tidy::tests::{assert_found, found, member};

#[test]
fn a_dependency_within_the_picture_passes() {
    let crates = vec![
        member("portcullis-pal", &["thiserror"]),
        member("portcullis-entropy", &["portcullis-pal"]),
        member("portcullis-token", &["portcullis-entropy", "portcullis-pal"]),
    ];
    assert_found(&found(check, crates, &[]), &[]);
}

#[test]
fn a_dependency_against_the_picture_is_found_on_its_line() {
    let crates = vec![member("portcullis-pal", &["portcullis-token"]), member("portcullis-token", &[])];
    let manifest = "[dependencies]\nthiserror.workspace = true\nportcullis-token.workspace = true\n";
    let found = found(check, crates, &[("crates/pal/Cargo.toml", manifest)]);
    assert_found(
        &found,
        &["crates/pal/Cargo.toml:3: `portcullis-pal` must not depend on `portcullis-token`"],
    );
}

#[test]
fn tls_may_not_use_the_store_and_the_chores_may_use_nothing() {
    let crates = vec![
        member("portcullis-pal", &[]),
        member("portcullis-tls", &["portcullis-pal"]),
        member("xtask", &["portcullis-pal"]),
    ];
    assert_found(&found(check, crates, &[]), &["crates/tls/Cargo.toml:1: ", "xtask/Cargo.toml:1: "]);
}

#[test]
fn a_package_without_a_row_is_found() {
    let found = found(check, vec![member("portcullis-extra", &[])], &[]);
    assert_found(&found, &["crates/extra/Cargo.toml:1: `portcullis-extra` has no row"]);
}
