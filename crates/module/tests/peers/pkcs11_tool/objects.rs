//! Objects: made, brought in, read back, destroyed.

use super::{is_ready, user};
use crate::support::Scene;

#[test]
fn keys_are_made_listed_used_and_destroyed() {
    if !is_ready("keys_are_made_listed_used_and_destroyed") {
        return;
    }
    let scene = Scene::new();
    assert!(scene.tool("-L").contains("token label        : tool"));
    user(&scene, "--keypairgen --key-type EC:prime256v1 --label device --id 01");
    let listed = user(&scene, "-O");
    assert!(
        listed.contains("Private Key Object; EC") && listed.contains("Public Key Object; EC"),
        "{listed}"
    );
    assert!(!scene.tool("-O").contains("Private Key Object"), "private objects need a login");

    user(&scene, "-s -m ECDSA-SHA256 --id 01 -i pin -o signature --signature-format openssl");
    scene.tool("-r --type pubkey --id 01 -o public.der");
    scene.ok("openssl", "dgst -sha256 -verify public.der -keyform DER -signature signature pin");

    user(&scene, "--delete-object --type privkey --id 01");
    assert!(!user(&scene, "-O").contains("Private Key Object"));
}

#[test]
fn what_is_brought_in_is_used_and_read_back() {
    if !is_ready("what_is_brought_in_is_used_and_read_back") {
        return;
    }
    let scene = Scene::new();
    let kinds = [
        ("RSA -pkeyopt rsa_keygen_bits:2048", "SHA256-RSA-PKCS", "02"),
        ("EC -pkeyopt ec_paramgen_curve:P-256", "ECDSA-SHA256 --signature-format openssl", "03"),
    ];
    for (algorithm, mechanism, id) in kinds {
        for line in [
            &format!("genpkey -algorithm {algorithm} -outform DER -out key.der"),
            "pkey -inform DER -in key.der -pubout -outform DER -out public.der",
            "req -new -x509 -key key.der -keyform DER -subj /CN=device -outform DER -out cert.der",
        ] {
            scene.ok("openssl", line);
        }
        for (file, kind) in [("key", "privkey"), ("public", "pubkey"), ("cert", "cert")] {
            user(&scene, &format!("--write-object {file}.der --type {kind} --id {id} --label device"));
        }
        for (file, kind) in [("public", "pubkey"), ("cert", "cert")] {
            scene.tool(&format!("-r --type {kind} --id {id} -o read.der"));
            assert_eq!(scene.bytes("read.der"), scene.bytes(&format!("{file}.der")), "{kind}");
        }
        user(&scene, &format!("-s -m {mechanism} --id {id} -i cert.der -o signature"));
        let line = "dgst -sha256 -verify public.der -keyform DER -signature signature cert.der";
        scene.ok("openssl", line);
    }
    user(&scene, "-s -m SHA256-RSA-PKCS-PSS --id 02 -i cert.der -o signature");
    scene.tool("-r --type pubkey --id 02 -o public.der");
    let padding = "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32";
    let line =
        format!("dgst -sha256 {padding} -verify public.der -keyform DER -signature signature cert.der");
    scene.ok("openssl", &line);
}

#[test]
fn data_is_kept_from_those_who_have_not_logged_in() {
    if !is_ready("data_is_kept_from_those_who_have_not_logged_in") {
        return;
    }
    let scene = Scene::new();
    scene.write("note", "what is kept");
    let named = "--type data --application-label test --label";
    user(&scene, &format!("--write-object note {named} open"));
    user(&scene, &format!("--write-object note {named} closed --private"));
    scene.tool(&format!("-r {named} open -o open"));
    user(&scene, &format!("-r {named} closed -o closed"));
    assert_eq!([scene.bytes("open"), scene.bytes("closed")], [b"what is kept"; 2]);
    let listed = scene.tool("-O");
    assert!(listed.contains("'open'") && !listed.contains("closed"), "{listed}");
}
