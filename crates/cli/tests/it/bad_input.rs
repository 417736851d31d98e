//! Bad input: each gives one sentence that says what to do, its exit code, and leaves the token as it was.

use portcullis_token::formats::{PemKind, encode_pem};

use crate::support::{Run, Scene};

/// A certificate of nobody's key here, made by `openssl` for the token's own tests.
const DEVICE: &[u8] = include_bytes!("../../../token/testdata/device.cert.der");
const KEY: &[u8] = include_bytes!("../../../token/testdata/p256.pkcs8.der");
const ENCRYPTED: &[u8] = include_bytes!("../../../token/testdata/ed25519.encrypted.der");

#[test]
fn a_wrong_pin_costs_a_try_and_nothing_else() {
    let scene = Scene::with_key();
    let before = scene.records();
    let run = Run::of(scene.command(&["keygen", "--label", "x"]).env("PORTCULLIS_PIN", "wrong").output());
    run.assert_refused(3, "9 tries are left");
    let mut after = scene.records();
    assert_ne!(after["pin-user"], before["pin-user"], "the try is counted");
    after.insert("pin-user".into(), before["pin-user"].clone());
    assert_eq!(after, before);
}

#[test]
fn a_locked_pin_is_said_before_a_pin_is_asked_for() {
    let scene = Scene::with_key();
    let wrong = || Run::of(scene.command(&["list"]).env("PORTCULLIS_PIN", "wrong").output());
    for _ in 0..9 {
        assert_eq!(wrong().code, 3);
    }
    wrong().assert_refused(4, "`portcullis pin --reset`");
    // Not even the right PIN is tried.
    scene.refused_untouched(&["list"], 4, "is locked");
    let doctor = scene.run(&["doctor"]);
    assert_eq!(doctor.code, 14, "{doctor:?}");
    assert!(doctor.stdout.contains("fail  user PIN: it is locked"), "{doctor:?}");

    let new = scene.write("new", "again-1");
    scene.ok(&["pin", "--reset", "--new-pin-file", &new]);
    scene.ok(&["list", "--pin-file", &new]);
}

#[test]
fn a_label_that_nothing_has() {
    let scene = Scene::with_key();
    scene.refused(&["csr", "--key", "devise", "--subject", "CN=x"], 5, "\"devise\"");
    scene.refused_untouched(&["export-cert", "devise"], 5, "\"devise\"");
    scene.refused_untouched(&["export-pub", "pkcs11:token=other;object=device"], 5, "list");
}

#[test]
fn a_label_that_two_keys_have() {
    let scene = Scene::with_key();
    scene.ok(&["keygen", "--label", "device", "--id", "0b0b"]);
    let run = scene.refused(&["csr", "--key", "device", "--subject", "CN=x"], 6, "id");
    assert_eq!(run.stderr.lines().filter(|line| line.starts_with("  ")).count(), 2, "{run:?}");
    scene.refused_untouched(&["export-pub", "device"], 6, "id:0b0b");
    scene.ok(&["export-pub", "id:0b0b"]);
}

#[test]
fn names_that_can_not_be_read() {
    let scene = Scene::with_key();
    scene.refused_untouched(&["export-pub", "id:xyz"], 2, "hexadecimal");
    scene.refused_untouched(&["export-pub", "pkcs11:object=%zz"], 2, "position");
    scene.refused_untouched(&["delete", "pkcs11:type=cert", "--type", "public"], 2, "--type");
    scene.refused_untouched(&["csr", "--key", "device", "--subject", "device"], 2, "CN=");
    let before = scene.bytes();
    let run = scene.run(&["csr", "--key", "pkcs11:type=cert", "--subject", "CN=x"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.stderr.contains("type=private") && scene.bytes() == before, "{run:?}");
}

#[test]
fn an_expired_certificate_is_refused_until_it_is_allowed() {
    let scene = Scene::with_key();
    let expired = scene.write("expired.der", expired());
    scene.refused_untouched(&["import", &expired], 7, "it expired on 2001-01-01; ");
    scene.ok(&["import", &expired, "--allow-expired", "--label", "old"]);
    let doctor = scene.run(&["doctor"]);
    assert_eq!(doctor.code, 0, "{doctor:?}");
    assert!(doctor.stdout.contains("warn  certificate: \"old\""), "{doctor:?}");
}

#[test]
fn a_certificate_of_another_key() {
    let scene = Scene::with_key();
    let certificate = scene.write("device.der", DEVICE);
    scene.refused(
        &["import", &certificate, "--key", "device", "--allow-expired"],
        7,
        "whose public key is another one",
    );
}

#[test]
fn data_that_is_cut_short_says_where() {
    let scene = Scene::with_key();
    for (name, whole) in [("certificate.der", DEVICE), ("key.der", KEY)] {
        let half = scene.write(name, &whole[..whole.len() / 2]);
        let where_ = format!(
            "{name} can't be used: the data is cut short after {} of {} bytes",
            whole.len() / 2,
            whole.len()
        );
        scene.refused_untouched(&["import", &half, "--label", "x"], 7, &where_);
    }
    let pem = encode_pem(PemKind::Certificate, &DEVICE[..100]).expect("PEM");
    let bundle = [encode_pem(PemKind::Certificate, DEVICE).expect("PEM"), pem].concat();
    let bundle = scene.write("bundle.pem", bundle);
    scene.refused_untouched(&["import", &bundle], 7, "block 2 (CERTIFICATE) of");
    let cut = scene.write("cut.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n");
    scene.refused_untouched(&["import", &cut], 7, "no end line");
}

#[test]
fn files_that_hold_something_else() {
    let scene = Scene::with_key();
    for (bytes, words) in [
        (&b""[..], "cut short"),
        (b"hello, world", ""),
        (
            b"-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n",
            "neither a certificate nor a private key",
        ),
        (ENCRYPTED, "encrypted"),
        (&[KEY, b"!"].concat(), "more data"),
    ] {
        let file = scene.write("file", bytes);
        scene.refused_untouched(&["import", &file, "--label", "x"], 7, words);
    }
    scene.refused_untouched(&["import", &scene.path("absent")], 5, "absent");
    let key = scene.write("key.der", KEY);
    scene.refused_untouched(&["import", &key], 2, "--label");
    scene.refused_untouched(&["import", &key, "--label", "x", "--trusted"], 2, "--trusted");
}

/// A well-formed certificate that was valid in 2000; its signature is nobody's.
fn expired() -> Vec<u8> {
    let mut der = DEVICE.to_vec();
    // Both times of the validity are UTCTime: tag 0x17, 13 characters.
    let starts: Vec<_> =
        der.windows(2).enumerate().filter(|(_, two)| *two == [0x17, 13]).map(|(at, _)| at).collect();
    for (start, year) in starts.iter().zip([b"00", b"01"]) {
        der[start + 2..start + 4].copy_from_slice(year);
        der[start + 4..start + 15].copy_from_slice(b"0101000000Z");
    }
    assert_eq!(starts.len(), 2, "the test certificate has UTC times");
    der
}
