//! What the C compiler makes for these tests.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/c_pal");

/// Compiles one C file of this folder.
pub(crate) fn compile<A: AsRef<OsStr>>(source: &str, output: &Path, more: impl IntoIterator<Item = A>) {
    let compiler = env::var_os("CC").unwrap_or_else(|| "cc".into());
    let done = Command::new(&compiler)
        .args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-O1", "-o"])
        .arg(output)
        .arg(Path::new(SOURCES).join(source))
        .args(more)
        .output()
        .unwrap_or_else(|error| panic!("the C compiler {} does not start: {error}", compiler.display()));
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// The static library that the example is. Cargo builds examples before it runs tests; where it was asked for this test
/// alone, it is asked for the example here.
pub(crate) fn library_file() -> PathBuf {
    let tests = env::current_exe().unwrap();
    let examples = tests.parent().and_then(Path::parent).unwrap().join("examples");
    let library = examples.join("libcore_pkcs11_pal.a");
    if !library.is_file() {
        let done = Command::new(env!("CARGO"))
            .args(["build", "--package", "portcullis-pal", "--all-features", "--example", "core_pkcs11_pal"])
            .status()
            .unwrap();
        assert!(done.success());
    }
    library
}
