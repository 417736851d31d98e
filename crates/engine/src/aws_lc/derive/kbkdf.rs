//! Key derivation by a pseudorandom function (SP 800-108r1 sections 4.1 to 4.3; PKCS #11 v3.2,
//! `CKM_SP800_108_...`): counter, feedback and double-pipeline mode over HMAC or AES-CMAC.
//!
//! What goes into the function, and in which order, is the caller's list of fields. Of these the standards ask
//! that the iteration variable is there once, and counter and length at most once.

use alloc::vec::Vec;

use aws_lc_rs::cmac;
use aws_lc_rs::error::Unspecified;
use portcullis_token::{
    EngineError, HashAlgorithm, IntegerFormat, KbkdfField, KeyType, MechanismType, Parameters, Secret,
};

use super::super::raw::kdf;
use super::{BaseKey, Derive, Deriver, MOST, base_key, told};
use crate::shell::generate::SECRET_LENGTHS;
use crate::shell::loader::Loader;

pub(in super::super) static SP800_108_COUNTER_KDF: Deriver<BaseKey<Kbkdf>> =
    deriver(MechanismType::SP800_108_COUNTER_KDF, |key, parameters, len| {
        derive(Mode::Counter, key, parameters, len)
    });
pub(in super::super) static SP800_108_FEEDBACK_KDF: Deriver<BaseKey<Kbkdf>> =
    deriver(MechanismType::SP800_108_FEEDBACK_KDF, |key, parameters, len| {
        derive(Mode::Feedback, key, parameters, len)
    });
pub(in super::super) static SP800_108_DOUBLE_PIPELINE_KDF: Deriver<BaseKey<Kbkdf>> =
    deriver(MechanismType::SP800_108_DOUBLE_PIPELINE_KDF, |key, parameters, len| {
        derive(Mode::DoublePipeline, key, parameters, len)
    });

/// Keys of HMAC, and of CMAC.
const KEY_TYPES: &[KeyType] = &[
    KeyType::GenericSecret,
    KeyType::Aes,
    KeyType::Sha1Hmac,
    KeyType::Sha224Hmac,
    KeyType::Sha256Hmac,
    KeyType::Sha384Hmac,
    KeyType::Sha512Hmac,
    KeyType::Sha3_224Hmac,
    KeyType::Sha3_256Hmac,
    KeyType::Sha3_384Hmac,
    KeyType::Sha3_512Hmac,
];

/// The HMACs that are pseudorandom functions, with the type of the keys that are theirs alone.
const HMACS: [(MechanismType, HashAlgorithm, KeyType); 9] = [
    (MechanismType::SHA_1_HMAC, HashAlgorithm::Sha1, KeyType::Sha1Hmac),
    (MechanismType::SHA224_HMAC, HashAlgorithm::Sha224, KeyType::Sha224Hmac),
    (MechanismType::SHA256_HMAC, HashAlgorithm::Sha256, KeyType::Sha256Hmac),
    (MechanismType::SHA384_HMAC, HashAlgorithm::Sha384, KeyType::Sha384Hmac),
    (MechanismType::SHA512_HMAC, HashAlgorithm::Sha512, KeyType::Sha512Hmac),
    (MechanismType::SHA3_224_HMAC, HashAlgorithm::Sha3_224, KeyType::Sha3_224Hmac),
    (MechanismType::SHA3_256_HMAC, HashAlgorithm::Sha3_256, KeyType::Sha3_256Hmac),
    (MechanismType::SHA3_384_HMAC, HashAlgorithm::Sha3_384, KeyType::Sha3_384Hmac),
    (MechanismType::SHA3_512_HMAC, HashAlgorithm::Sha3_512, KeyType::Sha3_512Hmac),
];

/// The family of base keys of SP 800-108.
pub(in super::super) enum Kbkdf {}

static BASE: Loader =
    Loader { name: "aws-lc kbkdf base", parse: |key| base_key::<Kbkdf>(key, KEY_TYPES, &SECRET_LENGTHS) };

const fn deriver(id: MechanismType, derive: Derive<BaseKey<Kbkdf>>) -> Deriver<BaseKey<Kbkdf>> {
    Deriver { id, key_types: KEY_TYPES, sizes: SECRET_LENGTHS, loader: &BASE, derive }
}

/// What the iteration variable is.
#[derive(Clone, Copy, PartialEq)]
enum Mode {
    /// The round's number.
    Counter,
    /// The round's result before.
    Feedback,
    /// The value of a chain of its own.
    DoublePipeline,
}

/// The pseudorandom function with its key.
enum Function<'a> {
    Hmac(HashAlgorithm, &'a Secret),
    Cmac(cmac::Key),
}

impl<'a> Function<'a> {
    /// The function of a MAC mechanism with this key, which must be of the mechanism's type.
    fn new(prf: MechanismType, key: &'a BaseKey<Kbkdf>) -> Result<Self, EngineError> {
        if prf == MechanismType::AES_CMAC {
            return Self::cmac(key);
        }
        let hmac = HMACS.into_iter().find(|(mechanism, ..)| *mechanism == prf);
        match hmac {
            Some((_, hash, own)) if [KeyType::GenericSecret, own].contains(&key.key_type) => {
                Ok(Self::Hmac(hash, &key.value))
            }
            _ => Err(EngineError::ParametersInvalid),
        }
    }

    fn cmac(key: &BaseKey<Kbkdf>) -> Result<Self, EngineError> {
        let algorithm = match (key.key_type, key.value.len()) {
            (KeyType::Aes, 16) => cmac::AES_128,
            (KeyType::Aes, 24) => cmac::AES_192,
            (KeyType::Aes, 32) => cmac::AES_256,
            _ => return Err(EngineError::ParametersInvalid),
        };
        let key = cmac::Key::new(algorithm, key.value.expose());
        Ok(Self::Cmac(key.map_err(|Unspecified| EngineError::KeyInvalid)?))
    }

    /// The length in bytes of what the function gives.
    fn len(&self) -> usize {
        match self {
            Self::Hmac(hash, _) => hash.digest_len(),
            Self::Cmac(key) => key.algorithm().tag_len(),
        }
    }

    fn of(&self, input: &[u8]) -> Result<Secret, EngineError> {
        let mut output = Secret::zeroed(self.len());
        match self {
            Self::Hmac(hash, key) => {
                kdf::hmac(*hash, key.expose(), input, output.expose_mut()).ok_or(EngineError::Failed)?;
            }
            Self::Cmac(key) => {
                cmac::sign_to_buffer(key, input, output.expose_mut())
                    .map_err(|Unspecified| EngineError::Failed)?;
            }
        }
        Ok(output)
    }
}

fn derive(
    mode: Mode,
    key: &BaseKey<Kbkdf>,
    parameters: &Parameters,
    len: Option<usize>,
) -> Result<Secret, EngineError> {
    let Parameters::Kbkdf { prf, fields, iv } = parameters else {
        return Err(EngineError::ParametersInvalid);
    };
    check(mode, fields, iv)?;
    let function = Function::new(*prf, key)?;
    let len = told(len, MOST)?;
    let rounds = len.div_ceil(function.len());
    let lengths = Lengths { keys: len as u64 * 8, segments: (rounds * function.len()) as u64 * 8 };
    let mut derived = Secret::zeroed(len);
    let mut variable = match mode {
        Mode::DoublePipeline => input(fields, &lengths, None)?,
        Mode::Counter | Mode::Feedback => Secret::copied(iv),
    };
    for (number, out) in (1_u64..).zip(derived.expose_mut().chunks_mut(function.len())) {
        if mode == Mode::DoublePipeline {
            variable = function.of(variable.expose())?;
        }
        let round = Round { number, variable: &variable };
        let output = function.of(input(fields, &lengths, Some(&round))?.expose())?;
        for (to, from) in out.iter_mut().zip(output.expose()) {
            *to = *from;
        }
        if mode == Mode::Feedback {
            variable = output;
        }
    }
    Ok(derived)
}

/// Refuses lists of fields that the mode doesn't have.
fn check(mode: Mode, fields: &[KbkdfField], iv: &[u8]) -> Result<(), EngineError> {
    let (mut variables, mut counters, mut lengths) = (0, 0, 0);
    for field in fields {
        match field {
            KbkdfField::Iteration(format) if format.is_some() == (mode == Mode::Counter) => variables += 1,
            KbkdfField::Counter(_) if mode != Mode::Counter => counters += 1,
            KbkdfField::Length { .. } => lengths += 1,
            KbkdfField::Bytes(_) | KbkdfField::Value(_) => {}
            KbkdfField::Iteration(_) | KbkdfField::Counter(_) | KbkdfField::Key(_) => {
                return Err(EngineError::ParametersInvalid);
            }
        }
    }
    let fits = variables == 1 && counters <= 1 && lengths <= 1 && (iv.is_empty() || mode == Mode::Feedback);
    if fits { Ok(()) } else { Err(EngineError::ParametersInvalid) }
}

/// How many bits are derived, by either way to count.
struct Lengths {
    keys: u64,
    segments: u64,
}

/// What changes from round to round.
struct Round<'a> {
    number: u64,
    variable: &'a Secret,
}

/// The function's input in a round; without a round, what stays the same in all of them.
fn input(fields: &[KbkdfField], lengths: &Lengths, round: Option<&Round<'_>>) -> Result<Secret, EngineError> {
    // Exactly as long as what goes in, so that nothing secret is left behind by a vector that grew.
    let capacity = fields.iter().map(|field| match field {
        KbkdfField::Bytes(bytes) => bytes.len(),
        KbkdfField::Value(value) => value.len(),
        KbkdfField::Iteration(None) => round.map_or(0, |round| round.variable.len()),
        _ => 8,
    });
    let mut input = Vec::with_capacity(capacity.sum());
    for field in fields {
        match (field, round) {
            (KbkdfField::Iteration(None), Some(round)) => input.extend_from_slice(round.variable.expose()),
            (KbkdfField::Iteration(Some(format)) | KbkdfField::Counter(format), Some(round)) => {
                push(&mut input, *format, round.number)?;
            }
            (KbkdfField::Iteration(_) | KbkdfField::Counter(_) | KbkdfField::Key(_), _) => {}
            (KbkdfField::Length { segments: true, format }, _) => {
                push(&mut input, *format, lengths.segments)?;
            }
            (KbkdfField::Length { segments: false, format }, _) => push(&mut input, *format, lengths.keys)?,
            (KbkdfField::Bytes(bytes), _) => input.extend_from_slice(bytes),
            (KbkdfField::Value(value), _) => input.extend_from_slice(value.expose()),
        }
    }
    Ok(Secret::new(input))
}

/// Appends a number.
///
/// # Errors
/// [`EngineError::ParametersInvalid`] for a width that PKCS #11 doesn't have, [`EngineError::DataLength`] when
/// the number is too large for it.
fn push(input: &mut Vec<u8>, format: IntegerFormat, number: u64) -> Result<(), EngineError> {
    let width = match format.bits {
        8 | 16 | 24 | 32 | 64 => format.bits as usize / 8,
        _ => return Err(EngineError::ParametersInvalid),
    };
    let bytes = number.to_le_bytes();
    let (low, high) = bytes.split_at(width);
    if high.iter().any(|byte| *byte != 0) {
        return Err(EngineError::DataLength);
    }
    if format.little_endian {
        input.extend(low);
    } else {
        input.extend(low.iter().rev());
    }
    Ok(())
}
