//! Java 17's SunPKCS11: `keytool`, and a program that uses the token as its key store.

use crate::support::{PIN, Scene, has_all, library_file};

#[test]
fn java_keeps_keys_in_the_token_and_signs() {
    let programs = ["pkcs11-tool", "openssl", "keytool", "java", "javac"];
    if !has_all("java_keeps_keys_in_the_token_and_signs", &programs, &[]) {
        return;
    }
    let scene = Scene::new();
    let module = library_file();
    scene.write(
        "java.cfg",
        &format!("name = Portcullis\nlibrary = {}\nslotListIndex = 0\n", module.display()),
    );
    let keytool = |line: &str| {
        let store = "-providerClass sun.security.pkcs11.SunPKCS11 -providerArg java.cfg -keystore NONE \
                     -storetype PKCS11 -storepass";
        scene.ok("keytool", &format!("{line} {store} {PIN}"))
    };
    keytool("-genkeypair -alias ec -keyalg EC -groupname secp256r1 -dname CN=ec");
    keytool("-genkeypair -alias rsa -keyalg RSA -keysize 2048 -dname CN=rsa");
    let listed = keytool("-list");
    assert!(listed.contains("ec, PrivateKeyEntry") && listed.contains("rsa, PrivateKeyEntry"), "{listed}");
    keytool("-certreq -alias rsa -file request.pem");
    scene.ok("openssl", "req -in request.pem -verify -noout");
    scene.write("Program.java", include_str!("Program.java"));
    let said = scene.ok("java", &format!("Program.java java.cfg {PIN}"));
    assert!(said.ends_with("done\n"), "{said}");
}
