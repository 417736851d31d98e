//! Signatures message by message (PKCS #11 v3.2 sections 5.14 and 5.16). No mechanism here has a parameter that goes
//! with a message.

use std::ffi::c_void;

use cryptoki_sys::*;
use portcullis_token::{ObjectHandle, OperationKind};

use super::start;
use crate::arg::Caller;
use crate::call;
use crate::error::{Error, Result};

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_MessageSignInit(
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    key: CK_OBJECT_HANDLE,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_MessageSignInit", session, |session| {
        start(session, OperationKind::MessageSign, caller.mechanism_or_null(mechanism)?, |call| {
            session.message_sign_init(call, ObjectHandle(key))
        })
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_SignMessage(
    session: CK_SESSION_HANDLE,
    _parameter: *mut c_void,
    parameter_len: CK_ULONG,
    data: *mut CK_BYTE,
    data_len: CK_ULONG,
    signature: *mut CK_BYTE,
    signature_len: *mut CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_SignMessage", session, |session| {
        check_no_parameter(parameter_len)?;
        let data = caller.input(data, data_len)?;
        caller
            .answer(signature, signature_len)?
            .give_to(data, |data, out| session.sign_message_into(data, out))
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_SignMessageBegin(
    session: CK_SESSION_HANDLE,
    _parameter: *mut c_void,
    parameter_len: CK_ULONG,
) -> CK_RV {
    call::session("C_SignMessageBegin", session, |session| {
        check_no_parameter(parameter_len)?;
        Ok(session.sign_message_begin()?)
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_SignMessageNext(
    session: CK_SESSION_HANDLE,
    _parameter: *mut c_void,
    parameter_len: CK_ULONG,
    part: *mut CK_BYTE,
    part_len: CK_ULONG,
    signature: *mut CK_BYTE,
    signature_len: *mut CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_SignMessageNext", session, |session| {
        check_no_parameter(parameter_len)?;
        // A place for the signature's length says that this part is the last.
        if signature_len.is_null() {
            return Ok(session.sign_message_next(caller.bytes(part, part_len)?)?);
        }
        let part = caller.input(part, part_len)?;
        caller
            .answer(signature, signature_len)?
            .give_to(part, |part, out| session.sign_message_last_into(part, out))
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_MessageSignFinal(session: CK_SESSION_HANDLE) -> CK_RV {
    call::session("C_MessageSignFinal", session, |session| Ok(session.message_sign_final()?))
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_MessageVerifyInit(
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    key: CK_OBJECT_HANDLE,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_MessageVerifyInit", session, |session| {
        start(session, OperationKind::MessageVerify, caller.mechanism_or_null(mechanism)?, |call| {
            session.message_verify_init(call, ObjectHandle(key))
        })
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_VerifyMessage(
    session: CK_SESSION_HANDLE,
    _parameter: *mut c_void,
    parameter_len: CK_ULONG,
    data: *mut CK_BYTE,
    data_len: CK_ULONG,
    signature: *mut CK_BYTE,
    signature_len: CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_VerifyMessage", session, |session| {
        check_no_parameter(parameter_len)?;
        Ok(session.verify_message(caller.bytes(data, data_len)?, caller.bytes(signature, signature_len)?)?)
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_VerifyMessageBegin(
    session: CK_SESSION_HANDLE,
    _parameter: *mut c_void,
    parameter_len: CK_ULONG,
) -> CK_RV {
    call::session("C_VerifyMessageBegin", session, |session| {
        check_no_parameter(parameter_len)?;
        Ok(session.verify_message_begin()?)
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_VerifyMessageNext(
    session: CK_SESSION_HANDLE,
    _parameter: *mut c_void,
    parameter_len: CK_ULONG,
    part: *mut CK_BYTE,
    part_len: CK_ULONG,
    signature: *mut CK_BYTE,
    signature_len: CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_VerifyMessageNext", session, |session| {
        check_no_parameter(parameter_len)?;
        let part = caller.bytes(part, part_len)?;
        // A signature says that this part is the last.
        if signature.is_null() {
            return Ok(session.verify_message_next(part)?);
        }
        Ok(session.verify_message_last(part, caller.bytes(signature, signature_len)?)?)
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_MessageVerifyFinal(session: CK_SESSION_HANDLE) -> CK_RV {
    call::session("C_MessageVerifyFinal", session, |session| Ok(session.message_verify_final()?))
}

fn check_no_parameter(len: CK_ULONG) -> Result<()> {
    if len == 0 { Ok(()) } else { Err(Error::ParameterInvalid) }
}
