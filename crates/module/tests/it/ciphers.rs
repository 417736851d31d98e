//! Encryption and decryption through the library: lengths, buffers that lie over their input, messages, failures.

use std::ptr;

use cryptoki_sys::*;

use crate::support::{Module, attribute, c, mechanism};

const PLAIN: [u8; 21] = *b"twenty-one bytes here";

/// A session key of AES: 16 bytes 1.
fn aes(module: &Module, session: CK_SESSION_HANDLE) -> CK_OBJECT_HANDLE {
    let (mut class, mut kind) = (CKO_SECRET_KEY.to_ne_bytes(), CKK_AES.to_ne_bytes());
    let (mut value, mut yes, mut key) = ([1; 16], [CK_TRUE], 0);
    let yes = yes.as_mut_slice();
    let mut template = [
        attribute(CKA_CLASS, &mut class),
        attribute(CKA_KEY_TYPE, &mut kind),
        attribute(CKA_VALUE, &mut value),
        attribute(CKA_ENCRYPT, yes),
        attribute(CKA_DECRYPT, yes),
    ];
    let made = c!(module, C_CreateObject(session, template.as_mut_ptr(), 5, &raw mut key));
    assert_eq!(made, CKR_OK);
    key
}

fn with<T>(kind: CK_MECHANISM_TYPE, parameter: &mut T) -> CK_MECHANISM {
    CK_MECHANISM {
        pParameter: ptr::from_mut(parameter).cast(),
        ulParameterLen: size_of::<T>() as CK_ULONG,
        ..mechanism(kind)
    }
}

fn gcm(iv: &mut [u8; 12]) -> CK_GCM_PARAMS {
    CK_GCM_PARAMS {
        pIv: iv.as_mut_ptr(),
        ulIvLen: 12,
        ulIvBits: 96,
        pAAD: ptr::null_mut(),
        ulAADLen: 0,
        ulTagBits: 128,
    }
}

/// Where nothing can be written.
static NONCE: [u8; 12] = [6; 12];

#[test]
fn a_nonce_that_the_caller_made_is_never_written() {
    let module = Module::with_token();
    let session = module.user_session();
    let key = aes(&module, session);
    let (mut tag, mut data, mut len) = ([0; 16], PLAIN, 21);
    let mut message = CK_GCM_MESSAGE_PARAMS {
        pIv: NONCE.as_ptr().cast_mut(),
        ulIvLen: 12,
        ulIvFixedBits: 0,
        ivGenerator: CKG_NO_GENERATE,
        pTag: tag.as_mut_ptr(),
        ulTagBits: 128,
    };
    let size = size_of_val(&message) as CK_ULONG;
    let (parameter, start) = ((&raw mut message).cast(), data.as_mut_ptr());
    let (mut kind, none) = (mechanism(CKM_AES_GCM), ptr::null_mut());
    assert_eq!(c!(module, C_MessageEncryptInit(session, &raw mut kind, key)), CKR_OK);
    let done =
        c!(module, C_EncryptMessage(session, parameter, size, none, 0, start, 21, start, &raw mut len));
    assert_eq!((done, len), (CKR_OK, 21));
    assert_ne!(data, PLAIN);
    assert_eq!(c!(module, C_EncryptMessageBegin(session, parameter, size, none, 0)), CKR_OK);
}

/// Encrypts from one place of a buffer to another, and back the other way.
#[test]
fn a_buffer_may_lie_over_its_input() {
    let module = Module::with_token();
    let session = module.user_session();
    let key = aes(&module, session);
    let mut iv = [2; 12];
    let mut parameters = gcm(&mut iv);
    let mut kind = with(CKM_AES_GCM, &mut parameters);
    let mut first = None;
    for (from, to) in [(0, 64), (0, 0), (0, 5), (5, 0), (0, 20), (37, 0)] {
        let mut memory = [0; 128];
        memory[from..from + 21].copy_from_slice(&PLAIN);
        let start = memory.as_mut_ptr();
        let (input, output, mut len) = (start.wrapping_add(from), start.wrapping_add(to), 37);
        assert_eq!(c!(module, C_EncryptInit(session, &raw mut kind, key)), CKR_OK);
        assert_eq!(c!(module, C_Encrypt(session, input, 21, output, &raw mut len)), CKR_OK);
        assert_eq!(len, 37);
        let ciphertext = memory[to..to + 37].to_vec();
        assert_eq!(*first.get_or_insert(ciphertext.clone()), ciphertext, "{from} {to}");
        len = 40;
        assert_eq!(c!(module, C_DecryptInit(session, &raw mut kind, key)), CKR_OK);
        assert_eq!(c!(module, C_Decrypt(session, output, 37, input, &raw mut len)), CKR_OK);
        assert_eq!((len, &memory[from..from + 21]), (21, &PLAIN[..]), "{from} {to}");
    }
}

#[test]
fn a_decryption_fits_a_buffer_of_its_plaintext() {
    let module = Module::with_token();
    let session = module.user_session();
    let key = aes(&module, session);
    let mut iv = [3_u8; 16];
    let mut kind = with(CKM_AES_CBC_PAD, &mut iv);
    let (mut plain, mut ciphertext, mut len) = (PLAIN, [0; 32], 0);
    let data = plain.as_mut_ptr();
    assert_eq!(c!(module, C_EncryptInit(session, &raw mut kind, key)), CKR_OK);
    assert_eq!(c!(module, C_EncryptInit(session, &raw mut kind, key)), CKR_OPERATION_ACTIVE);
    assert_eq!(c!(module, C_Encrypt(session, data, 21, ptr::null_mut(), &raw mut len)), CKR_OK);
    assert_eq!(len, 32);
    for (room, expected) in [(31, CKR_BUFFER_TOO_SMALL), (32, CKR_OK), (32, CKR_OPERATION_NOT_INITIALIZED)] {
        len = room;
        let start = ciphertext.as_mut_ptr();
        assert_eq!(c!(module, C_Encrypt(session, data, 21, start, &raw mut len)), expected);
        assert_eq!(len, 32);
    }
    assert_eq!(c!(module, C_DecryptInit(session, &raw mut kind, key)), CKR_OK);
    let input = ciphertext.as_mut_ptr();
    let mut out = [0xee; 32];
    for (room, expected) in [(20, CKR_BUFFER_TOO_SMALL), (21, CKR_OK)] {
        len = room;
        assert_eq!(c!(module, C_Decrypt(session, input, 32, out.as_mut_ptr(), &raw mut len)), expected);
        assert_eq!((len, out[21]), (21, 0xee));
    }
    assert_eq!(out[..21], PLAIN);

    // In parts, the last of which is held back.
    assert_eq!(c!(module, C_DecryptInit(session, &raw mut kind, key)), CKR_OK);
    let mut used = 0;
    for part in ciphertext.chunks_mut(9) {
        len = 32;
        let (start, part_len) = (part.as_mut_ptr(), part.len() as CK_ULONG);
        let place = out[used..].as_mut_ptr();
        len = len.min((32 - used) as CK_ULONG);
        assert_eq!(c!(module, C_DecryptUpdate(session, start, part_len, place, &raw mut len)), CKR_OK);
        used += len as usize;
    }
    len = (21 - used) as CK_ULONG;
    assert_eq!(c!(module, C_DecryptFinal(session, out[used..].as_mut_ptr(), &raw mut len)), CKR_OK);
    assert_eq!((used + len as usize, &out[..21]), (21, &PLAIN[..]));
}

#[test]
fn what_is_wrong_with_a_ciphertext_has_its_name() {
    let module = Module::with_token();
    let session = module.user_session();
    let key = aes(&module, session);
    let (mut iv, mut cbc) = ([2; 12], [3_u8; 16]);
    let mut parameters = gcm(&mut iv);
    let (mut gcm, mut cbc) = (with(CKM_AES_GCM, &mut parameters), with(CKM_AES_CBC, &mut cbc));
    let mut junk = [0; 64];
    let start = junk.as_mut_ptr();
    let decrypt = |kind: &mut CK_MECHANISM, len| {
        assert_eq!(c!(module, C_DecryptInit(session, kind, key)), CKR_OK);
        let (mut out, mut out_len) = ([0; 64], 64);
        c!(module, C_Decrypt(session, start, len, out.as_mut_ptr(), &raw mut out_len))
    };
    assert_eq!(decrypt(&mut gcm, 40), CKR_ENCRYPTED_DATA_INVALID);
    assert_eq!(decrypt(&mut gcm, 15), CKR_ENCRYPTED_DATA_LEN_RANGE);
    assert_eq!(decrypt(&mut cbc, 17), CKR_ENCRYPTED_DATA_LEN_RANGE);
    assert_eq!(c!(module, C_EncryptInit(session, &raw mut cbc, key)), CKR_OK);
    let mut len = 64;
    assert_eq!(c!(module, C_Encrypt(session, start, 17, start, &raw mut len)), CKR_DATA_LEN_RANGE);
    assert_eq!(c!(module, C_EncryptInit(session, &raw mut cbc, key)), CKR_OK);
    let mut none = mechanism(CKM_AES_CBC);
    assert_eq!(c!(module, C_DecryptInit(session, &raw mut none, key)), CKR_MECHANISM_PARAM_INVALID);
    assert_eq!(c!(module, C_SessionCancel(session, CKF_ENCRYPT)), CKR_OK);
    assert_eq!(c!(module, C_EncryptInit(session, &raw mut cbc, key)), CKR_OK);
}

#[test]
fn messages_bring_their_own_parameters() {
    let module = Module::with_token();
    let session = module.user_session();
    let key = aes(&module, session);
    let (mut iv, mut tag) = ([5; 12], [0; 16]);
    let mut message = CK_GCM_MESSAGE_PARAMS {
        pIv: iv.as_mut_ptr(),
        ulIvLen: 12,
        ulIvFixedBits: 32,
        ivGenerator: CKG_GENERATE_COUNTER,
        pTag: tag.as_mut_ptr(),
        ulTagBits: 128,
    };
    let size = size_of_val(&message) as CK_ULONG;
    let (mut kind, mut data, mut len) = (mechanism(CKM_AES_GCM), PLAIN, 0);
    let start = data.as_mut_ptr();
    let aad = b"aad".as_ptr().cast_mut();
    assert_eq!(c!(module, C_MessageEncryptInit(session, &raw mut kind, key)), CKR_OK);
    assert_eq!(c!(module, C_MessageDecryptInit(session, &raw mut kind, key)), CKR_OK);
    for count in 0..3 {
        data = PLAIN;
        for (place, expected) in [(ptr::null_mut(), [0; 16]), (start, tag)] {
            let place: *mut u8 = place;
            len = 21;
            let parameter = (&raw mut message).cast();
            let done = c!(
                module,
                C_EncryptMessage(session, parameter, size, aad, 3, start, 21, place, &raw mut len)
            );
            assert_eq!((done, len), (CKR_OK, 21));
            assert!(place.is_null() || tag != expected);
        }
        assert_eq!((iv[3], iv[11]), (5, count));
        let parameter = (&raw mut message).cast();
        let done =
            c!(module, C_DecryptMessage(session, parameter, size, aad, 3, start, 21, start, &raw mut len));
        assert_eq!((done, data), (CKR_OK, PLAIN));
    }
    let mut forged = [0; 16];
    message.pTag = forged.as_mut_ptr();
    let parameter = (&raw mut message).cast();
    let done = c!(module, C_DecryptMessage(session, parameter, size, aad, 3, start, 21, start, &raw mut len));
    assert_eq!(done, CKR_AEAD_DECRYPT_FAILED);
    let cut =
        c!(module, C_DecryptMessage(session, parameter, size - 1, aad, 3, start, 21, start, &raw mut len));
    assert_eq!(cut, CKR_MECHANISM_PARAM_INVALID);
    assert_eq!(c!(module, C_MessageEncryptFinal(session)), CKR_OK);
    assert_eq!(c!(module, C_MessageEncryptFinal(session)), CKR_OPERATION_NOT_INITIALIZED);
    assert_eq!(c!(module, C_SessionCancel(session, CKF_MESSAGE_DECRYPT)), CKR_OK);
    assert_eq!(c!(module, C_MessageDecryptFinal(session)), CKR_OPERATION_NOT_INITIALIZED);
}

#[test]
fn a_message_in_parts_is_given_with_its_last() {
    let module = Module::with_token();
    let session = module.user_session();
    let key = aes(&module, session);
    let (mut nonce, mut tag) = ([5; 12], [0; 8]);
    let mut message = CK_CCM_MESSAGE_PARAMS {
        ulDataLen: 21,
        pNonce: nonce.as_mut_ptr(),
        ulNonceLen: 12,
        ulNonceFixedBits: 0,
        nonceGenerator: CKG_GENERATE_RANDOM,
        pMAC: tag.as_mut_ptr(),
        ulMACLen: 8,
    };
    let size = size_of_val(&message) as CK_ULONG;
    let (mut kind, mut data, mut len) = (mechanism(CKM_AES_CCM), PLAIN, 21);
    let (start, aad) = (data.as_mut_ptr(), b"aad".as_ptr().cast_mut());
    assert_eq!(c!(module, C_MessageEncryptInit(session, &raw mut kind, key)), CKR_OK);
    assert_eq!(c!(module, C_MessageDecryptInit(session, &raw mut kind, key)), CKR_OK);
    let parameter = (&raw mut message).cast();
    assert_eq!(c!(module, C_EncryptMessageBegin(session, parameter, size, aad, 3)), CKR_OK);
    let next = |from: usize, part, flags, mut len: CK_ULONG| {
        let from = start.wrapping_add(from);
        let done = c!(
            module,
            C_EncryptMessageNext(session, parameter, size, from, part, start, &raw mut len, flags)
        );
        (done, len)
    };
    assert_eq!(next(0, 20, 0, 0), (CKR_OK, 0));
    assert_eq!(next(20, 1, CKF_END_OF_MESSAGE, 20), (CKR_BUFFER_TOO_SMALL, 21));
    assert_eq!(next(20, 1, CKF_END_OF_MESSAGE, 21), (CKR_OK, 21));
    let done = c!(module, C_DecryptMessage(session, parameter, size, aad, 3, start, 21, start, &raw mut len));
    assert_eq!((done, data), (CKR_OK, PLAIN));
    assert_ne!(nonce, [5; 12]);
}

#[test]
fn the_question_for_a_length_tells_already_that_data_do_not_fit() {
    let module = Module::with_token();
    let session = module.user_session();
    let key = aes(&module, session);
    let (mut data, mut out, mut room) = ([0; 48], [0; 48], 48);
    let (data, out, len) = (data.as_mut_ptr(), out.as_mut_ptr(), &raw mut room);
    // Half a block before the end of a mode of whole blocks.
    let mut ecb = mechanism(CKM_AES_ECB);
    assert_eq!(c!(module, C_EncryptInit(session, &raw mut ecb, key)), CKR_OK);
    assert_eq!(c!(module, C_EncryptUpdate(session, data, 8, out, len)), CKR_OK);
    assert_eq!(c!(module, C_EncryptFinal(session, ptr::null_mut(), len)), CKR_DATA_LEN_RANGE);
    assert_eq!(c!(module, C_EncryptFinal(session, out, len)), CKR_OPERATION_NOT_INITIALIZED);
    assert_eq!(c!(module, C_DecryptInit(session, &raw mut ecb, key)), CKR_OK);
    assert_eq!(c!(module, C_DecryptUpdate(session, data, 8, out, len)), CKR_OK);
    assert_eq!(c!(module, C_DecryptFinal(session, ptr::null_mut(), len)), CKR_ENCRYPTED_DATA_LEN_RANGE);
    // A counter of two bits that starts at one is enough for three blocks (section 6.13.2).
    let mut block = [0; 16];
    block[15] = 1;
    let mut parameters = CK_AES_CTR_PARAMS { ulCounterBits: 2, cb: block };
    let mut ctr = with(CKM_AES_CTR, &mut parameters);
    assert_eq!(c!(module, C_EncryptInit(session, &raw mut ctr, key)), CKR_OK);
    let (mut room, null) = (48, ptr::null_mut());
    let len = &raw mut room;
    assert_eq!(c!(module, C_EncryptUpdate(session, data, 48, out, len)), CKR_OK);
    assert_eq!(c!(module, C_EncryptUpdate(session, data, 1, null, len)), CKR_DATA_LEN_RANGE);
}
