//! What is the same over every library: the shells that make a library's calls mechanisms.
//!
//! [`signer`] is around schemes with key pairs, [`mac`] around MACs, [`cipher`] around encryption, [`combined`] around both, [`digest`]
//! around hashes, [`generate`] around key generation; [`loader`] has the form of a parser of keys and what holds of every RSA key;
//! [`public_half`] finds the way to a public key. No library is named here.

#[cfg(feature = "aws_lc")]
pub(crate) mod cipher;
#[cfg(feature = "aws_lc")]
pub(crate) mod combined;
pub(crate) mod digest;
pub(crate) mod generate;
pub(crate) mod loader;
pub(crate) mod mac;
pub(crate) mod signer;

use portcullis_token::{EngineError, KeyMaterial, Parameters, RsaPrivate, RsaPublic};

use self::generate::PublicPoint;

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

/// The public half of a private key, by a library's two ways to it.
///
/// # Errors
/// Those of the two ways; [`EngineError::Unsupported`] when there is neither for such a key.
pub(crate) fn public_half(
    private: &KeyMaterial,
    rsa: fn(&RsaPrivate) -> Result<RsaPublic, EngineError>,
    public_point: PublicPoint,
) -> Result<KeyMaterial, EngineError> {
    match private {
        KeyMaterial::RsaPrivate(key) => rsa(key).map(KeyMaterial::RsaPublic),
        KeyMaterial::EcPrivate { curve, scalar, .. } => {
            Ok(KeyMaterial::EcPublic { curve: *curve, point: public_point(*curve, scalar)? })
        }
        _ => Err(EngineError::Unsupported),
    }
}
