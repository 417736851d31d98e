//! Why bytes are not the key, certificate or signature they were taken for.

use const_oid::ObjectIdentifier;

use crate::{Curve, ParameterSet};

/// The result of reading or writing a format.
pub(super) type Result<T> = core::result::Result<T, FormatError>;

/// Why a format could not be read or written. None of these tells anything of a secret value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// The bytes end before the structure does.
    #[error("the data is cut short")]
    Truncated,
    /// There are bytes after the structure.
    #[error("there is more data after the end of the structure")]
    TrailingData,
    /// The bytes are not DER, or not of this structure; the source says where.
    #[error("the data is not a valid DER structure of this kind")]
    Malformed(#[source] der::Error),
    /// The structure is DER, but no private key.
    #[error("the data is not a private key")]
    NotAPrivateKey,
    /// The private key is encrypted.
    #[error("the key is encrypted; decrypt it first, for instance with `openssl pkcs8`")]
    Encrypted,
    /// The key is of an algorithm that is not kept here.
    #[error("keys of the algorithm {0} are not supported")]
    UnsupportedAlgorithm(ObjectIdentifier),
    /// The algorithm's parameters are not those that the standard prescribes for it.
    #[error("the key's algorithm parameters are not the ones prescribed")]
    AlgorithmParameters,
    /// The curve is none of [`Curve::ALL`].
    #[error("the curve {0} is not supported")]
    UnsupportedCurve(ObjectIdentifier),
    /// The curve has a name that is not known here.
    #[error("a curve of this name is not supported")]
    UnknownCurveName,
    /// The curve is given in another way than by its name.
    #[error("the curve is not given by its name")]
    UnnamedCurve,
    /// The key names two curves.
    #[error("the key names two different curves")]
    CurveMismatch,
    /// The key carries two public keys.
    #[error("the key carries two different public keys")]
    PointMismatch,
    /// A private scalar has a wrong length.
    #[error("the private key does not have the length of {0:?}")]
    ScalarLength(Curve),
    /// A public point has a wrong length or form.
    #[error("the public key does not have the form of a point on {0:?}")]
    PointForm(Curve),
    /// A value of a key of ML-KEM or ML-DSA has a wrong length.
    #[error("the key does not have the length of {0:?}")]
    LatticeLength(ParameterSet),
    /// A public point is compressed.
    #[error("the public key is a compressed point; only uncompressed points are supported")]
    CompressedPoint,
    /// An RSA key has more than two primes.
    #[error("RSA keys of more than two primes are not supported")]
    MultiPrime,
    /// A number that can't be zero is.
    #[error("a number that must be positive is zero")]
    Zero,
    /// The key is symmetric, or a private key whose public point isn't known.
    #[error("the key has no public half")]
    NoPublicHalf,
    /// A signature's numbers don't have the curve's length.
    #[error("the signature does not have the length that the key asks for")]
    SignatureLength,
    /// A PEM block has no end line.
    #[error("a PEM block has no end line")]
    PemUnfinished,
    /// A PEM block is not as RFC 7468 has it; the source says how.
    #[error("a PEM block is not valid")]
    Pem(#[from] der::pem::Error),
}

impl From<der::Error> for FormatError {
    fn from(error: der::Error) -> Self {
        match error.kind() {
            der::ErrorKind::Incomplete { .. } => Self::Truncated,
            der::ErrorKind::TrailingData { .. } => Self::TrailingData,
            _ => Self::Malformed(error),
        }
    }
}
