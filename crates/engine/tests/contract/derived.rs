//! What is published of key agreement, HKDF, PBKDF2 and keys out of encrypted data, and what follows from
//! their definitions.

use std::sync::Arc;

use portcullis_token::engine::KeyRequest;
use portcullis_token::{
    Curve, EcdhKdf, Engine, EngineError, HashAlgorithm, HkdfSalt, KeyMaterial, KeyType, MechanismType,
    Parameters, Secret,
};

use crate::derivation::derived;
use crate::fixtures::{Dead, ec_private, mechanism, secret};

fn x25519(scalar: &str) -> KeyMaterial {
    let scalar = Secret::new(hex::decode(scalar).unwrap());
    KeyMaterial::EcPrivate { curve: Curve::X25519, scalar, point: Vec::new() }
}

fn ecdh(kdf: Option<EcdhKdf>, shared_data: &[u8], public: Vec<u8>) -> Parameters {
    Parameters::Ecdh { kdf, shared_data: shared_data.to_vec(), public }
}

/// RFC 7748 section 6.1.
pub(crate) fn x25519_agrees_as_published(engine: &dyn Engine) {
    const SHARED: &str = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
    let pairs = [
        (
            "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
            "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
        ),
        (
            "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
            "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
        ),
    ];
    for (own, other) in [(0, 1), (1, 0)] {
        let (private, _) = pairs[own];
        let (_, public) = pairs[other];
        let peer = ecdh(None, &[], hex::decode(public).unwrap());
        let shared = derived(engine, MechanismType::ECDH1_DERIVE, &x25519(private), &peer, None);
        assert_eq!(shared.as_deref(), Ok(SHARED));
    }
}

/// SEC 2 section 2.4.1: the key 1 has the generator as its point, and shares a point's x coordinate with it.
pub(crate) fn secp256k1_starts_from_its_generator(engine: &dyn Engine) {
    const GENERATOR: &str = "0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798\
                             483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8";
    let curve = Curve::Secp256k1;
    let private = |scalar| KeyMaterial::EcPrivate { curve, scalar: Secret::new(scalar), point: Vec::new() };
    let one = private([vec![0; 31], vec![1]].concat());
    let Ok(KeyMaterial::EcPublic { point, .. }) = engine.public_key(&one) else { panic!("1 is a key") };
    assert_eq!(hex::encode(&point), GENERATOR);
    let Some(KeyMaterial::EcPrivate { point, .. }) = ec_private(engine, curve, 0x22) else {
        panic!("{curve:?} has keys");
    };
    let shared = derived(engine, MechanismType::ECDH1_DERIVE, &one, &ecdh(None, &[], point.clone()), None);
    assert_eq!(shared, Ok(hex::encode(&point[1..33])));
    for scalar in [vec![0; 32], vec![0xff; 32], vec![1; 31], vec![1; 33]] {
        assert!(matches!(engine.public_key(&private(scalar)), Err(EngineError::KeyInvalid)));
    }
}

pub(crate) fn a_peer_stands_raw_or_in_an_octet_string(engine: &dyn Engine) {
    let id = MechanismType::ECDH1_DERIVE;
    for curve in [Curve::P256, Curve::Secp256k1, Curve::P384, Curve::P521, Curve::X25519] {
        let key = ec_private(engine, curve, 0x11).unwrap();
        let Some(KeyMaterial::EcPrivate { point, .. }) = ec_private(engine, curve, 0x22) else {
            panic!("{curve:?} has keys");
        };
        let derive = |public: &[u8]| derived(engine, id, &key, &ecdh(None, &[], public.to_vec()), None);
        let shared = derive(&point).unwrap();
        let len = u8::try_from(point.len()).unwrap();
        let header = if len < 0x80 { vec![4, len] } else { vec![4, 0x81, len] };
        assert_eq!(derive(&[&header, point.as_slice()].concat()), Ok(shared.clone()), "{curve:?}");
        let cofactor = MechanismType::ECDH1_COFACTOR_DERIVE;
        assert_eq!(derived(engine, cofactor, &key, &ecdh(None, &[], point.clone()), None), Ok(shared));
        let mut foreign = vec![Vec::new(), vec![0; point.len()], point[1..].to_vec()];
        foreign.push([&[4, len], point.as_slice(), &[0]].concat());
        foreign.push([&[3, len], point.as_slice()].concat());
        for public in foreign {
            assert_eq!(derive(&public), Err(EngineError::ParametersInvalid), "{curve:?}: {public:02x?}");
        }
    }
}

/// PKCS #11's section on elliptic-curve Diffie-Hellman: the leading end is what goes.
pub(crate) fn a_shared_secret_is_cut_at_its_start(engine: &dyn Engine) {
    let key = ec_private(engine, Curve::P256, 0x11).unwrap();
    let Some(KeyMaterial::EcPublic { point, .. }) = engine.public_key(&key).ok() else {
        unreachable!("a pair")
    };
    let derive =
        |len| derived(engine, MechanismType::ECDH1_DERIVE, &key, &ecdh(None, &[], point.clone()), len);
    let whole = derive(None).unwrap();
    assert_eq!(derive(Some(32)), Ok(whole.clone()));
    assert_eq!(derive(Some(10)), Ok(whole[44..].to_owned()));
    let with_data = ecdh(None, b"data", point);
    let refused = derived(engine, MechanismType::ECDH1_DERIVE, &key, &with_data, None);
    assert_eq!(refused, Err(EngineError::ParametersInvalid));
}

/// SEC 1 section 3.6.1, put together from the digest mechanism.
pub(crate) fn the_x963_function_hashes_secret_counter_and_data(engine: &dyn Engine) {
    let key = ec_private(engine, Curve::P384, 0x11).unwrap();
    let Some(KeyMaterial::EcPrivate { point, .. }) = ec_private(engine, Curve::P384, 0x22) else {
        panic!("P-384 has keys");
    };
    let id = MechanismType::ECDH1_DERIVE;
    let shared = derived(engine, id, &key, &ecdh(None, &[], point.clone()), None).unwrap();
    let hashes = [
        (HashAlgorithm::Sha1, MechanismType::SHA_1),
        (HashAlgorithm::Sha224, MechanismType::SHA224),
        (HashAlgorithm::Sha256, MechanismType::SHA256),
        (HashAlgorithm::Sha512, MechanismType::SHA512),
        (HashAlgorithm::Sha3_256, MechanismType::SHA3_256),
    ];
    for (hash, digest) in hashes {
        let block = |counter: u8| {
            let mut stream = mechanism(engine, digest).digesting().unwrap().stream();
            stream.update(&hex::decode(&shared).unwrap());
            stream.update(&[0, 0, 0, counter]);
            stream.update(b"shared data");
            hex::encode(stream.finish())
        };
        let expected = [block(1), block(2), block(3)].concat();
        let parameters = ecdh(Some(EcdhKdf::X963(hash)), b"shared data", point.clone());
        let len = expected.len() / 2 - 3;
        let made = derived(engine, id, &key, &parameters, Some(len)).unwrap();
        assert_eq!(made, expected[..2 * len], "{hash:?}");
        assert_eq!(derived(engine, id, &key, &parameters, None), Err(EngineError::DataLength), "{hash:?}");
    }
}

/// What OpenSSL 3.0 (`openssl kdf SSKDF`) and Python's `cryptography` 48 (`ConcatKDFHash`) derive from the secret of RFC
/// 7748 section 6.1, and OpenSSL's `X963KDF`.
pub(crate) fn key_derivation_functions_match_other_libraries(engine: &dyn Engine) {
    const SECRET: &str = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
    const PEER: &str = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";
    let published = [
        (
            EcdhKdf::Sp800(HashAlgorithm::Sha256),
            "ed2f23ae7587985c07ad3085e59a5666a39256e5a6a76ed1e94febb205dfc747\
             bb934cef1964dcb6a0ed14b886e978bd3ea44a9e24bb320484b02b6538d71359\
             f73b5aa74f55f305a1170e912ae665ca",
        ),
        (
            EcdhKdf::Sp800(HashAlgorithm::Sha3_512),
            "dd7b28616ca94c32a411e4d335e734fc119deec5adc4adbffac0d9683abce82e\
             cc23c9bf98197772dd0c80f8559a54569a1db28c76120deb4303f7b33b06624e\
             5e9ea4b7614c656e74c4c576ba70a791",
        ),
        (
            EcdhKdf::Sp800(HashAlgorithm::Sha1),
            "8b892b1b67a9556702ef73af5dc5397104e41b495c9bae556cf11fcbd965f7de\
             8cb1ab3085c401cf08f098343ef481c13899aa65431abd77c4873d8490101674\
             b2263a10e9a4152d169b06f18bf7cfba",
        ),
        (
            EcdhKdf::X963(HashAlgorithm::Sha256),
            "6dbc98e59c5ed1747869c51ceab987e5a40f77d659871a04c83ff883dc5d25fd\
             e20cb042f888c21d57ef79217fcc0a5d55eb35b97979dba038905440990c5b8e\
             5df717d26ae02fed795fac25e0d42dbb",
        ),
    ];
    for (kdf, expected) in published {
        let parameters = ecdh(Some(kdf), b"fixed info", hex::decode(PEER).unwrap());
        let made = derived(engine, MechanismType::ECDH1_DERIVE, &x25519(SECRET), &parameters, Some(80));
        assert_eq!(made.as_deref(), Ok(expected), "{kdf:?}");
    }
}

/// RFC 5869 appendix A.1: each step alone.
pub(crate) fn hkdf_takes_its_steps_apart(engine: &dyn Engine) {
    const EXTRACTED: &str = "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5";
    const EXPANDED: &str =
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865";
    let salt = || hex::decode("000102030405060708090a0b0c").unwrap();
    let hash = HashAlgorithm::Sha256;
    let base = secret(KeyType::GenericSecret, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b");
    for salt in [HkdfSalt::Data(salt()), HkdfSalt::Value(Arc::new(Secret::new(salt())))] {
        let extract = Parameters::Hkdf { hash, extract: Some(salt), expand: None };
        for id in [MechanismType::HKDF_DERIVE, MechanismType::HKDF_DATA] {
            assert_eq!(derived(engine, id, &base, &extract, None).unwrap(), EXTRACTED);
            assert_eq!(derived(engine, id, &base, &extract, Some(33)), Err(EngineError::DataLength));
        }
    }
    let info = hex::decode("f0f1f2f3f4f5f6f7f8f9").unwrap();
    let expand = Parameters::Hkdf { hash, extract: None, expand: Some(info) };
    let key = secret(KeyType::Hkdf, EXTRACTED);
    let derive = |len| derived(engine, MechanismType::HKDF_DERIVE, &key, &expand, len);
    assert_eq!(derive(Some(42)).unwrap(), EXPANDED);
    assert_eq!(derive(Some(255 * 32)).map(|derived| derived.len()), Ok(2 * 255 * 32));
    assert_eq!(derive(Some(255 * 32 + 1)), Err(EngineError::DataLength));
    assert_eq!(derive(None), Err(EngineError::DataLength));
    let neither = Parameters::Hkdf { hash, extract: None, expand: None };
    let refused = derived(engine, MechanismType::HKDF_DERIVE, &key, &neither, Some(16));
    assert_eq!(refused, Err(EngineError::ParametersInvalid));
}

/// RFC 6070, without its longest case.
pub(crate) fn pbkdf2_matches_rfc_6070(engine: &dyn Engine) {
    let cases: [(&[u8], &[u8], u32, &str); 5] = [
        (b"password", b"salt", 1, "0c60c80f961f0e71f3a9b524af6012062fe037a6"),
        (b"password", b"salt", 2, "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957"),
        (b"password", b"salt", 4096, "4b007901b765489abead49d926f721d065a429c1"),
        (
            b"passwordPASSWORDpassword",
            b"saltSALTsaltSALTsaltSALTsaltSALTsalt",
            4096,
            "3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038",
        ),
        (b"pass\0word", b"sa\0lt", 4096, "56fa6aa75548099dcc37d7f03425e0c3"),
    ];
    let generating = mechanism(engine, MechanismType::PKCS5_PBKD2).generating().unwrap();
    let made = |password: &[u8], salt: &[u8], iterations, key_type, len| {
        let password = Arc::new(Secret::copied(password));
        let parameters =
            Parameters::Pbkdf2 { hash: HashAlgorithm::Sha1, salt: salt.to_vec(), iterations, password };
        // Nothing is drawn: randomness need not be there.
        match generating.generate(&KeyRequest::Secret { key_type, len }, &parameters, &Dead) {
            Ok(KeyMaterial::Secret { value, .. }) => Ok(hex::encode(value.expose())),
            Ok(other) => panic!("{other:?} is no secret"),
            Err(error) => Err(error),
        }
    };
    for (password, salt, iterations, expected) in cases {
        let len = expected.len() / 2;
        let key = made(password, salt, iterations, KeyType::GenericSecret, len);
        assert_eq!(key.as_deref(), Ok(expected), "{iterations} iterations");
    }
    assert_eq!(made(b"x", b"y", 0, KeyType::GenericSecret, 32), Err(EngineError::ParametersInvalid));
    assert_eq!(made(b"x", b"y", 1, KeyType::Aes, 32).map(|key| key.len()), Ok(64));
    assert_eq!(made(b"x", b"y", 1, KeyType::Aes, 33), Err(EngineError::Unsupported));
}

/// SP 800-38A appendices F.1.1 and F.2.1.
pub(crate) fn encrypted_data_becomes_a_key(engine: &dyn Engine) {
    let key = secret(KeyType::Aes, "2b7e151628aed2a6abf7158809cf4f3c");
    let data = hex::decode("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51").unwrap();
    let (ecb, cbc) = (MechanismType::AES_ECB_ENCRYPT_DATA, MechanismType::AES_CBC_ENCRYPT_DATA);
    let cases = [
        (ecb, Vec::new(), "3ad77bb40d7a3660a89ecaf32466ef97f5d3d58503b9699de785895a96fdbaaf"),
        (cbc, (0..16).collect(), "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"),
    ];
    for (id, iv, expected) in cases {
        let told = |iv: &[u8], data: &[u8]| Parameters::EncryptData { iv: iv.to_vec(), data: data.to_vec() };
        let derive = |parameters, len| derived(engine, id, &key, &parameters, len);
        assert_eq!(derive(told(&iv, &data), None).unwrap(), expected);
        assert_eq!(derive(told(&iv, &data), Some(24)).unwrap(), expected[..48]);
        assert_eq!(derive(told(&iv, &data), Some(33)), Err(EngineError::DataLength));
        for parameters in [told(&iv, &data[1..]), told(&iv, &[]), told(&[0; 15], &data)] {
            assert_eq!(derive(parameters, None), Err(EngineError::ParametersInvalid), "{id}");
        }
    }
}
