//! NSS: the module in a database, certificates over keys in the token, keys out of PKCS #12 files, messages, and a
//! TLS server.

use crate::support::{Scene, Server, free_port, has_all, library_file, listens};

/// What NSS's tools are told where the token is meant.
const ON_TOKEN: &str = "-d sql:nss -h tool -f pin";

/// A token that NSS knows, in a database of its own.
fn with_database() -> Scene {
    let scene = Scene::new();
    std::fs::create_dir(scene.path("nss")).unwrap();
    scene.write("noise", &"sixty-four bytes that NSS mixes into what it draws itself. ".repeat(2));
    scene.ok("certutil", "-N -d sql:nss --empty-password");
    let module = library_file();
    scene.ok("modutil", &format!("-dbdir sql:nss -add portcullis -libfile {} -force", module.display()));
    scene
}

/// Makes the key pairs `own-ec` and `own-rsa`, each with a certificate that is also written to a file.
fn certify(scene: &Scene) {
    for (name, kind) in [("ec", "-k ec -q nistp256"), ("rsa", "-k rsa -g 2048")] {
        let subject = format!("-n own-{name} -s CN={name} -x -t ,,");
        scene.ok("certutil", &format!("-S {ON_TOKEN} {subject} {kind} -z noise"));
        scene.ok("certutil", &format!("-L {ON_TOKEN} -n tool:own-{name} -a -o own-{name}.pem"));
        scene.ok("openssl", &format!("verify -CAfile own-{name}.pem own-{name}.pem"));
    }
}

#[test]
fn nss_makes_certificates_and_imports_pkcs12() {
    let programs = ["pkcs11-tool", "openssl", "modutil", "certutil", "pk12util"];
    if !has_all("nss_makes_certificates_and_imports_pkcs12", &programs, &[]) {
        return;
    }
    let scene = with_database();
    let listed = scene.ok("modutil", "-dbdir sql:nss -list portcullis");
    assert!(listed.contains("Token Name: tool") && listed.contains("User Pin: Initialized"), "{listed}");

    certify(&scene);
    scene.ok("certutil", &format!("-R {ON_TOKEN} -s CN=wanted -k ec -q nistp256 -z noise -o request.der"));
    scene.ok("openssl", "req -inform DER -in request.der -verify -noout");
    for kind in ["ec -pkeyopt ec_paramgen_curve:P-256", "rsa:2048"] {
        let name = kind.split([' ', ':']).next().unwrap();
        let line = format!("req -x509 -newkey {kind} -nodes -subj /CN={name} -keyout key.pem -out cert.pem");
        scene.ok("openssl", &line);
        let line = format!("pkcs12 -export -inkey key.pem -in cert.pem -passout pass:secret -name in-{name}");
        scene.ok("openssl", &format!("{line} -out {name}.p12"));
        scene.ok("pk12util", &format!("-i {name}.p12 -d sql:nss -h tool -k pin -W secret"));
    }
    let certificates = scene.ok("certutil", &format!("-L {ON_TOKEN}"));
    for name in ["own-ec", "own-rsa", "in-ec", "in-rsa"] {
        // `u`: there is a private key for it.
        let own = |line: &str| line.starts_with(&format!("tool:{name} ")) && line.contains("u,u,u");
        assert!(certificates.lines().any(own), "{name}: {certificates}");
    }
    let export = "-o out.p12 -n tool:own-ec -d sql:nss -h tool -k pin -W secret";
    let output = scene.command("pk12util").args(export.split_whitespace()).output().unwrap();
    assert!(!output.status.success(), "a key that was made in the token stays there: {output:?}");
}

#[test]
fn nss_opens_messages_and_serves() {
    let programs = ["pkcs11-tool", "openssl", "modutil", "certutil", "cmsutil", "selfserv"];
    if !has_all("nss_opens_messages_and_serves", &programs, &[]) {
        return;
    }
    let scene = with_database();
    certify(&scene);
    scene.ok("openssl", "cms -encrypt -aes256 -binary -in noise -outform DER -out sealed own-rsa.pem");
    scene.ok("cmsutil", "-D -d sql:nss -f pin -i sealed -o opened");
    assert_eq!(scene.bytes("opened"), scene.bytes("noise"));

    let port = free_port();
    let mut server = scene.command("selfserv");
    let line = format!("-d sql:nss -f pin -p {port} -n tool:own-rsa -e tool:own-ec -V tls1.2:tls1.3");
    server.args(line.split_whitespace());
    let _server = Server::start(&mut server, &scene.path("server.log"), || listens(port));
    for (name, terms) in [("ec", "-tls1_3 -sigalgs ECDSA+SHA256"), ("rsa", "-tls1_2 -sigalgs RSA+SHA256")] {
        let line = format!("s_client {terms} -connect 127.0.0.1:{port} -CAfile own-{name}.pem");
        let said = scene.ok("openssl", &line);
        assert!(said.contains("Verification: OK"), "{said}");
    }
}
