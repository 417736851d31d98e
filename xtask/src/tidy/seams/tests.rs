//! The rule `seams` on samples.

use super::*;
use crate::tidy::tests::{assert_found, found, member};

const TOKEN: &str = "portcullis-token";
const TLS: &str = "portcullis-tls";

#[test]
fn a_token_that_speaks_of_contracts_passes() {
    let text = "//! Not over SQLite or ring but over any store.\nuse portcullis_pal::ObjectStore;\nlet string = spring;\n";
    let text = text.replace("let string = spring;", "const STRING: Spring = Spring;");
    let found =
        found(check, vec![member(TOKEN, &["portcullis-pal", "sha2"])], &[("crates/token/src/a.rs", &text)]);
    assert_found(&found, &[]);
}

#[test]
fn a_token_that_names_what_lies_behind_a_contract_is_found() {
    let text =
        "//! A.\nuse ring::digest;\nuse portcullis_pal::SqliteStore;\nconst R: &str = \"/dev/urandom\";\n";
    let crates = vec![member(TOKEN, &["getrandom"])];
    let files =
        [("crates/token/Cargo.toml", "[dependencies]\ngetrandom = \"1\"\n"), ("crates/token/src/a.rs", text)];
    let expected = [
        "crates/token/Cargo.toml:2: `portcullis-token` must not depend on `getrandom`",
        "crates/token/src/a.rs:2: `portcullis-token` must not name `ring`",
        "crates/token/src/a.rs:3: `portcullis-token` must not name `SqliteStore`",
        "crates/token/src/a.rs:4: `portcullis-token` must not name `\"/dev/urandom\"`",
    ];
    assert_found(&found(check, crates, &files), &expected);
}

#[test]
fn tls_sources_may_not_name_a_token_and_tls_tests_may() {
    let text = "//! A [`Token`] is meant here.\nuse portcullis_token::Token;\n";
    let files = [
        ("crates/tls/src/resolver.rs", text),
        ("crates/tls/src/resolver/tests.rs", text),
        ("crates/tls/tests/mutual.rs", text),
        ("crates/tls/benches/handshake.rs", "use portcullis_engine as e;"),
        ("crates/tls/examples/mqtt.rs", "use portcullis_pal as p;"),
    ];
    let found = found(check, vec![member(TLS, &[])], &files);
    assert_found(&found, &["crates/tls/src/resolver.rs:2: `portcullis-tls` must not name `Token`"]);
}

#[test]
fn other_packages_name_what_they_like() {
    let files = [("crates/cli/src/main.rs", "use ring::digest;\nuse portcullis_token::Token;\n")];
    assert_found(&found(check, vec![member("portcullis-cli", &["rusqlite"])], &files), &[]);
}

#[test]
fn tls_may_call_something_else_a_token() {
    let text = "use portcullis_token::{KeyService, key_service::KeyRef};\n\
                enum Error { Token(portcullis_token::Error), Other(Token) }\n";
    assert_found(&found(check, vec![member(TLS, &[])], &[("crates/tls/src/error.rs", text)]), &[]);
}

#[test]
fn a_token_is_found_in_an_import_and_on_a_path() {
    let text = "use portcullis_token::{\n    KeyService, key_service::{KeyRef},\n    Token as T,\n};\n\
                fn f(_: &portcullis_token::token::Token) {}\n";
    let found = found(check, vec![member(TLS, &[])], &[("crates/tls/src/a.rs", text)]);
    assert_found(&found, &["crates/tls/src/a.rs:3: ", "crates/tls/src/a.rs:5: "]);
}
