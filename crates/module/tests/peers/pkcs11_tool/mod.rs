//! OpenSC's `pkcs11-tool` on the built library, and OpenSSL on what comes out and goes in.

mod agreement;
mod ciphers;
mod objects;
mod own_tests;
mod pins;
mod wrapping;

use crate::support::{PIN, Scene, has_all, library_file, said};

/// Whether both programs are there.
fn is_ready(test: &str) -> bool {
    has_all(test, &["pkcs11-tool", "openssl"], &[])
}

/// Runs `pkcs11-tool` with the user logged in.
fn user(scene: &Scene, line: &str) -> String {
    scene.tool(&format!("--login --pin {PIN} {line}"))
}

/// Runs `pkcs11-tool`, which must fail and say why.
fn refused(scene: &Scene, line: &str, why: &str) {
    let line = format!("--module {} {line}", library_file().display());
    let output = scene.command("pkcs11-tool").args(line.split_whitespace()).output().unwrap();
    let said = said(&output);
    assert!(!output.status.success() && said.contains(why), "{line}: {said}");
}

/// The value that is shown of a secret key that can be read, in hexadecimal digits.
fn value(shown: &str) -> &str {
    shown.lines().find_map(|line| line.trim_start().strip_prefix("VALUE:")).unwrap().trim()
}
