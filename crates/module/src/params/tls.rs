//! Parameters of TLS 1.2 (PKCS #11 v3.2 section 6.40). Where a mechanism answers through its parameter (a version,
//! key handles), the function that derives writes it.

use cryptoki_sys::*;
use portcullis_token::{HashAlgorithm, MechanismType, Parameters, TlsRandoms};

use super::{Parameter, Reader, bytes_of_bits, codes, number};
use crate::arg::Caller;
use crate::error::Result;

/// `ulServerOrClient`: the server's Finished message, and the client's.
const SERVER: CK_ULONG = 1;
const CLIENT: CK_ULONG = 2;

impl Caller {
    /// Who reads the parameters of a TLS mechanism; `None` for others.
    pub(super) fn of_tls(parameter: Parameter) -> Option<Reader> {
        Some(match parameter.mechanism {
            MechanismType::TLS12_MASTER_KEY_DERIVE | MechanismType::TLS12_MASTER_KEY_DERIVE_DH => {
                Self::tls_master
            }
            MechanismType::TLS12_EXTENDED_MASTER_KEY_DERIVE
            | MechanismType::TLS12_EXTENDED_MASTER_KEY_DERIVE_DH => Self::tls_extended_master,
            MechanismType::TLS12_KEY_AND_MAC_DERIVE | MechanismType::TLS12_KEY_SAFE_DERIVE => {
                Self::tls_key_block
            }
            MechanismType::TLS12_KDF | MechanismType::TLS_KDF => Self::tls_kdf,
            MechanismType::TLS12_MAC | MechanismType::TLS_MAC => Self::tls_mac,
            _ => return None,
        })
    }

    fn tls_master(&self, parameter: Parameter) -> Result<Parameters> {
        let given: CK_TLS12_MASTER_KEY_DERIVE_PARAMS = self.structure(parameter)?;
        Ok(Parameters::TlsMaster {
            hash: hash(parameter, given.prfHashMechanism)?,
            randoms: self.randoms(parameter, &given.RandomInfo)?,
        })
    }

    fn tls_extended_master(&self, parameter: Parameter) -> Result<Parameters> {
        let given: CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS = self.structure(parameter)?;
        Ok(Parameters::TlsExtendedMaster {
            hash: hash(parameter, given.prfHashMechanism)?,
            session_hash: self.field(parameter, given.pSessionHash, given.ulSessionHashLen)?.to_vec(),
        })
    }

    fn tls_key_block(&self, parameter: Parameter) -> Result<Parameters> {
        let given: CK_TLS12_KEY_MAT_PARAMS = self.structure(parameter)?;
        // Export ciphers are none of TLS 1.2's (RFC 4346).
        if given.bIsExport != CK_FALSE {
            return Err(parameter.invalid());
        }
        Ok(Parameters::TlsKeyBlock {
            hash: hash(parameter, given.prfHashMechanism)?,
            randoms: self.randoms(parameter, &given.RandomInfo)?,
            mac_len: bytes_of_bits(parameter, given.ulMacSizeInBits)?,
            key_len: bytes_of_bits(parameter, given.ulKeySizeInBits)?,
            iv_len: bytes_of_bits(parameter, given.ulIVSizeInBits)?,
        })
    }

    fn tls_kdf(&self, parameter: Parameter) -> Result<Parameters> {
        let given: CK_TLS_KDF_PARAMS = self.structure(parameter)?;
        Ok(Parameters::TlsKdf {
            hash: hash(parameter, given.prfMechanism)?,
            label: self.field(parameter, given.pLabel, given.ulLabelLength)?.to_vec(),
            randoms: self.randoms(parameter, &given.RandomInfo)?,
            context: self.field(parameter, given.pContextData, given.ulContextDataLength)?.to_vec(),
        })
    }

    fn tls_mac(&self, parameter: Parameter) -> Result<Parameters> {
        let given: CK_TLS_MAC_PARAMS = self.structure(parameter)?;
        let server = match given.ulServerOrClient {
            SERVER => true,
            CLIENT => false,
            _ => return Err(parameter.invalid()),
        };
        let len = number(parameter, given.ulMacLength)?;
        Ok(Parameters::TlsMac { hash: hash(parameter, given.prfHashMechanism)?, len, server })
    }

    fn randoms(&self, parameter: Parameter, given: &CK_SSL3_RANDOM_DATA) -> Result<TlsRandoms> {
        Ok(TlsRandoms {
            client: self.field(parameter, given.pClientRandom, given.ulClientRandomLen)?.into(),
            server: self.field(parameter, given.pServerRandom, given.ulServerRandomLen)?.into(),
        })
    }
}

fn hash(parameter: Parameter, code: CK_MECHANISM_TYPE) -> Result<HashAlgorithm> {
    codes::hash(code).ok_or_else(|| parameter.invalid())
}
