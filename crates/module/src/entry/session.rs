//! Sessions and login (PKCS #11 v3.2 section 5.6).

use std::ffi::c_void;

use cryptoki_sys::*;
use portcullis_token::{Login, OperationKind, Session, SessionAccess, UserType};

use crate::arg::Caller;
use crate::call;
use crate::error::{Error, Result};
use crate::sessions::Open;

/// The operations that there are, by the flags that cancel them.
const OPERATIONS: [(CK_FLAGS, OperationKind); 13] = [
    (CKF_SIGN, OperationKind::Sign),
    (CKF_VERIFY, OperationKind::Verify),
    (CKF_DIGEST, OperationKind::Digest),
    (CKF_ENCRYPT, OperationKind::Encrypt),
    (CKF_DECRYPT, OperationKind::Decrypt),
    (CKF_SIGN_RECOVER, OperationKind::SignRecover),
    (CKF_VERIFY_RECOVER, OperationKind::VerifyRecover),
    (CKF_VERIFY, OperationKind::VerifySignature),
    (CKF_MESSAGE_SIGN, OperationKind::MessageSign),
    (CKF_MESSAGE_VERIFY, OperationKind::MessageVerify),
    (CKF_MESSAGE_ENCRYPT, OperationKind::MessageEncrypt),
    (CKF_MESSAGE_DECRYPT, OperationKind::MessageDecrypt),
    (CKF_FIND_OBJECTS, OperationKind::Find),
];

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_OpenSession(
    slot: CK_SLOT_ID,
    flags: CK_FLAGS,
    _application: *mut c_void,
    _notify: CK_NOTIFY,
    session: *mut CK_SESSION_HANDLE,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::library("C_OpenSession", |library| {
        let token = library.slot(slot)?.token()?;
        if flags & CKF_SERIAL_SESSION == 0 {
            return Err(Error::ParallelSession);
        }
        if flags & CKF_ASYNC_SESSION != 0 {
            return Err(Error::AsyncSession);
        }
        let place = caller.place(session)?;
        let access =
            if flags & CKF_RW_SESSION == 0 { SessionAccess::ReadOnly } else { SessionAccess::ReadWrite };
        let open = Open { slot, access, session: token.open_session(access)? };
        place.put(library.sessions().add(open));
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_CloseSession(session: CK_SESSION_HANDLE) -> CK_RV {
    call::library("C_CloseSession", |library| library.sessions().close(session))
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_CloseAllSessions(slot: CK_SLOT_ID) -> CK_RV {
    call::library("C_CloseAllSessions", |library| {
        let token = library.slot(slot)?.token()?;
        library.sessions().close_slot(slot);
        token.close_all_sessions();
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_GetSessionInfo(
    session: CK_SESSION_HANDLE,
    info: *mut CK_SESSION_INFO,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::library("C_GetSessionInfo", |library| {
        let open = library.sessions().open(session)?;
        let place = caller.place(info)?;
        let known = open.session.info()?;
        let (state, access) = match (known.access, known.login) {
            (SessionAccess::ReadOnly, Login::User) => (CKS_RO_USER_FUNCTIONS, 0),
            (SessionAccess::ReadOnly, Login::Public | Login::So) => (CKS_RO_PUBLIC_SESSION, 0),
            (SessionAccess::ReadWrite, Login::Public) => (CKS_RW_PUBLIC_SESSION, CKF_RW_SESSION),
            (SessionAccess::ReadWrite, Login::User) => (CKS_RW_USER_FUNCTIONS, CKF_RW_SESSION),
            (SessionAccess::ReadWrite, Login::So) => (CKS_RW_SO_FUNCTIONS, CKF_RW_SESSION),
        };
        place.put(CK_SESSION_INFO {
            slotID: open.slot,
            state,
            flags: CKF_SERIAL_SESSION | access,
            ulDeviceError: 0,
        });
        Ok(())
    })
}

/// The token validates nothing of itself, so no flag is ever set.
#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_GetSessionValidationFlags(
    session: CK_SESSION_HANDLE,
    kind: CK_SESSION_VALIDATION_FLAGS_TYPE,
    flags: *mut CK_FLAGS,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_GetSessionValidationFlags", session, |_| {
        if kind != CKS_LAST_VALIDATION_OK {
            return Err(Error::ArgumentsBad("an unknown kind of validation flags"));
        }
        caller.place(flags)?.put(0);
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_SessionCancel(session: CK_SESSION_HANDLE, flags: CK_FLAGS) -> CK_RV {
    call::session("C_SessionCancel", session, |session| {
        for (_, kind) in OPERATIONS.iter().filter(|(flag, _)| flags & flag != 0) {
            session.cancel(*kind)?;
        }
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_Login(
    session: CK_SESSION_HANDLE,
    user: CK_USER_TYPE,
    pin: *mut CK_UTF8CHAR,
    pin_len: CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_Login", session, |session| log_in(session, user, caller.some_bytes(pin, pin_len)?))
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_LoginUser(
    session: CK_SESSION_HANDLE,
    user: CK_USER_TYPE,
    pin: *mut CK_UTF8CHAR,
    pin_len: CK_ULONG,
    name: *mut CK_UTF8CHAR,
    name_len: CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_LoginUser", session, |session| {
        if !caller.bytes(name, name_len)?.is_empty() {
            return Err(Error::ArgumentsBad("users of this token have no names"));
        }
        log_in(session, user, caller.some_bytes(pin, pin_len)?)
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_Logout(session: CK_SESSION_HANDLE) -> CK_RV {
    call::session("C_Logout", session, |session| Ok(session.logout()?))
}

/// Logs one of the token's two users in, or gives the PIN that a key asks for before its use.
fn log_in(session: &Session, user: CK_USER_TYPE, pin: &[u8]) -> Result<()> {
    let outcome = match user {
        CKU_SO => session.login(UserType::So, pin),
        CKU_USER => session.login(UserType::User, pin),
        CKU_CONTEXT_SPECIFIC => session.authenticate(pin),
        _ => return Err(Error::UserTypeInvalid),
    };
    Ok(outcome?)
}
