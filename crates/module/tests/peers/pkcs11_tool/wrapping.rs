//! Keys that leave wrapped and come back, and that OpenSSL unwraps and wraps too.

use super::{is_ready, refused, user, value};
use crate::support::{PIN, Scene};

const IV: &str = "000102030405060708090a0b0c0d0e0f";

#[test]
fn keys_leave_wrapped_and_come_back() {
    if !is_ready("keys_leave_wrapped_and_come_back") {
        return;
    }
    let scene = Scene::new();
    let made = user(&scene, "--keygen --key-type AES:32 --label wrapping --id 01 --extractable");
    let wrapping = value(&made).to_owned();
    user(&scene, "--keygen --key-type AES:16 --label kept --id 09");
    let made = user(&scene, "--keygen --key-type AES:16 --label data --id 02 --extractable");
    let data = value(&made);
    // The last one is AES-KEY-WRAP-KWP, which this program has no name for.
    let ways = [
        (format!("AES-CBC-PAD --iv {IV}"), format!("-aes-256-cbc -iv {IV}")),
        ("AES-ECB".into(), "-aes-256-ecb -nopad".into()),
        ("AES-KEY-WRAP".into(), "-id-aes256-wrap -iv a6a6a6a6a6a6a6a6".into()),
        ("0x210B".into(), "-id-aes256-wrap-pad -iv a65959a6".into()),
    ];
    for (mechanism, cipher) in ways {
        let call = format!("-m {mechanism} --id 01");
        user(&scene, &format!("{call} --wrap --application-id 02 -o wrapped"));
        scene.ok("openssl", &format!("enc {cipher} -d -K {wrapping} -in wrapped -out unwrapped"));
        assert_eq!(scene.hexadecimal("unwrapped"), data, "{mechanism}");
        let kept = format!("-l --pin {PIN} {call} --wrap --application-id 09 -o none");
        refused(&scene, &kept, "CKR_KEY_UNEXTRACTABLE");

        let unwrap = format!("{call} --unwrap --key-type AES: --application-id 03 --extractable");
        scene.ok("openssl", &format!("enc {cipher} -K {wrapping} -in unwrapped -out theirs"));
        assert_eq!(value(&user(&scene, &format!("{unwrap} -i theirs"))), data, "{mechanism}");
        scene.write("damaged", "twelve bytes");
        let damaged = format!("-l --pin {PIN} {unwrap} -i damaged");
        refused(&scene, &damaged, "CKR_WRAPPED_KEY_INVALID");
    }
}

/// pkcs11-tool 0.23 has no parameters for OAEP where it wraps.
#[test]
fn an_rsa_key_wraps_a_secret() {
    if !is_ready("an_rsa_key_wraps_a_secret") {
        return;
    }
    let scene = Scene::with_keys();
    let made = user(&scene, "--keygen --key-type AES:16 --label data --id 05 --extractable");
    let data = value(&made);
    scene.ok("openssl", "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -outform DER -out key.der");
    scene.ok("openssl", "pkey -inform DER -in key.der -pubout -outform DER -out public.der");
    user(&scene, "--write-object public.der --type pubkey --id 06 --label theirs");
    user(&scene, "-m RSA-PKCS --id 06 --wrap --application-id 05 -o wrapped");
    scene.ok("openssl", "pkeyutl -decrypt -inkey key.der -keyform DER -in wrapped -out unwrapped");
    assert_eq!(scene.hexadecimal("unwrapped"), data);

    scene.tool("-r --type pubkey --id 02 -o ours.der");
    let line = "pkeyutl -encrypt -pubin -inkey ours.der -keyform DER -in unwrapped -out theirs";
    scene.ok("openssl", line);
    let unwrap = "-m RSA-PKCS --id 02 --unwrap --key-type AES: --application-id 07 --extractable -i theirs";
    assert_eq!(value(&user(&scene, unwrap)), data);
}
