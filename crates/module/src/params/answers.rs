//! What a derivation asks for and answers through its parameter (PKCS #11 v3.2 sections 6.40 and 6.42): further keys
//! of SP 800-108, TLS's four keys and two initialisation vectors, the version in a premaster secret.

use cryptoki_sys::*;
use portcullis_token::{DerivedKeys, MechanismType, Template};

use super::Parameter;
use crate::arg::Caller;
use crate::error::{Error, Result};
use crate::out::Place;

/// The most further keys of one call, so that a wild count costs no memory.
const MAX_KEYS: CK_ULONG = 64;

/// Where a derivation's answers go, checked before the work.
#[must_use]
pub(crate) struct DerivationAnswers<'call> {
    caller: &'call Caller,
    keys: Vec<Place<'call, CK_OBJECT_HANDLE>>,
    block: Option<Block<'call>>,
    version: Option<Place<'call, CK_VERSION>>,
}

/// Where TLS's key block goes.
struct Block<'call> {
    place: Place<'call, CK_SSL3_KEY_MAT_OUT>,
    given: CK_SSL3_KEY_MAT_OUT,
    has_macs: bool,
    has_keys: bool,
}

impl Caller {
    /// Where the answers of a derivation go, and the templates of all keys that it makes.
    pub(crate) fn derivation(
        &self,
        mechanism: *const CK_MECHANISM,
        template: Template,
        key: *mut CK_OBJECT_HANDLE,
    ) -> Result<(DerivationAnswers<'_>, Vec<Template>)> {
        let given = self.read(mechanism).ok_or(Error::ArgumentsBad("NULL where a mechanism should be"))?;
        let parameter = Parameter {
            mechanism: MechanismType(given.mechanism),
            start: given.pParameter,
            len: given.ulParameterLen,
        };
        let mut answers = DerivationAnswers { caller: self, keys: Vec::new(), block: None, version: None };
        let mut templates = vec![template];
        match parameter.mechanism {
            MechanismType::TLS12_KEY_AND_MAC_DERIVE | MechanismType::TLS12_KEY_SAFE_DERIVE => {
                answers.block = Some(self.block(parameter)?);
                return Ok((answers, templates));
            }
            MechanismType::TLS12_MASTER_KEY_DERIVE => {
                let given: CK_TLS12_MASTER_KEY_DERIVE_PARAMS = self.structure(parameter)?;
                answers.version = self.place(given.pVersion).ok();
            }
            MechanismType::TLS12_EXTENDED_MASTER_KEY_DERIVE => {
                let given: CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS = self.structure(parameter)?;
                answers.version = self.place(given.pVersion).ok();
            }
            _ => {}
        }
        answers.keys.push(self.place(key)?);
        self.further_keys(parameter, &mut answers, &mut templates)?;
        Ok((answers, templates))
    }

    fn block(&self, parameter: Parameter) -> Result<Block<'_>> {
        let given: CK_TLS12_KEY_MAT_PARAMS = self.structure(parameter)?;
        let (has_macs, has_keys) = (given.ulMacSizeInBits > 0, given.ulKeySizeInBits > 0);
        let place = self.place(given.pReturnedKeyMaterial).map_err(|_| parameter.invalid())?;
        let out = self.read(given.pReturnedKeyMaterial).ok_or_else(|| parameter.invalid())?;
        let has_ivs =
            given.ulIVSizeInBits > 0 && parameter.mechanism == MechanismType::TLS12_KEY_AND_MAC_DERIVE;
        if has_ivs && (out.pIVClient.is_null() || out.pIVServer.is_null()) {
            return Err(parameter.invalid());
        }
        Ok(Block { place, given: out, has_macs, has_keys })
    }

    fn further_keys<'call>(
        &'call self,
        parameter: Parameter,
        answers: &mut DerivationAnswers<'call>,
        templates: &mut Vec<Template>,
    ) -> Result<()> {
        let (start, count) = match parameter.mechanism {
            MechanismType::SP800_108_COUNTER_KDF | MechanismType::SP800_108_DOUBLE_PIPELINE_KDF => {
                let given: CK_SP800_108_KDF_PARAMS = self.structure(parameter)?;
                (given.pAdditionalDerivedKeys, given.ulAdditionalDerivedKeys)
            }
            MechanismType::SP800_108_FEEDBACK_KDF => {
                let given: CK_SP800_108_FEEDBACK_KDF_PARAMS = self.structure(parameter)?;
                (given.pAdditionalDerivedKeys, given.ulAdditionalDerivedKeys)
            }
            _ => return Ok(()),
        };
        if count > MAX_KEYS {
            return Err(parameter.invalid());
        }
        for index in 0..count as usize {
            let key = self.read(start.wrapping_add(index)).ok_or_else(|| parameter.invalid())?;
            templates.push(self.template(key.pTemplate, key.ulAttributeCount)?);
            answers.keys.push(self.place(key.phKey).map_err(|_| parameter.invalid())?);
        }
        Ok(())
    }
}

impl DerivationAnswers<'_> {
    /// Writes what was derived.
    pub(crate) fn give(&self, derived: &DerivedKeys) -> Result<()> {
        for (place, key) in self.keys.iter().zip(&derived.keys) {
            place.put(key.0);
        }
        if let (Some(place), Some([major, minor])) = (&self.version, derived.version) {
            place.put(CK_VERSION { major, minor });
        }
        match &self.block {
            Some(block) => block.give(self.caller, derived),
            None => Ok(()),
        }
    }
}

impl Block<'_> {
    fn give(&self, caller: &Caller, derived: &DerivedKeys) -> Result<()> {
        let mut keys = derived.keys.iter().map(|key| key.0);
        let mut next =
            |there: bool| if there { keys.next().unwrap_or(CK_INVALID_HANDLE) } else { CK_INVALID_HANDLE };
        let out = CK_SSL3_KEY_MAT_OUT {
            hClientMacSecret: next(self.has_macs),
            hServerMacSecret: next(self.has_macs),
            hClientKey: next(self.has_keys),
            hServerKey: next(self.has_keys),
            ..self.given
        };
        if let Some((client, server)) = &derived.ivs {
            caller.fill(self.given.pIVClient, client)?;
            caller.fill(self.given.pIVServer, server)?;
        }
        self.place.put(out);
        Ok(())
    }
}
