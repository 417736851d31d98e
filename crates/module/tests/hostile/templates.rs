//! Templates: what objects are made of in earnest, and attributes with values of the wrong kind, the wrong length,
//! no memory or no end.

use cryptoki_sys::*;

use super::arguments::Scene;
use super::memory::{Block, FILL};
use super::pieces::BEYOND_MEMORY;

/// A DER object identifier: P-256.
pub(crate) const P256: [u8; 10] = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

/// Ed25519, then X25519 (RFC 8410 section 3).
pub(crate) const ED25519: [u8; 5] = [0x06, 0x03, 0x2b, 0x65, 0x70];
pub(crate) const X25519: [u8; 5] = [0x06, 0x03, 0x2b, 0x65, 0x6e];

/// What a value is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bool,
    Ulong,
    Bytes,
    Date,
    Template,
}

const ATTRIBUTES: &[(Kind, &[CK_ATTRIBUTE_TYPE])] = &[
    (
        Kind::Bool,
        &[
            CKA_TOKEN,
            CKA_PRIVATE,
            CKA_SENSITIVE,
            CKA_EXTRACTABLE,
            CKA_ENCRYPT,
            CKA_DECRYPT,
            CKA_SIGN,
            CKA_VERIFY,
            CKA_WRAP,
            CKA_UNWRAP,
            CKA_DERIVE,
            CKA_SIGN_RECOVER,
            CKA_VERIFY_RECOVER,
            CKA_ENCAPSULATE,
            CKA_DECAPSULATE,
            CKA_MODIFIABLE,
            CKA_COPYABLE,
            CKA_DESTROYABLE,
            CKA_TRUSTED,
            CKA_WRAP_WITH_TRUSTED,
            CKA_LOCAL,
            CKA_ALWAYS_AUTHENTICATE,
            CKA_ALWAYS_SENSITIVE,
            CKA_NEVER_EXTRACTABLE,
        ],
    ),
    (
        Kind::Ulong,
        &[
            CKA_CLASS,
            CKA_KEY_TYPE,
            CKA_CERTIFICATE_TYPE,
            CKA_CERTIFICATE_CATEGORY,
            CKA_VALUE_LEN,
            CKA_KEY_GEN_MECHANISM,
            CKA_PROFILE_ID,
            CKA_NAME_HASH_ALGORITHM,
            CKA_JAVA_MIDP_SECURITY_DOMAIN,
            CKA_OBJECT_VALIDATION_FLAGS,
            CKA_PARAMETER_SET,
            CKA_MODULUS_BITS,
        ],
    ),
    (
        Kind::Bytes,
        &[
            CKA_LABEL,
            CKA_ID,
            CKA_VALUE,
            CKA_APPLICATION,
            CKA_OBJECT_ID,
            CKA_SUBJECT,
            CKA_ISSUER,
            CKA_SERIAL_NUMBER,
            CKA_URL,
            CKA_HASH_OF_SUBJECT_PUBLIC_KEY,
            CKA_HASH_OF_ISSUER_PUBLIC_KEY,
            CKA_MODULUS,
            CKA_PUBLIC_EXPONENT,
            CKA_PRIVATE_EXPONENT,
            CKA_PRIME_1,
            CKA_PRIME_2,
            CKA_EXPONENT_1,
            CKA_EXPONENT_2,
            CKA_COEFFICIENT,
            CKA_EC_PARAMS,
            CKA_EC_POINT,
            CKA_PUBLIC_KEY_INFO,
            CKA_CHECK_VALUE,
            CKA_UNIQUE_ID,
            CKA_SEED,
            CKA_VENDOR_DEFINED,
            CKA_ALLOWED_MECHANISMS,
        ],
    ),
    (Kind::Date, &[CKA_START_DATE, CKA_END_DATE]),
    (
        Kind::Template,
        &[
            CKA_WRAP_TEMPLATE,
            CKA_UNWRAP_TEMPLATE,
            CKA_DERIVE_TEMPLATE,
            CKA_ENCAPSULATE_TEMPLATE,
            CKA_DECAPSULATE_TEMPLATE,
        ],
    ),
];

/// Numbers that attributes have or should not have. None starts work that takes long.
const NUMBERS: &[u64] =
    &[0, 1, 2, 3, 4, 16, 24, 32, 0x1f, 64, 512, 2047, 1 << 20, 1 << 31, 1 << 40, u64::MAX];

/// Stands for the mechanism where its first template has been made.
const NO_MORE: CK_MECHANISM_TYPE = CK_ULONG::MAX - 1;

/// How deep templates lie in one another.
const DEPTH: usize = 4;

/// What an object is made of.
pub(crate) type Plain = Vec<(CK_ATTRIBUTE_TYPE, Vec<u8>)>;

pub(crate) fn ulong(number: u64) -> Vec<u8> {
    number.to_ne_bytes().to_vec()
}

/// What the call's mechanism asks for, where it has one. A pair's public key comes first.
fn suiting(scene: &mut Scene<'_, '_>) -> Option<Plain> {
    let pair = match scene.mechanism.take()? {
        CKM_AES_KEY_GEN | CKM_GENERIC_SECRET_KEY_GEN => {
            return Some(vec![(CKA_VALUE_LEN, ulong(scene.feed.one_of(&[16, 32, 24, 48])))]);
        }
        CKM_EC_KEY_PAIR_GEN => (CKA_EC_PARAMS, P256.to_vec()),
        CKM_EC_EDWARDS_KEY_PAIR_GEN => (CKA_EC_PARAMS, ED25519.to_vec()),
        CKM_EC_MONTGOMERY_KEY_PAIR_GEN => (CKA_EC_PARAMS, X25519.to_vec()),
        CKM_ML_KEM_KEY_PAIR_GEN | CKM_ML_DSA_KEY_PAIR_GEN => (CKA_PARAMETER_SET, ulong(2)),
        CKM_RSA_PKCS_KEY_PAIR_GEN if scene.take_time() => (CKA_MODULUS_BITS, ulong(2048)),
        NO_MORE => return Some(Plain::new()),
        _ => return Some(derived(scene)),
    };
    scene.mechanism = Some(NO_MORE);
    Some(vec![pair])
}

/// A key that comes out of another one.
fn derived(scene: &mut Scene<'_, '_>) -> Plain {
    let (class, kind) = scene.feed.one_of(&[
        (CKO_SECRET_KEY, CKK_GENERIC_SECRET),
        (CKO_SECRET_KEY, CKK_AES),
        (CKO_PRIVATE_KEY, CKK_EC),
        (CKO_PRIVATE_KEY, CKK_RSA),
    ]);
    let mut values = vec![(CKA_CLASS, ulong(class)), (CKA_KEY_TYPE, ulong(kind))];
    if class == CKO_SECRET_KEY && scene.feed.once_in(2) {
        values.push((CKA_VALUE_LEN, ulong(scene.feed.one_of(&[32, 16, 24]))));
    }
    values
}

/// The values of an object that can be made, or of a key that can be generated.
fn plausible(scene: &mut Scene<'_, '_>) -> Plain {
    let class = |class: u64| (CKA_CLASS, ulong(class));
    let kind = |kind: u64| (CKA_KEY_TYPE, ulong(kind));
    if !scene.feed.once_in(4)
        && let Some(values) = suiting(scene)
    {
        return values;
    }
    let len = scene.feed.one_of(&[16, 32, 24, 64, 0, 1, 33]);
    let value = (CKA_VALUE, scene.feed.bytes(len));
    match scene.feed.below(14) {
        0 => vec![],
        1 => vec![class(CKO_DATA), value],
        2 => vec![class(CKO_SECRET_KEY), kind(CKK_AES), value],
        3 => vec![class(CKO_SECRET_KEY), kind(CKK_GENERIC_SECRET), value],
        4 => vec![class(CKO_PRIVATE_KEY), kind(CKK_EC), (CKA_EC_PARAMS, P256.to_vec()), value],
        5 => {
            vec![class(CKO_PUBLIC_KEY), kind(CKK_EC), (CKA_EC_PARAMS, P256.to_vec()), (CKA_EC_POINT, value.1)]
        }
        6 => vec![
            class(CKO_PUBLIC_KEY),
            kind(CKK_RSA),
            (CKA_MODULUS, value.1),
            (CKA_PUBLIC_EXPONENT, vec![1, 0, 1]),
        ],
        7 => vec![
            class(CKO_CERTIFICATE),
            (CKA_CERTIFICATE_TYPE, ulong(CKC_X_509)),
            (CKA_SUBJECT, vec![0x30, 0]),
            value,
        ],
        8 => vec![(CKA_VALUE_LEN, ulong(scene.feed.one_of(NUMBERS)))],
        9 => vec![(CKA_EC_PARAMS, scene.feed.one_of(&[&P256[..], &ED25519, &X25519]).to_vec())],
        10 => vec![(CKA_PARAMETER_SET, ulong(scene.feed.one_of(&[1, 2, 3, 0, 4])))],
        11 if scene.take_time() => vec![(CKA_MODULUS_BITS, ulong(2048))],
        12 => vec![class(CKO_SECRET_KEY), kind(CKK_AES), (CKA_VALUE_LEN, ulong(16))],
        _ => vec![class(scene.feed.one_of(&[
            CKO_SECRET_KEY,
            CKO_PROFILE,
            CKO_MECHANISM,
            CKO_HW_FEATURE,
            9,
            u64::MAX,
        ]))],
    }
}

/// The attributes of a template as the module reads them, three numbers each.
pub(crate) fn template(scene: &mut Scene<'_, '_>, depth: usize) -> Vec<u64> {
    let mut words = Vec::new();
    for (code, value) in if depth == 0 { plausible(scene) } else { Plain::new() } {
        let (start, len) = scene.given(&value);
        words.extend([code, start, len]);
    }
    for _ in 0..scene.feed.one_of(&[0, 0, 0, 1, 2, 3]) {
        let (kind, code) = attribute(scene);
        let (start, len) = match scene.feed.below(8) {
            1 => (0, scene.feed.one_of(&[0, 1, 8, BEYOND_MEMORY, u64::MAX])),
            2 => (scene.zeros(8), scene.feed.one_of(&[BEYOND_MEMORY, u64::MAX])),
            3 => {
                let len = scene.feed.below(50);
                (scene.zeros(len), len as u64)
            }
            _ => value(scene, kind, depth),
        };
        words.extend([code, start, len]);
    }
    words
}

fn attribute(scene: &mut Scene<'_, '_>) -> (Kind, CK_ATTRIBUTE_TYPE) {
    if scene.feed.once_in(16) {
        return (Kind::Bytes, u64::from(scene.feed.byte()) << 8);
    }
    let (kind, codes) = ATTRIBUTES[scene.feed.below(ATTRIBUTES.len())];
    (kind, scene.feed.one_of(codes))
}

fn value(scene: &mut Scene<'_, '_>, kind: Kind, depth: usize) -> (u64, u64) {
    let bytes = match kind {
        Kind::Bool => vec![scene.feed.one_of(&[1, 0, 2])],
        Kind::Ulong => ulong(scene.feed.one_of(NUMBERS)),
        Kind::Date => scene.feed.one_of(&[*b"20260101", *b"2026O1O1", [0xff; 8]]).to_vec(),
        Kind::Bytes => {
            let len = scene.feed.one_of(&[8, 0, 1, 16, 65, 300]);
            scene.feed.bytes(len)
        }
        Kind::Template if depth < DEPTH => return nested(scene, depth),
        Kind::Template => Vec::new(),
    };
    scene.given(&bytes)
}

/// A template in a template, which may hold itself.
fn nested(scene: &mut Scene<'_, '_>, depth: usize) -> (u64, u64) {
    if !scene.feed.once_in(4) {
        let words = template(scene, depth + 1);
        return (scene.words(&words), words.len() as u64 * 8);
    }
    let ring = Block::output(&[0; 24], 0);
    let start = ring.address();
    let code = scene.feed.one_of(&[CKA_WRAP_TEMPLATE, CKA_UNWRAP_TEMPLATE, CKA_DERIVE_TEMPLATE]);
    ring.write_words(&[code, start, 24]);
    scene.keep(ring);
    (start, 24)
}

/// Attributes to be asked for, each with the memory that its value may take.
pub(crate) fn wanted(scene: &mut Scene<'_, '_>) -> Vec<(CK_ATTRIBUTE_TYPE, Option<Block>, u64)> {
    let count = scene.feed.below(6);
    let mut wanted = Vec::new();
    for _ in 0..count {
        let (kind, code) = attribute(scene);
        let room = scene.feed.one_of(&[64, 8, 1, 0, 7, 300]);
        // Where attributes should lie in one another, there must be no stray pointer.
        let fill = if kind == Kind::Template { 0 } else { FILL };
        if scene.feed.once_in(4) {
            wanted.push((code, None, scene.feed.one_of(&[0, 8, BEYOND_MEMORY, u64::MAX])));
        } else {
            let shift = scene.feed.below(8);
            wanted.push((code, Some(Block::output(&vec![fill; room], shift)), room as u64));
        }
    }
    wanted
}
