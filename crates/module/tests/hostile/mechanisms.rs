//! Mechanisms with parameters of the right structure and hostile contents (PKCS #11 v3.2 chapter 6). A structure
//! leads to memory of the right length, to NULL, or claims a length that no memory has; a mechanism never gets
//! another one's structure, whose numbers it would have to take for pointers.

use cryptoki_sys::*;

use super::arguments::Scene;
use super::pieces::BEYOND_MEMORY;

/// What keys a mechanism goes with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// None, and all.
    Any,
    /// No key: digests.
    Digest,
    /// A key to be made, and a pair of keys.
    Generate,
    GeneratePair,
    Aes,
    ChaCha,
    Ec,
    Edwards,
    Montgomery,
    Rsa,
    Secret,
    MlKem,
    MlDsa,
}

/// What a mechanism's parameter is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Parameter {
    None,
    Iv(usize),
    Ulong,
    Aad,
    AesCbcData,
    Ccm,
    CcmWrap,
    ChaCha,
    ChaChaPoly,
    Context,
    Ctr,
    Ecdh,
    Eddsa,
    Gcm,
    GcmWrap,
    HashContext,
    Hkdf,
    Kdf108,
    Feedback108,
    Oaep,
    Pbkdf2,
    Pss,
    RsaAes,
    Text,
    TlsExtended,
    TlsKdf,
    TlsKeys,
    TlsMac,
    TlsMaster,
}

use Parameter as P;

/// Every mechanism that is tried, by the keys it goes with.
const MECHANISMS: &[(Family, Parameter, &[CK_MECHANISM_TYPE])] = &[
    (Family::Digest, P::None, &[CKM_SHA256, CKM_SHA_1, CKM_SHA384, CKM_SHA512]),
    (Family::Digest, P::None, &[CKM_MD5, CKM_SHA224, CKM_SHA3_256, CKM_SHA512_256]),
    (Family::Generate, P::None, &[CKM_AES_KEY_GEN, CKM_GENERIC_SECRET_KEY_GEN]),
    (Family::Generate, P::None, &[CKM_CHACHA20_KEY_GEN, CKM_HKDF_KEY_GEN]),
    (Family::Generate, P::None, &[CKM_SHA_1_KEY_GEN, CKM_SHA256_KEY_GEN, CKM_SHA3_512_KEY_GEN]),
    (Family::Generate, P::Pbkdf2, &[CKM_PKCS5_PBKD2]),
    (Family::GeneratePair, P::None, &[CKM_EC_KEY_PAIR_GEN, CKM_EC_EDWARDS_KEY_PAIR_GEN]),
    (Family::GeneratePair, P::None, &[CKM_EC_MONTGOMERY_KEY_PAIR_GEN, CKM_RSA_PKCS_KEY_PAIR_GEN]),
    (Family::GeneratePair, P::None, &[CKM_ML_KEM_KEY_PAIR_GEN, CKM_ML_DSA_KEY_PAIR_GEN]),
    (Family::Aes, P::None, &[CKM_AES_ECB, CKM_AES_CMAC, CKM_AES_KEY_WRAP, CKM_AES_KEY_WRAP_KWP]),
    (Family::Aes, P::Iv(16), &[CKM_AES_CBC, CKM_AES_CBC_PAD, CKM_AES_GMAC, CKM_AES_CTS]),
    (Family::Aes, P::Iv(8), &[CKM_AES_KEY_WRAP, CKM_AES_KEY_WRAP_PAD]),
    (Family::Aes, P::Iv(4), &[CKM_AES_KEY_WRAP_KWP]),
    (Family::Aes, P::Ulong, &[CKM_AES_CMAC_GENERAL]),
    (Family::Aes, P::Ctr, &[CKM_AES_CTR]),
    (Family::Aes, P::Gcm, &[CKM_AES_GCM]),
    (Family::Aes, P::Ccm, &[CKM_AES_CCM]),
    (Family::Aes, P::GcmWrap, &[CKM_AES_GCM]),
    (Family::Aes, P::CcmWrap, &[CKM_AES_CCM]),
    (Family::Aes, P::Text, &[CKM_AES_ECB_ENCRYPT_DATA]),
    (Family::Aes, P::AesCbcData, &[CKM_AES_CBC_ENCRYPT_DATA]),
    (Family::ChaCha, P::ChaChaPoly, &[CKM_CHACHA20_POLY1305]),
    (Family::ChaCha, P::ChaCha, &[CKM_CHACHA20]),
    (Family::Ec, P::None, &[CKM_ECDSA, CKM_ECDSA_SHA1, CKM_ECDSA_SHA256, CKM_ECDSA_SHA3_256]),
    (Family::Ec, P::Ecdh, &[CKM_ECDH1_DERIVE, CKM_ECDH1_COFACTOR_DERIVE]),
    (Family::Edwards, P::Eddsa, &[CKM_EDDSA]),
    (Family::Montgomery, P::Ecdh, &[CKM_ECDH1_DERIVE]),
    (Family::Rsa, P::None, &[CKM_RSA_PKCS, CKM_RSA_X_509, CKM_SHA1_RSA_PKCS, CKM_SHA256_RSA_PKCS]),
    (Family::Rsa, P::Pss, &[CKM_RSA_PKCS_PSS, CKM_SHA256_RSA_PKCS_PSS, CKM_SHA512_RSA_PKCS_PSS]),
    (Family::Rsa, P::Oaep, &[CKM_RSA_PKCS_OAEP]),
    (Family::Rsa, P::RsaAes, &[CKM_RSA_AES_KEY_WRAP]),
    (
        Family::Secret,
        P::None,
        &[CKM_SHA_1_HMAC, CKM_SHA256_HMAC, CKM_SHA512_HMAC, CKM_SHA3_256_HMAC, CKM_MD5_HMAC],
    ),
    (Family::Secret, P::Ulong, &[CKM_SHA256_HMAC_GENERAL, CKM_SHA512_HMAC_GENERAL, CKM_EXTRACT_KEY_FROM_KEY]),
    (Family::Secret, P::Ulong, &[CKM_CONCATENATE_BASE_AND_KEY]),
    (Family::Secret, P::Text, &[CKM_CONCATENATE_BASE_AND_DATA, CKM_CONCATENATE_DATA_AND_BASE]),
    (Family::Secret, P::Text, &[CKM_XOR_BASE_AND_DATA]),
    (Family::Secret, P::None, &[CKM_SHA256_KEY_DERIVATION]),
    (Family::Secret, P::Hkdf, &[CKM_HKDF_DERIVE, CKM_HKDF_DATA]),
    (Family::Secret, P::Kdf108, &[CKM_SP800_108_COUNTER_KDF, CKM_SP800_108_DOUBLE_PIPELINE_KDF]),
    (Family::Secret, P::Feedback108, &[CKM_SP800_108_FEEDBACK_KDF]),
    (Family::Secret, P::TlsMaster, &[CKM_TLS12_MASTER_KEY_DERIVE, CKM_TLS12_MASTER_KEY_DERIVE_DH]),
    (Family::Secret, P::TlsExtended, &[CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE]),
    (Family::Secret, P::TlsKeys, &[CKM_TLS12_KEY_AND_MAC_DERIVE, CKM_TLS12_KEY_SAFE_DERIVE]),
    (Family::Secret, P::TlsKdf, &[CKM_TLS12_KDF]),
    (Family::Secret, P::TlsMac, &[CKM_TLS12_MAC]),
    (Family::MlKem, P::None, &[CKM_ML_KEM]),
    (Family::MlDsa, P::Context, &[CKM_ML_DSA, CKM_HASH_ML_DSA_SHA256]),
    (Family::MlDsa, P::HashContext, &[CKM_HASH_ML_DSA]),
    (Family::Any, P::None, &[CKM_DES3_CBC, CKM_DSA, CKM_DH_PKCS_DERIVE]),
    (Family::Any, P::Aad, &[CKM_VENDOR_DEFINED, CK_ULONG::MAX]),
];

const HASHES: &[u64] = &[
    CKM_SHA256,
    CKM_SHA_1,
    CKM_SHA384,
    CKM_SHA512,
    CKM_SHA3_256,
    CKM_MD5,
    CKM_SHA256_HMAC,
    CKM_TLS_PRF,
    0,
    u64::MAX,
];

/// A mechanism for keys of a family: its number, and where its parameter is and how long that says it is.
pub(crate) fn mechanism(scene: &mut Scene<'_, '_>, family: Family) -> (CK_MECHANISM_TYPE, u64, u64) {
    let of_family = MECHANISMS.iter().filter(|(own, ..)| *own == family).count();
    let (_, parameter, codes) = if family == Family::Any || scene.feed.once_in(8) {
        MECHANISMS[scene.feed.below(MECHANISMS.len())]
    } else {
        let chosen = scene.feed.below(of_family);
        MECHANISMS.iter().filter(|(own, ..)| *own == family).nth(chosen).copied().unwrap_or(MECHANISMS[0])
    };
    let code = scene.feed.one_of(codes);
    scene.mechanism = Some(code);
    let (place, len) = match scene.feed.below(24) {
        1 => (0, scene.feed.one_of(&[0, 1, 16, 48, BEYOND_MEMORY, u64::MAX])),
        2 => {
            let len = scene.feed.below(128);
            (scene.zeros(len), len as u64)
        }
        3 => (scene.zeros(24), u64::MAX),
        _ => fill(scene, parameter),
    };
    (code, place, len)
}

/// A parameter of the right structure.
fn fill(scene: &mut Scene<'_, '_>, parameter: Parameter) -> (u64, u64) {
    let words = match parameter {
        P::None => return (0, 0),
        P::Iv(len) => return scene.known_bytes(len),
        P::Aad => return scene.range(),
        P::AesCbcData => {
            let data = scene.range();
            vec![scene.number(), scene.number(), data.0, data.1]
        }
        P::Ctr => {
            vec![scene.feed.one_of(&[128, 0, 1, 32, 64, 129, u64::MAX]), scene.number(), scene.number()]
        }
        P::Ulong if scene.feed.once_in(3) => vec![scene.object()],
        P::Ulong => vec![scene.number()],
        P::Text => pair(scene),
        P::Ccm | P::ChaCha | P::ChaChaPoly | P::Gcm => cipher(scene, parameter),
        P::CcmWrap | P::GcmWrap => wrapping(scene, parameter),
        P::Context | P::HashContext | P::Eddsa | P::Oaep | P::Pss | P::RsaAes => signing(scene, parameter),
        P::Ecdh | P::Hkdf | P::Pbkdf2 | P::Kdf108 | P::Feedback108 => derivation(scene, parameter),
        P::TlsExtended | P::TlsKdf | P::TlsKeys | P::TlsMac | P::TlsMaster => tls(scene, parameter),
    };
    (scene.words(&words), words.len() as u64 * 8)
}

fn pair(scene: &mut Scene<'_, '_>) -> Vec<u64> {
    let (start, len) = scene.range();
    vec![start, len]
}

fn cipher(scene: &mut Scene<'_, '_>, parameter: Parameter) -> Vec<u64> {
    let (nonce, nonce_len) = if scene.feed.once_in(4) { scene.range() } else { scene.known_bytes(12) };
    let (aad, aad_len) = scene.range();
    let tag = scene.feed.one_of(&[16, 8, 4, 0, 1, 17, 128, 96, 129, u64::MAX]);
    match parameter {
        P::Ccm => vec![scene.number(), nonce, nonce_len, aad, aad_len, tag],
        P::ChaChaPoly => vec![nonce, nonce_len, aad, aad_len],
        P::ChaCha => vec![
            scene.zeros(8),
            scene.feed.one_of(&[32, 64]),
            scene.zeros(24),
            scene.feed.one_of(&[96, 64, 192]),
        ],
        _ => {
            let bits = scene.feed.one_of(&[nonce_len.wrapping_mul(8), 0, 96, u64::MAX]);
            vec![nonce, nonce_len, bits, aad, aad_len, if tag == 16 { 128 } else { tag }]
        }
    }
}

/// How a key is wrapped, with a vector that the token may write.
fn wrapping(scene: &mut Scene<'_, '_>, parameter: Parameter) -> Vec<u64> {
    let len = scene.feed.one_of(&[12, 7, 13, 0, 1, 64]);
    let iv = scene.written(len);
    let fixed = scene.feed.one_of(&[0, 32, 96, 1, u64::MAX]);
    let generator =
        scene.feed.one_of(&[CKG_NO_GENERATE, CKG_GENERATE, CKG_GENERATE_COUNTER, CKG_GENERATE_RANDOM, 9]);
    let (aad, aad_len) = scene.range();
    let tag = scene.feed.one_of(&[16, 8, 0, 1, 17, u64::MAX]);
    let mut words = vec![iv, len as u64, fixed, generator, aad, aad_len];
    if parameter == P::CcmWrap {
        words.insert(0, scene.number());
        words.push(tag);
    } else {
        words.push(tag.saturating_mul(8));
    }
    words
}

fn signing(scene: &mut Scene<'_, '_>, parameter: Parameter) -> Vec<u64> {
    let (data, len) = scene.range();
    let hash = scene.feed.one_of(HASHES);
    let mgf =
        scene.feed.one_of(&[CKG_MGF1_SHA256, CKG_MGF1_SHA1, CKG_MGF1_SHA512, CKG_MGF1_SHA3_256, 0, u64::MAX]);
    let oaep = [hash, mgf, scene.feed.one_of(&[CKZ_DATA_SPECIFIED, 0, u64::MAX]), data, len];
    match parameter {
        P::Eddsa => vec![scene.feed.one_of(&[0, 1, 0xff]), len, data],
        P::Oaep => oaep.to_vec(),
        P::RsaAes => vec![
            scene.feed.one_of(&[256, 128, 0, 255, u64::MAX]),
            if scene.feed.once_in(4) { 0 } else { scene.words(&oaep) },
        ],
        P::Pss => vec![hash, mgf, scene.feed.one_of(&[32, 20, 64, 0, 255, 1 << 32, u64::MAX])],
        P::HashContext => vec![scene.feed.one_of(&[0, 1, 2, 3]), data, len, hash],
        _ => vec![
            scene.feed.one_of(&[CKH_HEDGE_PREFERRED, CKH_HEDGE_REQUIRED, CKH_DETERMINISTIC_REQUIRED, 9]),
            data,
            len,
        ],
    }
}

fn derivation(scene: &mut Scene<'_, '_>, parameter: Parameter) -> Vec<u64> {
    let hash = scene.feed.one_of(HASHES);
    let (first, second) = (scene.range(), scene.range());
    match parameter {
        P::Ecdh => {
            let kdf = scene.feed.one_of(&[
                CKD_NULL,
                CKD_SHA256_KDF,
                CKD_SHA1_KDF,
                CKD_SHA256_KDF_SP800,
                CKD_SHA3_512_KDF_SP800,
                0,
                u64::MAX,
            ]);
            let point = if scene.feed.once_in(4) { second } else { scene.point() };
            vec![kdf, first.1, first.0, point.1, point.0]
        }
        P::Hkdf => {
            let steps = scene.feed.one_of(&[0x0101, 0x0100, 0x0001, 0, 0xffff]);
            let salt =
                scene.feed.one_of(&[CKF_HKDF_SALT_NULL, CKF_HKDF_SALT_DATA, CKF_HKDF_SALT_KEY, 0, u64::MAX]);
            vec![steps, hash, salt, first.0, first.1, scene.object(), second.0, second.1]
        }
        P::Pbkdf2 => {
            let source = scene.feed.one_of(&[CKZ_SALT_SPECIFIED, 0, u64::MAX]);
            let times = scene.feed.one_of(&[1, 1000, 0, u64::MAX]);
            let prf =
                scene.feed.one_of(&[CKP_PKCS5_PBKD2_HMAC_SHA256, CKP_PKCS5_PBKD2_HMAC_SHA1, 0, u64::MAX]);
            vec![source, first.0, first.1, times, prf, 0, 0, second.0, second.1]
        }
        _ => {
            let (parts, count) = parts_108(scene);
            let prf = scene.feed.one_of(&[CKM_SHA256_HMAC, CKM_AES_CMAC, CKM_SHA_1_HMAC, 0]);
            let mut words = vec![prf, count, parts];
            if matches!(parameter, P::Feedback108) {
                words.extend([first.1, first.0]);
            }
            let (template, len) = scene.template::<u8>();
            let more = [template.expose_provenance() as u64, len, scene.written(8)];
            words.extend(if scene.feed.once_in(4) { [1, scene.words(&more)] } else { [0, 0] });
            words
        }
    }
}

/// What goes into a derivation of SP 800-108, each part with its own structure.
fn parts_108(scene: &mut Scene<'_, '_>) -> (u64, u64) {
    let count = scene.feed.below(4);
    let mut words = Vec::new();
    for _ in 0..count {
        let kind = scene.feed.one_of(&[
            CK_SP800_108_ITERATION_VARIABLE,
            CK_SP800_108_COUNTER,
            CK_SP800_108_DKM_LENGTH,
            CK_SP800_108_BYTE_ARRAY,
            CK_SP800_108_KEY_HANDLE,
            u64::MAX,
        ]);
        let width = scene.feed.one_of(&[8, 16, 24, 32, 0, 33, u64::MAX]);
        let value = match kind {
            CK_SP800_108_BYTE_ARRAY => scene.range(),
            CK_SP800_108_DKM_LENGTH => {
                let method = scene.feed.one_of(&[CK_SP800_108_DKM_LENGTH_SUM_OF_KEYS, 2, 0]);
                (scene.words(&[method, 1, width]), 24)
            }
            CK_SP800_108_KEY_HANDLE => {
                let key = scene.object();
                (scene.words(&[key]), 8)
            }
            _ if scene.feed.once_in(3) => (0, 0),
            _ => (scene.words(&[0, width]), 16),
        };
        words.extend([kind, value.0, value.1]);
    }
    let claimed = if scene.feed.once_in(16) { u64::MAX } else { count as u64 };
    (scene.words(&words), claimed)
}

fn tls(scene: &mut Scene<'_, '_>, parameter: Parameter) -> Vec<u64> {
    let hash = scene.feed.one_of(HASHES);
    let (client, server, data) = (scene.range(), scene.range(), scene.range());
    let version = if scene.feed.once_in(3) { 0 } else { scene.written(2) };
    match parameter {
        P::TlsMaster => vec![client.0, client.1, server.0, server.1, version, hash],
        P::TlsExtended => vec![hash, data.0, data.1, version],
        P::TlsMac => {
            vec![hash, scene.feed.one_of(&[12, 0, 32, 64, u64::MAX]), scene.feed.one_of(&[1, 2, 0, 3])]
        }
        P::TlsKdf => vec![hash, data.0, data.1, client.0, client.1, server.0, server.1, 0, 0],
        _ => {
            let bits = [0, 128, 160, 256, 7, u64::MAX];
            let [mac, key, iv] = std::array::from_fn(|_| scene.feed.one_of(&bits));
            let ivs = [scene.written(32), scene.written(32)];
            let keys = scene.written_words(&[0, 0, 0, 0, ivs[0], ivs[1]]);
            let keys = if scene.feed.once_in(4) { 0 } else { keys };
            vec![mac, key, iv, 0, client.0, client.1, server.0, server.1, keys, hash]
        }
    }
}
