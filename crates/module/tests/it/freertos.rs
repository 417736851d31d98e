//! What a device of FreeRTOS asks of its token: credentials under well-known labels, imported or generated with the
//! fewest attributes, found again by label and class, used for TLS and destroyed; and several tasks at once.

use std::{ptr, thread};

use cryptoki_sys::*;

use crate::support::{Module, P256, attribute, c, mechanism};

const PRIVATE_LABEL: &str = "Device Priv TLS Key";
const PUBLIC_LABEL: &str = "Device Pub TLS Key";
const CERTIFICATE_LABEL: &str = "Device Cert";
const LABELS: [(&str, CK_OBJECT_CLASS); 3] =
    [(PRIVATE_LABEL, CKO_PRIVATE_KEY), (PUBLIC_LABEL, CKO_PUBLIC_KEY), (CERTIFICATE_LABEL, CKO_CERTIFICATE)];

/// The head of PKCS #1's DigestInfo of SHA-256 (RFC 8017 section 9.2).
const SHA256_INFO: &[u8] = b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20";

const CERTIFICATE: &[u8] = include_bytes!("../../../token/testdata/device.cert.der");
const P256_SEC1: &[u8] = include_bytes!("../../../token/testdata/p256.sec1.der");
const RSA_PKCS1: &[u8] = include_bytes!("../../../token/testdata/rsa-2048.pkcs1.der");

/// A template's types and values.
type Values<'a> = &'a [(CK_ATTRIBUTE_TYPE, &'a [u8])];

/// The attributes as C takes them; their values are only read.
fn template(values: Values<'_>) -> Vec<CK_ATTRIBUTE> {
    let attribute = |(kind, value): &(CK_ATTRIBUTE_TYPE, &[u8])| CK_ATTRIBUTE {
        type_: *kind,
        pValue: value.as_ptr().cast_mut().cast(),
        ulValueLen: value.len() as CK_ULONG,
    };
    values.iter().map(attribute).collect()
}

fn create(module: &Module, session: CK_SESSION_HANDLE, values: Values<'_>) -> CK_OBJECT_HANDLE {
    let (mut template, mut object) = (template(values), 0);
    let len = template.len() as CK_ULONG;
    assert_eq!(c!(module, C_CreateObject(session, template.as_mut_ptr(), len, &raw mut object)), CKR_OK);
    assert_ne!(object, CK_INVALID_HANDLE);
    object
}

/// The first object with a label and a class; `CK_INVALID_HANDLE` when there is none, which is no error.
fn find(
    module: &Module,
    session: CK_SESSION_HANDLE,
    label: &str,
    class: CK_OBJECT_CLASS,
) -> CK_OBJECT_HANDLE {
    let class = class.to_ne_bytes();
    let mut wanted = template(&[(CKA_LABEL, label.as_bytes()), (CKA_CLASS, &class)]);
    let (mut found, mut count) = (CK_INVALID_HANDLE, 9);
    assert_eq!(c!(module, C_FindObjectsInit(session, wanted.as_mut_ptr(), 2)), CKR_OK);
    assert_eq!(c!(module, C_FindObjects(session, &raw mut found, 1, &raw mut count)), CKR_OK);
    assert_eq!(c!(module, C_FindObjectsFinal(session)), CKR_OK);
    assert_eq!(count, CK_ULONG::from(found != CK_INVALID_HANDLE));
    found
}

/// An attribute's value: its length is asked for first, and then the value.
fn value(
    module: &Module,
    session: CK_SESSION_HANDLE,
    object: CK_OBJECT_HANDLE,
    kind: CK_ATTRIBUTE_TYPE,
) -> Vec<u8> {
    let mut wanted = CK_ATTRIBUTE { type_: kind, pValue: ptr::null_mut(), ulValueLen: 0 };
    assert_eq!(c!(module, C_GetAttributeValue(session, object, &raw mut wanted, 1)), CKR_OK);
    let mut value = vec![0; wanted.ulValueLen as usize];
    wanted.pValue = value.as_mut_ptr().cast();
    assert_eq!(c!(module, C_GetAttributeValue(session, object, &raw mut wanted, 1)), CKR_OK);
    value
}

fn assert_hidden(
    module: &Module,
    session: CK_SESSION_HANDLE,
    key: CK_OBJECT_HANDLE,
    kind: CK_ATTRIBUTE_TYPE,
) {
    let mut place = [0; 257];
    let mut wanted = attribute(kind, &mut place);
    let outcome = c!(module, C_GetAttributeValue(session, key, &raw mut wanted, 1));
    assert_eq!((outcome, place), (CKR_ATTRIBUTE_SENSITIVE, [0; 257]));
}

/// Signs, after the question for the signature's length.
fn sign(
    module: &Module,
    session: CK_SESSION_HANDLE,
    key: CK_OBJECT_HANDLE,
    kind: CK_MECHANISM_TYPE,
    data: &[u8],
) -> Vec<u8> {
    let (mut kind, start, len) = (mechanism(kind), data.as_ptr().cast_mut(), data.len() as CK_ULONG);
    let mut room = 0;
    assert_eq!(c!(module, C_SignInit(session, &raw mut kind, key)), CKR_OK);
    assert_eq!(c!(module, C_Sign(session, start, len, ptr::null_mut(), &raw mut room)), CKR_OK);
    let mut signature = vec![0; room as usize];
    assert_eq!(c!(module, C_Sign(session, start, len, signature.as_mut_ptr(), &raw mut room)), CKR_OK);
    assert_eq!(room as usize, signature.len());
    signature
}

fn verify(
    module: &Module,
    session: CK_SESSION_HANDLE,
    key: CK_OBJECT_HANDLE,
    kind: CK_MECHANISM_TYPE,
    data: &[u8],
    signature: &[u8],
) -> CK_RV {
    let mut kind = mechanism(kind);
    assert_eq!(c!(module, C_VerifyInit(session, &raw mut kind, key)), CKR_OK);
    let (data, len) = (data.as_ptr().cast_mut(), data.len() as CK_ULONG);
    let (signature, signature_len) = (signature.as_ptr().cast_mut(), signature.len() as CK_ULONG);
    c!(module, C_Verify(session, data, len, signature, signature_len))
}

/// Imports the certificate with a subject that is no name at all.
fn import_certificate(module: &Module, session: CK_SESSION_HANDLE) {
    let certificate = [
        (CKA_CLASS, &CKO_CERTIFICATE.to_ne_bytes()[..]),
        (CKA_SUBJECT, b"TestSubject"),
        (CKA_VALUE, CERTIFICATE),
        (CKA_LABEL, CERTIFICATE_LABEL.as_bytes()),
        (CKA_CERTIFICATE_TYPE, &CKC_X_509.to_ne_bytes()),
        (CKA_TOKEN, &[CK_TRUE]),
    ];
    create(module, session, &certificate);
}

fn import_ec(module: &Module, session: CK_SESSION_HANDLE) {
    let (scalar, point) = (&P256_SEC1[7..39], &P256_SEC1[P256_SEC1.len() - 65..]);
    let key_type = CKK_EC.to_ne_bytes();
    let public = [
        (CKA_CLASS, &CKO_PUBLIC_KEY.to_ne_bytes()[..]),
        (CKA_KEY_TYPE, &key_type),
        (CKA_TOKEN, &[CK_TRUE]),
        (CKA_VERIFY, &[CK_TRUE]),
        (CKA_EC_PARAMS, &P256),
        (CKA_EC_POINT, &[&[0x04, 65], point].concat()),
        (CKA_LABEL, PUBLIC_LABEL.as_bytes()),
    ];
    create(module, session, &public);
    let private = [
        (CKA_CLASS, &CKO_PRIVATE_KEY.to_ne_bytes()[..]),
        (CKA_KEY_TYPE, &key_type),
        (CKA_LABEL, PRIVATE_LABEL.as_bytes()),
        (CKA_TOKEN, &[CK_TRUE]),
        (CKA_SIGN, &[CK_TRUE]),
        (CKA_EC_PARAMS, &P256),
        (CKA_VALUE, scalar),
    ];
    create(module, session, &private);
    import_certificate(module, session);
}

/// The numbers of an RSA private key (RFC 8017 appendix A.1.2), without the version before them.
fn integers(der: &[u8]) -> Vec<&[u8]> {
    let (mut rest, mut integers) = (&der[4..], Vec::new());
    while let [0x02, first, after @ ..] = rest {
        let (len, after) = match first {
            0x81 => (usize::from(after[0]), &after[1..]),
            0x82 => (usize::from(after[0]) << 8 | usize::from(after[1]), &after[2..]),
            short => (usize::from(*short), after),
        };
        let (integer, next) = after.split_at(len);
        integers.push(integer.strip_prefix(&[0]).unwrap_or(integer));
        rest = next;
    }
    integers.split_off(1)
}

fn import_rsa(module: &Module, session: CK_SESSION_HANDLE) {
    let numbers = integers(RSA_PKCS1);
    let key_type = CKK_RSA.to_ne_bytes();
    let public = [
        (CKA_CLASS, &CKO_PUBLIC_KEY.to_ne_bytes()[..]),
        (CKA_KEY_TYPE, &key_type),
        (CKA_TOKEN, &[CK_TRUE]),
        (CKA_MODULUS, numbers[0]),
        (CKA_VERIFY, &[CK_TRUE]),
        (CKA_PUBLIC_EXPONENT, numbers[1]),
        (CKA_LABEL, PUBLIC_LABEL.as_bytes()),
    ];
    create(module, session, &public);
    let private = [
        (CKA_CLASS, &CKO_PRIVATE_KEY.to_ne_bytes()[..]),
        (CKA_KEY_TYPE, &key_type),
        (CKA_LABEL, PRIVATE_LABEL.as_bytes()),
        (CKA_TOKEN, &[CK_TRUE]),
        (CKA_SIGN, &[CK_TRUE]),
        (CKA_MODULUS, numbers[0]),
        (CKA_PRIVATE_EXPONENT, numbers[2]),
        (CKA_PUBLIC_EXPONENT, numbers[1]),
        (CKA_PRIME_1, numbers[3]),
        (CKA_PRIME_2, numbers[4]),
        (CKA_EXPONENT_1, numbers[5]),
        (CKA_EXPONENT_2, numbers[6]),
        (CKA_COEFFICIENT, numbers[7]),
    ];
    create(module, session, &private);
    import_certificate(module, session);
}

/// The private key, the public key and the certificate, of which none is missing.
fn credentials(module: &Module, session: CK_SESSION_HANDLE) -> [CK_OBJECT_HANDLE; 3] {
    let found = LABELS.map(|(label, class)| find(module, session, label, class));
    assert!(found.iter().all(|handle| *handle != CK_INVALID_HANDLE), "{found:?}");
    assert_eq!(find(module, session, "This label does not exist", CKO_PUBLIC_KEY), CK_INVALID_HANDLE);
    found
}

fn destroy_credentials(module: &Module, session: CK_SESSION_HANDLE) {
    for object in credentials(module, session) {
        assert_eq!(c!(module, C_DestroyObject(session, object)), CKR_OK);
    }
    assert_eq!(LABELS.map(|(label, class)| find(module, session, label, class)), [CK_INVALID_HANDLE; 3]);
}

/// A session of a library that was finalised and initialised again, as between any two of a device's tests.
fn restarted(module: &Module) -> CK_SESSION_HANDLE {
    assert_eq!(c!(module, C_Finalize(ptr::null_mut())), CKR_OK);
    assert_eq!(module.initialize(), CKR_OK);
    module.user_session()
}

#[test]
fn ec_credentials_are_imported_found_used_and_destroyed() {
    let module = Module::with_token();
    import_ec(&module, module.user_session());
    let session = restarted(&module);
    let [private, public, certificate] = credentials(&module, session);

    let get = |object, kind| value(&module, session, object, kind);
    assert_eq!(get(private, CKA_CLASS), CKO_PRIVATE_KEY.to_ne_bytes());
    assert_eq!(get(private, CKA_KEY_TYPE), CKK_EC.to_ne_bytes());
    assert_eq!((get(private, CKA_EC_PARAMS), get(public, CKA_EC_PARAMS)), (P256.to_vec(), P256.to_vec()));
    assert_eq!(get(public, CKA_EC_POINT)[..2], [0x04, 65]);
    assert_eq!(get(public, CKA_EC_POINT)[2..], P256_SEC1[P256_SEC1.len() - 65..]);
    assert_eq!(get(certificate, CKA_VALUE), CERTIFICATE);
    assert_hidden(&module, session, private, CKA_VALUE);

    let digest = [0xab; 32];
    let signature = sign(&module, session, private, CKM_ECDSA, &digest);
    assert_eq!(signature.len(), 64);
    assert_eq!(verify(&module, session, public, CKM_ECDSA, &digest, &signature), CKR_OK);
    assert_eq!(verify(&module, session, public, CKM_ECDSA, &[0xac; 32], &signature), CKR_SIGNATURE_INVALID);
    destroy_credentials(&module, session);
}

#[test]
fn rsa_credentials_are_imported_found_used_and_destroyed() {
    let module = Module::with_token();
    import_rsa(&module, module.user_session());
    let session = restarted(&module);
    let [private, public, certificate] = credentials(&module, session);
    assert_eq!(value(&module, session, certificate, CKA_VALUE), CERTIFICATE);
    assert_hidden(&module, session, private, CKA_PRIVATE_EXPONENT);

    let info = [SHA256_INFO, &[0; 32]].concat();
    let signature = sign(&module, session, private, CKM_RSA_PKCS, &info);
    assert_eq!(signature.len(), 256);
    assert_eq!(verify(&module, session, public, CKM_RSA_PKCS, &info, &signature), CKR_OK);
    destroy_credentials(&module, session);
}

#[test]
fn a_generated_private_key_is_found_after_a_restart() {
    let module = Module::with_token();
    let session = module.user_session();
    let key_type = CKK_EC.to_ne_bytes();
    let mut public = template(&[
        (CKA_KEY_TYPE, &key_type),
        (CKA_VERIFY, &[CK_TRUE]),
        (CKA_EC_PARAMS, &P256),
        (CKA_LABEL, PUBLIC_LABEL.as_bytes()),
    ]);
    let mut private = template(&[
        (CKA_KEY_TYPE, &key_type),
        (CKA_TOKEN, &[CK_TRUE]),
        (CKA_PRIVATE, &[CK_TRUE]),
        (CKA_SIGN, &[CK_TRUE]),
        (CKA_LABEL, PRIVATE_LABEL.as_bytes()),
    ]);
    let (mut kind, mut made) = (mechanism(CKM_EC_KEY_PAIR_GEN), (0, 0));
    let (public, private) = (public.as_mut_ptr(), private.as_mut_ptr());
    let (made_public, made_private) = (&raw mut made.0, &raw mut made.1);
    let outcome = c!(
        module,
        C_GenerateKeyPair(session, &raw mut kind, public, 4, private, 5, made_public, made_private)
    );
    assert_eq!(outcome, CKR_OK);
    let signature = sign(&module, session, made.1, CKM_ECDSA, &[0xbe; 32]);
    assert_eq!(verify(&module, session, made.0, CKM_ECDSA, &[0xbe; 32], &signature), CKR_OK);
    assert_hidden(&module, session, made.1, CKA_VALUE);

    let session = restarted(&module);
    let private = find(&module, session, PRIVATE_LABEL, CKO_PRIVATE_KEY);
    assert_eq!(sign(&module, session, private, CKM_ECDSA, &[0xbe; 32]).len(), 64);
    // Its template did not ask for the public key to stay.
    assert_eq!(find(&module, session, PUBLIC_LABEL, CKO_PUBLIC_KEY), CK_INVALID_HANDLE);
}

#[test]
fn a_digest_asks_nothing_of_the_rest_of_its_mechanism() {
    let module = Module::with_token();
    let session = module.session();
    let nowhere = ptr::without_provenance_mut(usize::MAX - 6);
    let mut kind = CK_MECHANISM { mechanism: CKM_SHA256, pParameter: nowhere, ulParameterLen: CK_ULONG::MAX };
    let (mut digest, mut len) = ([0; 32], 32);
    assert_eq!(c!(module, C_DigestInit(session, &raw mut kind)), CKR_OK);
    assert_eq!(c!(module, C_DigestFinal(session, digest.as_mut_ptr(), &raw mut len)), CKR_OK);
    assert_eq!((len, &digest[..4]), (32, &[0xe3, 0xb0, 0xc4, 0x42][..]));
    kind.mechanism = 0x253;
    assert_eq!(c!(module, C_DigestInit(session, &raw mut kind)), CKR_MECHANISM_INVALID);
}

#[test]
fn tasks_with_sessions_of_their_own_find_sign_and_draw_at_once() {
    let module = Module::with_token();
    import_ec(&module, module.user_session());
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let session = module.session();
                for _ in 0..10 {
                    let [private, public, _] = credentials(&module, session);
                    let mut digest = [0; 32];
                    assert_eq!(c!(module, C_GenerateRandom(session, digest.as_mut_ptr(), 32)), CKR_OK);
                    let signature = sign(&module, session, private, CKM_ECDSA, &digest);
                    assert_eq!(verify(&module, session, public, CKM_ECDSA, &digest, &signature), CKR_OK);
                }
            });
        }
    });
}
