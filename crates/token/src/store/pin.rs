//! PIN records: the master key wrapped under a key that follows from a PIN, and how many tries have failed.
//!
//! A PIN change replaces one record, so it is there wholly or not at all.

use alloc::vec::Vec;

use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::{Aes256Gcm, Key, Nonce, Tag};
use portcullis_entropy::Random;

use super::codec::{Malformed, Reader};
use super::{FORMAT, KeyDerivation, Serial, check_format, damaged, pin_label};
use crate::{Result, Secret, UserType};

/// The token's master key: 32 random bytes from which all keys of the master domain follow.
pub(crate) type MasterKey = Secret;

const MASTER_LEN: usize = 32;
const SALT_LEN: usize = 16;
const NONCE_LEN: usize = 12;
const TAG_LEN: usize = 16;

/// One user's PIN record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PinRecord {
    user: UserType,
    /// How many PINs were tried since the last right one. It stands outside the sealed part, because it is
    /// written before the PIN is known to be right.
    pub(crate) tries: u16,
    /// How many of these are known to have been wrong. The others are under way, or their processes have ended.
    pub(crate) wrong: u16,
    derivation: KeyDerivation,
    salt: [u8; SALT_LEN],
    nonce: [u8; NONCE_LEN],
    wrapped: [u8; MASTER_LEN],
    tag: [u8; TAG_LEN],
}

impl PinRecord {
    /// Wraps the master key under a new PIN.
    pub(crate) fn wrap(
        user: UserType,
        serial: Serial,
        pin: &[u8],
        derivation: KeyDerivation,
        master: &MasterKey,
        random: &dyn Random,
    ) -> Result<Self> {
        let mut salt = [0; SALT_LEN];
        random.fill(&mut salt)?;
        let mut nonce = [0; NONCE_LEN];
        random.fill(&mut nonce)?;
        let mut wrapped: [u8; MASTER_LEN] = master.expose().try_into().expect("a master key has 32 bytes");
        let key = derivation.derive(pin, &salt)?;
        let tag = cipher(&key)
            .encrypt_inout_detached(
                &Nonce::from(nonce),
                &associated_data(user, serial, derivation, &salt),
                wrapped.as_mut_slice().into(),
            )
            .expect("32 bytes are within GCM's limit");
        Ok(Self { user, tries: 0, wrong: 0, derivation, salt, nonce, wrapped, tag: tag.into() })
    }

    /// The master key, if the PIN is right.
    pub(crate) fn unwrap(&self, serial: Serial, pin: &[u8]) -> Result<Option<MasterKey>> {
        if !self.derivation.is_acceptable() {
            return Err(damaged(
                &pin_label(self.user),
                "its key derivation is weaker than this version allows",
            ));
        }
        let key = self.derivation.derive(pin, &self.salt)?;
        let mut master = Secret::copied(&self.wrapped);
        let opened = cipher(&key).decrypt_inout_detached(
            &Nonce::from(self.nonce),
            &associated_data(self.user, serial, self.derivation, &self.salt),
            master.expose_mut().into(),
            &Tag::from(self.tag),
        );
        Ok(opened.is_ok().then_some(master))
    }

    /// Whether it is not known yet of some try that it was wrong.
    pub(crate) fn is_unsettled(&self) -> bool {
        self.wrong < self.tries
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = alloc::vec![FORMAT];
        out.extend_from_slice(&self.wrong.to_be_bytes());
        out.extend_from_slice(&self.tries.to_be_bytes());
        self.derivation.encode(&mut out);
        for part in [&self.salt[..], &self.nonce, &self.wrapped, &self.tag] {
            out.extend_from_slice(part);
        }
        out
    }

    pub(crate) fn decode(user: UserType, bytes: &[u8]) -> Result<Self> {
        let label = pin_label(user);
        check_format(&label, bytes)?;
        Self::parse(user, bytes).map_err(|_| damaged(&label, "it can't be decoded"))
    }

    fn parse(user: UserType, bytes: &[u8]) -> core::result::Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        reader.u8()?;
        let wrong = u16::from_be_bytes(reader.array()?);
        let tries = u16::from_be_bytes(reader.array()?);
        let derivation = KeyDerivation::decode(&mut reader)?;
        let record = Self {
            user,
            tries,
            wrong,
            derivation,
            salt: reader.array()?,
            nonce: reader.array()?,
            wrapped: reader.array()?,
            tag: reader.array()?,
        };
        reader.end()?;
        Ok(record)
    }
}

fn cipher(key: &Secret) -> Aes256Gcm {
    let key: &[u8; 32] = key.expose().try_into().expect("a derived key has 32 bytes");
    Aes256Gcm::new(<&Key<Aes256Gcm>>::from(key))
}

fn associated_data(
    user: UserType,
    serial: Serial,
    derivation: KeyDerivation,
    salt: &[u8; SALT_LEN],
) -> Vec<u8> {
    let mut data = alloc::vec![FORMAT];
    data.extend_from_slice(pin_label(user).as_bytes());
    data.extend_from_slice(&serial.0);
    derivation.encode(&mut data);
    data.extend_from_slice(salt);
    data
}
