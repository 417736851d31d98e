//! GnuTLS: `p11tool`, `certtool`, and a TLS server whose key stays in the token.

use std::fs;

use crate::support::{PIN, SO_PIN, Scene, Server, free_port, has_all, library_file, listens, succeeds};

fn p11tool(scene: &Scene, line: &str) -> String {
    let provider = library_file();
    let line = format!("--provider {} --set-pin {PIN} --batch {line}", provider.display());
    scene.ok("p11tool", &line)
}

/// The options for a certificate and its key, both of the token.
fn identity(key: &str) -> String {
    let uri = format!("pkcs11:token=tool;object={key}");
    format!("--x509keyfile {uri};type=private;pin-value={PIN} --x509certfile {uri};type=cert")
}

/// Makes a self-signed certificate with a key of the token and puts it beside the key.
fn certify(scene: &Scene, key: &str) {
    scene.write(
        "template",
        "cn = localhost\ndns_name = localhost\ntls_www_server\nsigning_key\nexpiration_days = 10\n",
    );
    let provider = library_file();
    let uri = format!("pkcs11:token=tool;object={key}");
    let line = format!(
        "--provider {} --generate-self-signed --load-privkey {uri};type=private --load-pubkey {uri};type=public \
         --template template --outfile {key}.pem",
        provider.display()
    );
    succeeds(scene.command("certtool").env("GNUTLS_PIN", PIN).args(line.split_whitespace()));
    p11tool(scene, &format!("--login --write --load-certificate {key}.pem --label {key} pkcs11:token=tool"));
}

#[test]
fn p11tool_makes_keys_and_shows_them() {
    if !has_all("p11tool_makes_keys_and_shows_them", &["pkcs11-tool", "p11tool", "openssl"], &[]) {
        return;
    }
    let scene = Scene::new();
    assert!(p11tool(&scene, "--list-tokens").contains("Label: tool"));
    let token = "pkcs11:token=tool";
    let new = "--login --generate-privkey";
    p11tool(&scene, &format!("{new} ecdsa --curve secp256r1 --label ec --id 01 --outfile ec.pub {token}"));
    p11tool(&scene, &format!("{new} rsa --bits 2048 --label rsa --id 02 --outfile rsa.pub {token}"));
    let all = p11tool(&scene, &format!("--login --list-all {token}"));
    for (label, kind) in [("ec", "Private key (EC/ECDSA-SECP256R1)"), ("rsa", "Private key (RSA-2048)")] {
        assert!(all.contains(kind) && all.contains(&format!("Label: {label}")), "{all}");
        let tested = p11tool(&scene, &format!("--login --test-sign {token};object={label}"));
        assert!(tested.contains("Verifying against public key in the token... ok"), "{tested}");
    }
    p11tool(&scene, &format!("--login --test-sign --sign-params=rsa-pss {token};object=rsa"));
    p11tool(&scene, &format!("--login --export-pubkey --outfile again.pub {token};object=ec;type=private"));
    let file = |name| fs::read(scene.path(name)).unwrap();
    assert_eq!(file("again.pub"), file("ec.pub"));
    assert_eq!(p11tool(&scene, &format!("--generate-random 16 --outfile random {token}")).len(), 0);
    assert_eq!(file("random").len(), 16);

    scene.ok("openssl", "ecparam -name prime256v1 -genkey -noout -out import.pem");
    p11tool(&scene, &format!("--login --write --load-privkey import.pem --label import --id 05 {token}"));
    // Without it `p11tool` has nothing to check a signature with.
    scene.ok("openssl", "pkey -in import.pem -pubout -out import.pub");
    p11tool(&scene, &format!("--login --write --load-pubkey import.pub --label import --id 05 {token}"));
    p11tool(&scene, &format!("--login --test-sign {token};object=import"));
    p11tool(&scene, &format!("--login --delete {token};object=import"));
    assert!(!p11tool(&scene, &format!("--login --list-all {token}")).contains("import"));
}

#[test]
fn p11tool_makes_a_token_and_brings_objects_in() {
    let test = "p11tool_makes_a_token_and_brings_objects_in";
    if !has_all(test, &["p11tool", "certtool", "openssl"], &[]) {
        return;
    }
    let scene = Scene::bare("[[slot]]\nstore = \"store\"\ndescription = \"test\"\n");
    let provider = library_file().display().to_string();
    let run = |program: &str, line: &str| {
        let mut command = scene.command(program);
        command.env("GNUTLS_PIN", PIN).env("GNUTLS_SO_PIN", SO_PIN);
        succeeds(command.args(["--provider", &provider]).args(line.split_whitespace()))
    };
    run("p11tool", "--batch --initialize --label fresh pkcs11:manufacturer=Portcullis");
    run("p11tool", "--batch --initialize-pin pkcs11:token=fresh");
    let token = "pkcs11:token=fresh";
    scene.ok("openssl", "req -x509 -newkey rsa:2048 -nodes -subj /CN=in -keyout key.pem -out cert.pem");
    scene.ok("openssl", "rsa -in key.pem -pubout -outform DER -out public.der");
    for object in
        ["--load-certificate cert.pem", "--load-privkey key.pem", "--secret-key 00112233445566778899"]
    {
        run("p11tool", &format!("--batch --login --write {object} --label in --id 01 {token}"));
    }
    run("p11tool", &format!("--batch --export --outfile exported.pem {token};object=in;type=cert"));
    scene.ok("openssl", "x509 -in cert.pem -outform DER -out cert.der");
    scene.ok("openssl", "x509 -in exported.pem -outform DER -out exported.der");
    assert_eq!(scene.bytes("exported.der"), scene.bytes("cert.der"));
    let all = run("p11tool", &format!("--batch --login --list-all {token}"));
    assert!(all.contains("Type: Secret key") && all.contains("Private key (RSA-2048)"), "{all}");

    scene.write("template", "cn = wanted\n");
    let uri = format!("{token};object=in;type=private");
    let line = format!("--generate-request --load-privkey {uri} --template template --outfile request.pem");
    run("certtool", &line);
    let line = "req -in request.pem -verify -noout -pubkey -out requested.pem";
    scene.ok("openssl", line);
    scene.ok("openssl", "pkey -pubin -in requested.pem -outform DER -out requested.der");
    assert_eq!(scene.bytes("requested.der"), scene.bytes("public.der"));
}

#[test]
fn gnutls_serves_with_a_token_key() {
    let programs = ["pkcs11-tool", "p11tool", "certtool", "gnutls-serv", "gnutls-cli", "openssl"];
    if !has_all("gnutls_serves_with_a_token_key", &programs, &[]) {
        return;
    }
    let scene = Scene::with_keys();
    // GnuTLS 3.7 asks for CKM_EDDSA where CKM_EC_EDWARDS_KEY_PAIR_GEN makes such keys.
    scene.tool(&format!("-l --pin {PIN} --keypairgen --key-type EC:edwards25519 --label ed --id 03"));
    for key in ["ec", "rsa", "ed"] {
        certify(&scene, key);
        let port = free_port();
        let provider = library_file();
        // It has no option for the address, and listens on all.
        let line = format!(
            "--provider {} --port {port} --http --verify-client-cert --x509cafile {key}.pem {}",
            provider.display(),
            identity(key),
        );
        let mut server = scene.command("gnutls-serv");
        server.args(line.split_whitespace());
        let _server = Server::start(&mut server, &scene.path("server.log"), || listens(port));
        let provider = provider.display();
        let line =
            format!("--provider {provider} --x509cafile {key}.pem {} --port {port} localhost", identity(key));
        let said = scene.ok("gnutls-cli", &line);
        assert!(said.contains("The certificate is trusted"), "{said}");
        assert!(said.contains("Successfully sent 1 certificate(s) to server"), "{said}");
        let said = scene.ok("openssl", &format!("s_client -connect 127.0.0.1:{port} -CAfile {key}.pem"));
        assert!(said.contains("Verification: OK"), "{said}");
    }
}
