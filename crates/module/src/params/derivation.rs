//! Parameters of key derivations (PKCS #11 v3.2 sections 6.3.16, 6.27, 6.34, 6.43 and 6.62); those of SP 800-108 are in
//! `kbkdf.rs`, those of TLS in `tls.rs`.

use std::sync::Arc;

use cryptoki_sys::*;
use portcullis_token::{HkdfSalt, MechanismType, ObjectHandle, Parameters, Secret};

use super::{Parameter, Reader, codes, number};
use crate::arg::Caller;
use crate::error::Result;

/// No system maps memory below this and no one types a password of this length, so it tells one from the other.
const MAX_PASSWORD: CK_ULONG = 1 << 16;

impl Caller {
    /// Who reads the parameters of a key derivation; `None` for other mechanisms.
    pub(super) fn of_derivation(parameter: Parameter) -> Option<Reader> {
        Some(match parameter.mechanism {
            MechanismType::CONCATENATE_BASE_AND_KEY => Self::other_key,
            MechanismType::CONCATENATE_BASE_AND_DATA
            | MechanismType::CONCATENATE_DATA_AND_BASE
            | MechanismType::XOR_BASE_AND_DATA => Self::other_data,
            MechanismType::AES_ECB_ENCRYPT_DATA => Self::ecb_data,
            MechanismType::AES_CBC_ENCRYPT_DATA => Self::cbc_data,
            MechanismType::ECDH1_DERIVE | MechanismType::ECDH1_COFACTOR_DERIVE => Self::ecdh,
            MechanismType::HKDF_DERIVE | MechanismType::HKDF_DATA => Self::hkdf,
            MechanismType::PKCS5_PBKD2 => Self::pbkdf2,
            MechanismType::SP800_108_COUNTER_KDF | MechanismType::SP800_108_DOUBLE_PIPELINE_KDF => {
                Self::kbkdf
            }
            MechanismType::SP800_108_FEEDBACK_KDF => Self::kbkdf_feedback,
            _ => return None,
        })
    }

    fn other_key(&self, parameter: Parameter) -> Result<Parameters> {
        Ok(Parameters::Key(ObjectHandle(self.structure(parameter)?)))
    }

    fn other_data(&self, parameter: Parameter) -> Result<Parameters> {
        Ok(Parameters::DerivationData(self.string_data(parameter)?))
    }

    fn string_data(&self, parameter: Parameter) -> Result<Vec<u8>> {
        let given: CK_KEY_DERIVATION_STRING_DATA = self.structure(parameter)?;
        Ok(self.field(parameter, given.pData, given.ulLen)?.to_vec())
    }

    fn ecb_data(&self, parameter: Parameter) -> Result<Parameters> {
        Ok(Parameters::EncryptData { iv: Vec::new(), data: self.string_data(parameter)? })
    }

    fn cbc_data(&self, parameter: Parameter) -> Result<Parameters> {
        let given: CK_AES_CBC_ENCRYPT_DATA_PARAMS = self.structure(parameter)?;
        let data = self.field(parameter, given.pData, given.length)?.to_vec();
        Ok(Parameters::EncryptData { iv: given.iv.to_vec(), data })
    }

    fn ecdh(&self, parameter: Parameter) -> Result<Parameters> {
        let given: CK_ECDH1_DERIVE_PARAMS = self.structure(parameter)?;
        Ok(Parameters::Ecdh {
            kdf: codes::ecdh(given.kdf).ok_or_else(|| parameter.invalid())?,
            shared_data: self.field(parameter, given.pSharedData, given.ulSharedDataLen)?.to_vec(),
            public: self.field(parameter, given.pPublicData, given.ulPublicDataLen)?.to_vec(),
        })
    }

    fn hkdf(&self, parameter: Parameter) -> Result<Parameters> {
        let given: CK_HKDF_PARAMS = self.structure(parameter)?;
        let extract = match (given.bExtract != CK_FALSE, given.ulSaltType) {
            (false, _) => None,
            (true, CKF_HKDF_SALT_NULL) => Some(HkdfSalt::Null),
            (true, CKF_HKDF_SALT_DATA) => {
                Some(HkdfSalt::Data(self.field(parameter, given.pSalt, given.ulSaltLen)?.to_vec()))
            }
            (true, CKF_HKDF_SALT_KEY) => Some(HkdfSalt::Key(ObjectHandle(given.hSaltKey))),
            (true, _) => return Err(parameter.invalid()),
        };
        let expand = match given.bExpand {
            CK_FALSE => None,
            _ => Some(self.field(parameter, given.pInfo, given.ulInfoLen)?.to_vec()),
        };
        let hash = codes::hash(given.prfHashMechanism).ok_or_else(|| parameter.invalid())?;
        Ok(Parameters::Hkdf { hash, extract, expand })
    }

    /// In the earlier `CK_PKCS5_PBKD2_PARAMS`, which NSS gives, the last field leads to the password's length; the two
    /// structures are alike in all else, so that field alone tells them apart. As it may be a wild length too, the
    /// place is only probed.
    fn pbkdf2(&self, parameter: Parameter) -> Result<Parameters> {
        let given: CK_PKCS5_PBKD2_PARAMS2 = self.structure(parameter)?;
        if given.saltSource != CKZ_SALT_SPECIFIED || given.ulPrfDataLen != 0 {
            return Err(parameter.invalid());
        }
        let len = match given.ulPasswordLen {
            len @ ..MAX_PASSWORD => len,
            place => {
                self.probe(place).filter(|len| *len < MAX_PASSWORD).ok_or_else(|| parameter.invalid())?
            }
        };
        Ok(Parameters::Pbkdf2 {
            hash: codes::pbkdf2(given.prf).ok_or_else(|| parameter.invalid())?,
            salt: self.field(parameter, given.pSaltSourceData, given.ulSaltSourceDataLen)?.to_vec(),
            iterations: number(parameter, given.iterations)?,
            password: Arc::new(Secret::copied(self.field(parameter, given.pPassword, len)?)),
        })
    }
}
