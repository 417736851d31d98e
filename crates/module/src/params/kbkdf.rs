//! Parameters of the key derivation functions of NIST SP 800-108 (PKCS #11 v3.2 section 6.42). Which keys become of
//! the output beside the first is read where keys are derived.

use cryptoki_sys::*;
use portcullis_token::{IntegerFormat, KbkdfField, MechanismType, ObjectHandle, Parameters};

use super::{Parameter, number};
use crate::arg::{Caller, Plain};
use crate::error::Result;

/// The most fields of a round's input. No profile has a tenth of it.
const MAX_FIELDS: CK_ULONG = 256;

impl Caller {
    pub(super) fn kbkdf(&self, parameter: Parameter) -> Result<Parameters> {
        let given: CK_SP800_108_KDF_PARAMS = self.structure(parameter)?;
        Ok(Parameters::Kbkdf {
            prf: MechanismType(given.prfType),
            fields: self.fields(parameter, given.pDataParams, given.ulNumberOfDataParams)?,
            iv: Vec::new(),
        })
    }

    pub(super) fn kbkdf_feedback(&self, parameter: Parameter) -> Result<Parameters> {
        let given: CK_SP800_108_FEEDBACK_KDF_PARAMS = self.structure(parameter)?;
        Ok(Parameters::Kbkdf {
            prf: MechanismType(given.prfType),
            fields: self.fields(parameter, given.pDataParams, given.ulNumberOfDataParams)?,
            iv: self.field(parameter, given.pIV, given.ulIVLen)?.to_vec(),
        })
    }

    fn fields(
        &self,
        parameter: Parameter,
        start: *const CK_PRF_DATA_PARAM,
        count: CK_ULONG,
    ) -> Result<Vec<KbkdfField>> {
        if count > MAX_FIELDS {
            return Err(parameter.invalid());
        }
        let each = (0..count as usize).map(|index| {
            let given = self.read(start.wrapping_add(index)).ok_or_else(|| parameter.invalid())?;
            self.kbkdf_field(parameter, &given)
        });
        // NULL is good for no field, and for no more.
        if start.is_null() && count > 0 { Err(parameter.invalid()) } else { each.collect() }
    }

    fn kbkdf_field(&self, parameter: Parameter, given: &CK_PRF_DATA_PARAM) -> Result<KbkdfField> {
        Ok(match given.type_ {
            CK_SP800_108_ITERATION_VARIABLE if given.ulValueLen == 0 => KbkdfField::Iteration(None),
            CK_SP800_108_ITERATION_VARIABLE => {
                KbkdfField::Iteration(Some(self.counter_format(parameter, given)?))
            }
            CK_SP800_108_COUNTER => KbkdfField::Counter(self.counter_format(parameter, given)?),
            CK_SP800_108_DKM_LENGTH => {
                let length: CK_SP800_108_DKM_LENGTH_FORMAT = self.part(parameter, given)?;
                let segments = match length.dkmLengthMethod {
                    CK_SP800_108_DKM_LENGTH_SUM_OF_KEYS => false,
                    CK_SP800_108_DKM_LENGTH_SUM_OF_SEGMENTS => true,
                    _ => return Err(parameter.invalid()),
                };
                let format = format(parameter, length.ulWidthInBits, length.bLittleEndian)?;
                KbkdfField::Length { segments, format }
            }
            CK_SP800_108_BYTE_ARRAY => {
                KbkdfField::Bytes(self.field(parameter, given.pValue, given.ulValueLen)?.to_vec())
            }
            CK_SP800_108_KEY_HANDLE => KbkdfField::Key(ObjectHandle(self.part(parameter, given)?)),
            _ => return Err(parameter.invalid()),
        })
    }

    fn counter_format(&self, parameter: Parameter, given: &CK_PRF_DATA_PARAM) -> Result<IntegerFormat> {
        let counter: CK_SP800_108_COUNTER_FORMAT = self.part(parameter, given)?;
        format(parameter, counter.ulWidthInBits, counter.bLittleEndian)
    }

    /// A field's value as the structure that it must be.
    fn part<T: Plain>(&self, parameter: Parameter, given: &CK_PRF_DATA_PARAM) -> Result<T> {
        self.structure(Parameter { start: given.pValue, len: given.ulValueLen, ..parameter })
    }
}

fn format(parameter: Parameter, bits: CK_ULONG, little_endian: CK_BBOOL) -> Result<IntegerFormat> {
    Ok(IntegerFormat { bits: number(parameter, bits)?, little_endian: little_endian != CK_FALSE })
}
