//! Digests, and their state to go on with elsewhere (PKCS #11 v3.2 sections 5.12 and 5.6.5).

use cryptoki_sys::*;
use portcullis_token::{ObjectHandle, OperationKind};

use super::start;
use crate::arg::Caller;
use crate::call;
use crate::error::Error;

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_DigestInit(
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_DigestInit", session, |session| {
        start(session, OperationKind::Digest, caller.bare_mechanism(mechanism)?, |call| {
            session.digest_init(call)
        })
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_Digest(
    session: CK_SESSION_HANDLE,
    data: *mut CK_BYTE,
    data_len: CK_ULONG,
    digest: *mut CK_BYTE,
    digest_len: *mut CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::operation("C_Digest", session, OperationKind::Digest, |session| {
        let data = caller.input(data, data_len)?;
        caller.answer(digest, digest_len)?.give_to(data, |data, out| session.digest_into(data, out))
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_DigestUpdate(
    session: CK_SESSION_HANDLE,
    part: *mut CK_BYTE,
    part_len: CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::operation("C_DigestUpdate", session, OperationKind::Digest, |session| {
        Ok(session.digest_update(caller.bytes(part, part_len)?)?)
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_DigestFinal(
    session: CK_SESSION_HANDLE,
    digest: *mut CK_BYTE,
    digest_len: *mut CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::operation("C_DigestFinal", session, OperationKind::Digest, |session| {
        caller.answer(digest, digest_len)?.give(|out| session.digest_final_into(out))
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_DigestKey(session: CK_SESSION_HANDLE, key: CK_OBJECT_HANDLE) -> CK_RV {
    call::session("C_DigestKey", session, |session| Ok(session.digest_key(ObjectHandle(key))?))
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_GetOperationState(
    session: CK_SESSION_HANDLE,
    state: *mut CK_BYTE,
    state_len: *mut CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_GetOperationState", session, |session| {
        caller.answer(state, state_len)?.give(|out| session.operation_state_into(out))
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_SetOperationState(
    session: CK_SESSION_HANDLE,
    state: *mut CK_BYTE,
    state_len: CK_ULONG,
    encryption_key: CK_OBJECT_HANDLE,
    authentication_key: CK_OBJECT_HANDLE,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_SetOperationState", session, |session| {
        if state.is_null() {
            return Err(Error::ArgumentsBad("no state"));
        }
        let state = caller.bytes(state, state_len)?;
        // Only digests are saved, and they need no key.
        if encryption_key != 0 || authentication_key != 0 {
            return Err(Error::KeyNotNeeded);
        }
        Ok(session.set_operation_state(state)?)
    })
}
