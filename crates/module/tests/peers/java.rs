//! Java 17's SunPKCS11: `keytool`, and programs that use the token as their key store.

use crate::support::{PIN, Scene, has_all, library_file};

/// A token with a key pair `ec` and a key pair `rsa`, each with a certificate.
fn with_certificates() -> Scene {
    let scene = Scene::new();
    let module = library_file();
    // What is agreed on comes back to the program, which a sensitive key would not.
    scene.write(
        "java.cfg",
        &format!(
            "name = Portcullis\nlibrary = {}\nslotListIndex = 0\n\
             attributes(generate, CKO_SECRET_KEY, CKK_GENERIC_SECRET) = {{\n\
             CKA_SENSITIVE = false\nCKA_EXTRACTABLE = true\n}}\n",
            module.display()
        ),
    );
    keytool(&scene, "-genkeypair -alias ec -keyalg EC -groupname secp256r1 -dname CN=ec");
    keytool(&scene, "-genkeypair -alias rsa -keyalg RSA -keysize 2048 -dname CN=rsa");
    scene
}

fn keytool(scene: &Scene, line: &str) -> String {
    let store = "-providerClass sun.security.pkcs11.SunPKCS11 -providerArg java.cfg -keystore NONE \
                 -storetype PKCS11 -storepass";
    scene.ok("keytool", &format!("{line} {store} {PIN}"))
}

/// Runs a program from its source.
fn runs(scene: &Scene, name: &str, source: &str, more: &str) {
    scene.write(name, source);
    let said = scene.ok("java", &format!("{name} java.cfg {PIN} {more}"));
    assert!(said.ends_with("done\n"), "{said}");
}

fn is_ready(test: &str) -> bool {
    has_all(test, &["pkcs11-tool", "openssl", "keytool", "java", "javac"], &[])
}

#[test]
fn java_keeps_keys_in_the_token_and_signs() {
    if !is_ready("java_keeps_keys_in_the_token_and_signs") {
        return;
    }
    let scene = with_certificates();
    let listed = keytool(&scene, "-list");
    assert!(listed.contains("ec, PrivateKeyEntry") && listed.contains("rsa, PrivateKeyEntry"), "{listed}");
    keytool(&scene, "-certreq -alias rsa -file request.pem");
    scene.ok("openssl", "req -in request.pem -verify -noout");
    runs(&scene, "Program.java", include_str!("Program.java"), "");
}

#[test]
fn java_encrypts_agrees_and_stores_keys() {
    if !is_ready("java_encrypts_agrees_and_stores_keys") {
        return;
    }
    let scene = with_certificates();
    let line = "-genkeypair -alias brought -keyalg EC -groupname secp384r1 -dname CN=brought";
    scene.ok("keytool", &format!("{line} -keystore brought.p12 -storepass {PIN}"));
    runs(&scene, "Ciphers.java", include_str!("Ciphers.java"), "brought.p12");
}

#[test]
fn java_meets_itself_with_token_keys_on_both_sides() {
    if !is_ready("java_meets_itself_with_token_keys_on_both_sides") {
        return;
    }
    runs(&with_certificates(), "Tls.java", include_str!("Tls.java"), "");
}
