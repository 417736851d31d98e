//! Published signatures that show what a digest becomes: cut or filled to the curve's order, or wrapped in
//! the `DigestInfo` of its hash.

use portcullis_token::engine::DigestStream;
use portcullis_token::{Curve, Engine, EngineError, KeyMaterial, MechanismType, Parameters, Secret};

use crate::fixtures::{Repeatable, ec_private, mechanism, rsa_private};
use crate::generation::PUBLISHED;

/// RFC 6979 appendices A.2.5 and A.2.7: signatures over "sample" by the keys of [`PUBLISHED`].
const SAMPLE: [(Curve, MechanismType, &str); 6] = [
    (
        Curve::P256,
        MechanismType::ECDSA_SHA1,
        "61340c88c3aaebeb4f6d667f672ca9759a6ccaa9fa8811313039ee4a35471d32\
         6d7f147dac089441bb2e2fe8f7a3fa264b9c475098fdcf6e00d7c996e1b8b7eb",
    ),
    (
        Curve::P256,
        MechanismType::ECDSA_SHA224,
        "53b2fff5d1752b2c689df257c04c40a587fababb3f6fc2702f1343af7ca9aa3f\
         b9afb64fdc03dc1a131c7d2386d11e349f070aa432a4acc918bea988bf75c74c",
    ),
    (
        Curve::P256,
        MechanismType::ECDSA_SHA256,
        "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716\
         f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
    ),
    (
        Curve::P256,
        MechanismType::ECDSA_SHA384,
        "0eafea039b20e9b42309fb1d89e213057cbf973dc0cfc8f129edddc800ef7719\
         4861f0491e6998b9455193e34e7b0d284ddd7149a74b95b9261f13abde940954",
    ),
    (
        Curve::P256,
        MechanismType::ECDSA_SHA512,
        "8496a60b5e9b47c825488827e0495b0e3fa109ec4568fd3f8d1097678eb97f00\
         2362ab1adbe2b8adf9cb9edab740ea6049c028114f2460f96554f61fae3302fe",
    ),
    (
        Curve::P521,
        MechanismType::ECDSA_SHA1,
        "00343b6ec45728975ea5cba6659bbb6062a5ff89eea58be3c80b619f322c8791\
         0fe092f7d45bb0f8eee01ed3f20babec079d202ae677b243ab40b5431d497c55\
         d75d00e7b0e675a9b24413d448b8cc119d2bf7b2d2df032741c096634d6d65d0\
         dbe3d5694625fb9e8104d3b842c1b0e2d0b98bea19341e8676aef66ae4eba3d5\
         475d5d16",
    ),
];

/// Which hash is inside.
fn hash_of(id: MechanismType) -> MechanismType {
    match id {
        MechanismType::ECDSA_SHA1 => MechanismType::SHA_1,
        MechanismType::ECDSA_SHA224 => MechanismType::SHA224,
        MechanismType::ECDSA_SHA256 | MechanismType::SHA256_RSA_PKCS => MechanismType::SHA256,
        MechanismType::ECDSA_SHA384 => MechanismType::SHA384,
        MechanismType::ECDSA_SHA512 => MechanismType::SHA512,
        other => panic!("{other} has no hash here"),
    }
}

fn digest(engine: &dyn Engine, id: MechanismType, message: &[u8]) -> Vec<u8> {
    let mut stream: Box<dyn DigestStream> = mechanism(engine, hash_of(id)).digesting().unwrap().stream();
    stream.update(message);
    stream.finish()
}

fn published_key(curve: Curve) -> KeyMaterial {
    let (_, _, point) = PUBLISHED.iter().find(|(known, ..)| *known == curve).unwrap();
    KeyMaterial::EcPublic { curve, point: hex::decode(point).unwrap() }
}

pub(crate) fn ecdsa_takes_any_hash_on_any_curve(engine: &dyn Engine) {
    for (curve, id, signature) in SAMPLE {
        let verifying = mechanism(engine, id).verifying().unwrap();
        let key = verifying.loader().load(&published_key(curve)).unwrap();
        let signature = hex::decode(signature).unwrap();
        let none = &Parameters::None;
        assert_eq!(verifying.verify(&key, none, b"sample", &signature), Ok(()), "{curve:?} {id}");
        let refused = Err(EngineError::SignatureInvalid);
        assert_eq!(verifying.verify(&key, none, b"simple", &signature), refused, "{curve:?} {id}");
    }
}

pub(crate) fn ecdsa_takes_the_digest_alone(engine: &dyn Engine) {
    let raw = mechanism(engine, MechanismType::ECDSA);
    let (signing, verifying) = (raw.signing().unwrap(), raw.verifying().unwrap());
    for (curve, id, signature) in SAMPLE {
        let digest = digest(engine, id, b"sample");
        let key = verifying.loader().load(&published_key(curve)).unwrap();
        let signature = hex::decode(signature).unwrap();
        assert_eq!(verifying.verify(&key, &Parameters::None, &digest, &signature), Ok(()), "{curve:?} {id}");
    }
    for curve in [Curve::P256, Curve::Secp256k1, Curve::P384, Curve::P521] {
        let private = ec_private(engine, curve, 0x11).unwrap();
        let signer = signing.loader().load(&private).unwrap();
        let verifier = verifying.loader().load(&engine.public_key(&private).unwrap()).unwrap();
        let sign = |digest: &[u8]| signing.sign(&signer, &Parameters::None, digest, &Repeatable::new(1));
        let order_len = curve.scalar_len().min(64);
        let digest = vec![0x5a; order_len];
        let padded = [&[0], &digest[1..]].concat();
        let same = [(digest.as_slice(), digest.as_slice()), (&padded, &digest[1..])];
        for (signed, checked) in same {
            let signature = sign(signed).unwrap();
            assert_eq!(
                verifying.verify(&verifier, &Parameters::None, checked, &signature),
                Ok(()),
                "{curve:?}"
            );
        }
        assert_eq!(sign(&[]).err(), Some(EngineError::DataLength), "{curve:?}");
        let longer = [digest.as_slice(), &[0x77]].concat();
        match sign(&longer) {
            // Cut to the order's length.
            Ok(signature) => {
                assert_eq!(verifying.verify(&verifier, &Parameters::None, &digest, &signature), Ok(()));
            }
            Err(error) => assert_eq!((curve, error), (Curve::P521, EngineError::DataLength)),
        }
    }
}

/// RFC 8032 sections 7.2 and 7.3.
pub(crate) fn eddsa_variants_match_the_published_ones(engine: &dyn Engine) {
    let mechanism = mechanism(engine, MechanismType::EDDSA);
    let (signing, verifying) = (mechanism.signing().unwrap(), mechanism.verifying().unwrap());
    let told = |prehash, context: &[u8]| Parameters::Eddsa { prehash, context: context.to_vec() };
    let cases = [
        (
            "0305334e381af78f141cb666f6199f57bc3495335a256a95bd2a55bf546663f6",
            "f726936d19c800494e3fdaff20b276a8",
            told(false, b"foo"),
            "55a4cc2f70a54e04288c5f4cd1e45a7bb520b36292911876cada7323198dd87a\
             8b36950b95130022907a7fb7c4e9b2d5f6cca685a587b4b21f4b888e4e7edb0d",
        ),
        (
            "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
            "616263",
            told(true, &[]),
            "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae41\
             31f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406",
        ),
    ];
    for (seed, message, parameters, expected) in cases {
        let private = |point| {
            let scalar = Secret::new(hex::decode(seed).unwrap());
            KeyMaterial::EcPrivate { curve: Curve::Ed25519, scalar, point }
        };
        let public = engine.public_key(&private(Vec::new())).unwrap();
        let KeyMaterial::EcPublic { point, .. } = &public else { panic!("a public half") };
        let signer = signing.loader().load(&private(point.clone())).unwrap();
        let verifier = verifying.loader().load(&public).unwrap();
        let message = hex::decode(message).unwrap();
        let signature = signing.sign(&signer, &parameters, &message, &Repeatable::new(1)).unwrap();
        assert_eq!(hex::encode(&signature), expected);
        let verify = |parameters: &Parameters| verifying.verify(&verifier, parameters, &message, &signature);
        assert_eq!(verify(&parameters), Ok(()));
        for other in [Parameters::None, told(false, b"bar"), told(true, b"foo")] {
            assert_eq!(verify(&other), Err(EngineError::SignatureInvalid));
        }
        for foreign in [told(false, &[]), told(false, &[0; 256]), told(true, &[0; 256])] {
            assert_eq!(verify(&foreign), Err(EngineError::ParametersInvalid));
            assert_eq!(signing.signature_len(&signer, &foreign), Err(EngineError::ParametersInvalid));
        }
    }
}

pub(crate) fn a_digest_info_signed_unhashed_is_the_hashed_signature(engine: &dyn Engine) {
    /// RFC 8017 section 9.2, note 1: what comes before a SHA-256 digest.
    const SHA256_PREFIX: &str = "3031300d060960864801650304020105000420";
    let private = rsa_private();
    let sign = |id: MechanismType, data: &[u8]| {
        let signing = mechanism(engine, id).signing().unwrap();
        let key = signing.loader().load(&private).unwrap();
        signing.sign(&key, &Parameters::None, data, &Repeatable::new(1))
    };
    let hashed = MechanismType::SHA256_RSA_PKCS;
    let info = [hex::decode(SHA256_PREFIX).unwrap(), digest(engine, hashed, b"sample")].concat();
    assert_eq!(sign(MechanismType::RSA_PKCS, &info), sign(hashed, b"sample"));
    // A modulus of 256 bytes leaves 245 for the data.
    assert!(sign(MechanismType::RSA_PKCS, &[1; 245]).is_ok());
    assert_eq!(sign(MechanismType::RSA_PKCS, &[1; 246]).err(), Some(EngineError::DataLength));
}
