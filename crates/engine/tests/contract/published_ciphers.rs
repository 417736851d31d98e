//! Published examples of ciphers and MACs, and the edges of their parameters.

use portcullis_token::{Engine, EngineError, KeyMaterial, KeyType, MechanismType, Parameters, Secret};

use crate::ciphers::Sample;
use crate::fixtures::{Repeatable, mechanism};

/// A mechanism with a symmetric key.
fn sample(engine: &dyn Engine, id: MechanismType, key: &str) -> Sample {
    let mechanism = mechanism(engine, id);
    let key_type = mechanism.key_types()[0];
    let key = KeyMaterial::Secret { key_type, value: Secret::new(hex::decode(key).unwrap()) };
    let (encrypting, decrypting) = (mechanism.encrypting().unwrap(), mechanism.decrypting().unwrap());
    let lock = encrypting.loader().load(&key).unwrap();
    let unlock = decrypting.loader().load(&key).unwrap();
    Sample { id, encrypting, decrypting, lock, unlock }
}

fn both_ways(
    engine: &dyn Engine,
    id: MechanismType,
    key: &str,
    parameters: &Parameters,
    plain: &str,
    cipher: &str,
) {
    let sample = sample(engine, id, key);
    let plaintext = hex::decode(plain).unwrap();
    let ciphertext = sample.encrypt(parameters, &plaintext).unwrap();
    assert_eq!(hex::encode(&ciphertext), cipher.to_lowercase(), "{id}");
    assert_eq!(sample.decrypt(parameters, &ciphertext), Ok(plaintext), "{id}");
}

const AES_128: &str = "2b7e151628aed2a6abf7158809cf4f3c";
const AES_192: &str = "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b";
const AES_256: &str = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";

/// NIST SP 800-38A appendix F: four blocks.
const PLAIN: &str = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51\
                     30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";

pub(crate) fn block_modes(engine: &dyn Engine) {
    use MechanismType as M;
    let iv = Parameters::Iv((0..16).collect());
    let block = std::array::from_fn(|index| 0xf0 + index as u8);
    let counter = Parameters::Counter { bits: 128, block };
    let none = Parameters::None;
    let examples = [
        (
            (M::AES_ECB, AES_128, &none),
            "3ad77bb40d7a3660a89ecaf32466ef97f5d3d58503b9699de785895a96fdbaaf\
             43b1cd7f598ece23881b00e3ed0306887b0c785e27e8ad3f8223207104725dd4",
        ),
        (
            (M::AES_ECB, AES_192, &none),
            "bd334f1d6e45f25ff712a214571fa5cc974104846d0ad3ad7734ecb3ecee4eef\
             ef7afd2270e2e60adce0ba2face6444e9a4b41ba738d6c72fb16691603c18e0e",
        ),
        (
            (M::AES_ECB, AES_256, &none),
            "f3eed1bdb5d2a03c064b5a7e3db181f8591ccb10d410ed26dc5ba74a31362870\
             b6ed21b99ca6f4f9f153e7b1beafed1d23304b7a39f9f3ff067d8d8f9e24ecc7",
        ),
        (
            (M::AES_CBC, AES_128, &iv),
            "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2\
             73bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7",
        ),
        (
            (M::AES_CBC, AES_256, &iv),
            "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d\
             39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b",
        ),
        (
            (M::AES_CTR, AES_128, &counter),
            "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff\
             5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee",
        ),
        (
            (M::AES_CTR, AES_256, &counter),
            "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5\
             2b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6",
        ),
    ];
    for ((id, key, parameters), ciphertext) in examples {
        both_ways(engine, id, key, parameters, PLAIN, ciphertext);
    }
}

pub(crate) fn a_counter_is_not_used_twice(engine: &dyn Engine) {
    let sample = sample(engine, MechanismType::AES_CTR, AES_128);
    let counter = |bits, last| {
        let mut block = [0xab; 16];
        block[15] = last;
        Parameters::Counter { bits, block }
    };
    let refused = Err(EngineError::DataLength);
    // Of a counter of 8 bits at 254 two blocks are left, of one of 1 bit at 1 (0xab ends in 1) one.
    for (parameters, most) in [(counter(8, 254), 32), (counter(1, 0xab), 16), (counter(4, 0xf0), 256)] {
        assert_eq!(sample.encrypt(&parameters, &vec![0; most]).map(|out| out.len()), Ok(most));
        assert_eq!(sample.encrypt(&parameters, &vec![0; most + 1]).map(|_| ()), refused);
        assert_eq!(sample.decrypt(&parameters, &vec![0; most + 1]).map(|_| ()), refused);
        let mut stream = sample.encrypting.stream(&sample.lock, &parameters).unwrap();
        let mut out = vec![0; most];
        stream.update(&vec![0; most], &mut out).unwrap();
        assert_eq!(stream.update(&[0], &mut [0]), refused);
    }
    for bits in [0, 129, u32::MAX] {
        let invalid = Err(EngineError::ParametersInvalid);
        assert_eq!(sample.encrypting.check(&sample.lock, &counter(bits, 0)), invalid, "{bits}");
    }
}

pub(crate) fn ccm_parameters(engine: &dyn Engine) {
    let terms =
        |data_len, nonce: Vec<u8>, aad: Vec<u8>, tag_len| Parameters::Ccm { data_len, nonce, aad, tag_len };
    // NIST SP 800-38C appendix C, example 1.
    both_ways(
        engine,
        MechanismType::AES_CCM,
        "404142434445464748494a4b4c4d4e4f",
        &terms(4, (0x10..0x17).collect(), (0..8).collect(), 4),
        "20212223",
        "7162015b4dac255d",
    );
    let sample = sample(engine, MechanismType::AES_CCM, AES_128);
    let invalid = Err(EngineError::ParametersInvalid);
    for (nonce, tag) in [(6, 8), (14, 8), (0, 8), (12, 2), (12, 5), (12, 18), (12, 0)] {
        let parameters = terms(4, vec![0; nonce], Vec::new(), tag);
        assert_eq!(sample.encrypting.check(&sample.lock, &parameters), invalid, "{nonce} {tag}");
    }
    assert_eq!(sample.encrypting.check(&sample.lock, &terms(0x1_0000, vec![0; 13], Vec::new(), 8)), invalid);
    let four = terms(4, vec![0; 13], Vec::new(), 8);
    let length = Err(EngineError::DataLength);
    assert_eq!(sample.encrypt(&four, &[0; 5]).map(|_| ()), length);
    assert_eq!(sample.encrypt(&four, &[0; 3]).map(|_| ()), length);
    assert_eq!(sample.decrypt(&four, &[0; 13]).map(|_| ()), length);
    assert_eq!(sample.decrypt(&four, &[0; 7]).map(|_| ()), length);
}

pub(crate) fn gcm_parameters(engine: &dyn Engine) {
    let sample = sample(engine, MechanismType::AES_GCM, AES_192);
    let terms = |iv, tag_len| Parameters::Gcm { iv: vec![1; iv], aad: vec![2; 7], tag_len };
    let whole = sample.encrypt(&terms(12, 16), b"message").unwrap();
    for tag_len in [4, 8, 12, 13, 14, 15, 16] {
        let cut = sample.encrypt(&terms(12, tag_len), b"message").unwrap();
        assert_eq!(cut, whole[..7 + tag_len], "a tag is cut from its end");
        assert_eq!(sample.decrypt(&terms(12, tag_len), &cut), Ok(b"message".to_vec()));
        let mut wrong = cut;
        wrong[7] ^= 1;
        assert_eq!(sample.decrypt(&terms(12, tag_len), &wrong), Err(EngineError::DecryptionFailed));
    }
    for iv in [1, 8, 16, 17, 256] {
        let ciphertext = sample.encrypt(&terms(iv, 16), b"message").unwrap();
        assert_eq!(sample.decrypt(&terms(iv, 16), &ciphertext), Ok(b"message".to_vec()), "{iv}");
    }
    let invalid = Err(EngineError::ParametersInvalid);
    for (iv, tag_len) in [(0, 16), (257, 16), (12, 0), (12, 5), (12, 11), (12, 17)] {
        assert_eq!(sample.encrypting.check(&sample.lock, &terms(iv, tag_len)), invalid, "{iv} {tag_len}");
    }
}

pub(crate) fn key_wrapping(engine: &dyn Engine) {
    use MechanismType as M;
    let kek = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    let data = "00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f";
    let none = Parameters::None;
    // RFC 3394 sections 4.1 and 4.6.
    let (short, long) = (&data[..32], data);
    let wrapped = "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5";
    both_ways(engine, M::AES_KEY_WRAP, &kek[..32], &none, short, wrapped);
    let wrapped = "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21";
    both_ways(engine, M::AES_KEY_WRAP, kek, &none, long, wrapped);
    // RFC 5649 section 6.
    let kek = "5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8";
    for id in [M::AES_KEY_WRAP_KWP, M::AES_KEY_WRAP_PAD] {
        for parameters in [&none, &Parameters::Iv(vec![0xa6, 0x59, 0x59, 0xa6])] {
            let wrapped = "138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a";
            both_ways(engine, id, kek, parameters, "c37b7e6492584340bed12207808941155068f738", wrapped);
            let wrapped = "afbeb0f07dfbf5419200f2ccb50bb24f";
            both_ways(engine, id, kek, parameters, "466f7250617369", wrapped);
        }
    }
    let plain = sample(engine, M::AES_KEY_WRAP, kek);
    let other = Parameters::Iv(vec![1; 8]);
    let wrapped = plain.encrypt(&other, &[9; 16]).unwrap();
    assert_eq!(plain.decrypt(&other, &wrapped), Ok(vec![9; 16]));
    assert_eq!(plain.decrypt(&none, &wrapped), Err(EngineError::DecryptionFailed));
    for len in [0, 8, 15, 17] {
        assert_eq!(plain.encrypt(&none, &vec![0; len]).map(|_| ()), Err(EngineError::DataLength), "{len}");
    }
}

fn tag(
    engine: &dyn Engine,
    id: MechanismType,
    key: &[u8],
    parameters: &Parameters,
    message: &[u8],
) -> String {
    let signing = mechanism(engine, id).signing().unwrap();
    let key_type = mechanism(engine, id).key_types()[0];
    let key = KeyMaterial::Secret { key_type, value: Secret::copied(key) };
    let key = signing.loader().load(&key).unwrap();
    hex::encode(signing.sign(&key, parameters, message, &Repeatable::new(1)).unwrap())
}

pub(crate) fn macs(engine: &dyn Engine) {
    use MechanismType as M;
    // NIST SP 800-38B appendix D.1.
    let (key, message) = (hex::decode(AES_128).unwrap(), hex::decode(PLAIN).unwrap());
    for (len, expected) in [
        (0, "bb1d6929e95937287fa37d129b756746"),
        (16, "070a16b46b4d4144f79bdd9dd04a287c"),
        (40, "dfa66747de9ae63030ca32611497c827"),
        (64, "51f0bebf7e3b9d92fc49741779363cfe"),
    ] {
        assert_eq!(tag(engine, M::AES_CMAC, &key, &Parameters::None, &message[..len]), expected);
        let cut = tag(engine, M::AES_CMAC_GENERAL, &key, &Parameters::MacLen(5), &message[..len]);
        assert_eq!(cut, expected[..10]);
    }
    // GCM's first test case (McGrew and Viega) has neither data nor anything that is authenticated.
    let gmac = Parameters::Gcm { iv: vec![0; 12], aad: Vec::new(), tag_len: 16 };
    assert_eq!(tag(engine, M::AES_GMAC, &[0; 16], &gmac, &[]), "58e2fccefa7e3061367f1d57a4e7455a");
    // NIST's examples of HMAC with SHA-3: a key of the digest's length.
    let sample = b"Sample message for keylen<blocklen";
    for (id, cut, expected) in [
        (
            M::SHA3_224_HMAC,
            M::SHA3_224_HMAC_GENERAL,
            "332cfd59347fdb8e576e77260be4aba2d6dc53117b3bfb52c6d18c04",
        ),
        (
            M::SHA3_256_HMAC,
            M::SHA3_256_HMAC_GENERAL,
            "4fe8e202c4f058e8dddc23d8c34e467343e23555e24fc2f025d598f558f67205",
        ),
        (
            M::SHA3_384_HMAC,
            M::SHA3_384_HMAC_GENERAL,
            "d588a3c51f3f2d906e8298c1199aa8ff6296218127f6b38a90b6afe2c5617725\
             bc99987f79b22a557b6520db710b7f42",
        ),
        (
            M::SHA3_512_HMAC,
            M::SHA3_512_HMAC_GENERAL,
            "4efd629d6c71bf86162658f29943b1c308ce27cdfa6db0d9c3ce81763f9cbce5\
             f7ebe9868031db1a8f8eb7b6b95e5c5e3f657a8996c86a2f6527e307f0213196",
        ),
    ] {
        let key: Vec<u8> = (0..).take(expected.len() / 2).collect();
        assert_eq!(tag(engine, id, &key, &Parameters::None, sample), expected, "{id}");
        assert_eq!(tag(engine, cut, &key, &Parameters::MacLen(9), sample), expected[..18], "{cut}");
        let signing = mechanism(engine, cut).signing().unwrap();
        let key = KeyMaterial::Secret { key_type: KeyType::GenericSecret, value: Secret::copied(&key) };
        let key = signing.loader().load(&key).unwrap();
        for len in [0, expected.len() / 2 + 1, usize::MAX] {
            let refused = signing.signature_len(&key, &Parameters::MacLen(len));
            assert_eq!(refused, Err(EngineError::ParametersInvalid), "{cut}: {len}");
        }
    }
}
