//! Python: PyKCS11 from Debian, and python-pkcs11, which `cargo xtask peers` puts into an environment of its own.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use portcullis_pal::testkit::skip;

use crate::support::{Scene, has_all, succeeds};

/// The Python for which Debian's packages are.
const SYSTEM: &str = "/usr/bin/python3";

/// The Python of the environment (`xtask/src/peers/python.rs`).
fn of_environment() -> Option<PathBuf> {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")))?;
    Some(cache.join("portcullis/peers/python/bin/python"))
}

fn runs(test: &str, python: &Path, modules: &[&str], script: &str) {
    let has = |module: &&&str| {
        let import = format!("import {module}");
        Command::new(python).args(["-c", &import]).output().is_ok_and(|output| output.status.success())
    };
    if let Some(missing) = modules.iter().find(|module| !has(module)) {
        return skip(test, &format!("Python's {missing} is not installed"));
    }
    let scene = Scene::new();
    scene.write("script.py", script);
    let mut command = scene.command(&python.display().to_string());
    assert!(succeeds(command.arg("script.py")).ends_with("done\n"));
}

#[test]
fn pykcs11_makes_keys_and_signs() {
    let test = "pykcs11_makes_keys_and_signs";
    if has_all(test, &["pkcs11-tool"], &[]) {
        runs(test, Path::new(SYSTEM), &["PyKCS11"], include_str!("pykcs11.py"));
    }
}

#[test]
fn pykcs11_encrypts_agrees_and_wraps() {
    let test = "pykcs11_encrypts_agrees_and_wraps";
    if has_all(test, &["pkcs11-tool"], &[]) {
        let script = include_str!("pykcs11_secrets.py");
        runs(test, Path::new(SYSTEM), &["PyKCS11", "cryptography"], script);
    }
}

#[test]
fn python_pkcs11_makes_keys_and_signs() {
    let test = "python_pkcs11_makes_keys_and_signs";
    if has_all(test, &["pkcs11-tool"], &[]) {
        let python = of_environment().unwrap_or_default();
        runs(test, &python, &["pkcs11"], include_str!("python_pkcs11.py"));
    }
}

#[test]
fn python_pkcs11_encrypts_agrees_and_wraps() {
    let test = "python_pkcs11_encrypts_agrees_and_wraps";
    if has_all(test, &["pkcs11-tool", "openssl"], &[]) {
        let python = of_environment().unwrap_or_default();
        runs(test, &python, &["pkcs11"], include_str!("python_pkcs11_secrets.py"));
    }
}
