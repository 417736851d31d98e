//! A key out of an encryption of the caller's data (PKCS #11 v3.2, `CKM_AES_ECB_ENCRYPT_DATA` and
//! `CKM_AES_CBC_ENCRYPT_DATA`). What is too long is cut at its trailing end.

use core::ops::RangeInclusive;

use aws_lc_rs::cipher::{AES_128, AES_192, AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::iv::FixedLength;
use portcullis_token::{EngineError, KeyType, MechanismType, Parameters, Secret};

use super::{BaseKey, Derive, Deriver, base_key, first};
use crate::shell::loader::Loader;

pub(in super::super) static AES_ECB_ENCRYPT_DATA: Deriver<BaseKey<Aes>> =
    deriver(MechanismType::AES_ECB_ENCRYPT_DATA, ecb);
pub(in super::super) static AES_CBC_ENCRYPT_DATA: Deriver<BaseKey<Aes>> =
    deriver(MechanismType::AES_CBC_ENCRYPT_DATA, cbc);

const KEY_TYPES: &[KeyType] = &[KeyType::Aes];
const SIZES: RangeInclusive<u32> = 16..=32;
const BLOCK: usize = 16;

/// The family of base keys of encryptions.
pub(in super::super) enum Aes {}

static BASE: Loader =
    Loader { name: "aws-lc aes derivation base", parse: |key| base_key::<Aes>(key, KEY_TYPES, &SIZES) };

const fn deriver(id: MechanismType, derive: Derive<BaseKey<Aes>>) -> Deriver<BaseKey<Aes>> {
    Deriver { id, key_types: KEY_TYPES, sizes: SIZES, loader: &BASE, derive }
}

fn ecb(key: &BaseKey<Aes>, parameters: &Parameters, len: Option<usize>) -> Result<Secret, EngineError> {
    let (iv, data) = whole_blocks(parameters)?;
    if !iv.is_empty() {
        return Err(EngineError::ParametersInvalid);
    }
    let key = EncryptingKey::ecb(cipher_key(key)?).map_err(|Unspecified| EngineError::Failed)?;
    encrypted(&key, EncryptionContext::None, data, len)
}

fn cbc(key: &BaseKey<Aes>, parameters: &Parameters, len: Option<usize>) -> Result<Secret, EngineError> {
    let (iv, data) = whole_blocks(parameters)?;
    let iv: [u8; BLOCK] = iv.try_into().map_err(|_| EngineError::ParametersInvalid)?;
    let key = EncryptingKey::cbc(cipher_key(key)?).map_err(|Unspecified| EngineError::Failed)?;
    encrypted(&key, EncryptionContext::Iv128(FixedLength::from(iv)), data, len)
}

fn whole_blocks(parameters: &Parameters) -> Result<(&[u8], &[u8]), EngineError> {
    match parameters {
        Parameters::EncryptData { iv, data } if !data.is_empty() && data.len() % BLOCK == 0 => Ok((iv, data)),
        _ => Err(EngineError::ParametersInvalid),
    }
}

fn cipher_key(key: &BaseKey<Aes>) -> Result<UnboundCipherKey, EngineError> {
    let algorithm = match key.value.len() {
        16 => &AES_128,
        24 => &AES_192,
        32 => &AES_256,
        _ => return Err(EngineError::KeyInvalid),
    };
    UnboundCipherKey::new(algorithm, key.value.expose()).map_err(|Unspecified| EngineError::KeyInvalid)
}

fn encrypted(
    key: &EncryptingKey,
    context: EncryptionContext,
    data: &[u8],
    len: Option<usize>,
) -> Result<Secret, EngineError> {
    let mut ciphertext = Secret::copied(data);
    key.less_safe_encrypt(ciphertext.expose_mut(), context).map_err(|Unspecified| EngineError::Failed)?;
    first(ciphertext, len)
}
