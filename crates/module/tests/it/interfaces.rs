//! How programs get at the functions.

use std::ffi::{CStr, OsStr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, ptr};

use cryptoki_sys::*;
use portcullis_pkcs11::FUNCTIONS;

use crate::built::library_file;
use crate::support::{Module, c};

#[test]
fn all_versions_are_offered_and_the_newest_preferred() {
    let module = Module::load();
    let mut count = 0;
    assert_eq!(c!(module, C_GetInterfaceList(ptr::null_mut(), &raw mut count)), CKR_OK);
    assert_eq!(count, 3);
    let mut list = [CK_INTERFACE::default(); 3];
    count = 2;
    assert_eq!(c!(module, C_GetInterfaceList(list.as_mut_ptr(), &raw mut count)), CKR_BUFFER_TOO_SMALL);
    assert_eq!(c!(module, C_GetInterfaceList(list.as_mut_ptr(), &raw mut count)), CKR_OK);
    let versions = list.map(|interface| {
        // SAFETY: the library gives a name that lives as long as it is loaded.
        #[allow(unsafe_code)]
        let name = unsafe { CStr::from_ptr(interface.pInterfaceName.cast()) };
        assert_eq!(name, c"PKCS 11");
        // SAFETY: every function list starts with its version.
        #[allow(unsafe_code)]
        let version: CK_VERSION = unsafe { interface.pFunctionList.cast::<CK_VERSION>().read() };
        (version.major, version.minor)
    });
    assert_eq!(versions, [(3, 2), (3, 0), (2, 40)]);
}

#[test]
fn an_interface_is_found_by_what_is_known_of_it() {
    let module = Module::load();
    let cases = [
        (None, None, 0, CKR_OK),
        (Some(c"PKCS 11"), None, 0, CKR_OK),
        (Some(c"PKCS 11"), Some((2, 40)), 0, CKR_OK),
        (None, Some((3, 0)), 0, CKR_OK),
        (None, Some((3, 1)), 0, CKR_ARGUMENTS_BAD),
        (Some(c"Vendor"), None, 0, CKR_ARGUMENTS_BAD),
        (None, None, CKF_INTERFACE_FORK_SAFE, CKR_ARGUMENTS_BAD),
    ];
    for (name, version, flags, expected) in cases {
        let name = name.map_or(ptr::null_mut(), |name| name.as_ptr().cast_mut().cast());
        let mut asked = version.map(|(major, minor)| CK_VERSION { major, minor });
        let asked = asked.as_mut().map_or(ptr::null_mut(), ptr::from_mut);
        let mut interface = ptr::null_mut();
        assert_eq!(c!(module, C_GetInterface(name, asked, &raw mut interface, flags)), expected);
        assert_eq!(interface.is_null(), expected != CKR_OK);
    }
    assert_eq!(
        c!(module, C_GetInterface(ptr::null_mut(), ptr::null_mut(), ptr::null_mut(), 0)),
        CKR_ARGUMENTS_BAD
    );
    assert_eq!(c!(module, C_GetFunctionList(ptr::null_mut())), CKR_ARGUMENTS_BAD);
}

#[test]
fn every_function_is_exported_by_its_name() {
    let module = Module::load();
    for name in FUNCTIONS.iter().flat_map(|(_, names)| names.iter()) {
        // SAFETY: the symbol is looked up and never used.
        #[allow(unsafe_code)]
        let symbol = unsafe { module.library.get::<*const ()>(name.as_bytes()) };
        assert!(symbol.is_ok(), "{name}");
    }
}

/// Compiles a program of this folder.
fn compiled(source: &str, into: &Path, more: &[&OsStr]) -> PathBuf {
    let program = into.join(source).with_extension("");
    let mut compiler = Command::new("cc");
    compiler.args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-rdynamic", "-o"]).arg(&program);
    compiler.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/names").join(source)).args(more);
    let output = compiler.output().expect("what links Rust programs compiles C");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    program
}

fn printed(program: &mut Command) -> String {
    let output = program.output().expect("the program starts");
    String::from_utf8(output.stdout).expect("it prints text")
}

#[test]
fn a_program_is_linked_with_the_library() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    fs::write(dir.path().join("config.toml"), "[[slot]]\nstore = \"store\"\n").expect("a file");
    let program = compiled("linked.c", dir.path(), &[library_file().as_os_str()]);
    let mut program = Command::new(program);
    assert_eq!(printed(program.env("PORTCULLIS_CONF", dir.path().join("config.toml"))), "0 0 0, 1 slot\n");
}

#[test]
fn another_librarys_functions_stay_out_of_the_lists() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let program = compiled("before.c", dir.path(), &[OsStr::new("-ldl")]);
    assert_eq!(printed(Command::new(program).arg(library_file())), "own own\n");
}
