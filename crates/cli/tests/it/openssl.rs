//! What `openssl` makes is understood here, and what is made here is understood by `openssl`.

use std::fs;

use crate::support::{Scene, has_openssl, openssl};

#[test]
fn requests_are_what_openssl_verifies() {
    if !has_openssl("requests_are_what_openssl_verifies") {
        return;
    }
    let scene = Scene::with_key();
    scene.ok(&["keygen", "--label", "p384", "--type", "p384"]);
    scene.ok(&["keygen", "--label", "ed25519", "--type", "ed25519"]);
    for key in ["device", "p384", "ed25519"] {
        let names = ["--san", "dns:device.example", "--san", "ip:192.0.2.7", "--san", "ip:2001:db8::7"];
        let subject = ["--subject", "CN=device 7,O=Example\\, Inc.,C=NO", "--out", "request.pem"];
        scene.ok(&[&["csr", "--key", key], &names[..], &subject[..]].concat());
        let said = openssl(
            &scene,
            &["req", "-in", "request.pem", "-verify", "-noout", "-text", "-nameopt", "RFC2253"],
        );
        for part in [
            "verify OK",
            "Subject: CN=device 7,O=Example\\, Inc.,C=NO",
            "DNS:device.example, IP Address:192.0.2.7, IP Address:2001:DB8:0:0:0:0:0:7",
        ] {
            assert!(said.contains(part), "{key}: no {part} in {said}");
        }
    }
    scene.ok(&["csr", "--key", "device", "--subject", "CN=x", "--der", "--out", "request.der"]);
    openssl(&scene, &["req", "-in", "request.der", "-inform", "DER", "-verify", "-noout"]);
}

#[test]
fn signatures_are_what_openssl_verifies() {
    if !has_openssl("signatures_are_what_openssl_verifies") {
        return;
    }
    let scene = Scene::with_key();
    scene.write("file", "what is signed");
    openssl(&scene, &["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "rsa.pem"]);
    scene.ok(&["import", "rsa.pem", "--label", "rsa"]);
    let sign = |key, scheme| {
        scene.ok(&["sign", "file", "--key", key, "--scheme", scheme, "--out", "signature"]);
        scene.ok(&["export-pub", key, "--out", "public.pem"]);
    };
    let dgst = ["dgst", "-sha256", "-verify", "public.pem", "-signature", "signature", "file"];
    let pss = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"];
    sign("device", "ecdsa-sha256");
    assert!(openssl(&scene, &dgst).contains("Verified OK"));
    sign("rsa", "rsa-pkcs1-sha256");
    assert!(openssl(&scene, &dgst).contains("Verified OK"));
    sign("rsa", "rsa-pss-sha256");
    assert!(openssl(&scene, &[&dgst[..6], &pss, &dgst[6..]].concat()).contains("Verified OK"));
}

#[test]
fn keys_that_openssl_made_are_imported_in_every_form() {
    if !has_openssl("keys_that_openssl_made_are_imported_in_every_form") {
        return;
    }
    let scene = Scene::with_key();
    scene.write("file", "what is signed");
    openssl(&scene, &["ecparam", "-name", "secp384r1", "-genkey", "-out", "sec1.pem"]);
    openssl(&scene, &["genpkey", "-algorithm", "ED25519", "-outform", "DER", "-out", "pkcs8.der"]);
    openssl(&scene, &["genrsa", "-traditional", "-out", "pkcs1.pem", "3072"]);
    for (file, kind) in [("sec1.pem", "P-384"), ("pkcs8.der", "Ed25519"), ("pkcs1.pem", "RSA-3072")] {
        scene.ok(&["import", file, "--label", file]);
        scene.ok(&["export-pub", file, "--out", "ours.pem"]);
        let form = if file.ends_with("der") { "DER" } else { "PEM" };
        openssl(&scene, &["pkey", "-in", file, "-inform", form, "-pubout", "-out", "theirs.pem"]);
        assert_eq!(fs::read(scene.file("ours.pem")).ok(), fs::read(scene.file("theirs.pem")).ok(), "{file}");
        let listing = scene.ok(&["list"]);
        assert!(listing.contains(kind), "{kind}: {listing}");
    }
    // A second time there is nothing to do.
    let again = scene.ok(&["import", "pkcs8.der", "--label", "other"]);
    assert!(again.starts_with("Already there: the private key \"pkcs8.der\""), "{again}");
}

#[test]
fn a_certificate_finds_its_key_and_an_anchor_its_trust() {
    if !has_openssl("a_certificate_finds_its_key_and_an_anchor_its_trust") {
        return;
    }
    let scene = Scene::with_key();
    let ca =
        ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "90"];
    openssl(&scene, &[&ca[..], &["-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Test CA"]].concat());
    scene.ok(&["csr", "--key", "device", "--subject", "CN=device 7", "--out", "request.pem"]);
    let sign = ["x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "60"];
    openssl(&scene, &[&sign[..], &["-out", "device.pem"]].concat());
    let bundle = [fs::read(scene.file("device.pem")), fs::read(scene.file("ca.pem"))];
    scene.write("bundle.pem", bundle.map(|each| each.expect("a certificate")).concat());

    scene.ok(&["import", "bundle.pem", "--key", "device"]);
    scene.ok(&["import", "ca.pem", "--trusted"]);
    let listing = scene.json(&["list", "--type", "cert"]);
    let (anchor, own) = (&listing["objects"][0], &listing["objects"][1]);
    assert_eq!((&anchor["label"], &anchor["flags"]), (&"CN=Test CA".into(), &serde_json::json!(["trusted"])));
    assert_eq!((&own["label"], &own["certificate"]["issuer"]), (&"device".into(), &"CN=Test CA".into()));
    let keys = scene.json(&["list", "--type", "private"]);
    assert_eq!(own["id"], keys["objects"][0]["id"]);

    scene.ok(&["export-cert", "device", "--out", "exported.pem"]);
    assert!(openssl(&scene, &["verify", "-CAfile", "ca.pem", "exported.pem"]).contains("OK"));
    // A signature is verified with the certificate alone, too.
    scene.ok(&["sign", "device.pem", "--key", "device", "--out", "signature"]);
    scene.ok(&["delete", "device", "--type", "public", "--yes"]);
    scene.ok(&["verify", "device.pem", "--key", "device", "--signature", "signature"]);
}
