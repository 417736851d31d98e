//! Two operations on one part (PKCS #11 v3.2 section 5.17).

use cryptoki_sys::*;

use crate::arg::Caller;
use crate::call;

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_DigestEncryptUpdate(
    session: CK_SESSION_HANDLE,
    part: *mut CK_BYTE,
    part_len: CK_ULONG,
    encrypted: *mut CK_BYTE,
    encrypted_len: *mut CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_DigestEncryptUpdate", session, |session| {
        let part = caller.input(part, part_len)?;
        caller
            .answer(encrypted, encrypted_len)?
            .give_to(part, |part, out| session.digest_encrypt_update_into(part, out))
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_DecryptDigestUpdate(
    session: CK_SESSION_HANDLE,
    encrypted: *mut CK_BYTE,
    encrypted_len: CK_ULONG,
    part: *mut CK_BYTE,
    part_len: *mut CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_DecryptDigestUpdate", session, |session| {
        let encrypted = caller.input(encrypted, encrypted_len)?;
        caller
            .answer(part, part_len)?
            .give_to(encrypted, |encrypted, out| session.decrypt_digest_update_into(encrypted, out))
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_SignEncryptUpdate(
    session: CK_SESSION_HANDLE,
    part: *mut CK_BYTE,
    part_len: CK_ULONG,
    encrypted: *mut CK_BYTE,
    encrypted_len: *mut CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_SignEncryptUpdate", session, |session| {
        let part = caller.input(part, part_len)?;
        caller
            .answer(encrypted, encrypted_len)?
            .give_to(part, |part, out| session.sign_encrypt_update_into(part, out))
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_DecryptVerifyUpdate(
    session: CK_SESSION_HANDLE,
    encrypted: *mut CK_BYTE,
    encrypted_len: CK_ULONG,
    part: *mut CK_BYTE,
    part_len: *mut CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_DecryptVerifyUpdate", session, |session| {
        let encrypted = caller.input(encrypted, encrypted_len)?;
        caller
            .answer(part, part_len)?
            .give_to(encrypted, |encrypted, out| session.decrypt_verify_update_into(encrypted, out))
    })
}
