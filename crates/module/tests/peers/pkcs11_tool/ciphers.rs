//! What one side encrypts, the other decrypts. pkcs11-tool 0.23 has no parameters for GCM and CTR, and encrypts with
//! secret keys alone.

use super::{is_ready, user, value};
use crate::support::Scene;

const IV: &str = "000102030405060708090a0b0c0d0e0f";

#[test]
fn aes_goes_both_ways() {
    if !is_ready("aes_goes_both_ways") {
        return;
    }
    let scene = Scene::new();
    let made = user(&scene, "--keygen --key-type AES:32 --label data --id 01 --extractable");
    let key = value(&made);
    scene.write("blocks", &"sixteen bytes...".repeat(3));
    scene.write("text", "not a whole number of blocks");
    let ways = [
        ("AES-CBC-PAD", "text", format!("-aes-256-cbc -iv {IV}")),
        ("AES-CBC", "blocks", format!("-aes-256-cbc -nopad -iv {IV}")),
        ("AES-ECB", "blocks", "-aes-256-ecb -nopad".into()),
    ];
    for (mechanism, plain, cipher) in ways {
        let ours = format!("-m {mechanism} --iv {IV} --id 01");
        user(&scene, &format!("--encrypt {ours} -i {plain} -o ours"));
        scene.ok("openssl", &format!("enc {cipher} -K {key} -in {plain} -out theirs"));
        assert_eq!(scene.bytes("ours"), scene.bytes("theirs"), "{mechanism}");
        user(&scene, &format!("--decrypt {ours} -i theirs -o again"));
        assert_eq!(scene.bytes("again"), scene.bytes(plain), "{mechanism}");
    }
}

#[test]
fn rsa_decrypts_what_openssl_encrypts() {
    if !is_ready("rsa_decrypts_what_openssl_encrypts") {
        return;
    }
    let scene = Scene::with_keys();
    scene.tool("-r --type pubkey --id 02 -o public.der");
    let ways = [
        ("RSA-PKCS", "-pkeyopt rsa_padding_mode:pkcs1"),
        ("RSA-PKCS-OAEP --hash-algorithm SHA-1", "-pkeyopt rsa_padding_mode:oaep"),
        (
            "RSA-PKCS-OAEP --hash-algorithm SHA384 --mgf MGF1-SHA384",
            "-pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha384",
        ),
    ];
    for (mechanism, padding) in ways {
        let line =
            format!("pkeyutl -encrypt -pubin -inkey public.der -keyform DER {padding} -in pin -out theirs");
        scene.ok("openssl", &line);
        user(&scene, &format!("--decrypt -m {mechanism} --id 02 -i theirs -o again"));
        assert_eq!(scene.bytes("again"), scene.bytes("pin"), "{mechanism}");
    }
}
