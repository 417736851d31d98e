//! Signatures that contain their message (PKCS #11 v3.2 sections 5.13.5 and 5.15.5).

use cryptoki_sys::*;
use portcullis_token::{ObjectHandle, OperationKind};

use super::start;
use crate::arg::Caller;
use crate::call;

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_SignRecoverInit(
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    key: CK_OBJECT_HANDLE,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_SignRecoverInit", session, |session| {
        start(session, OperationKind::SignRecover, caller.mechanism_or_null(mechanism)?, |call| {
            session.sign_recover_init(call, ObjectHandle(key))
        })
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_SignRecover(
    session: CK_SESSION_HANDLE,
    data: *mut CK_BYTE,
    data_len: CK_ULONG,
    signature: *mut CK_BYTE,
    signature_len: *mut CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::operation("C_SignRecover", session, OperationKind::SignRecover, |session| {
        let data = caller.input(data, data_len)?;
        caller
            .answer(signature, signature_len)?
            .give_to(data, |data, out| session.sign_recover_into(data, out))
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_VerifyRecoverInit(
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    key: CK_OBJECT_HANDLE,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_VerifyRecoverInit", session, |session| {
        start(session, OperationKind::VerifyRecover, caller.mechanism_or_null(mechanism)?, |call| {
            session.verify_recover_init(call, ObjectHandle(key))
        })
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_VerifyRecover(
    session: CK_SESSION_HANDLE,
    signature: *mut CK_BYTE,
    signature_len: CK_ULONG,
    data: *mut CK_BYTE,
    data_len: *mut CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::operation("C_VerifyRecover", session, OperationKind::VerifyRecover, |session| {
        let signature = caller.input(signature, signature_len)?;
        caller
            .answer(data, data_len)?
            .give_to(signature, |signature, out| session.verify_recover_into(signature, out))
    })
}
