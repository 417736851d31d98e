//! Parameters of ciphers (PKCS #11 v3.2 sections 6.1, 6.13 and 6.66).

use cryptoki_sys::*;
use portcullis_token::{MechanismType, Oaep, Parameters};

use super::{Parameter, Reader, bytes_of_bits, codes, number};
use crate::arg::{Caller, EarlierGcm};
use crate::error::Result;

/// The most bytes of an initialisation vector (section 6.13.3).
const MAX_IV: CK_ULONG = 256;

/// The tag of GMAC, for which no parameter says a length.
const GMAC_TAG: usize = 16;

impl Caller {
    /// Who reads the parameters of a cipher; `None` for other mechanisms.
    pub(super) fn of_cipher(parameter: Parameter) -> Option<Reader> {
        Some(match parameter.mechanism {
            MechanismType::RSA_PKCS_OAEP => Self::rsa_oaep,
            MechanismType::RSA_AES_KEY_WRAP => Self::rsa_aes,
            MechanismType::AES_CBC
            | MechanismType::AES_CBC_PAD
            | MechanismType::AES_KEY_WRAP
            | MechanismType::AES_KEY_WRAP_PAD
            | MechanismType::AES_KEY_WRAP_KWP
                if !parameter.is_absent() =>
            {
                Self::own_iv
            }
            MechanismType::AES_CTR => Self::counter,
            MechanismType::AES_GCM => Self::gcm,
            MechanismType::AES_GMAC => Self::gmac,
            MechanismType::AES_CCM => Self::ccm,
            MechanismType::CHACHA20_POLY1305 => Self::chacha20_poly1305,
            _ => return None,
        })
    }

    fn rsa_oaep(&self, parameter: Parameter) -> Result<Parameters> {
        let given = self.structure(parameter)?;
        Ok(Parameters::RsaOaep(self.oaep(parameter, &given)?))
    }

    fn oaep(&self, parameter: Parameter, given: &CK_RSA_PKCS_OAEP_PARAMS) -> Result<Oaep> {
        let label = match given.source {
            CKZ_DATA_SPECIFIED => self.field(parameter, given.pSourceData, given.ulSourceDataLen)?,
            // Zero is no source; programs mean no label by it.
            0 if given.ulSourceDataLen == 0 => &[],
            _ => return Err(parameter.invalid()),
        };
        Ok(Oaep {
            hash: codes::hash(given.hashAlg).ok_or_else(|| parameter.invalid())?,
            mgf: codes::mgf(given.mgf).ok_or_else(|| parameter.invalid())?,
            label: label.to_vec(),
        })
    }

    fn rsa_aes(&self, parameter: Parameter) -> Result<Parameters> {
        let given: CK_RSA_AES_KEY_WRAP_PARAMS = self.structure(parameter)?;
        let oaep = self.read(given.pOAEPParams.cast_const()).ok_or_else(|| parameter.invalid())?;
        Ok(Parameters::RsaAesKeyWrap {
            aes_bits: number(parameter, given.ulAESKeyBits)?,
            oaep: self.oaep(parameter, &oaep)?,
        })
    }

    fn own_iv(&self, parameter: Parameter) -> Result<Parameters> {
        Ok(Parameters::Iv(self.iv(parameter)?))
    }

    /// The parameter is the initialisation vector itself.
    fn iv(&self, parameter: Parameter) -> Result<Vec<u8>> {
        self.short_iv(parameter, parameter.start, parameter.len)
    }

    /// An initialisation vector that is no longer than any can be.
    pub(super) fn short_iv<T>(
        &self,
        parameter: Parameter,
        start: *const T,
        len: CK_ULONG,
    ) -> Result<Vec<u8>> {
        if len > MAX_IV {
            return Err(parameter.invalid());
        }
        Ok(self.field(parameter, start, len)?.to_vec())
    }

    fn counter(&self, parameter: Parameter) -> Result<Parameters> {
        let given: CK_AES_CTR_PARAMS = self.structure(parameter)?;
        Ok(Parameters::Counter { bits: number(parameter, given.ulCounterBits)?, block: given.cb })
    }

    fn gcm(&self, parameter: Parameter) -> Result<Parameters> {
        let given = if parameter.len == size_of::<EarlierGcm>() as CK_ULONG {
            self.structure(parameter)?
        } else {
            let given: CK_GCM_PARAMS = self.structure(parameter)?;
            EarlierGcm {
                iv: given.pIv,
                iv_len: given.ulIvLen,
                aad: given.pAAD,
                aad_len: given.ulAADLen,
                tag_bits: given.ulTagBits,
            }
        };
        Ok(Parameters::Gcm {
            iv: self.field(parameter, given.iv, given.iv_len)?.to_vec(),
            aad: self.field(parameter, given.aad, given.aad_len)?.to_vec(),
            tag_len: bytes_of_bits(parameter, given.tag_bits)?,
        })
    }

    /// The standard wants the initialisation vector alone; some programs give what GCM takes.
    fn gmac(&self, parameter: Parameter) -> Result<Parameters> {
        if parameter.len == size_of::<CK_GCM_PARAMS>() as CK_ULONG {
            return self.gcm(parameter);
        }
        Ok(Parameters::Gcm { iv: self.iv(parameter)?, aad: Vec::new(), tag_len: GMAC_TAG })
    }

    fn ccm(&self, parameter: Parameter) -> Result<Parameters> {
        let given: CK_CCM_PARAMS = self.structure(parameter)?;
        Ok(Parameters::Ccm {
            data_len: number(parameter, given.ulDataLen)?,
            nonce: self.field(parameter, given.pNonce, given.ulNonceLen)?.to_vec(),
            aad: self.field(parameter, given.pAAD, given.ulAADLen)?.to_vec(),
            tag_len: number(parameter, given.ulMACLen)?,
        })
    }

    fn chacha20_poly1305(&self, parameter: Parameter) -> Result<Parameters> {
        let given: CK_SALSA20_CHACHA20_POLY1305_PARAMS = self.structure(parameter)?;
        Ok(Parameters::ChaCha20Poly1305 {
            nonce: self.field(parameter, given.pNonce, given.ulNonceLen)?.to_vec(),
            aad: self.field(parameter, given.pAAD, given.ulAADLen)?.to_vec(),
        })
    }
}
