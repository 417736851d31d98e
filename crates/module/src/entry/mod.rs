//! The functions of the ABI, grouped as in the standard's chapter 5, and the lists that hand them out. An entry
//! reads its arguments, calls one method and writes its outputs; it decides nothing.

// The names are the standard's.
#![allow(non_snake_case)]

mod cipher;
mod derive;
mod digest;
mod dual;
mod encapsulate;
mod general;
mod generate;
mod interface;
mod message_cipher;
mod message_sign;
mod object;
mod recover;
mod refused;
mod session;
mod sign;
mod slot;
#[cfg(test)]
mod tests;
mod verify_signature;
mod wrap;

use cryptoki_sys::CK_VERSION;
use portcullis_token::{MechanismCall, OperationKind, Session};

use crate::error::{Error, Result};

pub use interface::{C_GetFunctionList, C_GetInterface, C_GetInterfaceList, FUNCTIONS};
pub use refused::REFUSED;

/// This library's version.
const LIBRARY_VERSION: CK_VERSION = CK_VERSION {
    major: number(env!("CARGO_PKG_VERSION_MAJOR")),
    minor: number(env!("CARGO_PKG_VERSION_MINOR")),
};

/// Starts an operation; without a mechanism, ends the one that is running (PKCS #11 v3.2 section 5.8).
fn start(
    session: &Session,
    kind: OperationKind,
    call: Option<MechanismCall>,
    init: impl FnOnce(MechanismCall) -> portcullis_token::Result<()>,
) -> Result<()> {
    match call {
        Some(call) => Ok(init(call)?),
        None if session.cancel(kind)? => Ok(()),
        None => Err(Error::ArgumentsBad("NULL where a mechanism should be, and nothing to cancel")),
    }
}

/// The mechanism by which a key is made. One that the token does not have is refused here, before the key's templates
/// are read: they may have attributes that are unknown for the same reason.
fn known(session: &Session, call: MechanismCall) -> Result<MechanismCall> {
    session.check_mechanism(call.mechanism)?;
    Ok(call)
}

/// A small decimal number, read while compiling.
const fn number(text: &str) -> u8 {
    match u8::from_str_radix(text, 10) {
        Ok(number) => number,
        Err(_) => panic!("a version has numbers"),
    }
}
