//! Digests (PKCS #11 v3.2 section 5.12).

use cryptoki_sys::*;
use portcullis_token::OperationKind;

use super::start;
use crate::arg::Caller;
use crate::call;

pub(super) unsafe extern "C" fn C_DigestInit(
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_DigestInit", session, |session| {
        start(session, OperationKind::Digest, caller.mechanism_or_null(mechanism)?, |call| {
            session.digest_init(call)
        })
    })
}

pub(super) unsafe extern "C" fn C_Digest(
    session: CK_SESSION_HANDLE,
    data: *mut CK_BYTE,
    data_len: CK_ULONG,
    digest: *mut CK_BYTE,
    digest_len: *mut CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_Digest", session, |session| {
        let data = caller.input(data, data_len)?;
        caller.answer(digest, digest_len)?.give_to(data, |data, out| session.digest_into(data, out))
    })
}

pub(super) unsafe extern "C" fn C_DigestUpdate(
    session: CK_SESSION_HANDLE,
    part: *mut CK_BYTE,
    part_len: CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_DigestUpdate", session, |session| {
        Ok(session.digest_update(caller.bytes(part, part_len)?)?)
    })
}

pub(super) unsafe extern "C" fn C_DigestFinal(
    session: CK_SESSION_HANDLE,
    digest: *mut CK_BYTE,
    digest_len: *mut CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_DigestFinal", session, |session| {
        caller.answer(digest, digest_len)?.give(|out| session.digest_final_into(out))
    })
}
