//! PINs: changed, wrong, locked, and set anew by the security officer.

use super::{is_ready, refused};
use crate::support::{PIN, SO_PIN, Scene};

#[test]
fn pins_are_changed_and_wrong_ones_refused() {
    if !is_ready("pins_are_changed_and_wrong_ones_refused") {
        return;
    }
    let scene = Scene::new();
    refused(&scene, "-l --pin 999999 -O", "CKR_PIN_INCORRECT");
    assert!(scene.tool("-L").contains("user PIN count low"));
    scene.tool(&format!("-l --pin {PIN} --change-pin --new-pin 765432"));
    refused(&scene, &format!("-l --pin {PIN} -O"), "CKR_PIN_INCORRECT");
    scene.tool("-l --pin 765432 -O");
    refused(&scene, "-l --pin 765432 --change-pin --new-pin 1", "CKR_PIN_LEN_RANGE");

    let officer = "--login --login-type so";
    scene.tool(&format!("{officer} --so-pin {SO_PIN} --change-pin --new-pin 23456789"));
    refused(&scene, &format!("{officer} --so-pin {SO_PIN} --init-pin --pin {PIN}"), "CKR_PIN_INCORRECT");
    scene.tool(&format!("{officer} --so-pin 23456789 --init-pin --pin {PIN}"));
}

#[test]
fn a_locked_pin_is_set_anew_by_the_security_officer() {
    if !is_ready("a_locked_pin_is_set_anew_by_the_security_officer") {
        return;
    }
    let scene = Scene::with_keys();
    for _ in 0..10 {
        refused(&scene, "-l --pin 999999 -O", "CKR_PIN_INCORRECT");
    }
    assert!(scene.tool("-L").contains("user PIN locked"));
    refused(&scene, &format!("-l --pin {PIN} -O"), "CKR_PIN_LOCKED");
    scene.tool(&format!("--login --login-type so --so-pin {SO_PIN} --init-pin --pin 765432"));
    scene.tool("-l --pin 765432 -s -m ECDSA-SHA256 --id 01 -i pin -o signature --signature-format openssl");
    scene.tool("-r --type pubkey --id 01 -o public.der");
    scene.ok("openssl", "dgst -sha256 -verify public.der -keyform DER -signature signature pin");
}
