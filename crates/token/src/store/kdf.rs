//! From a PIN to a key: slow on purpose. The parameters lie beside each wrapped key, and a minimum is
//! enforced when they are read, so an attacker who edits them can't make guessing cheap.

use alloc::vec::Vec;

use pbkdf2::pbkdf2_hmac;
use sha2::Sha256;

use super::codec::{Malformed, Reader};
#[cfg(feature = "argon2")]
use crate::EngineError;
use crate::{Result, Secret};

/// How a key-encryption key is derived from a PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyDerivation {
    /// Argon2id (RFC 9106), version 0x13.
    #[cfg(feature = "argon2")]
    Argon2id {
        /// Memory, in KiB.
        memory_kib: u32,
        /// Passes over it.
        passes: u32,
        /// Lanes.
        lanes: u32,
    },
    /// PBKDF2 with HMAC-SHA-256 (RFC 8018).
    Pbkdf2 {
        /// Iterations.
        rounds: u32,
    },
}

impl KeyDerivation {
    /// What new PINs get: Argon2id with 64 MiB and 3 passes where it is built in, otherwise PBKDF2 with
    /// 600 000 rounds.
    #[cfg(feature = "argon2")]
    pub const STANDARD: Self = Self::Argon2id { memory_kib: 64 * 1024, passes: 3, lanes: 4 };
    /// What new PINs get: PBKDF2 with 600 000 rounds.
    #[cfg(not(feature = "argon2"))]
    pub const STANDARD: Self = Self::Pbkdf2 { rounds: 600_000 };

    /// The cheapest that is accepted, for tests and for devices with little memory (OWASP Password Storage
    /// Cheat Sheet: 19 MiB, 2 passes).
    #[cfg(feature = "argon2")]
    pub const MINIMUM: Self = Self::Argon2id { memory_kib: 19 * 1024, passes: 2, lanes: 1 };
    /// The cheapest that is accepted.
    #[cfg(not(feature = "argon2"))]
    pub const MINIMUM: Self = Self::Pbkdf2 { rounds: 600_000 };

    // Above these a record could be used to exhaust the machine that opens it.
    #[cfg(feature = "argon2")]
    const MAX_MEMORY_KIB: u32 = 4 * 1024 * 1024;
    #[cfg(feature = "argon2")]
    const MAX_PASSES: u32 = 64;
    #[cfg(feature = "argon2")]
    const MAX_LANES: u32 = 64;
    const MIN_ROUNDS: u32 = 600_000;
    const MAX_ROUNDS: u32 = 100_000_000;

    #[cfg(feature = "argon2")]
    const ARGON2ID: u8 = 1;
    const PBKDF2: u8 = 2;

    /// Whether the parameters are neither weaker than the minimum nor absurd.
    pub(crate) fn is_acceptable(self) -> bool {
        match self {
            #[cfg(feature = "argon2")]
            Self::Argon2id { memory_kib, passes, lanes } => {
                (19 * 1024..=Self::MAX_MEMORY_KIB).contains(&memory_kib)
                    && (2..=Self::MAX_PASSES).contains(&passes)
                    && (1..=Self::MAX_LANES).contains(&lanes)
            }
            Self::Pbkdf2 { rounds } => (Self::MIN_ROUNDS..=Self::MAX_ROUNDS).contains(&rounds),
        }
    }

    /// The 32-byte key-encryption key of a PIN.
    pub(crate) fn derive(self, pin: &[u8], salt: &[u8]) -> Result<Secret> {
        let mut key = Secret::zeroed(32);
        match self {
            #[cfg(feature = "argon2")]
            Self::Argon2id { memory_kib, passes, lanes } => {
                let parameters = argon2::Params::new(memory_kib, passes, lanes, Some(32))
                    .map_err(|_| EngineError::ParametersInvalid)?;
                argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, parameters)
                    .hash_password_into(pin, salt, key.expose_mut())
                    .map_err(|_| EngineError::Failed)?;
            }
            Self::Pbkdf2 { rounds } => pbkdf2_hmac::<Sha256>(pin, salt, rounds, key.expose_mut()),
        }
        Ok(key)
    }

    /// How many bytes [`encoded`](Self::encoded) gives.
    pub(crate) const ENCODED_LEN: usize = 13;

    /// The parameters as they stand in a record.
    pub(crate) fn encoded(self) -> Vec<u8> {
        let mut out = Vec::with_capacity(Self::ENCODED_LEN);
        self.encode(&mut out);
        out
    }

    /// The parameters that stand in these bytes, acceptable or not.
    pub(crate) fn decoded(bytes: &[u8; Self::ENCODED_LEN]) -> Option<Self> {
        Self::decode(&mut Reader::new(bytes)).ok()
    }

    pub(super) fn encode(self, out: &mut Vec<u8>) {
        let (kind, numbers) = match self {
            #[cfg(feature = "argon2")]
            Self::Argon2id { memory_kib, passes, lanes } => (Self::ARGON2ID, [memory_kib, passes, lanes]),
            Self::Pbkdf2 { rounds } => (Self::PBKDF2, [rounds, 0, 0]),
        };
        out.push(kind);
        for number in numbers {
            out.extend_from_slice(&number.to_be_bytes());
        }
    }

    pub(super) fn decode(reader: &mut Reader<'_>) -> core::result::Result<Self, Malformed> {
        let kind = reader.u8()?;
        let numbers = [reader.u32()?, reader.u32()?, reader.u32()?];
        match (kind, numbers) {
            #[cfg(feature = "argon2")]
            (Self::ARGON2ID, [memory_kib, passes, lanes]) => Ok(Self::Argon2id { memory_kib, passes, lanes }),
            (Self::PBKDF2, [rounds, 0, 0]) => Ok(Self::Pbkdf2 { rounds }),
            _ => Err(Malformed),
        }
    }
}
