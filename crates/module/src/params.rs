//! Mechanisms and their parameters: `CK_MECHANISM` read into a `MechanismCall`. Which parameters a mechanism
//! accepts for a key is the engine's to say; here they only get a Rust shape.

use cryptoki_sys::*;
use portcullis_token::{Error as TokenError, HashAlgorithm, MechanismCall, MechanismType, Parameters};

use crate::arg::{Caller, Plain};
use crate::error::{Error, Result};

impl Caller {
    /// The mechanism that a caller names, or `None` for NULL, which cancels an operation (PKCS #11 v3.0).
    pub(crate) fn mechanism_or_null(&self, place: *const CK_MECHANISM) -> Result<Option<MechanismCall>> {
        let Some(given) = self.read(place) else { return Ok(None) };
        let mechanism = MechanismType(given.mechanism);
        let parameters = match mechanism {
            MechanismType::RSA_PKCS_PSS
            | MechanismType::SHA1_RSA_PKCS_PSS
            | MechanismType::SHA256_RSA_PKCS_PSS
            | MechanismType::SHA384_RSA_PKCS_PSS
            | MechanismType::SHA512_RSA_PKCS_PSS => self.pss(&given)?,
            MechanismType::EDDSA => self.eddsa(&given)?,
            _ if given.ulParameterLen == 0 => Parameters::None,
            known if known.name().is_some() => return Err(invalid(&given)),
            unknown => return Err(TokenError::MechanismInvalid(unknown).into()),
        };
        Ok(Some(MechanismCall { mechanism, parameters }))
    }

    /// The mechanism that a caller has to name.
    pub(crate) fn mechanism(&self, place: *const CK_MECHANISM) -> Result<MechanismCall> {
        self.mechanism_or_null(place)?.ok_or(Error::ArgumentsBad("NULL where a mechanism should be"))
    }

    fn pss(&self, given: &CK_MECHANISM) -> Result<Parameters> {
        let pss: CK_RSA_PKCS_PSS_PARAMS = self.parameter(given)?.ok_or_else(|| invalid(given))?;
        let hash = hash(pss.hashAlg).ok_or_else(|| invalid(given))?;
        let mgf = mgf(pss.mgf).ok_or_else(|| invalid(given))?;
        let salt_len = usize::try_from(pss.sLen).map_err(|_| invalid(given))?;
        Ok(Parameters::RsaPss { hash, mgf, salt_len })
    }

    /// Plain Ed25519 alone (RFC 8032 section 5.1): neither the pre-hashed variant nor a context.
    fn eddsa(&self, given: &CK_MECHANISM) -> Result<Parameters> {
        match self.parameter::<CK_EDDSA_PARAMS>(given)? {
            None => Ok(Parameters::None),
            Some(eddsa) if eddsa.phFlag == CK_FALSE && eddsa.ulContextDataLen == 0 => Ok(Parameters::None),
            Some(_) => Err(invalid(given)),
        }
    }

    /// The mechanism's parameter as the structure that it must be; `None` where there is none.
    fn parameter<T: Plain>(&self, given: &CK_MECHANISM) -> Result<Option<T>> {
        match usize::try_from(given.ulParameterLen) {
            Ok(0) => Ok(None),
            Ok(len) if len == size_of::<T>() => {
                self.read(given.pParameter.cast()).map(Some).ok_or_else(|| invalid(given))
            }
            _ => Err(invalid(given)),
        }
    }
}

fn invalid(given: &CK_MECHANISM) -> Error {
    TokenError::MechanismParamInvalid(MechanismType(given.mechanism)).into()
}

fn hash(code: CK_MECHANISM_TYPE) -> Option<HashAlgorithm> {
    match code {
        CKM_SHA_1 => Some(HashAlgorithm::Sha1),
        CKM_SHA256 => Some(HashAlgorithm::Sha256),
        CKM_SHA384 => Some(HashAlgorithm::Sha384),
        CKM_SHA512 => Some(HashAlgorithm::Sha512),
        _ => None,
    }
}

fn mgf(code: CK_RSA_PKCS_MGF_TYPE) -> Option<HashAlgorithm> {
    match code {
        CKG_MGF1_SHA1 => Some(HashAlgorithm::Sha1),
        CKG_MGF1_SHA256 => Some(HashAlgorithm::Sha256),
        CKG_MGF1_SHA384 => Some(HashAlgorithm::Sha384),
        CKG_MGF1_SHA512 => Some(HashAlgorithm::Sha512),
        _ => None,
    }
}
