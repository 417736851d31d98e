//! Go: crypto11 over miekg/pkcs11, by which Go's TLS and ciphers use a token.

use std::path::Path;

use portcullis_pal::testkit::skip;

use crate::support::{PIN, Scene, has_all, library_file, succeeds};

/// Where Debian puts the sources of Go's packages.
const SOURCES: &str = "/usr/share/gocode";

#[test]
fn go_signs_decrypts_and_meets_itself_by_tls() {
    let test = "go_signs_decrypts_and_meets_itself_by_tls";
    if !has_all(test, &["pkcs11-tool", "go"], &[]) {
        return;
    }
    if !Path::new(SOURCES).join("src/github.com/ThalesIgnite/crypto11").is_dir() {
        return skip(test, "crypto11 (golang-github-thalesignite-crypto11-dev) is not installed");
    }
    let scene = Scene::new();
    scene.write("program.go", include_str!("program.go"));
    let mut command = scene.command("go");
    command.env("GO111MODULE", "off").env("GOPATH", SOURCES).args(["run", "program.go"]);
    assert_eq!(succeeds(command.arg(library_file()).arg(PIN)), "done\n");
}
