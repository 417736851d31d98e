//! Every function of the version 3.2 list with the arguments it takes, as words of `arguments.rs`: one bare word is
//! one argument, one in parentheses a pair.

use cryptoki_sys::{CK_FUNCTION_LIST_3_2, CK_RV};

use super::arguments::Scene;

/// A function.
pub(crate) struct Call {
    pub(crate) name: &'static str,
    pub(crate) run: fn(&CK_FUNCTION_LIST_3_2, &mut Scene<'_, '_>) -> CK_RV,
}

macro_rules! call {
    ($function:ident $scene:ident [$($done:expr),*]) => {
        // SAFETY: each pointer is NULL or leads to memory of the scene, in the length that the call says; the
        // scene lives longer than the call. Lengths beyond all memory must be refused before anything is read.
        #[allow(unsafe_code)]
        unsafe { $function($($done),*) }
    };
    ($function:ident $scene:ident [$($done:expr),*] ($pair:ident) $($rest:tt)*) => {{
        let (first, second) = $scene.$pair();
        call!($function $scene [$($done,)* first, second] $($rest)*)
    }};
    ($function:ident $scene:ident [$($done:expr),*] $one:ident $($rest:tt)*) => {{
        let one = $scene.$one();
        call!($function $scene [$($done,)* one] $($rest)*)
    }};
}

macro_rules! calls {
    ($($name:ident($($argument:tt)*);)+) => {
        &[$(Call {
            name: stringify!($name),
            run: |list, scene| {
                let function = list.$name.expect("the list has no gaps");
                call!(function scene [] $($argument)*)
            },
        }),+]
    };
}

/// All functions, those of one kind side by side.
pub(crate) const CALLS: &[Call] = calls! {
    C_Initialize(initialize);
    C_Finalize(null);
    C_GetInfo(place);
    C_GetFunctionList(place);
    C_GetSlotList(yes_or_no (output));
    C_GetSlotInfo(slot place);
    C_GetTokenInfo(slot place);
    C_GetMechanismList(slot (output));
    C_GetMechanismInfo(slot number place);
    C_InitToken(slot (pin) label);
    C_InitPIN(session (pin));
    C_SetPIN(session (pin) (pin));
    C_OpenSession(slot flags null callback created);
    C_CloseSession(session);
    C_CloseAllSessions(slot);
    C_GetSessionInfo(session place);
    C_GetOperationState(session (output));
    C_SetOperationState(session (input) object object);
    C_Login(session user (pin));
    C_Logout(session);
    C_CreateObject(session (template) created);
    C_CopyObject(session object (template) created);
    C_DestroyObject(session object);
    C_GetObjectSize(session object place);
    C_GetAttributeValue(session object (wanted));
    C_SetAttributeValue(session object (template));
    C_FindObjectsInit(session (template));
    C_FindObjects(session (found) place);
    C_FindObjectsFinal(session);
    C_EncryptInit(session (keyed));
    C_Encrypt(session (input) (output));
    C_EncryptUpdate(session (input) (output));
    C_EncryptFinal(session (output));
    C_DecryptInit(session (keyed));
    C_Decrypt(session (input) (output));
    C_DecryptUpdate(session (input) (output));
    C_DecryptFinal(session (output));
    C_DigestInit(session digest);
    C_Digest(session (input) (output));
    C_DigestUpdate(session (input));
    C_DigestKey(session object);
    C_DigestFinal(session (output));
    C_SignInit(session (keyed));
    C_Sign(session (input) (output));
    C_SignUpdate(session (input));
    C_SignFinal(session (output));
    C_SignRecoverInit(session (keyed));
    C_SignRecover(session (input) (output));
    C_VerifyInit(session (keyed));
    C_Verify(session (input) (input));
    C_VerifyUpdate(session (input));
    C_VerifyFinal(session (input));
    C_VerifyRecoverInit(session (keyed));
    C_VerifyRecover(session (input) (output));
    C_DigestEncryptUpdate(session (input) (output));
    C_DecryptDigestUpdate(session (input) (output));
    C_SignEncryptUpdate(session (input) (output));
    C_DecryptVerifyUpdate(session (input) (output));
    C_GenerateKey(session generator (template) created);
    C_GenerateKeyPair(session pair_generator (template) (template) created created);
    C_WrapKey(session (keyed) object (output));
    C_UnwrapKey(session (keyed) (input) (template) created);
    C_DeriveKey(session (keyed) (template) created);
    C_SeedRandom(session (input));
    C_GenerateRandom(session (filled));
    C_GetFunctionStatus(session);
    C_CancelFunction(session);
    C_WaitForSlotEvent(flags place null);
    C_GetInterfaceList((output));
    C_GetInterface(name version place flags);
    C_LoginUser(session user (pin) (input));
    C_SessionCancel(session flags);
    C_MessageEncryptInit(session (keyed));
    C_EncryptMessage(session (parameter) (input) (input) (output));
    C_EncryptMessageBegin(session (parameter) (input));
    C_EncryptMessageNext(session (parameter) (input) (output) flags);
    C_MessageEncryptFinal(session);
    C_MessageDecryptInit(session (keyed));
    C_DecryptMessage(session (parameter) (input) (input) (output));
    C_DecryptMessageBegin(session (parameter) (input));
    C_DecryptMessageNext(session (parameter) (input) (output) flags);
    C_MessageDecryptFinal(session);
    C_MessageSignInit(session (keyed));
    C_SignMessage(session (parameter) (input) (output));
    C_SignMessageBegin(session (parameter));
    C_SignMessageNext(session (parameter) (input) (output));
    C_MessageSignFinal(session);
    C_MessageVerifyInit(session (keyed));
    C_VerifyMessage(session (parameter) (input) (input));
    C_VerifyMessageBegin(session (parameter));
    C_VerifyMessageNext(session (parameter) (input) (input));
    C_MessageVerifyFinal(session);
    C_EncapsulateKey(session (keyed) (template) (output) created);
    C_DecapsulateKey(session (keyed) (template) (input) created);
    C_VerifySignatureInit(session (keyed) (input));
    C_VerifySignature(session (input));
    C_VerifySignatureUpdate(session (input));
    C_VerifySignatureFinal(session);
    C_GetSessionValidationFlags(session number place);
    C_AsyncComplete(session name place);
    C_AsyncGetID(session name place);
    C_AsyncJoin(session name number (filled));
    C_WrapKeyAuthenticated(session (authenticated) object (input) (output));
    C_UnwrapKeyAuthenticated(session (authenticated) (input) (template) (input) created);
};

const _: () = assert!(
    CALLS.len() * size_of::<fn()>() == size_of::<CK_FUNCTION_LIST_3_2>() - size_of::<usize>(),
    "a function of the list is not called; its first field is the version"
);
