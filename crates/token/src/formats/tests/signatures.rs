//! ECDSA signatures in both forms.

use alloc::vec;

use super::*;

const CURVES: [Curve; 3] = [Curve::P256, Curve::P384, Curve::P521];

#[test]
fn a_signature_of_openssl_keeps_its_bytes_both_ways() {
    let der = testdata!("p256.signature.der");
    let raw = ecdsa_from_der(der, Curve::P256).unwrap();
    assert_eq!(raw.len(), 64);
    assert_eq!(ecdsa_to_der(&raw).unwrap(), der);
}

#[test]
fn a_leading_zero_in_r_or_s_keeps_its_place() {
    for curve in CURVES {
        for zeros in 0..curve.scalar_len() {
            let mut short = vec![0x7f; curve.scalar_len()];
            short[..zeros].fill(0);
            let full = vec![0x11; curve.scalar_len()];
            for raw in [[short.clone(), full.clone()].concat(), [full, short].concat()] {
                let der = ecdsa_to_der(&raw).unwrap();
                assert_eq!(ecdsa_from_der(&der, curve).unwrap(), raw);
            }
        }
    }
}

#[test]
fn numbers_are_written_in_their_shortest_positive_form() {
    assert_eq!(ecdsa_to_der(&[0, 0, 1, 0xff, 0x80, 0]).unwrap(), [0x30, 9, 2, 1, 1, 2, 4, 0, 0xff, 0x80, 0]);
    assert_eq!(ecdsa_to_der(&[0, 0x80]).unwrap(), [0x30, 7, 2, 1, 0, 2, 2, 0, 0x80]);
    let top_bits = [0xff; 64];
    let der = ecdsa_to_der(&top_bits).unwrap();
    assert_eq!(der.len(), 2 + 2 * (2 + 33));
    assert_eq!(ecdsa_from_der(&der, Curve::P256).unwrap(), top_bits);
}

#[test]
fn signatures_of_a_wrong_length_are_refused() {
    assert_eq!(ecdsa_to_der(&[]), Err(FormatError::SignatureLength));
    assert_eq!(ecdsa_to_der(&[1; 63]), Err(FormatError::SignatureLength));
    let too_long = ecdsa_to_der(&[1; 66]).unwrap();
    assert_eq!(ecdsa_from_der(&too_long, Curve::P256), Err(FormatError::SignatureLength));
    let fits = testdata!("p256.signature.der");
    assert_eq!(ecdsa_from_der(fits, Curve::Ed25519), Err(FormatError::SignatureLength));
}

#[test]
fn numbers_that_are_negative_or_padded_are_refused() {
    for bad in [&[0x80_u8][..], &[0, 1], &[]] {
        let der = sequence(&[&element(2, bad), &element(2, &[1])]);
        assert!(matches!(ecdsa_from_der(&der, Curve::P256), Err(FormatError::Malformed(_))), "{bad:?}");
    }
    let der = sequence(&[&element(2, &[1]), &element(2, &[1]), &element(2, &[1])]);
    assert!(ecdsa_from_der(&der, Curve::P256).is_err());
}
