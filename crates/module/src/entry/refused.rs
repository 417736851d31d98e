//! Functions that the lists must have and that nothing stands behind yet: each checks its session, as all do, and
//! says that it is not supported. They are made here and nowhere else.

use std::ffi::c_void;

use cryptoki_sys::*;

use crate::call;
use crate::error::Error;

/// Makes one refusing function.
macro_rules! refuse {
    ($name:ident ($($argument:ty),*)) => {
        pub(super) unsafe extern "C" fn $name(session: CK_SESSION_HANDLE $(, _: $argument)*) -> CK_RV {
            call::session(stringify!($name), session, |_| Err(Error::NotSupported))
        }
    };
}

/// Makes refusing functions, several of one signature at a time, and the list of their names.
macro_rules! refused {
    (@each $arguments:tt $($name:ident)+) => { $(refuse! { $name $arguments })+ };
    ($($arguments:tt: $($name:ident)+;)+) => {
        $(refused! { @each $arguments $($name)+ })+

        /// The functions of the lists that answer `CKR_FUNCTION_NOT_SUPPORTED` and nothing else.
        pub const REFUSED: &[&str] = &[$($(stringify!($name)),+),+];
    };
}

refused! {
    (*mut CK_BYTE, *mut CK_ULONG):
        C_GetOperationState C_EncryptFinal C_DecryptFinal;
    (*mut CK_BYTE, CK_ULONG, CK_OBJECT_HANDLE, CK_OBJECT_HANDLE):
        C_SetOperationState;
    (*mut CK_MECHANISM, CK_OBJECT_HANDLE):
        C_EncryptInit C_DecryptInit C_SignRecoverInit C_VerifyRecoverInit C_MessageEncryptInit
        C_MessageDecryptInit C_MessageSignInit C_MessageVerifyInit;
    (*mut CK_BYTE, CK_ULONG, *mut CK_BYTE, *mut CK_ULONG):
        C_Encrypt C_EncryptUpdate C_Decrypt C_DecryptUpdate C_SignRecover C_VerifyRecover
        C_DigestEncryptUpdate C_DecryptDigestUpdate C_SignEncryptUpdate C_DecryptVerifyUpdate;
    (CK_OBJECT_HANDLE):
        C_DigestKey;
    (*mut c_void, CK_ULONG, *mut CK_BYTE, CK_ULONG, *mut CK_BYTE, CK_ULONG, *mut CK_BYTE, *mut CK_ULONG):
        C_EncryptMessage C_DecryptMessage;
    (*mut c_void, CK_ULONG, *mut CK_BYTE, CK_ULONG):
        C_EncryptMessageBegin C_DecryptMessageBegin;
    (*mut c_void, CK_ULONG, *mut CK_BYTE, CK_ULONG, *mut CK_BYTE, *mut CK_ULONG, CK_FLAGS):
        C_EncryptMessageNext C_DecryptMessageNext;
    ():
        C_MessageEncryptFinal C_MessageDecryptFinal C_MessageSignFinal C_MessageVerifyFinal
        C_VerifySignatureFinal;
    (*mut c_void, CK_ULONG, *mut CK_BYTE, CK_ULONG, *mut CK_BYTE, *mut CK_ULONG):
        C_SignMessage C_SignMessageNext;
    (*mut c_void, CK_ULONG):
        C_SignMessageBegin C_VerifyMessageBegin;
    (*mut c_void, CK_ULONG, *mut CK_BYTE, CK_ULONG, *mut CK_BYTE, CK_ULONG):
        C_VerifyMessage C_VerifyMessageNext;
    (*mut CK_MECHANISM, CK_OBJECT_HANDLE, *mut CK_BYTE, CK_ULONG):
        C_VerifySignatureInit;
    (*mut CK_BYTE, CK_ULONG):
        C_VerifySignature C_VerifySignatureUpdate;
    (*mut CK_UTF8CHAR, *mut CK_ASYNC_DATA):
        C_AsyncComplete;
    (*mut CK_UTF8CHAR, *mut CK_ULONG):
        C_AsyncGetID;
    (*mut CK_UTF8CHAR, CK_ULONG, *mut CK_BYTE, CK_ULONG):
        C_AsyncJoin;
}
