//! OpenSC's `pkcs11-tool` on the built library, and OpenSSL on what comes out.

use std::fs;
use std::process::{Command, Output};

use portcullis_pal::testkit::skip;
use tempfile::TempDir;

use crate::support::library_file;

/// A token that `pkcs11-tool` has made.
struct Scene {
    dir: TempDir,
}

impl Scene {
    fn new() -> Self {
        let scene = Self { dir: tempfile::tempdir().expect("a temporary folder") };
        scene.ok("--init-token --label tool --so-pin 12345678");
        scene.ok("--login --login-type so --so-pin 12345678 --init-pin --pin 654321");
        scene
    }

    fn run(&self, program: &str, line: &str) -> Output {
        Command::new(program)
            .args(line.split_whitespace())
            .current_dir(self.dir.path())
            .env("PORTCULLIS_STORE", self.dir.path().join("store"))
            .env("XDG_CONFIG_HOME", self.dir.path())
            .env_remove("PORTCULLIS_CONF")
            .output()
            .expect("it was there a moment ago")
    }

    fn tool(&self, line: &str) -> (bool, String) {
        let output = self.run("pkcs11-tool", &format!("--module {} {line}", library_file().display()));
        let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        (output.status.success(), said.into_owned())
    }

    fn ok(&self, line: &str) -> String {
        let (success, said) = self.tool(line);
        assert!(success, "{line}: {said}");
        said
    }

    fn refused(&self, line: &str, why: &str) {
        let (success, said) = self.tool(line);
        assert!(!success && said.contains(why), "{line}: {said}");
    }
}

fn is_missing(test: &str, program: &str) -> bool {
    let missing = Command::new(program).arg("--version").output().is_err();
    if missing {
        skip(test, &format!("{program} is not installed"));
    }
    missing
}

#[test]
fn keys_are_made_listed_used_and_destroyed() {
    let test = "keys_are_made_listed_used_and_destroyed";
    if is_missing(test, "pkcs11-tool") || is_missing(test, "openssl") {
        return;
    }
    let scene = Scene::new();
    assert!(scene.ok("-L").contains("token label        : tool"));
    scene.ok("-l --pin 654321 --keypairgen --key-type EC:prime256v1 --label device --id 01");
    let listed = scene.ok("-l --pin 654321 -O");
    assert!(
        listed.contains("Private Key Object; EC") && listed.contains("Public Key Object; EC"),
        "{listed}"
    );
    assert!(!scene.ok("-O").contains("Private Key Object"), "private objects need a login");

    fs::write(scene.dir.path().join("data"), "what is signed").unwrap();
    scene.ok("-l --pin 654321 -s -m ECDSA-SHA256 --id 01 -i data -o signature --signature-format openssl");
    scene.ok("-r --type pubkey --id 01 -o public.der");
    let checked =
        scene.run("openssl", "dgst -sha256 -verify public.der -keyform DER -signature signature data");
    assert!(checked.status.success(), "{checked:?}");

    scene.ok("-l --pin 654321 --delete-object --type privkey --id 01");
    assert!(!scene.ok("-l --pin 654321 -O").contains("Private Key Object"));
}

#[test]
fn what_is_brought_in_is_used_and_read_back() {
    let test = "what_is_brought_in_is_used_and_read_back";
    if is_missing(test, "pkcs11-tool") || is_missing(test, "openssl") {
        return;
    }
    let scene = Scene::new();
    for line in [
        "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -outform DER -out key.der",
        "pkey -inform DER -in key.der -pubout -outform DER -out public.der",
        "req -new -x509 -key key.der -keyform DER -subj /CN=device -outform DER -out cert.der",
    ] {
        let made = scene.run("openssl", line);
        assert!(made.status.success(), "{line}: {made:?}");
    }
    scene.ok("-l --pin 654321 --write-object key.der --type privkey --id 02 --label device");
    scene.ok("-l --pin 654321 --write-object cert.der --type cert --id 02 --label device");
    scene.ok("-l --pin 654321 --write-object cert.der --type data --label note --application-label test");
    scene.ok("-r --type cert --id 02 -o cert-read.der");
    scene.ok("-l --pin 654321 -r --type data --label note --application-label test -o data-read.der");
    let file = |name: &str| fs::read(scene.dir.path().join(name)).unwrap();
    assert_eq!(file("cert-read.der"), file("cert.der"));
    assert_eq!(file("data-read.der"), file("cert.der"));

    scene.ok("-l --pin 654321 -s -m SHA256-RSA-PKCS-PSS --id 02 -i cert.der -o signature");
    let checked = scene.run(
        "openssl",
        "dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -verify public.der -keyform DER \
         -signature signature cert.der",
    );
    assert!(checked.status.success(), "{checked:?}");
}

#[test]
fn pins_are_changed_and_wrong_ones_refused() {
    if is_missing("pins_are_changed_and_wrong_ones_refused", "pkcs11-tool") {
        return;
    }
    let scene = Scene::new();
    scene.refused("-l --pin 999999 -O", "CKR_PIN_INCORRECT");
    assert!(scene.ok("-L").contains("user PIN count low"));
    scene.ok("-l --pin 654321 --change-pin --new-pin 765432");
    scene.refused("-l --pin 654321 -O", "CKR_PIN_INCORRECT");
    scene.ok("-l --pin 765432 -O");
    scene.refused("-l --pin 765432 --change-pin --new-pin 1", "CKR_PIN_LEN_RANGE");
}

#[test]
fn its_own_test_finds_no_errors() {
    if is_missing("its_own_test_finds_no_errors", "pkcs11-tool") {
        return;
    }
    let scene = Scene::new();
    scene.ok("-l --pin 654321 --keypairgen --key-type EC:secp384r1 --label device --id 01");
    assert!(scene.ok("-l --pin 654321 --test").contains("No errors"));
}

#[test]
fn keys_leave_wrapped_and_come_back() {
    if is_missing("keys_leave_wrapped_and_come_back", "pkcs11-tool") {
        return;
    }
    let scene = Scene::new();
    scene.ok("-l --pin 654321 --keygen --key-type AES:32 --label wrapping --id 01");
    let made = scene.ok("-l --pin 654321 --keygen --key-type AES:16 --label data --id 02 --extractable");
    let value = |said: &str| {
        let line = said.lines().find(|line| line.trim_start().starts_with("VALUE:"));
        line.expect("an extractable key that is not sensitive has a value").to_owned()
    };
    let iv = "000102030405060708090a0b0c0d0e0f";
    let cbc = format!("AES-CBC-PAD --iv {iv}");
    // The last one is AES-KEY-WRAP-KWP, which this program has no name for.
    for mechanism in [&cbc, "AES-ECB", "AES-KEY-WRAP", "0x210B"] {
        let call = format!("-l --pin 654321 -m {mechanism} --id 01");
        scene.ok(&format!("{call} --wrap --application-id 02 -o wrapped"));
        scene.refused(&format!("{call} --wrap --application-id 01 -o none"), "CKR_KEY_UNEXTRACTABLE");
        let back = scene
            .ok(&format!("{call} --unwrap -i wrapped --key-type AES: --application-id 03 --extractable"));
        assert_eq!(value(&back), value(&made), "{mechanism}");
        fs::write(scene.dir.path().join("damaged"), [7; 12]).unwrap();
        let damaged = format!("{call} --unwrap -i damaged --key-type AES: --application-id 04");
        scene.refused(&damaged, "CKR_WRAPPED_KEY_INVALID");
    }
}
