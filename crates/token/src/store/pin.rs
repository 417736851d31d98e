//! PIN records: the master key wrapped under a key that follows from a PIN, and how many tries have failed.
//!
//! A PIN change replaces one record, so it is there wholly or not at all.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::{Aes256Gcm, Key, Nonce, Tag};
use portcullis_entropy::Random;

use super::codec::{Malformed, Reader};
use super::device::{DeviceMark, NO_DEVICE};
use super::{DeviceKey, FORMAT, KeyDerivation, Serial, check, checked, damaged, format_of, pin_label};
use crate::{Error, Result, Secret, UserType};

/// The token's master key: 32 random bytes from which all keys of the master domain follow.
pub(crate) type MasterKey = Secret;

const MASTER_LEN: usize = 32;
const SALT_LEN: usize = 16;
const NONCE_LEN: usize = 12;
const TAG_LEN: usize = 16;

/// What a PIN is wrapped with beside itself.
#[derive(Clone, Copy)]
pub(crate) struct Wrapping<'a> {
    pub(crate) serial: Serial,
    pub(crate) derivation: KeyDerivation,
    pub(crate) device: Option<&'a DeviceKey>,
    pub(crate) random: &'a dyn Random,
}

/// One user's PIN record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PinRecord {
    user: UserType,
    format: u8,
    /// How many PINs were tried since the last right one. It stands outside the sealed part, because it is
    /// written before the PIN is known to be right.
    pub(crate) tries: u16,
    /// How many of these are known to have been wrong. The others are under way, or their processes have ended.
    pub(crate) wrong: u16,
    pub(crate) derivation: KeyDerivation,
    device: DeviceMark,
    salt: [u8; SALT_LEN],
    nonce: [u8; NONCE_LEN],
    wrapped: [u8; MASTER_LEN],
    tag: [u8; TAG_LEN],
}

impl PinRecord {
    /// Wraps the master key under a new PIN.
    pub(crate) fn wrap(user: UserType, pin: &[u8], master: &MasterKey, with: Wrapping<'_>) -> Result<Self> {
        let mut record = Self {
            user,
            format: FORMAT,
            tries: 0,
            wrong: 0,
            derivation: with.derivation,
            device: with.device.map_or(NO_DEVICE, DeviceKey::mark),
            salt: [0; SALT_LEN],
            nonce: [0; NONCE_LEN],
            wrapped: master.expose().try_into().expect("a master key has 32 bytes"),
            tag: [0; TAG_LEN],
        };
        with.random.fill(&mut record.salt)?;
        with.random.fill(&mut record.nonce)?;
        let key = record.key(pin, with.device)?;
        let associated = record.associated_data(with.serial);
        record.tag = cipher(&key)
            .encrypt_inout_detached(
                &Nonce::from(record.nonce),
                &associated,
                record.wrapped.as_mut_slice().into(),
            )
            .expect("32 bytes are within GCM's limit")
            .into();
        Ok(record)
    }

    /// The master key, if the PIN is right.
    pub(crate) fn unwrap(
        &self,
        serial: Serial,
        pin: &[u8],
        device: Option<&DeviceKey>,
    ) -> Result<Option<MasterKey>> {
        self.check_usable(device)?;
        let key = self.key(pin, device)?;
        let mut master = Secret::copied(&self.wrapped);
        let opened = cipher(&key).decrypt_inout_detached(
            &Nonce::from(self.nonce),
            &self.associated_data(serial),
            master.expose_mut().into(),
            &Tag::from(self.tag),
        );
        Ok(opened.is_ok().then_some(master))
    }

    /// Whether a PIN can be tried on it at all: with this device, and at a cost that is neither too low nor absurd.
    pub(crate) fn check_usable(&self, device: Option<&DeviceKey>) -> Result<()> {
        let record = pin_label(self.user);
        if !self.derivation.is_acceptable() {
            return Err(damaged(&record, "its key derivation is weaker than this version allows"));
        }
        match device {
            _ if self.device == NO_DEVICE => Ok(()),
            None => Err(Error::DeviceSecretMissing { record: record.to_string(), store: String::new() }),
            Some(device) if device.mark() == self.device => Ok(()),
            Some(_) => Err(Error::DeviceSecretWrong { record: record.to_string(), store: String::new() }),
        }
    }

    /// Whether it says that there is a ledger.
    pub(crate) fn has_ledger(&self) -> bool {
        self.format >= FORMAT
    }

    /// Whether it is as this version would write it on a device with a secret, or on one without.
    pub(crate) fn is_current(&self, device: Option<&DeviceKey>) -> bool {
        self.format == FORMAT && (device.is_none() || self.device != NO_DEVICE)
    }

    /// Whether it is not known yet of some try that it was wrong.
    pub(crate) fn is_unsettled(&self) -> bool {
        self.wrong < self.tries
    }

    /// What a ledger remembers of it: all but the tries, which are counted before anyone is known.
    pub(crate) fn contents(&self) -> Vec<u8> {
        let mut out = alloc::vec![self.format];
        self.derivation.encode(&mut out);
        for part in [&self.device[..], &self.salt, &self.nonce, &self.wrapped, &self.tag] {
            out.extend_from_slice(part);
        }
        out
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = alloc::vec![self.format];
        out.extend_from_slice(&self.wrong.to_be_bytes());
        out.extend_from_slice(&self.tries.to_be_bytes());
        self.derivation.encode(&mut out);
        if self.format > 1 {
            out.extend_from_slice(&self.device);
        }
        for part in [&self.salt[..], &self.nonce, &self.wrapped, &self.tag] {
            out.extend_from_slice(part);
        }
        if self.format > 1 {
            out.extend_from_slice(&check(&pin_label(self.user), &out));
        }
        out
    }

    pub(crate) fn decode(user: UserType, bytes: &[u8]) -> Result<Self> {
        let label = pin_label(user);
        let format = format_of(&label, bytes)?;
        let body = if format > 1 { checked(&label, bytes)? } else { bytes };
        Self::parse(user, format, body).map_err(|_| damaged(&label, "it can't be decoded"))
    }

    fn parse(user: UserType, format: u8, bytes: &[u8]) -> core::result::Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        reader.u8()?;
        let wrong = u16::from_be_bytes(reader.array()?);
        let tries = u16::from_be_bytes(reader.array()?);
        let derivation = KeyDerivation::decode(&mut reader)?;
        let device = if format > 1 { reader.array()? } else { NO_DEVICE };
        let record = Self {
            user,
            format,
            tries,
            wrong,
            derivation,
            device,
            salt: reader.array()?,
            nonce: reader.array()?,
            wrapped: reader.array()?,
            tag: reader.array()?,
        };
        reader.end()?;
        Ok(record)
    }

    /// The key-encryption key.
    fn key(&self, pin: &[u8], device: Option<&DeviceKey>) -> Result<Secret> {
        let stretched = self.derivation.derive(pin, &self.salt)?;
        Ok(match device {
            Some(device) if self.device != NO_DEVICE => device.mix(&stretched),
            _ => stretched,
        })
    }

    fn associated_data(&self, serial: Serial) -> Vec<u8> {
        let mut data = alloc::vec![self.format];
        data.extend_from_slice(pin_label(self.user).as_bytes());
        data.extend_from_slice(&serial.0);
        self.derivation.encode(&mut data);
        if self.format > 1 {
            data.extend_from_slice(&self.device);
        }
        data.extend_from_slice(&self.salt);
        data
    }
}

fn cipher(key: &Secret) -> Aes256Gcm {
    let key: &[u8; 32] = key.expose().try_into().expect("a derived key has 32 bytes");
    Aes256Gcm::new(<&Key<Aes256Gcm>>::from(key))
}
