//! The function lists and interfaces (PKCS #11 v3.2 sections 5.4.4 to 5.4.6).

use std::ffi::CStr;

use cryptoki_sys::*;

use super::cipher::*;
use super::derive::*;
use super::digest::*;
use super::dual::*;
use super::encapsulate::*;
use super::general::*;
use super::generate::*;
use super::message_cipher::*;
use super::message_sign::*;
use super::object::*;
use super::recover::*;
use super::refused::*;
use super::session::*;
use super::sign::*;
use super::slot::*;
use super::verify_signature::*;
use super::wrap::*;
use crate::arg::Caller;
use crate::call;
use crate::error::{Error, Result};

/// The version that is spoken.
pub(super) const VERSION: CK_VERSION =
    CK_VERSION { major: CRYPTOKI_VERSION_MAJOR, minor: CRYPTOKI_VERSION_MINOR };

const V2_40: CK_VERSION = CK_VERSION { major: 2, minor: 40 };
const V3_0: CK_VERSION = CK_VERSION { major: 3, minor: 0 };

/// What every interface here is called.
const NAME: &CStr = c"PKCS 11";

/// Makes the lists of all versions, of which each holds the one before. The compiler refuses one with a gap.
macro_rules! lists {
    ({ $($first:ident)+ } { $($second:ident)+ } { $($third:ident)+ }) => {
        static LIST_2_40: CK_FUNCTION_LIST = CK_FUNCTION_LIST { version: V2_40, $($first: Some($first)),+ };
        static LIST_3_0: CK_FUNCTION_LIST_3_0 =
            CK_FUNCTION_LIST_3_0 { version: V3_0, $($first: Some($first),)+ $($second: Some($second)),+ };
        static LIST_3_2: CK_FUNCTION_LIST_3_2 = CK_FUNCTION_LIST_3_2 {
            version: VERSION, $($first: Some($first),)+ $($second: Some($second),)+ $($third: Some($third)),+
        };

        /// Every function of the lists by its name, with the version whose list was the first to have it.
        pub const FUNCTIONS: [(CK_VERSION, &[&str]); 3] = [
            (V2_40, &[$(stringify!($first)),+]),
            (V3_0, &[$(stringify!($second)),+]),
            (VERSION, &[$(stringify!($third)),+]),
        ];
    };
}

lists! {
    {
        C_Initialize C_Finalize C_GetInfo C_GetFunctionList C_GetSlotList C_GetSlotInfo C_GetTokenInfo
        C_GetMechanismList C_GetMechanismInfo C_InitToken C_InitPIN C_SetPIN C_OpenSession
        C_CloseSession C_CloseAllSessions C_GetSessionInfo C_GetOperationState C_SetOperationState
        C_Login C_Logout C_CreateObject C_CopyObject C_DestroyObject C_GetObjectSize C_GetAttributeValue
        C_SetAttributeValue C_FindObjectsInit C_FindObjects C_FindObjectsFinal C_EncryptInit C_Encrypt
        C_EncryptUpdate C_EncryptFinal C_DecryptInit C_Decrypt C_DecryptUpdate C_DecryptFinal
        C_DigestInit C_Digest C_DigestUpdate C_DigestKey C_DigestFinal C_SignInit C_Sign C_SignUpdate
        C_SignFinal C_SignRecoverInit C_SignRecover C_VerifyInit C_Verify C_VerifyUpdate C_VerifyFinal
        C_VerifyRecoverInit C_VerifyRecover C_DigestEncryptUpdate C_DecryptDigestUpdate
        C_SignEncryptUpdate C_DecryptVerifyUpdate C_GenerateKey C_GenerateKeyPair C_WrapKey C_UnwrapKey
        C_DeriveKey C_SeedRandom C_GenerateRandom C_GetFunctionStatus C_CancelFunction
        C_WaitForSlotEvent
    }
    {
        C_GetInterfaceList C_GetInterface C_LoginUser C_SessionCancel C_MessageEncryptInit
        C_EncryptMessage C_EncryptMessageBegin C_EncryptMessageNext C_MessageEncryptFinal
        C_MessageDecryptInit C_DecryptMessage C_DecryptMessageBegin C_DecryptMessageNext
        C_MessageDecryptFinal C_MessageSignInit C_SignMessage C_SignMessageBegin C_SignMessageNext
        C_MessageSignFinal C_MessageVerifyInit C_VerifyMessage C_VerifyMessageBegin C_VerifyMessageNext
        C_MessageVerifyFinal
    }
    {
        C_EncapsulateKey C_DecapsulateKey C_VerifySignatureInit C_VerifySignature
        C_VerifySignatureUpdate C_VerifySignatureFinal C_GetSessionValidationFlags C_AsyncComplete
        C_AsyncGetID C_AsyncJoin C_WrapKeyAuthenticated C_UnwrapKeyAuthenticated
    }
}

/// Interfaces, the preferred one first.
struct Interfaces([CK_INTERFACE; 3]);

// SAFETY: the pointers inside lead to constants that nothing writes to.
unsafe impl Sync for Interfaces {}

static INTERFACES: Interfaces = Interfaces([
    interface((&raw const LIST_3_2).cast()),
    interface((&raw const LIST_3_0).cast()),
    interface((&raw const LIST_2_40).cast()),
]);

const VERSIONS: [CK_VERSION; 3] = [VERSION, V3_0, V2_40];

/// The C type wants pointers that could be written through; the standard forbids to.
///
/// No flag: `CKF_INTERFACE_FORK_SAFE` promises that a child goes on with its parent's sessions and login.
const fn interface(list: *const std::ffi::c_void) -> CK_INTERFACE {
    CK_INTERFACE { pInterfaceName: NAME.as_ptr().cast_mut().cast(), pFunctionList: list.cast_mut(), flags: 0 }
}

/// The functions of version 2.40.
///
/// # Safety
/// `list` must be NULL or a place for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn C_GetFunctionList(list: *mut *mut CK_FUNCTION_LIST) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::bare("C_GetFunctionList", || {
        caller.place(list)?.put((&raw const LIST_2_40).cast_mut());
        Ok(())
    })
}

/// All interfaces.
///
/// # Safety
/// `count` must be NULL or hold a number, and `list` be NULL or a place for so many interfaces.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn C_GetInterfaceList(list: *mut CK_INTERFACE, count: *mut CK_ULONG) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::bare("C_GetInterfaceList", || caller.list(&INTERFACES.0, list, count))
}

/// The first interface that has a name, a version and flags, of which NULL and 0 leave the choice open.
///
/// # Safety
/// `name` must be NULL or a string, `version` NULL or a version, `interface` NULL or a place for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn C_GetInterface(
    name: *mut CK_UTF8CHAR,
    version: *mut CK_VERSION,
    interface: *mut *mut CK_INTERFACE,
    flags: CK_FLAGS,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::bare("C_GetInterface", || {
        let place = caller.place(interface)?;
        let chosen = choose(caller.string(name.cast())?, caller.read(version), flags)?;
        place.put((&raw const *chosen).cast_mut());
        Ok(())
    })
}

fn choose(name: Option<&str>, version: Option<CK_VERSION>, flags: CK_FLAGS) -> Result<&'static CK_INTERFACE> {
    let named = name.is_none_or(|name| name.as_bytes() == NAME.to_bytes());
    let suits = |(own, interface): &(&CK_VERSION, &CK_INTERFACE)| {
        let versioned = version.is_none_or(|asked| (asked.major, asked.minor) == (own.major, own.minor));
        named && versioned && interface.flags & flags == flags
    };
    let chosen = VERSIONS.iter().zip(&INTERFACES.0).find(suits);
    chosen.map(|(_, interface)| interface).ok_or(Error::ArgumentsBad("there is no such interface"))
}
