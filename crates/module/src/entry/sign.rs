//! Signatures and MACs: making and checking them (PKCS #11 v3.2 sections 5.13 and 5.15).

use cryptoki_sys::*;
use portcullis_token::{ObjectHandle, OperationKind};

use super::start;
use crate::arg::Caller;
use crate::call;

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_SignInit(
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    key: CK_OBJECT_HANDLE,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_SignInit", session, |session| {
        start(session, OperationKind::Sign, caller.mechanism_or_null(mechanism)?, |call| {
            session.sign_init(call, ObjectHandle(key))
        })
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_Sign(
    session: CK_SESSION_HANDLE,
    data: *mut CK_BYTE,
    data_len: CK_ULONG,
    signature: *mut CK_BYTE,
    signature_len: *mut CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::operation("C_Sign", session, OperationKind::Sign, |session| {
        let data = caller.input(data, data_len)?;
        caller.answer(signature, signature_len)?.give_to(data, |data, out| session.sign_into(data, out))
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_SignUpdate(
    session: CK_SESSION_HANDLE,
    part: *mut CK_BYTE,
    part_len: CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::operation("C_SignUpdate", session, OperationKind::Sign, |session| {
        Ok(session.sign_update(caller.bytes(part, part_len)?)?)
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_SignFinal(
    session: CK_SESSION_HANDLE,
    signature: *mut CK_BYTE,
    signature_len: *mut CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::operation("C_SignFinal", session, OperationKind::Sign, |session| {
        caller.answer(signature, signature_len)?.give(|out| session.sign_final_into(out))
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_VerifyInit(
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    key: CK_OBJECT_HANDLE,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_VerifyInit", session, |session| {
        start(session, OperationKind::Verify, caller.mechanism_or_null(mechanism)?, |call| {
            session.verify_init(call, ObjectHandle(key))
        })
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_Verify(
    session: CK_SESSION_HANDLE,
    data: *mut CK_BYTE,
    data_len: CK_ULONG,
    signature: *mut CK_BYTE,
    signature_len: CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::operation("C_Verify", session, OperationKind::Verify, |session| {
        Ok(session.verify(caller.bytes(data, data_len)?, caller.bytes(signature, signature_len)?)?)
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_VerifyUpdate(
    session: CK_SESSION_HANDLE,
    part: *mut CK_BYTE,
    part_len: CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::operation("C_VerifyUpdate", session, OperationKind::Verify, |session| {
        Ok(session.verify_update(caller.bytes(part, part_len)?)?)
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_VerifyFinal(
    session: CK_SESSION_HANDLE,
    signature: *mut CK_BYTE,
    signature_len: CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::operation("C_VerifyFinal", session, OperationKind::Verify, |session| {
        Ok(session.verify_final(caller.bytes(signature, signature_len)?)?)
    })
}
