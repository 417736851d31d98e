//! OpenSSL 3.0 through libp11's engine: requests, signatures, and both ends of TLS.

use std::fs;

use crate::support::{PIN, Scene, Server, free_port, has_all, listens, succeeds};

const ENGINE: &[&str] = &["engines-3/pkcs11.so"];

#[test]
fn openssl_makes_certificates_and_signs() {
    if !has_all("openssl_makes_certificates_and_signs", &["pkcs11-tool", "openssl"], ENGINE) {
        return;
    }
    let scene = Scene::with_keys();
    for key in ["ec", "rsa"] {
        scene.certify(key);
        scene.ok("openssl", &format!("verify -CAfile {key}.pem {key}.pem"));
        scene.ok("openssl", &format!("x509 -in {key}.pem -noout -pubkey -out {key}.pub"));
        let uri = format!("pkcs11:token=tool;object={key};type=private");
        scene.openssl(&format!("dgst -sha256 -engine pkcs11 -keyform engine -sign {uri} -out signature pin"));
        scene.ok("openssl", &format!("dgst -sha256 -verify {key}.pub -signature signature pin"));
    }
    let padding = "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:48";
    let uri = "pkcs11:token=tool;object=rsa;type=private";
    scene.openssl(&format!("dgst -sha384 {padding} -engine pkcs11 -keyform engine -sign {uri} -out pss pin"));
    scene.ok("openssl", &format!("dgst -sha384 {padding} -verify rsa.pub -signature pss pin"));
}

#[test]
fn openssl_decrypts_and_agrees() {
    if !has_all("openssl_decrypts_and_agrees", &["pkcs11-tool", "openssl"], ENGINE) {
        return;
    }
    let scene = Scene::with_keys();
    scene.tool("-r --type pubkey --id 02 -o rsa.der");
    let key = |name: &str| {
        format!("-engine pkcs11 -keyform engine -inkey pkcs11:token=tool;object={name};type=private")
    };
    for padding in ["pkcs1", "oaep", "oaep -pkeyopt rsa_oaep_md:sha256"] {
        let padding = format!("-pkeyopt rsa_padding_mode:{padding}");
        let public = "-pubin -inkey rsa.der -keyform DER";
        scene.ok("openssl", &format!("pkeyutl -encrypt {public} {padding} -in pin -out encrypted"));
        scene.openssl(&format!("pkeyutl -decrypt {} {padding} -in encrypted -out again", key("rsa")));
        assert_eq!(scene.bytes("again"), scene.bytes("pin"), "{padding}");
    }
    scene.tool("-r --type pubkey --id 01 -o ours.der");
    scene.ok("openssl", "ecparam -name prime256v1 -genkey -noout -out theirs.pem");
    scene.ok("openssl", "pkey -in theirs.pem -pubout -outform DER -out theirs.der");
    let peer = |file: &str| format!("-peerkey {file} -peerform DER");
    scene.openssl(&format!("pkeyutl -derive {} {} -out ours", key("ec"), peer("theirs.der")));
    scene.ok("openssl", &format!("pkeyutl -derive -inkey theirs.pem {} -out theirs", peer("ours.der")));
    assert_eq!((scene.bytes("ours").len(), scene.bytes("ours")), (32, scene.bytes("theirs")));
}

#[test]
fn openssl_opens_and_signs_messages() {
    if !has_all("openssl_opens_and_signs_messages", &["pkcs11-tool", "openssl"], ENGINE) {
        return;
    }
    let scene = Scene::with_keys();
    for key in ["ec", "rsa"] {
        scene.certify(key);
        let engine =
            format!("-engine pkcs11 -keyform engine -inkey pkcs11:token=tool;object={key};type=private");
        let form = "-binary -inform DER";
        scene.ok(
            "openssl",
            &format!("cms -encrypt -aes256 -binary -in pin -outform DER -out sealed {key}.pem"),
        );
        scene.openssl(&format!("cms -decrypt {form} -in sealed {engine} -recip {key}.pem -out again"));
        assert_eq!(scene.bytes("again"), scene.bytes("pin"), "{key}");
        let line = format!("cms -sign -binary -in pin -signer {key}.pem {engine} -outform DER -out signed");
        scene.openssl(&line);
        let line = format!("cms -verify {form} -in signed -content pin -CAfile {key}.pem -out again");
        let said = scene.ok("openssl", &line);
        assert!(said.contains("Verification successful"), "{said}");
    }
}

#[test]
fn openssl_serves_and_meets_itself() {
    if !has_all("openssl_serves_and_meets_itself", &["pkcs11-tool", "openssl"], ENGINE) {
        return;
    }
    let scene = Scene::with_keys();
    for key in ["ec", "rsa"] {
        scene.certify(key);
        let port = free_port();
        let mut server = scene.command("openssl");
        server.env("OPENSSL_CONF", scene.openssl_conf());
        server.args(["s_server", "-engine", "pkcs11", "-keyform", "engine", "-www", "-cert"]);
        server.arg(format!("{key}.pem")).arg("-key");
        server.arg(format!("pkcs11:token=tool;object={key};type=private"));
        server.args(["-accept", &format!("127.0.0.1:{port}")]);
        let _server = Server::start(&mut server, &scene.path("server.log"), || listens(port));
        for version in ["-tls1_2", "-tls1_3"] {
            let line = format!("s_client {version} -connect 127.0.0.1:{port} -CAfile {key}.pem");
            let said = scene.ok("openssl", &line);
            assert!(said.contains("Verification: OK"), "{said}");
        }
    }
}

#[test]
fn a_call_from_an_exit_handler_is_answered_while_everything_is_logged() {
    let test = "a_call_from_an_exit_handler_is_answered_while_everything_is_logged";
    if !has_all(test, &["pkcs11-tool", "openssl"], ENGINE) {
        return;
    }
    let scene = Scene::with_keys();
    let mut openssl = scene.command("openssl");
    openssl.env("OPENSSL_CONF", scene.openssl_conf());
    openssl.env("PORTCULLIS_LOG", "trace").env("PORTCULLIS_LOG_FILE", scene.path("log"));
    // A key that is not there: the engine then keeps its sessions until the process exits.
    openssl.args(["pkey", "-engine", "pkcs11", "-inform", "engine", "-pubout", "-in"]);
    let absent = openssl.arg("pkcs11:token=tool;object=absent;type=private").output().unwrap();
    assert_eq!(absent.status.code(), Some(1), "it ends by itself: {absent:?}");
    let log = fs::read_to_string(scene.path("log")).unwrap();
    assert!(log.contains("C_Login") && !log.contains(PIN), "{log}");
    succeeds(scene.command("openssl").arg("version"));
}
