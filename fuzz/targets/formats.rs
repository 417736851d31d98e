//! Keys, certificates and signatures in DER and PEM, and EC parameters and points: what `C_CreateObject` and
//! `portcullis import` are given. What was read can be written, and reads as the same again.

#![no_main]
#![forbid(unsafe_code)]

use libfuzzer_sys::fuzz_target;
use portcullis_token::Curve;
use portcullis_token::formats::{
    CertificateParts, curve_from_params, curve_params, ecdsa_from_der, ecdsa_to_der, encode_pem, pem_blocks,
    point_attribute, point_from_attribute, private_key, public_key, public_key_info,
};

const CURVES: [Curve; 4] = [Curve::P256, Curve::P384, Curve::P521, Curve::Ed25519];

fuzz_target!(|bytes: &[u8]| {
    if let Ok(key) = private_key(bytes) {
        let _ = public_key_info(&key);
    }
    if let Ok(key) = public_key(bytes) {
        let written = public_key_info(&key).expect("a public key has a public half");
        let again = public_key(&written).expect("what was written can be read");
        assert_eq!(public_key_info(&again), Ok(written));
    }
    if let Ok(certificate) = CertificateParts::parse(bytes) {
        let _ = public_key(&certificate.public_key_info);
    }
    if let Ok(curve) = curve_from_params(bytes) {
        assert_eq!(curve_from_params(&curve_params(curve)), Ok(curve));
    }
    for curve in CURVES {
        if let Ok(point) = point_from_attribute(curve, bytes) {
            let written = point_attribute(curve, &point).expect("a point that was read can be written");
            assert_eq!(point_from_attribute(curve, &written), Ok(point));
        }
        if let Ok(signature) = ecdsa_from_der(bytes, curve) {
            let written = ecdsa_to_der(&signature).expect("a signature has two halves");
            assert_eq!(ecdsa_from_der(&written, curve), Ok(signature));
        }
    }
    let _ = ecdsa_to_der(bytes);
    for block in pem_blocks(bytes).into_iter().flatten() {
        let _ = format!("{block:?}");
    }
    let _ = encode_pem(portcullis_token::formats::PemKind::PublicKey, bytes);
});
