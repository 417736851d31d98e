//! A token in a database, as the command's users meet it.

use portcullis_pal::testkit::PostgresServer;

use crate::support::Scene;

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
