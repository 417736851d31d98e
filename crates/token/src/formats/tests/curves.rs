//! `CKA_EC_PARAMS` and `CKA_EC_POINT`.

use super::*;

#[test]
fn parameters_are_the_curves_object_identifiers() {
    for curve in Curve::ALL {
        assert_eq!(curve_from_params(&curve_params(curve)), Ok(curve));
    }
    assert_eq!(curve_params(Curve::P256), hex::decode("06082a8648ce3d030107").unwrap());
    assert_eq!(curve_params(Curve::P384), hex::decode("06052b81040022").unwrap());
    assert_eq!(curve_params(Curve::P521), hex::decode("06052b81040023").unwrap());
    assert_eq!(curve_params(Curve::Ed25519), hex::decode("06032b6570").unwrap());
}

#[test]
fn ed25519_may_be_named_in_letters() {
    assert_eq!(curve_from_params(&element(0x13, b"edwards25519")), Ok(Curve::Ed25519));
    assert_eq!(curve_from_params(&element(0x13, b"edwards448")), Err(FormatError::UnknownCurveName));
}

#[test]
fn other_parameters_are_named() {
    let explicit = element(0x30, &[2, 1, 1]);
    assert_eq!(curve_from_params(&explicit), Err(FormatError::UnnamedCurve));
    assert_eq!(curve_from_params(&[5, 0]), Err(FormatError::UnnamedCurve));
    let secp224r1 = element(6, &[0x2b, 0x81, 4, 0, 33]);
    assert!(matches!(curve_from_params(&secp224r1), Err(FormatError::UnsupportedCurve(_))));
    assert_eq!(curve_from_params(&[6, 3, 0x2b, 0x65]), Err(FormatError::Truncated));
    assert_eq!(curve_from_params(&[6, 3, 0x2b, 0x65, 0x70, 0]), Err(FormatError::TrailingData));
    assert_eq!(curve_from_params(&[]), Err(FormatError::Truncated));
}

#[test]
fn points_are_read_bare_and_as_octet_strings_and_written_as_octet_strings() {
    for curve in Curve::ALL {
        // On a Weierstrass curve the first byte is the octet string's tag too.
        let mut point = alloc::vec![4; curve.point_len()];
        point[1] = u8::try_from(curve.point_len() - 2).unwrap();
        let attribute = point_attribute(curve, &point).unwrap();
        assert_eq!(attribute[0], 4);
        assert!(attribute.ends_with(&point) && attribute.len() > point.len());
        assert_eq!(point_from_attribute(curve, &attribute).as_ref(), Ok(&point));
        assert_eq!(point_from_attribute(curve, &point), Ok(point));
    }
}

#[test]
fn points_of_another_form_are_named() {
    let compressed = [&[2], [7; 32].as_slice()].concat();
    assert_eq!(point_from_attribute(Curve::P256, &compressed), Err(FormatError::CompressedPoint));
    let wrapped = element(4, &compressed);
    assert_eq!(point_from_attribute(Curve::P256, &wrapped), Err(FormatError::CompressedPoint));
    let hybrid = element(4, &[6; 65]);
    assert_eq!(point_from_attribute(Curve::P256, &hybrid), Err(FormatError::PointForm(Curve::P256)));
    let short = element(4, &[4; 64]);
    assert_eq!(point_from_attribute(Curve::P256, &short), Err(FormatError::PointForm(Curve::P256)));
    assert_eq!(point_attribute(Curve::Ed25519, &[0; 33]), Err(FormatError::PointForm(Curve::Ed25519)));
    let infinity = element(4, &[0]);
    assert_eq!(point_from_attribute(Curve::P384, &infinity), Err(FormatError::PointForm(Curve::P384)));
}
