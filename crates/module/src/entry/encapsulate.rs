//! Secrets shared by encapsulation (PKCS #11 v3.2 sections 5.18.8 and 5.18.9).

use cryptoki_sys::*;
use portcullis_token::ObjectHandle;

use super::known;
use crate::arg::Caller;
use crate::call;

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_EncapsulateKey(
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    public: CK_OBJECT_HANDLE,
    template: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
    ciphertext: *mut CK_BYTE,
    ciphertext_len: *mut CK_ULONG,
    key: *mut CK_OBJECT_HANDLE,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_EncapsulateKey", session, |session| {
        // Who asks for the length alone gets no key.
        let place = if ciphertext.is_null() { None } else { Some(caller.place(key)?) };
        let mechanism = known(session, caller.mechanism(mechanism)?)?;
        let template = caller.template(template, count)?;
        let mut made = None;
        caller.answer(ciphertext, ciphertext_len)?.give(|out| {
            let (len, key) = session.encapsulate_key(mechanism, ObjectHandle(public), template, out)?;
            made = key;
            Ok(len)
        })?;
        if let (Some(place), Some(key)) = (place, made) {
            place.put(key.0);
        }
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_DecapsulateKey(
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    private: CK_OBJECT_HANDLE,
    template: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
    ciphertext: *mut CK_BYTE,
    ciphertext_len: CK_ULONG,
    key: *mut CK_OBJECT_HANDLE,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_DecapsulateKey", session, |session| {
        let place = caller.place(key)?;
        let mechanism = known(session, caller.mechanism(mechanism)?)?;
        let template = caller.template(template, count)?;
        let ciphertext = caller.some_bytes(ciphertext, ciphertext_len)?;
        place.put(session.decapsulate_key(mechanism, ObjectHandle(private), ciphertext, template)?.0);
        Ok(())
    })
}
