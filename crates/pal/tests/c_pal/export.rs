//! A C program over our store: `client.c` uses the six symbols as corePKCS11 does, linked with the example's library.

use std::fs;
use std::path::Path;
use std::process::Command;

use portcullis_pal::c_pal::WellKnown;
use portcullis_pal::{ObjectStore, SqliteStore};

use crate::built::{compile, library_file};

fn run(program: &Path, part: &str, store: &Path) {
    let done = Command::new(program).arg(part).env("PORTCULLIS_PAL_STORE", store).output().unwrap();
    assert!(done.status.success(), "{part}: {}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn a_c_program_keeps_its_credentials_in_our_store() {
    let folder = tempfile::tempdir().unwrap();
    let (program, store) = (folder.path().join("client"), folder.path().join("store.db"));
    let library = library_file();
    compile(
        "client.c",
        &program,
        [library.as_os_str(), "-lpthread".as_ref(), "-ldl".as_ref(), "-lm".as_ref()],
    );
    run(&program, "write", &store);
    let saved = SqliteStore::open(&store).unwrap();
    let id = saved.find(&WellKnown::DeviceCertificate.label()).unwrap().unwrap();
    assert_eq!(saved.value(id).unwrap().unwrap().bytes.as_slice(), b"another");
    assert!(saved.find(&WellKnown::HmacKey.label()).unwrap().is_none());
    drop(saved);
    run(&program, "read", &store);
    run(&program, "bad", &folder.path().join("other.db"));
    let damaged = folder.path().join("damaged.db");
    fs::write(&damaged, b"no store").unwrap();
    run(&program, "none", &damaged);
}
