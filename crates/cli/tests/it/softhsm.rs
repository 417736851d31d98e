//! Tokens that the real SoftHSM2 wrote, moved into ours.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::support::{Run, Scene, skip};

const PIN: &str = "654321";

/// A token of SoftHSM2 in a folder of the scene, filled by `pkcs11-tool`.
struct SoftHsm<'a> {
    scene: &'a Scene,
    module: PathBuf,
}

impl<'a> SoftHsm<'a> {
    fn new(scene: &'a Scene, test: &str) -> Option<Self> {
        let module = PathBuf::from("/usr/lib/softhsm/libsofthsm2.so");
        for (missing, name) in [
            (!module.is_file(), "softhsm2"),
            (Command::new("pkcs11-tool").arg("--version").output().is_err(), "pkcs11-tool"),
            (Command::new("softhsm2-util").arg("--version").output().is_err(), "softhsm2-util"),
        ] {
            if missing {
                skip(test, &format!("{name} is not installed"));
                return None;
            }
        }
        fs::create_dir(scene.file("softhsm")).expect("a folder");
        scene.write(
            "softhsm.conf",
            format!("directories.tokendir = {}\nobjectstore.backend = file\n", scene.path("softhsm")),
        );
        let softhsm = Self { scene, module };
        softhsm.add_token("source");
        Some(softhsm)
    }

    fn add_token(&self, label: &str) {
        self.run(Command::new("softhsm2-util").args([
            "--init-token",
            "--free",
            "--label",
            label,
            "--so-pin",
            "12345678",
            "--pin",
            PIN,
        ]));
    }

    fn run(&self, command: &mut Command) {
        let output = command.env("SOFTHSM2_CONF", self.scene.file("softhsm.conf")).output().expect("it runs");
        assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn tool(&self, args: &[&str]) {
        let mut command = Command::new("pkcs11-tool");
        command.arg("--module").arg(&self.module).args(["--login", "--pin", PIN, "--token-label", "source"]);
        self.run(command.args(args));
    }

    /// Moves the token's objects into the scene's.
    fn import(&self, more: &[&str]) -> Run {
        let folder = self.scene.path("softhsm");
        let args = [&["--json", "import-softhsm", &folder], more].concat();
        Run::of(self.scene.command(&args).env("PORTCULLIS_SOFTHSM_PIN", PIN).output())
    }
}

fn imported(run: &Run) -> serde_json::Value {
    assert_eq!(run.code, 0, "{run:?}");
    serde_json::from_str(&run.stdout).expect("JSON")
}

#[test]
fn keys_certificates_and_data_go_on_where_they_were() {
    let scene = Scene::with_key();
    let Some(softhsm) = SoftHsm::new(&scene, "softhsm::keys_certificates_and_data_go_on_where_they_were")
    else {
        return;
    };
    for (kind, label, id) in [
        ("EC:prime256v1", "p256", "01"),
        ("EC:secp384r1", "p384", "02"),
        ("rsa:2048", "rsa", "03"),
        ("EC:edwards25519", "ed", "04"),
    ] {
        softhsm.tool(&["--keypairgen", "--key-type", kind, "--label", label, "--id", id]);
    }
    softhsm.tool(&["--keygen", "--key-type", "AES:32", "--label", "aes", "--id", "05"]);
    let data = scene.write("data", b"to be kept");
    softhsm.tool(&["--write-object", &data, "--type", "data", "--label", "open"]);
    softhsm.tool(&["--write-object", &data, "--type", "data", "--label", "hidden", "--private"]);
    let before: Vec<_> =
        fs::read_dir(scene.file("softhsm")).unwrap().map(|entry| entry.unwrap().path()).collect();

    let moved = imported(&softhsm.import(&[]));
    assert_eq!(moved["imported"].as_array().unwrap().len(), 11, "{moved}");
    assert_eq!((&moved["skipped"], &moved["was_there"]), (&serde_json::json!([]), &serde_json::json!([])));
    // The public halves are those of there, and verify what the private ones sign here. (The tool reads no others back.)
    for key in ["p256", "rsa"] {
        let (der, pem, exported) =
            (scene.path("public.der"), scene.path("public.pem"), scene.path("exported.pem"));
        softhsm.tool(&["--read-object", "--type", "pubkey", "--label", key, "--output-file", &der]);
        crate::support::openssl(&scene, &["pkey", "-pubin", "-inform", "DER", "-in", &der, "-out", &pem]);
        scene.ok(&["export-pub", key, "--out", &exported]);
        assert_eq!(fs::read(&exported).unwrap(), fs::read(&pem).unwrap(), "{key}");
    }
    let signature = scene.path("signature");
    for key in ["p256", "p384", "rsa", "ed"] {
        scene.ok(&["sign", "--key", key, &data, "--out", &signature]);
        scene.ok(&["verify", "--key", key, &data, "--signature", &signature]);
    }
    let listing = scene.ok(&["list", "--login"]);
    assert!(listing.contains("hidden") && listing.contains("aes"), "{listing}");
    // Sensitive keys stay so, and nothing comes twice.
    let again = imported(&softhsm.import(&[]));
    assert_eq!(
        (again["imported"].as_array().unwrap().len(), again["was_there"].as_array().unwrap().len()),
        (0, 11)
    );
    let after: Vec<_> =
        fs::read_dir(scene.file("softhsm")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(before, after);
}

#[test]
fn what_can_not_come_stops_all_unless_it_is_left_out() {
    let scene = Scene::with_key();
    let Some(softhsm) = SoftHsm::new(&scene, "softhsm::what_can_not_come_stops_all_unless_it_is_left_out")
    else {
        return;
    };
    softhsm.tool(&["--keypairgen", "--key-type", "EC:prime256v1", "--label", "good", "--id", "01"]);
    // A curve that this command's engine does not compute on.
    softhsm.tool(&["--keypairgen", "--key-type", "EC:secp521r1", "--label", "large", "--id", "02"]);
    let before = scene.records();
    softhsm.import(&[]).assert_refused(7, "--skip-unsupported");
    assert_eq!(scene.records().len(), before.len());
    let moved = imported(&softhsm.import(&["--skip-unsupported"]));
    let good = moved["imported"].as_array().unwrap().iter().filter(|each| each["label"] == "good");
    assert_eq!(good.count(), 2, "{moved}");
    assert_eq!(moved["skipped"][0]["label"], "large", "{moved}");
}

#[test]
fn a_wrong_pin_a_wrong_folder_and_a_torn_file_are_told_apart() {
    let scene = Scene::with_key();
    let Some(softhsm) =
        SoftHsm::new(&scene, "softhsm::a_wrong_pin_a_wrong_folder_and_a_torn_file_are_told_apart")
    else {
        return;
    };
    softhsm.tool(&["--keypairgen", "--key-type", "EC:prime256v1", "--label", "key", "--id", "01"]);
    let folder = scene.path("softhsm");
    let wrong = scene.command(&["import-softhsm", &folder]).env("PORTCULLIS_SOFTHSM_PIN", "111111").output();
    Run::of(wrong).assert_refused(3, "user PIN of the SoftHSM token is wrong");
    scene.refused(&["import-softhsm", &folder], 2, "--softhsm-pin-file");
    scene.refused(&["import-softhsm", &scene.path("store")], 7, "no token of SoftHSM2");
    scene.refused(&["import-softhsm", &scene.path("none")], 5, "can't read");
    scene.refused(&["import-softhsm", &folder, "--token", "other"], 5, "\"other\"");

    softhsm.add_token("second");
    softhsm.import(&[]).assert_refused(6, "--token");
    assert_eq!(softhsm.import(&["--token", "source"]).code, 0);

    let token = fs::read_dir(scene.file("softhsm")).unwrap().map(|entry| entry.unwrap().path());
    let mut files = token.flat_map(|folder| fs::read_dir(folder).unwrap()).map(|entry| entry.unwrap().path());
    let object = |path: &PathBuf| {
        path.extension().is_some_and(|end| end == "object") && !path.ends_with("token.object")
    };
    let torn = files.find(object).unwrap();
    let bytes = fs::read(&torn).unwrap();
    fs::write(&torn, &bytes[..bytes.len() / 2]).unwrap();
    softhsm.import(&["--token", "source"]).assert_refused(7, "no whole object file");
}
