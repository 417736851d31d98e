//! What is the same over every library: the shells that make a library's calls mechanisms.
//!
//! [`signer`] is around schemes with key pairs, [`hmac`] around MACs, [`digest`] around hashes, [`generate`]
//! around key generation; [`loader`] has the form of a parser of keys and what holds of every RSA key. No
//! library is named here.

pub(crate) mod digest;
pub(crate) mod generate;
pub(crate) mod hmac;
pub(crate) mod loader;
pub(crate) mod signer;

use portcullis_token::{EngineError, Parameters};

/// Refuses parameters where a mechanism has none.
///
/// # Errors
/// [`EngineError::ParametersInvalid`] when there are any.
pub(crate) fn no_parameters(parameters: &Parameters) -> Result<(), EngineError> {
    match parameters {
        Parameters::None => Ok(()),
        _ => Err(EngineError::ParametersInvalid),
    }
}
