//! Slots and tokens (PKCS #11 v3.2 section 5.5).

use std::ffi::c_void;

use cryptoki_sys::*;
use portcullis_token::{Error as TokenError, KeyType, MechanismInfo, MechanismType, PinState, TokenInfo};

use super::LIBRARY_VERSION;
use crate::arg::Caller;
use crate::call;
use crate::error::Error;
use crate::out::padded;

/// The length of a label in `C_InitToken`, which no length goes with.
const LABEL: CK_ULONG = 32;

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_GetSlotList(
    with_token: CK_BBOOL,
    slots: *mut CK_SLOT_ID,
    count: *mut CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::library("C_GetSlotList", |library| {
        // What has come or gone is looked for when only the length is asked for (section 5.5.1).
        if slots.is_null() {
            library.slots().look();
        }
        caller.list(&library.slots().ids(with_token != CK_FALSE), slots, count)
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_GetSlotInfo(slot: CK_SLOT_ID, info: *mut CK_SLOT_INFO) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::library("C_GetSlotInfo", |library| {
        let slot = library.slot(slot)?;
        caller.place(info)?.put(CK_SLOT_INFO {
            slotDescription: padded(&slot.description),
            manufacturerID: padded(TokenInfo::MANUFACTURER),
            flags: if slot.token().is_ok() { CKF_TOKEN_PRESENT } else { 0 },
            hardwareVersion: LIBRARY_VERSION,
            firmwareVersion: LIBRARY_VERSION,
        });
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_GetTokenInfo(slot: CK_SLOT_ID, info: *mut CK_TOKEN_INFO) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::library("C_GetTokenInfo", |library| {
        let place = caller.place(info)?;
        let (sessions, read_write) = library.sessions().count(slot);
        let token = library.slot(slot)?.token()?.info()?;
        place.put(CK_TOKEN_INFO {
            ulSessionCount: sessions as CK_ULONG,
            ulRwSessionCount: read_write as CK_ULONG,
            ..describe(&token)
        });
        Ok(())
    })
}

/// What is known of a token without its sessions.
fn describe(token: &TokenInfo) -> CK_TOKEN_INFO {
    CK_TOKEN_INFO {
        label: padded(&token.label),
        manufacturerID: padded(TokenInfo::MANUFACTURER),
        model: padded(TokenInfo::MODEL),
        serialNumber: padded(&token.serial),
        flags: token_flags(token),
        ulMaxSessionCount: CK_EFFECTIVELY_INFINITE,
        ulSessionCount: CK_UNAVAILABLE_INFORMATION,
        ulMaxRwSessionCount: CK_EFFECTIVELY_INFINITE,
        ulRwSessionCount: CK_UNAVAILABLE_INFORMATION,
        ulMaxPinLen: *token.pin_len.end() as CK_ULONG,
        ulMinPinLen: *token.pin_len.start() as CK_ULONG,
        ulTotalPublicMemory: CK_UNAVAILABLE_INFORMATION,
        ulFreePublicMemory: CK_UNAVAILABLE_INFORMATION,
        ulTotalPrivateMemory: CK_UNAVAILABLE_INFORMATION,
        ulFreePrivateMemory: CK_UNAVAILABLE_INFORMATION,
        hardwareVersion: LIBRARY_VERSION,
        firmwareVersion: LIBRARY_VERSION,
        utcTime: padded(""),
    }
}

fn token_flags(token: &TokenInfo) -> CK_FLAGS {
    let of_pin = |pin: Option<PinState>, low, last, locked| match pin {
        Some(PinState { tries_left: 0, .. }) => locked,
        Some(PinState { tries_left: 1, .. }) => low | last,
        Some(PinState { failed_before: true, .. }) => low,
        _ => 0,
    };
    let so = of_pin(token.so_pin, CKF_SO_PIN_COUNT_LOW, CKF_SO_PIN_FINAL_TRY, CKF_SO_PIN_LOCKED);
    let user = of_pin(token.user_pin, CKF_USER_PIN_COUNT_LOW, CKF_USER_PIN_FINAL_TRY, CKF_USER_PIN_LOCKED);
    let set = if token.user_pin.is_some() { CKF_USER_PIN_INITIALIZED } else { 0 };
    let initialized = if token.initialized { CKF_TOKEN_INITIALIZED } else { 0 };
    CKF_RNG | CKF_LOGIN_REQUIRED | initialized | set | so | user
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_WaitForSlotEvent(
    flags: CK_FLAGS,
    _slot: *mut CK_SLOT_ID,
    reserved: *mut c_void,
) -> CK_RV {
    call::library("C_WaitForSlotEvent", |_| {
        if !reserved.is_null() {
            return Err(Error::ArgumentsBad("pReserved must be NULL"));
        }
        // Nothing is watched: what is new shows when the slots are listed, and a wait would have no end.
        Err(if flags & CKF_DONT_BLOCK != 0 { Error::NoEvent } else { Error::NotSupported })
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_GetMechanismList(
    slot: CK_SLOT_ID,
    list: *mut CK_MECHANISM_TYPE,
    count: *mut CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::library("C_GetMechanismList", |library| {
        let mechanisms = library.slot(slot)?.token()?.mechanisms();
        let codes: Vec<_> = mechanisms.iter().map(|each| each.mechanism.0 as CK_MECHANISM_TYPE).collect();
        caller.list(&codes, list, count)
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_GetMechanismInfo(
    slot: CK_SLOT_ID,
    mechanism: CK_MECHANISM_TYPE,
    info: *mut CK_MECHANISM_INFO,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::library("C_GetMechanismInfo", |library| {
        let place = caller.place(info)?;
        let mechanisms = library.slot(slot)?.token()?.mechanisms();
        let wanted = MechanismType(mechanism);
        let known = mechanisms.iter().find(|each| each.mechanism == wanted);
        let known = known.ok_or(TokenError::MechanismInvalid(wanted))?;
        place.put(CK_MECHANISM_INFO {
            ulMinKeySize: CK_ULONG::from(*known.key_sizes.start()),
            ulMaxKeySize: CK_ULONG::from(*known.key_sizes.end()),
            flags: mechanism_flags(known),
        });
        Ok(())
    })
}

fn mechanism_flags(info: &MechanismInfo) -> CK_FLAGS {
    // A mechanism's first key type is the one it generates.
    let key_type = info.key_types.first();
    let generate = match key_type {
        Some(key_type) if key_type.is_symmetric() => CKF_GENERATE,
        _ => CKF_GENERATE_KEY_PAIR,
    };
    // How curves and points can be given (section 6.3).
    let curves = match key_type {
        Some(KeyType::Ec) => CKF_EC_F_P | CKF_EC_OID | CKF_EC_UNCOMPRESS,
        Some(KeyType::EcEdwards | KeyType::EcMontgomery) => {
            CKF_EC_F_P | CKF_EC_OID | CKF_EC_CURVENAME | CKF_EC_COMPRESS
        }
        _ => 0,
    };
    let capabilities = [
        (info.sign, CKF_SIGN | CKF_MESSAGE_SIGN | CKF_MULTI_MESSAGE),
        (info.verify, CKF_VERIFY | CKF_MESSAGE_VERIFY | CKF_MULTI_MESSAGE),
        (info.message_encrypt, CKF_MESSAGE_ENCRYPT | CKF_MULTI_MESSAGE),
        (info.message_decrypt, CKF_MESSAGE_DECRYPT | CKF_MULTI_MESSAGE),
        (info.sign_recover, CKF_SIGN_RECOVER),
        (info.verify_recover, CKF_VERIFY_RECOVER),
        (info.digest, CKF_DIGEST),
        (info.encrypt, CKF_ENCRYPT),
        (info.decrypt, CKF_DECRYPT),
        (info.wrap, CKF_WRAP),
        (info.unwrap, CKF_UNWRAP),
        (info.derive, CKF_DERIVE),
        (info.encapsulate, CKF_ENCAPSULATE),
        (info.decapsulate, CKF_DECAPSULATE),
        (info.generate, generate),
    ];
    capabilities.into_iter().filter(|(can, _)| *can).fold(curves, |flags, (_, flag)| flags | flag)
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_InitToken(
    slot: CK_SLOT_ID,
    pin: *mut CK_UTF8CHAR,
    pin_len: CK_ULONG,
    label: *mut CK_UTF8CHAR,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks; a label has 32 bytes.
    let caller = unsafe { Caller::trusted() };
    call::library("C_InitToken", |library| {
        let token = library.slot(slot)?.token()?;
        let pin = caller.some_bytes(pin, pin_len)?;
        let label = str::from_utf8(caller.some_bytes(label, LABEL)?);
        let label = label.map_err(|_| Error::ArgumentsBad("a label that is not UTF-8"))?;
        Ok(token.init(pin, label)?)
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_InitPIN(
    session: CK_SESSION_HANDLE,
    pin: *mut CK_UTF8CHAR,
    pin_len: CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_InitPIN", session, |session| Ok(session.init_pin(caller.some_bytes(pin, pin_len)?)?))
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_SetPIN(
    session: CK_SESSION_HANDLE,
    old: *mut CK_UTF8CHAR,
    old_len: CK_ULONG,
    new: *mut CK_UTF8CHAR,
    new_len: CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_SetPIN", session, |session| {
        Ok(session.set_pin(caller.some_bytes(old, old_len)?, caller.some_bytes(new, new_len)?)?)
    })
}
