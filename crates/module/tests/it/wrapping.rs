//! `C_WrapKey`, `C_UnwrapKey` and templates that are attributes, through the C ABI.

use std::ptr;

use cryptoki_sys::*;

use crate::support::{Module, attribute, c, mechanism};

/// A place for a number of C's.
fn number(value: CK_ULONG) -> [u8; 8] {
    value.to_ne_bytes()
}

/// A secret key with this value, as the further attributes say.
fn create(
    module: &Module,
    session: CK_SESSION_HANDLE,
    kind: CK_KEY_TYPE,
    value: &mut [u8],
    more: &[CK_ATTRIBUTE],
) -> (CK_RV, CK_OBJECT_HANDLE) {
    let (mut class, mut kind) = (number(CKO_SECRET_KEY), number(kind));
    let mut template = vec![
        attribute(CKA_CLASS, &mut class),
        attribute(CKA_KEY_TYPE, &mut kind),
        attribute(CKA_VALUE, value),
    ];
    template.extend(more);
    let mut key = 0;
    let count = template.len() as CK_ULONG;
    (c!(module, C_CreateObject(session, template.as_mut_ptr(), count, &raw mut key)), key)
}

fn unwrap(
    module: &Module,
    session: CK_SESSION_HANDLE,
    key: CK_OBJECT_HANDLE,
    wrapped: &mut [u8],
    template: &mut [CK_ATTRIBUTE],
) -> (CK_RV, CK_OBJECT_HANDLE) {
    let mut kwp = mechanism(CKM_AES_KEY_WRAP_KWP);
    let (start, len) = (wrapped.as_mut_ptr(), wrapped.len() as CK_ULONG);
    let (attributes, count) = (template.as_mut_ptr(), template.len() as CK_ULONG);
    let mut made = 0;
    let outcome =
        c!(module, C_UnwrapKey(session, &raw mut kwp, key, start, len, attributes, count, &raw mut made));
    (outcome, made)
}

#[test]
fn a_key_leaves_wrapped_and_comes_back() {
    let module = Module::with_token();
    let session = module.user_session();
    // RFC 5649 section 6, the first example.
    let mut kek = [
        0x58, 0x40, 0xdf, 0x6e, 0x29, 0xb0, 0x2a, 0xf1, 0xab, 0x49, 0x3b, 0x70, 0x5b, 0xf1, 0x6e, 0xa1, 0xae,
        0x83, 0x38, 0xf4, 0xdc, 0xc1, 0x76, 0xa8,
    ];
    let mut value = [
        0xc3, 0x7b, 0x7e, 0x64, 0x92, 0x58, 0x43, 0x40, 0xbe, 0xd1, 0x22, 0x07, 0x80, 0x89, 0x41, 0x15, 0x50,
        0x68, 0xf7, 0x38,
    ];
    let expected = [
        0x13, 0x8b, 0xde, 0xaa, 0x9b, 0x8f, 0xa7, 0xfc, 0x61, 0xf9, 0x77, 0x42, 0xe7, 0x22, 0x48, 0xee, 0x5a,
        0xe6, 0xae, 0x53, 0x60, 0xd1, 0xae, 0x6a, 0x5f, 0x54, 0xf3, 0x73, 0xfa, 0x54, 0x3b, 0x6a,
    ];
    let (_, wrapping) = create(&module, session, CKK_AES, &mut kek, &[]);
    let mut yes = [CK_TRUE];
    let extractable = attribute(CKA_EXTRACTABLE, &mut yes);
    let (_, key) = create(&module, session, CKK_GENERIC_SECRET, &mut value, &[extractable]);
    let (_, kept) = create(&module, session, CKK_GENERIC_SECRET, &mut value, &[]);

    let mut kwp = mechanism(CKM_AES_KEY_WRAP_KWP);
    let mut wrap = |key, buffer: *mut CK_BYTE, len: &mut CK_ULONG| {
        c!(module, C_WrapKey(session, &raw mut kwp, wrapping, key, buffer, len))
    };
    let (mut wrapped, mut len) = ([0; 32], 0);
    assert_eq!(wrap(key, ptr::null_mut(), &mut len), CKR_OK);
    assert_eq!(len, 32);
    len = 31;
    assert_eq!(wrap(key, wrapped.as_mut_ptr(), &mut len), CKR_BUFFER_TOO_SMALL);
    assert_eq!((len, wrapped), (32, [0; 32]));
    assert_eq!(wrap(key, wrapped.as_mut_ptr(), &mut len), CKR_OK);
    assert_eq!(wrapped, expected);
    assert_eq!(wrap(kept, wrapped.as_mut_ptr(), &mut len), CKR_KEY_UNEXTRACTABLE);
    assert_eq!(wrap(0, wrapped.as_mut_ptr(), &mut len), CKR_KEY_HANDLE_INVALID);

    let (mut class, mut kind) = (number(CKO_SECRET_KEY), number(CKK_GENERIC_SECRET));
    let mut no = [CK_FALSE];
    let mut template = [
        attribute(CKA_CLASS, &mut class),
        attribute(CKA_KEY_TYPE, &mut kind),
        attribute(CKA_EXTRACTABLE, &mut yes),
        attribute(CKA_SENSITIVE, &mut no),
    ];
    let (outcome, back) = unwrap(&module, session, wrapping, &mut wrapped, &mut template);
    assert_eq!(outcome, CKR_OK);
    let mut read = [0; 20];
    let mut wanted = [attribute(CKA_VALUE, &mut read)];
    assert_eq!(c!(module, C_GetAttributeValue(session, back, wanted.as_mut_ptr(), 1)), CKR_OK);
    assert_eq!(read, value);

    let refusal = |wrapped: &mut [u8], key, template: &mut [CK_ATTRIBUTE]| {
        unwrap(&module, session, key, wrapped, template).0
    };
    let mut changed = wrapped;
    changed[7] ^= 1;
    assert_eq!(refusal(&mut changed, wrapping, &mut template), CKR_WRAPPED_KEY_INVALID);
    assert_eq!(refusal(&mut changed[1..], wrapping, &mut template), CKR_WRAPPED_KEY_INVALID);
    assert_eq!(refusal(&mut wrapped, 0, &mut template), CKR_UNWRAPPING_KEY_HANDLE_INVALID);
    assert_eq!(refusal(&mut wrapped, key, &mut template), CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT);
    assert_eq!(refusal(&mut wrapped, wrapping, &mut template[1..]), CKR_TEMPLATE_INCOMPLETE);
}

#[test]
fn a_private_key_comes_back_and_signs() {
    let module = Module::with_token();
    let session = module.user_session();
    let (_, wrapping) = create(&module, session, CKK_AES, &mut [7; 16], &[]);
    let mut params = crate::support::P256;
    let (mut yes, mut pair) = ([CK_TRUE], mechanism(CKM_EC_KEY_PAIR_GEN));
    let mut public = [attribute(CKA_EC_PARAMS, &mut params)];
    let mut private = [attribute(CKA_EXTRACTABLE, &mut yes)];
    let mut made = (0, 0);
    let generated = c!(
        module,
        C_GenerateKeyPair(
            session,
            &raw mut pair,
            public.as_mut_ptr(),
            1,
            private.as_mut_ptr(),
            1,
            &raw mut made.0,
            &raw mut made.1,
        )
    );
    assert_eq!(generated, CKR_OK);
    let mut kwp = mechanism(CKM_AES_KEY_WRAP_KWP);
    let (mut wrapped, mut len) = ([0; 256], 256);
    let outcome =
        c!(module, C_WrapKey(session, &raw mut kwp, wrapping, made.1, wrapped.as_mut_ptr(), &raw mut len));
    assert_eq!(outcome, CKR_OK);
    let (mut class, mut kind) = (number(CKO_PRIVATE_KEY), number(CKK_EC));
    let mut template = [attribute(CKA_CLASS, &mut class), attribute(CKA_KEY_TYPE, &mut kind)];
    let (outcome, back) = unwrap(&module, session, wrapping, &mut wrapped[..len as usize], &mut template);
    assert_eq!(outcome, CKR_OK);
    let mut sha256 = mechanism(CKM_ECDSA_SHA256);
    let (mut signature, mut len, mut data) = ([0; 64], 64, *b"message");
    assert_eq!(c!(module, C_SignInit(session, &raw mut sha256, back)), CKR_OK);
    let (start, place) = (data.as_mut_ptr(), signature.as_mut_ptr());
    assert_eq!(c!(module, C_Sign(session, start, 7, place, &raw mut len)), CKR_OK);
    assert_eq!(c!(module, C_VerifyInit(session, &raw mut sha256, made.0)), CKR_OK);
    assert_eq!(c!(module, C_Verify(session, start, 7, place, 64)), CKR_OK);
}

/// An attribute that is a template.
fn nested(kind: CK_ATTRIBUTE_TYPE, inner: &mut [CK_ATTRIBUTE]) -> CK_ATTRIBUTE {
    let len = size_of_val(inner) as CK_ULONG;
    CK_ATTRIBUTE { type_: kind, pValue: inner.as_mut_ptr().cast(), ulValueLen: len }
}

const EMPTY: CK_ATTRIBUTE = CK_ATTRIBUTE { type_: 0, pValue: ptr::null_mut(), ulValueLen: 0 };

#[test]
fn templates_are_given_and_read_as_arrays() {
    let module = Module::with_token();
    let session = module.user_session();
    let (mut yes, mut label) = ([CK_TRUE], *b"inner");
    let mut inner = [attribute(CKA_SENSITIVE, &mut yes), attribute(CKA_LABEL, &mut label)];
    let (outcome, key) =
        create(&module, session, CKK_AES, &mut [7; 16], &[nested(CKA_UNWRAP_TEMPLATE, &mut inner)]);
    assert_eq!(outcome, CKR_OK);

    let read = |wanted: &mut CK_ATTRIBUTE| c!(module, C_GetAttributeValue(session, key, wanted, 1));
    let mut wanted = CK_ATTRIBUTE { type_: CKA_UNWRAP_TEMPLATE, ..EMPTY };
    assert_eq!(read(&mut wanted), CKR_OK);
    let each = size_of::<CK_ATTRIBUTE>() as CK_ULONG;
    assert_eq!(wanted.ulValueLen, 2 * each);

    let mut got = [EMPTY; 2];
    assert_eq!(read(&mut nested(CKA_UNWRAP_TEMPLATE, &mut got)), CKR_OK);
    let told = got.map(|attribute| (attribute.type_, attribute.ulValueLen));
    assert_eq!(told, [(CKA_LABEL, 5), (CKA_SENSITIVE, 1)]);

    let (mut read_label, mut read_flag) = ([0; 5], [9]);
    got = [attribute(0, &mut read_label), attribute(0, &mut read_flag)];
    assert_eq!(read(&mut nested(CKA_UNWRAP_TEMPLATE, &mut got)), CKR_OK);
    assert_eq!((read_label, read_flag), (label, [CK_TRUE]));

    let mut short = nested(CKA_UNWRAP_TEMPLATE, &mut got[..1]);
    assert_eq!(read(&mut short), CKR_BUFFER_TOO_SMALL);
    assert_eq!(short.ulValueLen, CK_UNAVAILABLE_INFORMATION);
}

#[test]
fn a_template_that_lies_in_itself_comes_to_an_end() {
    let module = Module::with_token();
    let session = module.user_session();
    let mut inner = [EMPTY; 2];
    let itself = nested(CKA_UNWRAP_TEMPLATE, &mut inner);
    inner = [itself, itself];
    let bad = |given: CK_ATTRIBUTE| create(&module, session, CKK_AES, &mut [7; 16], &[given]).0;
    assert_eq!(bad(nested(CKA_UNWRAP_TEMPLATE, &mut inner)), CKR_ATTRIBUTE_VALUE_INVALID);
    let odd = CK_ATTRIBUTE { ulValueLen: 25, ..nested(CKA_UNWRAP_TEMPLATE, &mut inner) };
    assert_eq!(bad(odd), CKR_ATTRIBUTE_VALUE_INVALID);
    let wild = CK_ATTRIBUTE { ulValueLen: CK_ULONG::MAX - 15, ..itself };
    assert_eq!(bad(wild), CKR_ATTRIBUTE_VALUE_INVALID);
    let nowhere = CK_ATTRIBUTE { pValue: ptr::null_mut(), ..itself };
    assert_eq!(bad(nowhere), CKR_ATTRIBUTE_VALUE_INVALID);
}

/// Wraps a key of 32 bytes into so many by what `wrap` says, and shows whether it comes back by what `unwrap` says.
fn wraps_and_unwraps<W, U>(
    kind: CK_MECHANISM_TYPE,
    wrapped_len: CK_ULONG,
    mut wrap: W,
    unwrap: impl FnOnce(W) -> U,
) -> CK_RV {
    let module = Module::with_token();
    let session = module.user_session();
    let (mut yes, mut secret, mut aes) = (CK_TRUE, number(CKO_SECRET_KEY), number(CKK_AES));
    let (_, kek) = create(&module, session, CKK_AES, &mut [7; 16], &[]);
    let open = [attribute(CKA_EXTRACTABLE, std::slice::from_mut(&mut yes))];
    let (_, key) = create(&module, session, CKK_AES, &mut [9; 32], &open);
    let mut wrapping = with(kind, &mut wrap);
    let (mut wrapped, mut len, mut associated) = ([0; 64], 0, *b"with it");
    let (data, data_len) = (associated.as_mut_ptr(), associated.len() as CK_ULONG);
    for place in [ptr::null_mut(), wrapped.as_mut_ptr()] {
        let outcome = c!(
            module,
            C_WrapKeyAuthenticated(session, &raw mut wrapping, kek, key, data, data_len, place, &raw mut len)
        );
        if outcome != CKR_OK {
            return outcome;
        }
        assert_eq!(len, wrapped_len);
        len = 64;
    }
    let mut template = [attribute(CKA_CLASS, &mut secret), attribute(CKA_KEY_TYPE, &mut aes)];
    let mut by = unwrap(wrap);
    let mut unwrapping = with(kind, &mut by);
    let mut back = 0;
    c!(
        module,
        C_UnwrapKeyAuthenticated(
            session,
            &raw mut unwrapping,
            kek,
            wrapped.as_mut_ptr(),
            wrapped_len,
            template.as_mut_ptr(),
            2,
            data,
            data_len,
            &raw mut back
        )
    )
}

fn with<T>(kind: CK_MECHANISM_TYPE, parameters: &mut T) -> CK_MECHANISM {
    CK_MECHANISM {
        pParameter: ptr::from_mut(parameters).cast(),
        ulParameterLen: size_of::<T>() as CK_ULONG,
        ..mechanism(kind)
    }
}

/// The vector that the token made is what the key is unwrapped with by the parameters that encryption has.
#[test]
fn the_token_makes_the_vector_that_a_key_is_wrapped_with() {
    for (generator, expected) in [
        (CKG_NO_GENERATE, CKR_OK),
        (CKG_GENERATE, CKR_OK),
        (CKG_GENERATE_RANDOM, CKR_OK),
        (CKG_GENERATE_COUNTER, CKR_MECHANISM_PARAM_INVALID),
        (9, CKR_MECHANISM_PARAM_INVALID),
    ] {
        let mut iv = [0xee; 12];
        let gcm = CK_GCM_WRAP_PARAMS {
            pIv: iv.as_mut_ptr(),
            ulIvLen: 12,
            ulIvFixedBits: 32,
            ivGenerator: generator,
            pAAD: ptr::null_mut(),
            ulAADLen: 0,
            ulTagBits: 128,
        };
        let outcome = wraps_and_unwraps(CKM_AES_GCM, 48, gcm, |gcm| CK_GCM_PARAMS {
            pIv: gcm.pIv,
            ulIvLen: 12,
            ulIvBits: 96,
            pAAD: ptr::null_mut(),
            ulAADLen: 0,
            ulTagBits: 128,
        });
        assert_eq!(outcome, expected, "{generator}");
        let made = expected == CKR_OK && generator != CKG_NO_GENERATE;
        assert_eq!((iv[..4] == [0xee; 4], iv[4..] == [0xee; 8]), (true, !made), "{generator}");

        let mut nonce = [0xee; 12];
        let ccm = CK_CCM_WRAP_PARAMS {
            ulDataLen: 32,
            pNonce: nonce.as_mut_ptr(),
            ulNonceLen: 12,
            ulNonceFixedBits: 0,
            nonceGenerator: generator,
            pAAD: ptr::null_mut(),
            ulAADLen: 0,
            ulMACLen: 16,
        };
        assert_eq!(wraps_and_unwraps(CKM_AES_CCM, 48, ccm, |ccm| ccm), expected, "{generator}");
        assert_eq!(nonce == [0xee; 12], !made, "{generator}");
    }
}

/// The authenticated functions take the parameters of a message, too: the tag then has a place of its own. Those of GCM
/// are as long as what encryption takes.
#[test]
fn the_tag_of_a_wrapped_key_may_have_a_place_of_its_own() {
    let spoil = |tag: *mut CK_BYTE, at: usize| {
        // SAFETY: each tag below has 16 bytes.
        #[allow(unsafe_code)]
        let byte = unsafe { tag.add(at) };
        // SAFETY: the byte is no one else's.
        #[allow(unsafe_code)]
        let byte = unsafe { &mut *byte };
        *byte ^= 1;
    };
    for (spoiled, expected) in [(false, CKR_OK), (true, CKR_WRAPPED_KEY_INVALID)] {
        let (mut iv, mut tag) = ([0; 12], [0; 16]);
        let gcm = CK_GCM_MESSAGE_PARAMS {
            pIv: iv.as_mut_ptr(),
            ulIvLen: 12,
            ulIvFixedBits: 0,
            ivGenerator: CKG_GENERATE,
            pTag: tag.as_mut_ptr(),
            ulTagBits: 128,
        };
        let back = |gcm: CK_GCM_MESSAGE_PARAMS| {
            if spoiled {
                spoil(gcm.pTag, 15);
            }
            CK_GCM_MESSAGE_PARAMS { ivGenerator: CKG_NO_GENERATE, ..gcm }
        };
        assert_eq!(wraps_and_unwraps(CKM_AES_GCM, 32, gcm, back), expected);
        assert!(iv != [0; 12] && tag != [0; 16]);

        let (mut nonce, mut mac) = ([7; 12], [0; 16]);
        let ccm = CK_CCM_MESSAGE_PARAMS {
            ulDataLen: 32,
            pNonce: nonce.as_mut_ptr(),
            ulNonceLen: 12,
            ulNonceFixedBits: 0,
            nonceGenerator: CKG_NO_GENERATE,
            pMAC: mac.as_mut_ptr(),
            ulMACLen: 16,
        };
        let back = |ccm: CK_CCM_MESSAGE_PARAMS| {
            if spoiled {
                spoil(ccm.pMAC, 0);
            }
            ccm
        };
        assert_eq!(wraps_and_unwraps(CKM_AES_CCM, 32, ccm, back), expected);
        assert!(nonce == [7; 12] && mac != [0; 16]);
    }
    let (mut iv, mut tag) = ([1; 12], [0; 16]);
    for (generator, tag) in [(CKG_GENERATE, ptr::null_mut()), (77, tag.as_mut_ptr())] {
        let wrong = CK_GCM_MESSAGE_PARAMS {
            pIv: iv.as_mut_ptr(),
            ulIvLen: 12,
            ulIvFixedBits: 0,
            ivGenerator: generator,
            pTag: tag,
            ulTagBits: 128,
        };
        assert_eq!(wraps_and_unwraps(CKM_AES_GCM, 32, wrong, |gcm| gcm), CKR_MECHANISM_PARAM_INVALID);
    }
}

/// A key wrapped as a bare number has the zeros before it that make it as long as the modulus (section 6.1.8). How much
/// of it is the key, the template says.
#[test]
fn a_key_wrapped_by_bare_rsa_comes_back_as_long_as_its_template_says() {
    let module = Module::with_token();
    let session = module.user_session();
    let (mut bits, mut yes) = (number(2048), CK_TRUE);
    let mut public = [attribute(CKA_MODULUS_BITS, &mut bits)];
    let (mut pair, mut generator) = ((0, 0), mechanism(CKM_RSA_PKCS_KEY_PAIR_GEN));
    let outcome = c!(
        module,
        C_GenerateKeyPair(
            session,
            &raw mut generator,
            public.as_mut_ptr(),
            1,
            ptr::null_mut(),
            0,
            &raw mut pair.0,
            &raw mut pair.1,
        )
    );
    assert_eq!(outcome, CKR_OK);
    let open = [attribute(CKA_EXTRACTABLE, std::slice::from_mut(&mut yes))];
    let (_, key) = create(&module, session, CKK_AES, &mut [9; 32], &open);
    let check_value = |key| {
        let mut value = [0; 3];
        let mut wanted = attribute(CKA_CHECK_VALUE, &mut value);
        assert_eq!(c!(module, C_GetAttributeValue(session, key, &raw mut wanted, 1)), CKR_OK);
        value
    };
    for kind in [CKM_RSA_X_509, CKM_RSA_PKCS] {
        let (mut wrapped, mut len, mut rsa) = ([0; 256], 256, mechanism(kind));
        let place = wrapped.as_mut_ptr();
        assert_eq!(c!(module, C_WrapKey(session, &raw mut rsa, pair.0, key, place, &raw mut len)), CKR_OK);
        for (key_len, expected) in [(32, CKR_OK), (24, CKR_WRAPPED_KEY_INVALID)] {
            let (mut secret, mut aes, mut value_len) =
                (number(CKO_SECRET_KEY), number(CKK_AES), number(key_len));
            let mut template = [
                attribute(CKA_CLASS, &mut secret),
                attribute(CKA_KEY_TYPE, &mut aes),
                attribute(CKA_VALUE_LEN, &mut value_len),
            ];
            let (attributes, mut back) = (template.as_mut_ptr(), 0);
            let outcome = c!(
                module,
                C_UnwrapKey(session, &raw mut rsa, pair.1, place, 256, attributes, 3, &raw mut back)
            );
            assert_eq!(outcome, expected, "{kind} {key_len}");
            if expected == CKR_OK {
                assert_eq!(check_value(back), check_value(key));
            }
        }
    }
}
