//! Certificates.

use super::*;

/// Whether `part` stands in `whole` as it is.
fn contains(whole: &[u8], part: &[u8]) -> bool {
    whole.windows(part.len()).any(|window| window == part)
}

#[test]
fn a_device_certificate_is_read() {
    let der = testdata!("device.cert.der");
    let parts = CertificateParts::parse(der).unwrap();
    // The serial's top bit is set, so its DER has a leading zero.
    assert_eq!(parts.serial, [2, 8, 0, 0xf1, 0xe2, 0xd3, 0xc4, 0xb5, 0xa6, 0x97]);
    assert_eq!((parts.not_before, parts.not_after), (1_795_470_360, 1_881_870_360));
    assert_eq!(parts.public_key_info, testdata!("rsa-2048.spki.der"));
    assert!(!parts.is_ca);
    assert!(!parts.self_issued());
    assert!(contains(&parts.subject, b"device-1") && contains(der, &parts.subject));
    assert!(contains(&parts.issuer, b"Test CA") && contains(der, &parts.issuer));
}

#[test]
fn a_root_is_self_issued_and_a_ca() {
    let parts = CertificateParts::parse(testdata!("ca.cert.der")).unwrap();
    assert!(parts.is_ca);
    assert!(parts.self_issued());
    // Past 2049 the date is a GeneralizedTime.
    assert_eq!(parts.not_after, 4_949_070_360);
    assert_eq!(parts.public_key_info, testdata!("p256.spki.der"));
    let device = CertificateParts::parse(testdata!("device.cert.der")).unwrap();
    assert_eq!(device.issuer, parts.subject);
}

/// A certificate with this name and these extensions.
fn certificate(name: &[u8], extensions: &[&[u8]]) -> Vec<u8> {
    let algorithm = sequence(&[&[6, 3, 0x2b, 0x65, 0x70]]);
    let time = element(0x17, b"700101000001Z");
    let key = sequence(&[&algorithm, &[3, 2, 0, 9]]);
    let mut body = [&[0xa0, 3, 2, 1, 2, 2, 1, 5], algorithm.as_slice(), name].concat();
    body.extend([sequence(&[&time, &time]).as_slice(), name, &key].concat());
    if !extensions.is_empty() {
        body.extend(element(0xa3, &sequence(extensions)));
    }
    sequence(&[&sequence(&[&body]), &algorithm, &[3, 2, 0, 9]])
}

/// A basic-constraints extension around `value`.
fn constraints(value: &[u8]) -> Vec<u8> {
    sequence(&[&[6, 3, 0x55, 0x1d, 0x13], &element(4, value)])
}

/// Two attributes in one set, in an order that DER forbids but that stands in certificates of the field.
fn unsorted_name() -> Vec<u8> {
    let attribute = |text: u8| sequence(&[&[6, 3, 0x55, 4, 3], &[0x0c, 1, text]]);
    sequence(&[&element(0x31, &[attribute(b'z'), attribute(b'a')].concat())])
}

#[test]
fn names_keep_the_bytes_of_the_certificate() {
    let name = unsorted_name();
    let parts = CertificateParts::parse(&certificate(&name, &[])).unwrap();
    assert_eq!((&parts.subject, &parts.issuer), (&name, &name));
    assert_eq!((parts.not_before, parts.serial.as_slice()), (1, [2, 1, 5].as_slice()));
}

#[test]
fn only_basic_constraints_make_a_ca() {
    let name = unsorted_name();
    let ca = constraints(&[0x30, 3, 1, 1, 0xff]);
    let is_ca =
        |extensions: &[&[u8]]| CertificateParts::parse(&certificate(&name, extensions)).map(|c| c.is_ca);
    assert_eq!(is_ca(&[&ca]), Ok(true));
    assert_eq!(is_ca(&[&constraints(&[0x30, 0])]), Ok(false));
    assert!(matches!(is_ca(&[&ca, &ca]), Err(FormatError::Malformed(_))));
    assert!(is_ca(&[&constraints(&[0x30, 3, 1, 1])]).is_err());
}

#[test]
fn a_name_that_is_no_sequence_is_refused() {
    let odd = certificate(&element(0x31, &[]), &[]);
    assert!(matches!(CertificateParts::parse(&odd), Err(FormatError::Malformed(_))));
}
