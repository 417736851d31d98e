//! `C_DeriveKey`, keys out of passwords, and encapsulation, through the C ABI. An engine may lack the mechanisms; then
//! there is nothing to test.

use std::ffi::c_void;
use std::ptr;

use cryptoki_sys::*;
use portcullis_pal::testkit::skip;

use crate::support::{Module, attribute, c, mechanism};

fn number(value: CK_ULONG) -> [u8; 8] {
    value.to_ne_bytes()
}

/// A mechanism with its parameter, which has to outlive it.
fn with<T>(kind: CK_MECHANISM_TYPE, parameter: &mut T) -> CK_MECHANISM {
    let start: *mut c_void = ptr::from_mut(parameter).cast();
    CK_MECHANISM { pParameter: start, ulParameterLen: size_of::<T>() as CK_ULONG, ..mechanism(kind) }
}

/// A token in whose session the user is logged in, unless its engine lacks a mechanism.
fn scene(test: &str, needed: CK_MECHANISM_TYPE) -> Option<(Module, CK_SESSION_HANDLE)> {
    let module = Module::with_token();
    let mut info = CK_MECHANISM_INFO::default();
    if c!(module, C_GetMechanismInfo(0, needed, &raw mut info)) != CKR_OK {
        skip(test, &format!("the engine has no mechanism {needed:#x}"));
        return None;
    }
    let session = module.user_session();
    Some((module, session))
}

/// A template for a generic secret that can be read.
struct Readable {
    class: [u8; 8],
    kind: [u8; 8],
    len: [u8; 8],
    yes: [u8; 1],
    no: [u8; 1],
}

impl Readable {
    fn new(len: CK_ULONG) -> Self {
        let (class, kind) = (number(CKO_SECRET_KEY), number(CKK_GENERIC_SECRET));
        Self { class, kind, len: number(len), yes: [CK_TRUE], no: [CK_FALSE] }
    }

    fn template(&mut self) -> [CK_ATTRIBUTE; 5] {
        [
            attribute(CKA_CLASS, &mut self.class),
            attribute(CKA_KEY_TYPE, &mut self.kind),
            attribute(CKA_EXTRACTABLE, &mut self.yes),
            attribute(CKA_SENSITIVE, &mut self.no),
            attribute(CKA_VALUE_LEN, &mut self.len),
        ]
    }
}

fn secret(module: &Module, session: CK_SESSION_HANDLE, value: &mut [u8]) -> CK_OBJECT_HANDLE {
    let mut readable = Readable::new(0);
    let mut template = readable.template();
    template[4] = attribute(CKA_VALUE, value);
    let mut key = 0;
    assert_eq!(c!(module, C_CreateObject(session, template.as_mut_ptr(), 5, &raw mut key)), CKR_OK);
    key
}

fn bytes<const LEN: usize>(
    module: &Module,
    session: CK_SESSION_HANDLE,
    object: CK_OBJECT_HANDLE,
    kind: CK_ATTRIBUTE_TYPE,
) -> [u8; LEN] {
    let mut value = [0; LEN];
    let mut wanted = [attribute(kind, &mut value)];
    assert_eq!(c!(module, C_GetAttributeValue(session, object, wanted.as_mut_ptr(), 1)), CKR_OK);
    assert_eq!(wanted[0].ulValueLen, LEN as CK_ULONG);
    value
}

fn derive(
    module: &Module,
    session: CK_SESSION_HANDLE,
    call: &mut CK_MECHANISM,
    base: CK_OBJECT_HANDLE,
    template: &mut [CK_ATTRIBUTE],
) -> (CK_RV, CK_OBJECT_HANDLE) {
    let (start, count) = (template.as_mut_ptr(), template.len() as CK_ULONG);
    let mut key = 0;
    (c!(module, C_DeriveKey(session, call, base, start, count, &raw mut key)), key)
}

#[test]
fn two_sides_agree_on_a_secret() {
    let Some((module, session)) = scene("two_sides_agree_on_a_secret", CKM_ECDH1_DERIVE) else { return };
    let (ours, theirs) = (module.generate(session), module.generate(session));
    let agree = |private, public: &mut [u8]| {
        let mut ecdh = CK_ECDH1_DERIVE_PARAMS {
            kdf: CKD_NULL,
            ulSharedDataLen: 0,
            pSharedData: ptr::null_mut(),
            ulPublicDataLen: public.len() as CK_ULONG,
            pPublicData: public.as_mut_ptr(),
        };
        let mut call = with(CKM_ECDH1_DERIVE, &mut ecdh);
        let mut readable = Readable::new(32);
        let (outcome, key) = derive(&module, session, &mut call, private, &mut readable.template());
        assert_eq!(outcome, CKR_OK);
        bytes::<32>(&module, session, key, CKA_VALUE)
    };
    let mut our_point = bytes::<67>(&module, session, ours.0, CKA_EC_POINT);
    let mut their_point = bytes::<67>(&module, session, theirs.0, CKA_EC_POINT);
    let secret = agree(ours.1, &mut their_point);
    assert_eq!(agree(theirs.1, &mut our_point), secret);
    // The point may come without its DER octet string, too.
    assert_eq!(agree(ours.1, &mut their_point[2..]), secret);
}

#[test]
fn further_keys_are_answered_in_the_parameter() {
    let test = "further_keys_are_answered_in_the_parameter";
    let Some((module, session)) = scene(test, CKM_SP800_108_COUNTER_KDF) else { return };
    let base = secret(&module, session, &mut [7; 32]);
    let mut counter = CK_SP800_108_COUNTER_FORMAT { bLittleEndian: CK_FALSE, ulWidthInBits: 32 };
    let field = CK_PRF_DATA_PARAM {
        type_: CK_SP800_108_ITERATION_VARIABLE,
        pValue: (&raw mut counter).cast(),
        ulValueLen: size_of_val(&counter) as CK_ULONG,
    };
    let run = |further: &mut [CK_DERIVED_KEY], len: CK_ULONG| {
        let mut kdf = CK_SP800_108_KDF_PARAMS {
            prfType: CKM_SHA256_HMAC,
            ulNumberOfDataParams: 1,
            pDataParams: ptr::from_ref(&field).cast_mut(),
            ulAdditionalDerivedKeys: further.len() as CK_ULONG,
            pAdditionalDerivedKeys: further.as_mut_ptr(),
        };
        let mut readable = Readable::new(len);
        derive(
            &module,
            session,
            &mut with(CKM_SP800_108_COUNTER_KDF, &mut kdf),
            base,
            &mut readable.template(),
        )
    };
    let (mut readable, mut handle) = (Readable::new(24), 0);
    let mut template = readable.template();
    let further =
        CK_DERIVED_KEY { pTemplate: template.as_mut_ptr(), ulAttributeCount: 5, phKey: &raw mut handle };
    let (outcome, first) = run(&mut [further], 16);
    assert_eq!(outcome, CKR_OK);
    let (_, whole) = run(&mut [], 40);
    let whole = bytes::<40>(&module, session, whole, CKA_VALUE);
    assert_eq!(bytes::<16>(&module, session, first, CKA_VALUE), whole[..16]);
    assert_eq!(bytes::<24>(&module, session, handle, CKA_VALUE), whole[16..]);
    let nowhere = CK_DERIVED_KEY { phKey: ptr::null_mut(), ..further };
    assert_eq!(run(&mut [nowhere], 16).0, CKR_MECHANISM_PARAM_INVALID);
}

#[test]
fn a_key_block_is_answered_in_the_parameter() {
    let test = "a_key_block_is_answered_in_the_parameter";
    let Some((module, session)) = scene(test, CKM_TLS12_KEY_AND_MAC_DERIVE) else { return };
    let master = secret(&module, session, &mut [9; 48]);
    let (mut client, mut server) = ([1; 32], [2; 32]);
    let (mut client_iv, mut server_iv) = ([0; 4], [0; 4]);
    let mut out = CK_SSL3_KEY_MAT_OUT {
        hClientMacSecret: 0,
        hServerMacSecret: 0,
        hClientKey: 0,
        hServerKey: 0,
        pIVClient: client_iv.as_mut_ptr(),
        pIVServer: server_iv.as_mut_ptr(),
    };
    let randoms = CK_SSL3_RANDOM_DATA {
        pClientRandom: client.as_mut_ptr(),
        ulClientRandomLen: 32,
        pServerRandom: server.as_mut_ptr(),
        ulServerRandomLen: 32,
    };
    let mut block = CK_TLS12_KEY_MAT_PARAMS {
        ulMacSizeInBits: 160,
        ulKeySizeInBits: 128,
        ulIVSizeInBits: 32,
        bIsExport: CK_FALSE,
        RandomInfo: randoms,
        pReturnedKeyMaterial: &raw mut out,
        prfHashMechanism: CKM_SHA256,
    };
    let mut call = with(CKM_TLS12_KEY_AND_MAC_DERIVE, &mut block);
    let mut readable = Readable::new(16);
    let mut template = readable.template();
    // There is no place for a handle but the parameter.
    let outcome =
        c!(module, C_DeriveKey(session, &raw mut call, master, template.as_mut_ptr(), 5, ptr::null_mut()));
    assert_eq!(outcome, CKR_OK);
    let macs =
        [out.hClientMacSecret, out.hServerMacSecret].map(|key| bytes::<20>(&module, session, key, CKA_VALUE));
    let keys = [out.hClientKey, out.hServerKey].map(|key| bytes::<16>(&module, session, key, CKA_VALUE));
    assert!(macs[0] != macs[1] && keys[0] != keys[1]);
    assert!(client_iv != server_iv && client_iv != [0; 4]);
    let mut nowhere = CK_SSL3_KEY_MAT_OUT { pIVClient: ptr::null_mut(), ..out };
    block.pReturnedKeyMaterial = &raw mut nowhere;
    call = with(CKM_TLS12_KEY_AND_MAC_DERIVE, &mut block);
    let outcome =
        c!(module, C_DeriveKey(session, &raw mut call, master, template.as_mut_ptr(), 5, ptr::null_mut()));
    assert_eq!(outcome, CKR_MECHANISM_PARAM_INVALID);
}

#[test]
fn a_key_comes_out_of_a_password() {
    let Some((module, session)) = scene("a_key_comes_out_of_a_password", CKM_PKCS5_PBKD2) else { return };
    // RFC 6070, the second vector.
    let expected = [
        0xea, 0x6c, 0x01, 0x4d, 0xc7, 0x2d, 0x6f, 0x8c, 0xcd, 0x1e, 0xd9, 0x2a, 0xce, 0x1d, 0x41, 0xf0, 0xd8,
        0xde, 0x89, 0x57,
    ];
    let (mut salt, mut password) = (*b"salt", *b"password");
    let mut parameter = CK_PKCS5_PBKD2_PARAMS2 {
        saltSource: CKZ_SALT_SPECIFIED,
        pSaltSourceData: salt.as_mut_ptr().cast(),
        ulSaltSourceDataLen: 4,
        iterations: 2,
        prf: CKP_PKCS5_PBKD2_HMAC_SHA1,
        pPrfData: ptr::null_mut(),
        ulPrfDataLen: 0,
        pPassword: password.as_mut_ptr(),
        ulPasswordLen: 8,
    };
    let mut call = with(CKM_PKCS5_PBKD2, &mut parameter);
    let (mut readable, mut key) = (Readable::new(20), 0);
    let mut template = readable.template();
    let outcome = c!(module, C_GenerateKey(session, &raw mut call, template.as_mut_ptr(), 5, &raw mut key));
    assert_eq!(outcome, CKR_OK);
    assert_eq!(bytes::<20>(&module, session, key, CKA_VALUE), expected);
    // A password's length that is none is not taken for the address of one.
    for length in [1 << 16, 1 << 40, CK_ULONG::MAX] {
        parameter.ulPasswordLen = length;
        let mut call = with(CKM_PKCS5_PBKD2, &mut parameter);
        let outcome =
            c!(module, C_GenerateKey(session, &raw mut call, template.as_mut_ptr(), 5, &raw mut key));
        assert_eq!(outcome, CKR_MECHANISM_PARAM_INVALID, "{length:#x}");
    }
}

#[test]
fn both_sides_of_an_encapsulation_have_one_secret() {
    let test = "both_sides_of_an_encapsulation_have_one_secret";
    let Some((module, session)) = scene(test, CKM_ML_KEM) else { return };
    let mut set = number(CKP_ML_KEM_768);
    let mut public = [attribute(CKA_PARAMETER_SET, &mut set)];
    let (mut pair, mut made) = (mechanism(CKM_ML_KEM_KEY_PAIR_GEN), (0, 0));
    let generated = c!(
        module,
        C_GenerateKeyPair(
            session,
            &raw mut pair,
            public.as_mut_ptr(),
            1,
            ptr::null_mut(),
            0,
            &raw mut made.0,
            &raw mut made.1,
        )
    );
    assert_eq!(generated, CKR_OK);
    let mut kem = mechanism(CKM_ML_KEM);
    let mut readable = Readable::new(32);
    let mut template = readable.template();
    let (mut ciphertext, mut len) = ([0; 1088], 0);
    let (mut ours, mut theirs) = (0, 0);
    let mut encapsulate = |buffer: *mut CK_BYTE, len: &mut CK_ULONG, key: *mut CK_OBJECT_HANDLE| {
        c!(
            module,
            C_EncapsulateKey(session, &raw mut kem, made.0, template.as_mut_ptr(), 5, buffer, len, key)
        )
    };
    assert_eq!(encapsulate(ptr::null_mut(), &mut len, ptr::null_mut()), CKR_OK);
    assert_eq!(len, 1088);
    assert_eq!(encapsulate(ciphertext.as_mut_ptr(), &mut len, ptr::null_mut()), CKR_ARGUMENTS_BAD);
    assert_eq!(encapsulate(ciphertext.as_mut_ptr(), &mut len, &raw mut ours), CKR_OK);
    let mut kem = mechanism(CKM_ML_KEM);
    let start = ciphertext.as_mut_ptr();
    let wanted = template.as_mut_ptr();
    let mut decapsulate = |len| {
        c!(module, C_DecapsulateKey(session, &raw mut kem, made.1, wanted, 5, start, len, &raw mut theirs))
    };
    assert_eq!(decapsulate(1087), CKR_WRAPPED_KEY_LEN_RANGE);
    assert_eq!(decapsulate(1088), CKR_OK);
    let value = |key| bytes::<32>(&module, session, key, CKA_VALUE);
    assert_eq!(value(ours), value(theirs));
}

#[test]
fn a_key_of_one_hash_is_none_of_anothers() {
    let Some((module, session)) = scene("a_key_of_one_hash_is_none_of_anothers", CKM_SHA256_KEY_GEN) else {
        return;
    };
    let mut len = number(32);
    let mut template = [attribute(CKA_VALUE_LEN, &mut len)];
    let mut key = 0;
    let mut generate = mechanism(CKM_SHA256_KEY_GEN);
    let made = c!(module, C_GenerateKey(session, &raw mut generate, template.as_mut_ptr(), 1, &raw mut key));
    assert_eq!(made, CKR_OK);
    assert_eq!(bytes::<8>(&module, session, key, CKA_KEY_TYPE), number(CKK_SHA256_HMAC));
    for (kind, expected) in [
        (CKM_SHA384_HMAC, CKR_KEY_TYPE_INCONSISTENT),
        (CKM_SHA3_256_HMAC, CKR_KEY_TYPE_INCONSISTENT),
        (CKM_SHA256_HMAC, CKR_OK),
    ] {
        assert_eq!(c!(module, C_SignInit(session, &mut mechanism(kind), key)), expected, "{kind:#x}");
    }
}

#[test]
fn a_derived_key_holds_its_base_whole() {
    let name = "a_derived_key_holds_its_base_whole";
    let Some((module, session)) = scene(name, CKM_CONCATENATE_BASE_AND_KEY) else { return };
    let base = secret(&module, session, &mut [1, 2, 3, 4]);
    let mut data = [0x10; 4];
    let mut given = CK_KEY_DERIVATION_STRING_DATA { pData: data.as_mut_ptr(), ulLen: 4 };
    for (kind, expected) in [
        (CKM_CONCATENATE_BASE_AND_DATA, &[1, 2, 3, 4, 0x10, 0x10, 0x10, 0x10][..]),
        (CKM_CONCATENATE_DATA_AND_BASE, &[0x10, 0x10, 0x10, 0x10, 1, 2, 3, 4]),
        (CKM_XOR_BASE_AND_DATA, &[0x11, 0x12, 0x13, 0x14]),
    ] {
        let mut call = with(kind, &mut given);
        let whole = expected.len() as CK_ULONG;
        let (answer, key) = derive(&module, session, &mut call, base, &mut Readable::new(whole).template());
        assert_eq!(answer, CKR_OK, "{kind:#x}");
        if expected.len() == 8 {
            assert_eq!(bytes::<8>(&module, session, key, CKA_VALUE), expected);
        } else {
            assert_eq!(bytes::<4>(&module, session, key, CKA_VALUE), expected);
        }
        let (answer, _) = derive(&module, session, &mut call, base, &mut Readable::new(1).template());
        assert_eq!(answer, CKR_TEMPLATE_INCONSISTENT, "{kind:#x}");
    }
    let mut other = base;
    let mut call = with(CKM_CONCATENATE_BASE_AND_KEY, &mut other);
    let (answer, key) = derive(&module, session, &mut call, base, &mut Readable::new(8).template());
    assert_eq!(answer, CKR_OK);
    assert_eq!(bytes::<8>(&module, session, key, CKA_VALUE), [1, 2, 3, 4, 1, 2, 3, 4]);
    let mut place: CK_ULONG = 0;
    let mut extract = with(CKM_EXTRACT_KEY_FROM_KEY, &mut place);
    let (answer, _) = derive(&module, session, &mut extract, base, &mut Readable::new(1).template());
    assert_eq!(answer, CKR_MECHANISM_INVALID);
}

#[test]
fn data_too_short_to_make_the_key_are_told() {
    let name = "data_too_short_to_make_the_key_are_told";
    let Some((module, session)) = scene(name, CKM_AES_ECB_ENCRYPT_DATA) else { return };
    let mut base = Readable::new(0);
    base.kind = number(CKK_AES);
    let mut template = base.template();
    template[4] = attribute(CKA_VALUE, &mut [7; 32]);
    let mut key = 0;
    assert_eq!(c!(module, C_CreateObject(session, template.as_mut_ptr(), 5, &raw mut key)), CKR_OK);
    let mut data = [1; 32];
    for (len, expected) in [(16, CKR_DATA_LEN_RANGE), (31, CKR_MECHANISM_PARAM_INVALID), (32, CKR_OK)] {
        let mut given = CK_KEY_DERIVATION_STRING_DATA { pData: data.as_mut_ptr(), ulLen: len };
        let mut call = with(CKM_AES_ECB_ENCRYPT_DATA, &mut given);
        let (answer, _) = derive(&module, session, &mut call, key, &mut Readable::new(32).template());
        assert_eq!(answer, expected, "{len} bytes");
    }
}

#[test]
fn a_program_that_never_logs_in_derives_for_its_session() {
    let name = "a_program_that_never_logs_in_derives_for_its_session";
    let Some((module, user)) = scene(name, CKM_HKDF_DATA) else { return };
    assert_eq!(c!(module, C_Logout(user)), CKR_OK);
    let session = module.session();
    let (mut class, mut kind, mut yes) = (number(CKO_SECRET_KEY), number(CKK_GENERIC_SECRET), [CK_TRUE]);
    let mut template = [
        attribute(CKA_CLASS, &mut class),
        attribute(CKA_KEY_TYPE, &mut kind),
        attribute(CKA_DERIVE, &mut yes),
        attribute(CKA_VALUE, &mut [0x0b; 22]),
        attribute(CKA_TOKEN, &mut yes.clone()),
    ];
    let mut base = 0;
    let mut create = |template: &mut [CK_ATTRIBUTE]| {
        let (start, count) = (template.as_mut_ptr(), template.len() as CK_ULONG);
        c!(module, C_CreateObject(session, start, count, &raw mut base))
    };
    assert_eq!(create(&mut template), CKR_USER_NOT_LOGGED_IN, "what stays is its user's");
    assert_eq!(create(&mut template[..4]), CKR_OK);
    assert_eq!(bytes::<1>(&module, session, base, CKA_PRIVATE), [CK_FALSE]);
    // RFC 5869, appendix A.3: neither salt nor info.
    let mut hkdf = CK_HKDF_PARAMS {
        bExtract: CK_TRUE,
        bExpand: CK_TRUE,
        prfHashMechanism: CKM_SHA256,
        ulSaltType: CKF_HKDF_SALT_NULL,
        pSalt: ptr::null_mut(),
        ulSaltLen: 0,
        hSaltKey: 0,
        pInfo: ptr::null_mut(),
        ulInfoLen: 0,
    };
    let (mut class, mut len) = (number(CKO_DATA), number(8));
    let mut wanted = [attribute(CKA_CLASS, &mut class), attribute(CKA_VALUE_LEN, &mut len)];
    let mut call = with(CKM_HKDF_DATA, &mut hkdf);
    let (answer, data) = derive(&module, session, &mut call, base, &mut wanted);
    assert_eq!(answer, CKR_OK);
    let expected = [0x8d, 0xa4, 0xe7, 0x75, 0xa5, 0x63, 0xc1, 0x8f];
    assert_eq!(bytes::<8>(&module, session, data, CKA_VALUE), expected);
    // What the token draws itself is no less private than before.
    let mut key = 0;
    let mut draw = mechanism(CKM_GENERIC_SECRET_KEY_GEN);
    let drawn = c!(module, C_GenerateKey(session, &raw mut draw, wanted[1..].as_mut_ptr(), 1, &raw mut key));
    assert_eq!(drawn, CKR_USER_NOT_LOGGED_IN);
}
