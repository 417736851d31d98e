//! Checks of signatures that are given before their message (PKCS #11 v3.2 section 5.16).

use cryptoki_sys::*;
use portcullis_token::{ObjectHandle, OperationKind};

use super::start;
use crate::arg::Caller;
use crate::call;

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_VerifySignatureInit(
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    key: CK_OBJECT_HANDLE,
    signature: *mut CK_BYTE,
    signature_len: CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_VerifySignatureInit", session, |session| {
        let signature = caller.bytes(signature, signature_len)?;
        let call = caller.mechanism_or_null(mechanism)?;
        start(session, OperationKind::VerifySignature, call, |call| {
            session.verify_signature_init(call, ObjectHandle(key), signature)
        })
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_VerifySignature(
    session: CK_SESSION_HANDLE,
    data: *mut CK_BYTE,
    data_len: CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_VerifySignature", session, |session| {
        Ok(session.verify_signature(caller.bytes(data, data_len)?)?)
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_VerifySignatureUpdate(
    session: CK_SESSION_HANDLE,
    part: *mut CK_BYTE,
    part_len: CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_VerifySignatureUpdate", session, |session| {
        Ok(session.verify_signature_update(caller.bytes(part, part_len)?)?)
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_VerifySignatureFinal(session: CK_SESSION_HANDLE) -> CK_RV {
    call::session("C_VerifySignatureFinal", session, |session| Ok(session.verify_signature_final()?))
}
