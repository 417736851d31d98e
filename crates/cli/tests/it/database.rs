//! A token in a database, as the command's users meet it.

use std::fs;

use portcullis_pal::testkit::PostgresServer;

use crate::device::{self, authority};
use crate::server;
use crate::support::{Run, Scene};

#[test]
fn a_token_in_a_database() {
    let Some(server) = PostgresServer::start("a_token_in_a_database") else { return };
    let address = server.address("gate").replace("portcullis@", "portcullis:s3cret@");
    let scene = Scene::empty();
    let run = |args: &[&str]| {
        let mut command = scene.command(args);
        command.env("PORTCULLIS_STORE", &address).env("XDG_DATA_HOME", scene.file("own"));
        let ran = command.output().expect("the binary runs");
        let said = [ran.stdout, ran.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
        assert!(!said.contains("s3cret"), "{said}");
        (ran.status.code(), said)
    };
    let (code, said) = run(&["list"]);
    assert_eq!(code, Some(5), "no token is there yet: {said}");
    for args in [
        &["init", "--label", "gate"][..],
        &["keygen", "--label", "device"],
        &["list", "--login"],
        &["doctor"],
        &["--help"],
    ] {
        let (code, said) = run(args);
        assert_eq!(code, Some(0), "{args:?}: {said}");
    }
    assert!(run(&["list", "--login"]).1.contains("device"));
    assert!(scene.file("own/portcullis/seed.db").is_file(), "what is the machine's own stays here");
    drop(server);
}

/// A server that knows its clients by their certificates alone, whose keys are in the token of each machine.
#[test]
fn a_database_that_asks_for_a_certificate() {
    let (root, issuer) = authority();
    let access = "hostssl all device 127.0.0.1/32 cert\nhost all portcullis 127.0.0.1/32 trust\n";
    let server = server::start("a_database_that_asks_for_a_certificate", (&root, &issuer), access);
    let Some(server) = server else { return };
    server.sql("CREATE ROLE device LOGIN; CREATE SCHEMA gate AUTHORIZATION device");
    let scene = Scene::empty();
    fs::create_dir_all(scene.file("own/portcullis")).expect("a folder");
    drop(device::token(&scene.file("own/portcullis/token.db"), &issuer));
    let (ca, pin) = (scene.write("ca.pem", root.pem()), scene.write("pin", format!("{}\n", device::PIN)));
    let wrong = scene.write("wrong", "not the PIN");
    let base = server.address("gate").replace("portcullis@", "device@") + "&sslrootcert=" + &ca;
    let run = |more: &str, args: &[&str]| {
        let mut command = scene.command(args);
        command.env("PORTCULLIS_STORE", base.clone() + more).env("XDG_DATA_HOME", scene.file("own"));
        Run::of(command.output())
    };
    let key = format!("&sslkey=pkcs11:object=device?pin-source=file:{pin}");
    for args in [&["init", "--label", "gate"][..], &["keygen", "--label", "shared"], &["list", "--login"]] {
        let done = run(&key, args);
        assert_eq!(done.code, 0, "{args:?}: {done:?}");
    }
    assert!(run(&key, &["list", "--login"]).stdout.contains("shared"));
    for (more, code, words) in [
        ("", 1, "requires a valid client certificate"),
        ("&sslkey=pkcs11:object=device", 2, "pin-source"),
        ("&sslkey=/etc/key.pem", 7, "sslkey is a PKCS #11 URI"),
        (&format!("&sslkey=pkcs11:object=other?pin-source={pin}"), 5, "other"),
        (&format!("&sslkey=pkcs11:object=device?pin-source={wrong}"), 3, "PIN is wrong"),
    ] {
        run(more, &["list"]).assert_refused(code, words);
    }
}
