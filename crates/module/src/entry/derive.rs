//! Keys derived from keys (PKCS #11 v3.2 section 5.18.5).

use cryptoki_sys::*;
use portcullis_token::ObjectHandle;

use super::known;
use crate::arg::Caller;
use crate::call;

/// Some mechanisms answer through their parameter too, or through it alone.
#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_DeriveKey(
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    base: CK_OBJECT_HANDLE,
    template: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
    key: *mut CK_OBJECT_HANDLE,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_DeriveKey", session, |session| {
        let call = known(session, caller.mechanism(mechanism)?)?;
        let (answers, templates) = caller.derivation(mechanism, caller.template(template, count)?, key)?;
        answers.give(&session.derive_keys(call, ObjectHandle(base), templates)?)
    })
}
