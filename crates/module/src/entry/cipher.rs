//! Encryption and decryption (PKCS #11 v3.2 sections 5.8 and 5.10).

use cryptoki_sys::*;
use portcullis_token::{ObjectHandle, OperationKind};

use super::start;
use crate::arg::Caller;
use crate::call;

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_EncryptInit(
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    key: CK_OBJECT_HANDLE,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_EncryptInit", session, |session| {
        start(session, OperationKind::Encrypt, caller.mechanism_or_null(mechanism)?, |call| {
            session.encrypt_init(call, ObjectHandle(key))
        })
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_Encrypt(
    session: CK_SESSION_HANDLE,
    data: *mut CK_BYTE,
    data_len: CK_ULONG,
    encrypted: *mut CK_BYTE,
    encrypted_len: *mut CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::operation("C_Encrypt", session, OperationKind::Encrypt, |session| {
        let data = caller.input(data, data_len)?;
        caller.answer(encrypted, encrypted_len)?.give_to(data, |data, out| session.encrypt_into(data, out))
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_EncryptUpdate(
    session: CK_SESSION_HANDLE,
    data: *mut CK_BYTE,
    data_len: CK_ULONG,
    encrypted: *mut CK_BYTE,
    encrypted_len: *mut CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::operation("C_EncryptUpdate", session, OperationKind::Encrypt, |session| {
        let data = caller.input(data, data_len)?;
        caller
            .answer(encrypted, encrypted_len)?
            .give_to(data, |data, out| session.encrypt_update_into(data, out))
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_EncryptFinal(
    session: CK_SESSION_HANDLE,
    encrypted: *mut CK_BYTE,
    encrypted_len: *mut CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::operation("C_EncryptFinal", session, OperationKind::Encrypt, |session| {
        caller.answer(encrypted, encrypted_len)?.give(|out| session.encrypt_final_into(out))
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_DecryptInit(
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    key: CK_OBJECT_HANDLE,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_DecryptInit", session, |session| {
        start(session, OperationKind::Decrypt, caller.mechanism_or_null(mechanism)?, |call| {
            session.decrypt_init(call, ObjectHandle(key))
        })
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_Decrypt(
    session: CK_SESSION_HANDLE,
    encrypted: *mut CK_BYTE,
    encrypted_len: CK_ULONG,
    data: *mut CK_BYTE,
    data_len: *mut CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::operation("C_Decrypt", session, OperationKind::Decrypt, |session| {
        let encrypted = caller.input(encrypted, encrypted_len)?;
        caller
            .answer(data, data_len)?
            .give_to(encrypted, |encrypted, out| session.decrypt_into(encrypted, out))
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_DecryptUpdate(
    session: CK_SESSION_HANDLE,
    encrypted: *mut CK_BYTE,
    encrypted_len: CK_ULONG,
    data: *mut CK_BYTE,
    data_len: *mut CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::operation("C_DecryptUpdate", session, OperationKind::Decrypt, |session| {
        let encrypted = caller.input(encrypted, encrypted_len)?;
        caller
            .answer(data, data_len)?
            .give_to(encrypted, |encrypted, out| session.decrypt_update_into(encrypted, out))
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_DecryptFinal(
    session: CK_SESSION_HANDLE,
    data: *mut CK_BYTE,
    data_len: *mut CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::operation("C_DecryptFinal", session, OperationKind::Decrypt, |session| {
        caller.answer(data, data_len)?.give(|out| session.decrypt_final_into(out))
    })
}
