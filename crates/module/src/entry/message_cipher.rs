//! Ciphers message by message (PKCS #11 v3.2 sections 5.9 and 5.11).

use std::ffi::c_void;

use cryptoki_sys::*;
use portcullis_token::{ObjectHandle, OperationKind};

use super::start;
use crate::arg::Caller;
use crate::call;

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_MessageEncryptInit(
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    key: CK_OBJECT_HANDLE,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_MessageEncryptInit", session, |session| {
        let call = caller.bare_mechanism(mechanism)?;
        start(session, OperationKind::MessageEncrypt, call, |call| {
            session.message_encrypt_init(call.mechanism, ObjectHandle(key))
        })
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_EncryptMessage(
    session: CK_SESSION_HANDLE,
    parameter: *mut c_void,
    parameter_len: CK_ULONG,
    aad: *mut CK_BYTE,
    aad_len: CK_ULONG,
    plaintext: *mut CK_BYTE,
    plaintext_len: CK_ULONG,
    ciphertext: *mut CK_BYTE,
    ciphertext_len: *mut CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_EncryptMessage", session, |session| {
        let mut message = caller.message(parameter, parameter_len)?;
        message.check_tag_place()?;
        let aad = caller.bytes(aad, aad_len)?.to_vec();
        let plaintext = caller.input(plaintext, plaintext_len)?;
        let answer = caller.answer(ciphertext, ciphertext_len)?;
        answer.give_to(plaintext, |plaintext, out| {
            session.encrypt_message_into(&mut message.parameters(), &aad, plaintext, out)
        })?;
        if !ciphertext.is_null() {
            message.put_iv()?;
            message.put_tag()?;
        }
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_EncryptMessageBegin(
    session: CK_SESSION_HANDLE,
    parameter: *mut c_void,
    parameter_len: CK_ULONG,
    aad: *mut CK_BYTE,
    aad_len: CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_EncryptMessageBegin", session, |session| {
        let mut message = caller.message(parameter, parameter_len)?;
        session.encrypt_message_begin(&mut message.parameters(), caller.bytes(aad, aad_len)?)?;
        message.put_iv()
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_EncryptMessageNext(
    session: CK_SESSION_HANDLE,
    parameter: *mut c_void,
    parameter_len: CK_ULONG,
    plaintext: *mut CK_BYTE,
    plaintext_len: CK_ULONG,
    ciphertext: *mut CK_BYTE,
    ciphertext_len: *mut CK_ULONG,
    flags: CK_FLAGS,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_EncryptMessageNext", session, |session| {
        let plaintext = caller.input(plaintext, plaintext_len)?;
        let answer = caller.answer(ciphertext, ciphertext_len)?;
        if flags & CKF_END_OF_MESSAGE == 0 {
            return answer
                .give_to(plaintext, |plaintext, out| session.encrypt_message_next_into(plaintext, out));
        }
        let mut message = caller.message(parameter, parameter_len)?;
        message.check_tag_place()?;
        answer.give_to(plaintext, |plaintext, out| {
            session.encrypt_message_last_into(&mut message.parameters(), plaintext, out)
        })?;
        if !ciphertext.is_null() {
            message.put_tag()?;
        }
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_MessageEncryptFinal(session: CK_SESSION_HANDLE) -> CK_RV {
    call::session("C_MessageEncryptFinal", session, |session| Ok(session.message_encrypt_final()?))
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_MessageDecryptInit(
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    key: CK_OBJECT_HANDLE,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_MessageDecryptInit", session, |session| {
        let call = caller.bare_mechanism(mechanism)?;
        start(session, OperationKind::MessageDecrypt, call, |call| {
            session.message_decrypt_init(call.mechanism, ObjectHandle(key))
        })
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_DecryptMessage(
    session: CK_SESSION_HANDLE,
    parameter: *mut c_void,
    parameter_len: CK_ULONG,
    aad: *mut CK_BYTE,
    aad_len: CK_ULONG,
    ciphertext: *mut CK_BYTE,
    ciphertext_len: CK_ULONG,
    plaintext: *mut CK_BYTE,
    plaintext_len: *mut CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_DecryptMessage", session, |session| {
        let mut message = caller.tagged_message(parameter, parameter_len)?;
        let aad = caller.bytes(aad, aad_len)?.to_vec();
        let ciphertext = caller.input(ciphertext, ciphertext_len)?;
        let answer = caller.answer(plaintext, plaintext_len)?;
        answer.give_to(ciphertext, |ciphertext, out| {
            session.decrypt_message_into(&mut message.parameters(), &aad, ciphertext, out)
        })?;
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_DecryptMessageBegin(
    session: CK_SESSION_HANDLE,
    parameter: *mut c_void,
    parameter_len: CK_ULONG,
    aad: *mut CK_BYTE,
    aad_len: CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_DecryptMessageBegin", session, |session| {
        let mut message = caller.message(parameter, parameter_len)?;
        session.decrypt_message_begin(&mut message.parameters(), caller.bytes(aad, aad_len)?)?;
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_DecryptMessageNext(
    session: CK_SESSION_HANDLE,
    parameter: *mut c_void,
    parameter_len: CK_ULONG,
    ciphertext: *mut CK_BYTE,
    ciphertext_len: CK_ULONG,
    plaintext: *mut CK_BYTE,
    plaintext_len: *mut CK_ULONG,
    flags: CK_FLAGS,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_DecryptMessageNext", session, |session| {
        let ciphertext = caller.input(ciphertext, ciphertext_len)?;
        let answer = caller.answer(plaintext, plaintext_len)?;
        if flags & CKF_END_OF_MESSAGE == 0 {
            return answer
                .give_to(ciphertext, |ciphertext, out| session.decrypt_message_next_into(ciphertext, out));
        }
        let mut message = caller.tagged_message(parameter, parameter_len)?;
        answer.give_to(ciphertext, |ciphertext, out| {
            session.decrypt_message_last_into(&mut message.parameters(), ciphertext, out)
        })?;
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_MessageDecryptFinal(session: CK_SESSION_HANDLE) -> CK_RV {
    call::session("C_MessageDecryptFinal", session, |session| Ok(session.message_decrypt_final()?))
}
