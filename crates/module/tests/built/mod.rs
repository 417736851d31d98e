//! The built library, for every test program of this package that loads it.

use std::env;
use std::path::PathBuf;

/// The built library. Cargo puts it beside the tests of its own package.
pub(crate) fn library_file() -> PathBuf {
    let tests = env::current_exe().expect("a running test has a file");
    let folder = tests.parent().expect("it lies in a folder");
    let name = format!("{}portcullis_pkcs11{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX);
    let beside = [folder.join(&name), folder.join("..").join(&name)];
    beside.into_iter().find(|file| file.is_file()).expect("cargo builds the library before its tests")
}
