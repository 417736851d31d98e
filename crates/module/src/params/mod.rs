//! Mechanisms and their parameters: `CK_MECHANISM` read into a `MechanismCall` (PKCS #11 v3.2 chapter 6). Which
//! parameters a mechanism accepts for a key is the engine's to say; here they only get a Rust shape.
//!
//! Which structure belongs to which mechanism is said in [`Parameter::reader`] and nowhere else.

mod answers;
mod cipher;
mod codes;
mod derivation;
mod kbkdf;
mod message;
mod signature;
#[cfg(test)]
mod tests;
mod tls;
mod wrapping;

use std::ffi::c_void;

use cryptoki_sys::{CK_MECHANISM, CK_ULONG};
use portcullis_token::{Error as TokenError, MechanismCall, MechanismType, Parameters};

use crate::arg::{Caller, Plain};
use crate::error::{Error, Result};

/// A mechanism's parameter, of which not more than its length is known.
#[derive(Clone, Copy)]
struct Parameter {
    mechanism: MechanismType,
    start: *const c_void,
    len: CK_ULONG,
}

/// What reads the parameters of some mechanisms.
type Reader = fn(&Caller, Parameter) -> Result<Parameters>;

impl Parameter {
    fn is_absent(self) -> bool {
        self.len == 0
    }

    /// Who reads it.
    fn reader(self) -> Result<Reader> {
        let reader = Caller::of_cipher(self).or_else(|| Caller::of_signature(self));
        let reader = reader.or_else(|| Caller::of_derivation(self)).or_else(|| Caller::of_tls(self));
        match reader {
            Some(reader) => Ok(reader),
            None if self.is_absent() => Ok(|_, _| Ok(Parameters::None)),
            None if self.mechanism.name().is_some() => Err(self.invalid()),
            None => Err(TokenError::MechanismInvalid(self.mechanism).into()),
        }
    }

    /// What is said of a parameter that is none of the mechanism's.
    fn invalid(self) -> Error {
        TokenError::MechanismParamInvalid(self.mechanism).into()
    }
}

impl Caller {
    /// The mechanism that a caller names, or `None` for NULL, which cancels an operation (PKCS #11 v3.0).
    pub(crate) fn mechanism_or_null(&self, place: *const CK_MECHANISM) -> Result<Option<MechanismCall>> {
        let Some(given) = self.read(place) else { return Ok(None) };
        let mechanism = MechanismType(given.mechanism);
        let parameter = Parameter { mechanism, start: given.pParameter, len: given.ulParameterLen };
        let parameters = parameter.reader()?(self, parameter)?;
        Ok(Some(MechanismCall { mechanism, parameters }))
    }

    /// The mechanism that a caller has to name.
    pub(crate) fn mechanism(&self, place: *const CK_MECHANISM) -> Result<MechanismCall> {
        self.mechanism_or_null(place)?.ok_or(Error::ArgumentsBad("NULL where a mechanism should be"))
    }

    /// The mechanism of an operation that takes no parameter from it: of messages, which bring theirs themselves, and
    /// of digests, which have none and whose callers may leave the place of one uninitialised. It is not looked at.
    pub(crate) fn bare_mechanism(&self, place: *const CK_MECHANISM) -> Result<Option<MechanismCall>> {
        Ok(self.read(place).map(|given| MechanismType(given.mechanism).into()))
    }

    /// The parameter as the structure that it must be; `None` where there is none.
    fn optional<T: Plain>(&self, parameter: Parameter) -> Result<Option<T>> {
        match usize::try_from(parameter.len) {
            Ok(0) => Ok(None),
            Ok(len) if len == size_of::<T>() => {
                self.read(parameter.start.cast()).map(Some).ok_or_else(|| parameter.invalid())
            }
            _ => Err(parameter.invalid()),
        }
    }

    /// The structure that the mechanism can't do without.
    fn structure<T: Plain>(&self, parameter: Parameter) -> Result<T> {
        self.optional(parameter)?.ok_or_else(|| parameter.invalid())
    }

    /// Bytes that the parameter leads to.
    fn field<T>(&self, parameter: Parameter, start: *const T, len: CK_ULONG) -> Result<&[u8]> {
        self.bytes(start.cast(), len).map_err(|_| parameter.invalid())
    }
}

/// A number that a program gave as a `CK_ULONG`.
fn number<T: TryFrom<CK_ULONG>>(parameter: Parameter, given: CK_ULONG) -> Result<T> {
    T::try_from(given).map_err(|_| parameter.invalid())
}

/// Whole bytes, of a length that a program gave in bits.
fn bytes_of_bits(parameter: Parameter, bits: CK_ULONG) -> Result<usize> {
    if bits.is_multiple_of(8) { number(parameter, bits / 8) } else { Err(parameter.invalid()) }
}
