//! A slot whose device has a counter and a secret aside: the same token with them, and honest codes without.

#![allow(clippy::unwrap_used, reason = "a test that can't go on says where")]

use std::path::Path;
use std::process::Command;
use std::{env, fs, ptr};

use cryptoki_sys::*;

use crate::support::{Module, USER_PIN, attribute, c};

/// Says to a process that it is the one that calls.
const CALLING: &str = "PORTCULLIS_TEST_CALLING_ASIDE";

fn configure(module: &Module, more: &str) {
    fs::write(module.config(), format!("[[slot]]\nstore = \"store\"\n{more}")).unwrap();
}

/// Starts the library anew, logs in, and where that works writes something.
fn log_in(module: &Module, more: &str) -> CK_RV {
    configure(module, more);
    c!(module, C_Finalize(ptr::null_mut()));
    assert_eq!(module.initialize(), CKR_OK);
    let session = module.session();
    let outcome = module.login(session, CKU_USER, USER_PIN);
    if outcome == CKR_OK {
        let (mut class, mut token) = (CKO_DATA.to_ne_bytes(), [CK_TRUE]);
        let mut template = [attribute(CKA_CLASS, &mut class), attribute(CKA_TOKEN, &mut token)];
        let mut made = 0;
        assert_eq!(c!(module, C_CreateObject(session, template.as_mut_ptr(), 2, &raw mut made)), CKR_OK);
    }
    outcome
}

fn guarded() -> Module {
    let module = Module::load();
    configure(&module, "aside = \"aside\"\n");
    assert_eq!(module.initialize(), CKR_OK);
    assert!(!module.dir.path().join("aside").exists(), "looking leaves no trace");
    module.init_token();
    assert_eq!(c!(module, C_Finalize(ptr::null_mut())), CKR_OK);
    module
}

#[test]
fn a_token_works_with_its_counter_and_secret_alone() {
    let module = guarded();
    let file = module.dir.path().join("aside/aside.db");
    let (older, counted) = (fs::read(module.store()).unwrap(), fs::read(&file).unwrap());
    assert_eq!(log_in(&module, "aside = \"aside\"\n"), CKR_OK);
    assert_eq!(log_in(&module, ""), CKR_TOKEN_NOT_RECOGNIZED);
    assert_eq!(log_in(&module, "aside = \"nowhere\"\n"), CKR_TOKEN_NOT_RECOGNIZED);
    let other = guarded();
    let elsewhere = format!("aside = \"{}\"\n", other.dir.path().join("aside").display());
    assert_eq!(log_in(&module, &elsewhere), CKR_TOKEN_NOT_RECOGNIZED);
    assert_eq!(log_in(&module, "aside = \"aside\"\n"), CKR_OK, "none of that was a wrong PIN");

    assert_eq!(c!(module, C_Finalize(ptr::null_mut())), CKR_OK);
    let newer = fs::read(module.store()).unwrap();
    fs::write(module.store(), older).unwrap();
    assert_eq!(log_in(&module, "aside = \"aside\"\n"), CKR_DEVICE_ERROR);
    assert_eq!(c!(module, C_Finalize(ptr::null_mut())), CKR_OK);
    fs::write(module.store(), newer).unwrap();
    fs::write(file, counted).unwrap();
    assert_eq!(log_in(&module, "aside = \"aside\"\n"), CKR_DEVICE_ERROR);
}

#[test]
fn the_log_says_which_of_it_is_missing() {
    if let Some(folder) = env::var_os(CALLING) {
        return call(Path::new(&folder));
    }
    let module = guarded();
    for (more, words) in [
        ("", "belongs to a device with a secret, and this one has none"),
        ("aside = \"nowhere\"\n", "there is no device secret at"),
    ] {
        let log = module.dir.path().join("log");
        configure(&module, more);
        let output = Command::new(env::current_exe().unwrap())
            .args(["--exact", "aside::the_log_says_which_of_it_is_missing", "--nocapture"])
            .env(CALLING, module.dir.path())
            .env("PORTCULLIS_LOG", "debug")
            .env("PORTCULLIS_LOG_FILE", &log)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let log = fs::read_to_string(log).unwrap();
        assert!(log.contains(words), "{words} in {log}");
    }
}

/// A login that is refused, on another test's configuration.
fn call(folder: &Path) {
    let module = Module::load();
    assert_eq!(crate::support::initialize_with(module.list, &folder.join("config.toml")), CKR_OK);
    let session = module.session();
    assert_eq!(module.login(session, CKU_USER, USER_PIN), CKR_TOKEN_NOT_RECOGNIZED);
}

#[test]
fn two_slots_with_one_counter_are_a_wrong_configuration() {
    let module = Module::load();
    let slots = "aside = \"aside\"\n[[slot]]\nstore = \"other\"\naside = \"aside\"\n";
    configure(&module, slots);
    assert_eq!(module.initialize(), CKR_GENERAL_ERROR);
}
