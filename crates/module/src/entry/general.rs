//! General-purpose functions and those of the legacy of parallel sessions (PKCS #11 v3.2 sections 5.4 and 5.21).

use std::ffi::c_void;
use std::path::Path;

use cryptoki_sys::*;
use portcullis_token::TokenInfo;

use super::{LIBRARY_VERSION, interface};
use crate::arg::Caller;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::out::padded;
use crate::{call, library, log};

/// How programs name a configuration file in `pReserved`.
const CONFIG_FILE: &str = "configfile=";

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_Initialize(arguments: *mut c_void) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::bare("C_Initialize", || {
        let named = caller.read::<CK_C_INITIALIZE_ARGS>(arguments.cast());
        let named = named.map_or(Ok(None), |named| config_file(&caller, &named))?;
        library::initialize(|| {
            let config = Config::find(named.map(Path::new))?;
            log::start(&config.log);
            Ok(config)
        })
    })
}

/// Checks the arguments, and gives the configuration file that they may name.
///
/// Locks are the operating system's always: mutexes of the caller's are accepted and not used.
fn config_file<'a>(caller: &'a Caller, arguments: &CK_C_INITIALIZE_ARGS) -> Result<Option<&'a str>> {
    let CK_C_INITIALIZE_ARGS { CreateMutex, DestroyMutex, LockMutex, UnlockMutex, pReserved, .. } = arguments;
    let mutexes = [CreateMutex.is_some(), DestroyMutex.is_some(), LockMutex.is_some(), UnlockMutex.is_some()];
    if mutexes.contains(&true) && mutexes.contains(&false) {
        return Err(Error::ArgumentsBad("some mutex functions without the others"));
    }
    let Some(text) = caller.string(pReserved.cast())? else { return Ok(None) };
    let file = text.strip_prefix(CONFIG_FILE).unwrap_or(text);
    if Path::new(file).is_absolute() {
        Ok(Some(file))
    } else {
        Err(Error::ArgumentsBad("pReserved is neither NULL nor the path of a configuration file"))
    }
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_Finalize(reserved: *mut c_void) -> CK_RV {
    call::bare("C_Finalize", || {
        if !reserved.is_null() {
            return Err(Error::ArgumentsBad("pReserved must be NULL"));
        }
        library::finalize()
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_GetInfo(info: *mut CK_INFO) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::library("C_GetInfo", |_| {
        caller.place(info)?.put(CK_INFO {
            cryptokiVersion: interface::VERSION,
            manufacturerID: padded(TokenInfo::MANUFACTURER),
            flags: 0,
            libraryDescription: padded("Portcullis PKCS #11 module"),
            libraryVersion: LIBRARY_VERSION,
        });
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_GetFunctionStatus(session: CK_SESSION_HANDLE) -> CK_RV {
    call::session("C_GetFunctionStatus", session, |_| Err(Error::NotParallel))
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_CancelFunction(session: CK_SESSION_HANDLE) -> CK_RV {
    call::session("C_CancelFunction", session, |_| Err(Error::NotParallel))
}
