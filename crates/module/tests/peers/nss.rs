//! NSS: the module in a database, certificates over keys in the token, and keys out of PKCS #12 files.

use crate::support::{Scene, has_all, library_file};

#[test]
fn nss_makes_certificates_and_imports_pkcs12() {
    let programs = ["pkcs11-tool", "openssl", "modutil", "certutil", "pk12util"];
    if !has_all("nss_makes_certificates_and_imports_pkcs12", &programs, &[]) {
        return;
    }
    let scene = Scene::new();
    std::fs::create_dir(scene.path("nss")).unwrap();
    scene.write("noise", &"sixty-four bytes that NSS mixes into what it draws itself. ".repeat(2));
    scene.ok("certutil", "-N -d sql:nss --empty-password");
    let module = library_file();
    scene.ok("modutil", &format!("-dbdir sql:nss -add portcullis -libfile {} -force", module.display()));
    let listed = scene.ok("modutil", "-dbdir sql:nss -list portcullis");
    assert!(listed.contains("Token Name: tool") && listed.contains("User Pin: Initialized"), "{listed}");

    let on_token = "-d sql:nss -h tool -f pin";
    scene.ok("certutil", &format!("-S {on_token} -n own-ec -s CN=ec -x -t ,, -k ec -q nistp256 -z noise"));
    scene.ok("certutil", &format!("-S {on_token} -n own-rsa -s CN=rsa -x -t ,, -k rsa -g 2048 -z noise"));
    scene.ok("certutil", &format!("-R {on_token} -s CN=wanted -k ec -q nistp256 -z noise -o request.der"));
    scene.ok("openssl", "req -inform DER -in request.der -verify -noout");
    for kind in ["ec -pkeyopt ec_paramgen_curve:P-256", "rsa:2048"] {
        let name = kind.split([' ', ':']).next().unwrap();
        let line = format!("req -x509 -newkey {kind} -nodes -subj /CN={name} -keyout key.pem -out cert.pem");
        scene.ok("openssl", &line);
        let line = format!("pkcs12 -export -inkey key.pem -in cert.pem -passout pass:secret -name in-{name}");
        scene.ok("openssl", &format!("{line} -out {name}.p12"));
        scene.ok("pk12util", &format!("-i {name}.p12 -d sql:nss -h tool -k pin -W secret"));
    }
    let certificates = scene.ok("certutil", &format!("-L {on_token}"));
    for name in ["own-ec", "own-rsa", "in-ec", "in-rsa"] {
        // `u`: there is a private key for it.
        let own = |line: &str| line.starts_with(&format!("tool:{name} ")) && line.contains("u,u,u");
        assert!(certificates.lines().any(own), "{name}: {certificates}");
    }
    scene.ok("certutil", &format!("-L {on_token} -n tool:own-ec -a -o own-ec.pem"));
    scene.ok("openssl", "verify -CAfile own-ec.pem own-ec.pem");
}
