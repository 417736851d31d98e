//! Keys that leave wrapped and come in so (PKCS #11 v3.2 sections 5.18.3, 5.18.4, 5.18.6 and 5.18.7).

use cryptoki_sys::*;
use portcullis_token::ObjectHandle;

use super::known;
use crate::arg::Caller;
use crate::call;

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_WrapKey(
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    wrapping: CK_OBJECT_HANDLE,
    key: CK_OBJECT_HANDLE,
    wrapped: *mut CK_BYTE,
    wrapped_len: *mut CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_WrapKey", session, |session| {
        let mut method = caller.wrapping(mechanism)?;
        method.prepare(session)?;
        let keys = (ObjectHandle(wrapping), ObjectHandle(key));
        caller.answer(wrapped, wrapped_len)?.give(|out| method.wrap(session, keys, out))?;
        if wrapped.is_null() { Ok(()) } else { method.give() }
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_WrapKeyAuthenticated(
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    wrapping: CK_OBJECT_HANDLE,
    key: CK_OBJECT_HANDLE,
    associated: *mut CK_BYTE,
    associated_len: CK_ULONG,
    wrapped: *mut CK_BYTE,
    wrapped_len: *mut CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_WrapKeyAuthenticated", session, |session| {
        let mut method = caller.authenticated_wrapping(mechanism)?;
        method.prepare(session)?;
        let keys = (ObjectHandle(wrapping), ObjectHandle(key));
        let associated = caller.bytes(associated, associated_len)?;
        caller
            .answer(wrapped, wrapped_len)?
            .give(|out| method.wrap_authenticated(session, keys, associated, out))?;
        if wrapped.is_null() { Ok(()) } else { method.give() }
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_UnwrapKey(
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    unwrapping: CK_OBJECT_HANDLE,
    wrapped: *mut CK_BYTE,
    wrapped_len: CK_ULONG,
    template: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
    key: *mut CK_OBJECT_HANDLE,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_UnwrapKey", session, |session| {
        let place = caller.place(key)?;
        let mechanism = known(session, caller.wrapping(mechanism)?.into_call())?;
        let wrapped = caller.some_bytes(wrapped, wrapped_len)?;
        let template = caller.template(template, count)?;
        place.put(session.unwrap_key(mechanism, ObjectHandle(unwrapping), wrapped, template)?.0);
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_UnwrapKeyAuthenticated(
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    unwrapping: CK_OBJECT_HANDLE,
    wrapped: *mut CK_BYTE,
    wrapped_len: CK_ULONG,
    template: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
    associated: *mut CK_BYTE,
    associated_len: CK_ULONG,
    key: *mut CK_OBJECT_HANDLE,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_UnwrapKeyAuthenticated", session, |session| {
        let place = caller.place(key)?;
        let method = caller.authenticated_unwrapping(mechanism)?;
        let wrapped = method.with_tag(caller.some_bytes(wrapped, wrapped_len)?);
        let template = caller.template(template, count)?;
        let associated = caller.bytes(associated, associated_len)?;
        let (mechanism, unwrapping) = (method.into_call(), ObjectHandle(unwrapping));
        let made = session.unwrap_key_authenticated(mechanism, unwrapping, &wrapped, template, associated)?;
        place.put(made.0);
        Ok(())
    })
}
