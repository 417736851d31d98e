//! Parameters of signatures and MACs (PKCS #11 v3.2 sections 6.1, 6.3, 6.22 and 6.67).

use cryptoki_sys::*;
use portcullis_token::{HashAlgorithm, Hedge, MechanismType, Parameters};

use super::{Parameter, Reader, codes, number};
use crate::arg::Caller;
use crate::error::Result;

impl Caller {
    /// Who reads the parameters of a signature or MAC; `None` for other mechanisms.
    pub(super) fn of_signature(parameter: Parameter) -> Option<Reader> {
        Some(match parameter.mechanism {
            MechanismType::RSA_PKCS_PSS
            | MechanismType::SHA1_RSA_PKCS_PSS
            | MechanismType::SHA224_RSA_PKCS_PSS
            | MechanismType::SHA256_RSA_PKCS_PSS
            | MechanismType::SHA384_RSA_PKCS_PSS
            | MechanismType::SHA512_RSA_PKCS_PSS
            | MechanismType::SHA3_224_RSA_PKCS_PSS
            | MechanismType::SHA3_256_RSA_PKCS_PSS
            | MechanismType::SHA3_384_RSA_PKCS_PSS
            | MechanismType::SHA3_512_RSA_PKCS_PSS => Self::pss,
            MechanismType::EDDSA => Self::eddsa,
            MechanismType::ML_DSA
            | MechanismType::HASH_ML_DSA_SHA224
            | MechanismType::HASH_ML_DSA_SHA256
            | MechanismType::HASH_ML_DSA_SHA384
            | MechanismType::HASH_ML_DSA_SHA512
            | MechanismType::HASH_ML_DSA_SHA3_224
            | MechanismType::HASH_ML_DSA_SHA3_256
            | MechanismType::HASH_ML_DSA_SHA3_384
            | MechanismType::HASH_ML_DSA_SHA3_512
                if !parameter.is_absent() =>
            {
                Self::ml_dsa
            }
            MechanismType::HASH_ML_DSA => Self::hash_ml_dsa,
            MechanismType::SHA_1_HMAC_GENERAL
            | MechanismType::SHA224_HMAC_GENERAL
            | MechanismType::SHA256_HMAC_GENERAL
            | MechanismType::SHA384_HMAC_GENERAL
            | MechanismType::SHA512_HMAC_GENERAL
            | MechanismType::SHA512_256_HMAC_GENERAL
            | MechanismType::SHA3_224_HMAC_GENERAL
            | MechanismType::SHA3_256_HMAC_GENERAL
            | MechanismType::SHA3_384_HMAC_GENERAL
            | MechanismType::SHA3_512_HMAC_GENERAL
            | MechanismType::AES_CMAC_GENERAL => Self::mac_len,
            _ => return None,
        })
    }

    fn pss(&self, parameter: Parameter) -> Result<Parameters> {
        let given: CK_RSA_PKCS_PSS_PARAMS = self.structure(parameter)?;
        Ok(Parameters::RsaPss {
            hash: codes::hash(given.hashAlg).ok_or_else(|| parameter.invalid())?,
            mgf: codes::mgf(given.mgf).ok_or_else(|| parameter.invalid())?,
            salt_len: number(parameter, given.sLen)?,
        })
    }

    /// Without a context and not hashed first, it is plain Ed25519 (RFC 8032 section 5.1).
    fn eddsa(&self, parameter: Parameter) -> Result<Parameters> {
        let Some(given) = self.optional::<CK_EDDSA_PARAMS>(parameter)? else {
            return Ok(Parameters::None);
        };
        let context = self.field(parameter, given.pContextData, given.ulContextDataLen)?;
        match given.phFlag != CK_FALSE {
            false if context.is_empty() => Ok(Parameters::None),
            prehash => Ok(Parameters::Eddsa { prehash, context: context.to_vec() }),
        }
    }

    fn ml_dsa(&self, parameter: Parameter) -> Result<Parameters> {
        let given: CK_SIGN_ADDITIONAL_CONTEXT = self.structure(parameter)?;
        self.with_context(parameter, &given, None)
    }

    fn hash_ml_dsa(&self, parameter: Parameter) -> Result<Parameters> {
        let given: CK_HASH_SIGN_ADDITIONAL_CONTEXT = self.structure(parameter)?;
        let hash = codes::hash(given.hash).ok_or_else(|| parameter.invalid())?;
        let context = CK_SIGN_ADDITIONAL_CONTEXT {
            hedgeVariant: given.hedgeVariant,
            pContext: given.pContext,
            ulContextLen: given.ulContextLen,
        };
        self.with_context(parameter, &context, Some(hash))
    }

    fn with_context(
        &self,
        parameter: Parameter,
        given: &CK_SIGN_ADDITIONAL_CONTEXT,
        hash: Option<HashAlgorithm>,
    ) -> Result<Parameters> {
        let hedge = match given.hedgeVariant {
            CKH_HEDGE_PREFERRED => Hedge::Preferred,
            CKH_HEDGE_REQUIRED => Hedge::Required,
            CKH_DETERMINISTIC_REQUIRED => Hedge::Deterministic,
            _ => return Err(parameter.invalid()),
        };
        let context = self.field(parameter, given.pContext, given.ulContextLen)?.to_vec();
        Ok(Parameters::MlDsa { hedge, context, hash })
    }

    fn mac_len(&self, parameter: Parameter) -> Result<Parameters> {
        let given: CK_MAC_GENERAL_PARAMS = self.structure(parameter)?;
        Ok(Parameters::MacLen(number(parameter, given)?))
    }
}
