//! The secrets of TLS 1.2 (RFC 5246 sections 5, 6.3, 7.4.9 and 8.1, RFC 5705, RFC 7627; PKCS #11 v3.2,
//! `CKM_TLS12_...`, `CKM_TLS_KDF` and `CKM_TLS_MAC`), all by its pseudorandom function over SHA-256, SHA-384 or
//! SHA-512.
//!
//! TLS 1.0 and 1.1, whose function is another, are not here. Nor is the version inside an RSA premaster
//! secret, which the token reads.

use alloc::vec::Vec;
use core::ops::RangeInclusive;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::tls_prf::{self, P_SHA256, P_SHA384, P_SHA512};
use portcullis_token::{EngineError, HashAlgorithm, KeyType, MechanismType, Parameters, Secret};

use super::{BaseKey, Deriver, MOST, base_key, told};
use crate::shell::generate::SECRET_LENGTHS;
use crate::shell::loader::Loader;
use crate::shell::signer::{Scheme, Signer};

/// The length of a master secret, and of the premaster secret that RSA transports.
const MASTER: usize = 48;
const MASTER_SIZE: RangeInclusive<u32> = MASTER as u32..=MASTER as u32;

const KEY_TYPES: &[KeyType] = &[KeyType::GenericSecret];

/// The family of base keys of TLS.
pub(in super::super) enum Tls {}

static BASE: Loader =
    Loader { name: "aws-lc tls secret", parse: |key| base_key::<Tls>(key, KEY_TYPES, &SECRET_LENGTHS) };

/// The mechanism of a function, and the lengths of the secrets that it starts from.
macro_rules! derivers {
    ($($id:ident: $sizes:ident, $derive:ident;)+) => {
        $(
            pub(in super::super) static $id: Deriver<BaseKey<Tls>> = Deriver {
                id: MechanismType::$id,
                key_types: KEY_TYPES,
                sizes: $sizes,
                loader: &BASE,
                derive: $derive,
            };
        )+
    };
}

derivers! {
    TLS12_MASTER_KEY_DERIVE: MASTER_SIZE, master;
    TLS12_MASTER_KEY_DERIVE_DH: SECRET_LENGTHS, master;
    TLS12_EXTENDED_MASTER_KEY_DERIVE: MASTER_SIZE, extended_master;
    TLS12_EXTENDED_MASTER_KEY_DERIVE_DH: SECRET_LENGTHS, extended_master;
    TLS12_KEY_AND_MAC_DERIVE: MASTER_SIZE, key_block;
    TLS12_KEY_SAFE_DERIVE: MASTER_SIZE, key_block;
    TLS12_KDF: SECRET_LENGTHS, exported;
    TLS_KDF: SECRET_LENGTHS, exported;
}

pub(in super::super) static TLS_MAC: Signer<Finished> =
    Signer { id: MechanismType::TLS_MAC, scheme: Finished };
pub(in super::super) static TLS12_MAC: Signer<Finished> =
    Signer { id: MechanismType::TLS12_MAC, scheme: Finished };

fn master(key: &BaseKey<Tls>, parameters: &Parameters, len: Option<usize>) -> Result<Secret, EngineError> {
    match parameters {
        Parameters::TlsMaster { hash, randoms } => {
            let len = exactly(len, MASTER)?;
            prf(*hash, &key.value, b"master secret", [&randoms.client, &randoms.server], len)
        }
        _ => Err(EngineError::ParametersInvalid),
    }
}

fn extended_master(
    key: &BaseKey<Tls>,
    parameters: &Parameters,
    len: Option<usize>,
) -> Result<Secret, EngineError> {
    match parameters {
        Parameters::TlsExtendedMaster { hash, session_hash } => {
            let len = exactly(len, MASTER)?;
            prf(*hash, &key.value, b"extended master secret", [session_hash, &[]], len)
        }
        _ => Err(EngineError::ParametersInvalid),
    }
}

/// The MAC keys, the encryption keys and the initialisation vectors of both sides, side by side.
fn key_block(key: &BaseKey<Tls>, parameters: &Parameters, len: Option<usize>) -> Result<Secret, EngineError> {
    match parameters {
        Parameters::TlsKeyBlock { hash, randoms, mac_len, key_len, iv_len } => {
            let whole = mac_len.checked_add(*key_len).and_then(|sum| sum.checked_add(*iv_len));
            let whole = told(whole.and_then(|half| half.checked_mul(2)), MOST)?;
            let len = exactly(len, whole)?;
            prf(*hash, &key.value, b"key expansion", [&randoms.server, &randoms.client], len)
        }
        _ => Err(EngineError::ParametersInvalid),
    }
}

/// RFC 5705 section 4.
fn exported(key: &BaseKey<Tls>, parameters: &Parameters, len: Option<usize>) -> Result<Secret, EngineError> {
    let Parameters::TlsKdf { hash, label, randoms, context } = parameters else {
        return Err(EngineError::ParametersInvalid);
    };
    let mut seed = [&randoms.client[..], &randoms.server].concat();
    if !context.is_empty() {
        let len = u16::try_from(context.len()).map_err(|_| EngineError::ParametersInvalid)?;
        seed.extend(len.to_be_bytes());
        seed.extend(context);
    }
    prf(*hash, &key.value, label, [&seed, &[]], told(len, MOST)?)
}

/// The one length that there is, whether it was told or not.
fn exactly(len: Option<usize>, only: usize) -> Result<usize, EngineError> {
    if len.is_none_or(|len| len == only) { Ok(only) } else { Err(EngineError::DataLength) }
}

/// The pseudorandom function over a seed in two parts.
fn prf(
    hash: HashAlgorithm,
    secret: &Secret,
    label: &[u8],
    [seed, rest]: [&[u8]; 2],
    len: usize,
) -> Result<Secret, EngineError> {
    let algorithm = function(hash)?;
    let secret = tls_prf::Secret::new(algorithm, secret.expose());
    let derived = secret.and_then(|secret| secret.derive_with_seed_concatination(label, seed, rest, len));
    derived.map(|derived| Secret::copied(derived.as_ref())).map_err(|Unspecified| EngineError::Failed)
}

fn function(hash: HashAlgorithm) -> Result<&'static tls_prf::Algorithm, EngineError> {
    match hash {
        HashAlgorithm::Sha256 => Ok(&P_SHA256),
        HashAlgorithm::Sha384 => Ok(&P_SHA384),
        HashAlgorithm::Sha512 => Ok(&P_SHA512),
        _ => Err(EngineError::ParametersInvalid),
    }
}

/// The verify data of a Finished message, over the hash of the handshake's messages.
pub(in super::super) struct Finished;

impl Finished {
    /// What the verify data has at least; it ends where derived keys do.
    const LENGTHS: RangeInclusive<usize> = 12..=MOST;

    fn len(parameters: &Parameters) -> Result<usize, EngineError> {
        match parameters {
            Parameters::TlsMac { hash, len, .. } if Self::LENGTHS.contains(len) => {
                function(*hash).map(|_| *len)
            }
            _ => Err(EngineError::ParametersInvalid),
        }
    }
}

impl Scheme for Finished {
    type Private = BaseKey<Tls>;
    type Public = BaseKey<Tls>;

    const KEY_TYPES: &'static [KeyType] = KEY_TYPES;
    const PRIVATE: &'static Loader = &BASE;
    const PUBLIC: &'static Loader = &BASE;

    fn key_sizes(&self) -> RangeInclusive<u32> {
        SECRET_LENGTHS
    }

    fn len_by(&self, _key: &BaseKey<Tls>, parameters: &Parameters) -> Result<usize, EngineError> {
        Self::len(parameters)
    }

    fn len_for(&self, _key: &BaseKey<Tls>, parameters: &Parameters) -> Result<usize, EngineError> {
        Self::len(parameters)
    }

    fn sign(
        &self,
        key: &BaseKey<Tls>,
        parameters: &Parameters,
        digest: &[u8],
    ) -> Result<Vec<u8>, EngineError> {
        let Parameters::TlsMac { hash, len, server } = parameters else {
            return Err(EngineError::ParametersInvalid);
        };
        let label: &[u8] = if *server { b"server finished" } else { b"client finished" };
        Ok(prf(*hash, &key.value, label, [digest, &[]], *len)?.expose().to_vec())
    }

    fn verify(
        &self,
        key: &BaseKey<Tls>,
        parameters: &Parameters,
        digest: &[u8],
        data: &[u8],
    ) -> Result<(), EngineError> {
        let expected = self.sign(key, parameters, digest)?;
        verify_slices_are_equal(&expected, data).map_err(|Unspecified| EngineError::SignatureInvalid)
    }
}
