//! PEM.

use alloc::format;
use alloc::string::String;

use super::*;

/// Whether it is private, its label and its bytes.
fn seen(block: &PemBlock) -> (bool, &str, &[u8]) {
    match block {
        PemBlock::Private { label, der } => (true, label, der.expose()),
        PemBlock::Public { label, der } => (false, label, der),
    }
}

fn text(label: &str, body: &str) -> String {
    format!("-----BEGIN {label}-----\n{body}-----END {label}-----\n")
}

#[test]
fn the_blocks_of_a_bundle_are_found_among_other_text() {
    let blocks = pem_blocks(testdata!("bundle.pem")).unwrap();
    let seen: Vec<_> = blocks.iter().map(seen).collect();
    let expected = [
        (false, "CERTIFICATE", testdata!("device.cert.der")),
        (false, "CERTIFICATE", testdata!("ca.cert.der")),
        (true, "PRIVATE KEY", testdata!("p256.pkcs8.der")),
    ];
    assert_eq!(seen, expected);
    assert!(!format!("{blocks:?}").contains(&format!("{:?}", testdata!("p256.pkcs8.der"))));
}

#[test]
fn encoding_gives_what_openssl_gives() {
    let pem = encode_pem(PemKind::Certificate, testdata!("ca.cert.der")).unwrap();
    let bundle = core::str::from_utf8(testdata!("bundle.pem")).unwrap();
    assert!(bundle.contains(&pem));
    for kind in [PemKind::Certificate, PemKind::CertificateRequest, PemKind::PublicKey] {
        let pem = encode_pem(kind, b"any bytes").unwrap();
        assert_eq!(
            seen(&pem_blocks(pem.as_bytes()).unwrap()[0]),
            (false, kind.label(), b"any bytes".as_slice())
        );
    }
}

#[test]
fn text_without_blocks_has_none() {
    assert!(pem_blocks(b"").unwrap().is_empty());
    assert!(pem_blocks(testdata!("ca.cert.der")).unwrap().is_empty());
    assert!(pem_blocks(b"a -----BEGIN A----- within a line\n").unwrap().is_empty());
}

#[test]
fn line_ends_and_line_lengths_of_other_programs_are_taken() {
    let with_crlf = text("PUBLIC KEY", "AQID\n").replace('\n', "\r\n");
    assert_eq!(seen(&pem_blocks(with_crlf.as_bytes()).unwrap()[0]).2, [1, 2, 3]);
    let one_line = text("PUBLIC KEY", &format!("{}\n", "AQID".repeat(40)));
    assert_eq!(seen(&pem_blocks(one_line.as_bytes()).unwrap()[0]).2, [1, 2, 3].repeat(40));
    let without_last_end = text("PUBLIC KEY", "AQID\n");
    assert_eq!(pem_blocks(without_last_end.trim_end().as_bytes()).unwrap().len(), 1);
    assert_eq!(
        pem_blocks(format!("{} \t\nmore\n", without_last_end.trim_end()).as_bytes()).unwrap().len(),
        1
    );
}

#[test]
fn every_kind_of_private_key_is_secret() {
    for label in ["PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY"] {
        let pem = text(label, "AQID\n");
        assert_eq!(seen(&pem_blocks(pem.as_bytes()).unwrap()[0]), (true, label, [1, 2, 3].as_slice()));
    }
}

#[test]
fn the_old_encrypted_form_is_named() {
    let error = pem_blocks(testdata!("p256.legacy-encrypted.pem")).unwrap_err();
    assert_eq!(error, FormatError::Encrypted);
}

#[test]
fn broken_blocks_are_refused() {
    let whole = text("PUBLIC KEY", "AQID\n");
    let unfinished = whole.trim_end().trim_end_matches("-----END PUBLIC KEY-----");
    assert_eq!(pem_blocks(unfinished.as_bytes()).unwrap_err(), FormatError::PemUnfinished);
    for broken in [
        whole.replace("END PUBLIC", "END PRIVATE"),
        whole.replace("AQID", "AQ!D"),
        whole.replace("AQID", "AQI"),
        whole.replace("KEY-----\n", "KEY\n"),
        format!("-----BEGIN PUBLIC KEY-----\nAQID\n{whole}"),
    ] {
        assert!(matches!(pem_blocks(broken.as_bytes()).unwrap_err(), FormatError::Pem(_)), "{broken}");
    }
}
