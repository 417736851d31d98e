//! Sealing of object records: each version of each object under its own key.
//!
//! key = HKDF-SHA-256(salt: token serial, secret: domain key, info: name, object, version);
//! record = AES-256-GCM(key, random nonce, secrets; associated data: serial, object, record head), where the
//! head holds format, domain, version and all public attributes in canonical form. Nothing of a record can
//! be changed, swapped with another object's or moved to another token unseen.

use alloc::vec::Vec;

use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::{Aes256Gcm, Nonce, Tag};
use hkdf::Hkdf;
use portcullis_entropy::Random;
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

use super::codec::{self, Reader};
use super::{FORMAT, Known, Serial, damaged, format_of, object_label};
use crate::attribute::{AttributeSet, Secrets};
use crate::object::ObjectNumber;
use crate::{Result, Secret};

/// Format, domain, version and the length of the public attributes.
const HEAD_LEN: usize = 10;
const NONCE_LEN: usize = 12;
const TAG_LEN: usize = 16;

/// Under whose key a record is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Domain {
    /// A key that follows from the token's serial number: for objects that anyone may read and create. It
    /// shows damage; it hides nothing.
    Open,
    /// The token's master key, which only a PIN unwraps.
    Master,
}

/// A key from which the record keys of one domain are derived.
pub(crate) struct DomainKey {
    serial: Serial,
    key: Secret,
    /// What HKDF extracts of it, which is the same for all records.
    extracted: Secret,
}

/// A record split into its parts; nothing of it is authenticated yet.
pub(crate) struct SealedRecord<'a> {
    pub(crate) domain: Domain,
    pub(crate) version: u32,
    pub(crate) public: AttributeSet,
    head: &'a [u8],
    nonce: [u8; NONCE_LEN],
    sealed: &'a [u8],
    tag: [u8; TAG_LEN],
}

impl DomainKey {
    /// The key of the open domain.
    pub(crate) fn open(serial: Serial) -> Self {
        let mut key = Secret::zeroed(32);
        Hkdf::<Sha256>::new(None, &serial.0)
            .expand(b"portcullis open domain", key.expose_mut())
            .expect("32 bytes are within HKDF's limit");
        Self::new(serial, key)
    }

    /// The key of the master domain.
    pub(crate) fn master(serial: Serial, master: Secret) -> Self {
        Self::new(serial, master)
    }

    fn new(serial: Serial, key: Secret) -> Self {
        let (mut extracted, _) = Hkdf::<Sha256>::extract(Some(&serial.0), key.expose());
        let kept = Secret::copied(&extracted);
        extracted.zeroize();
        Self { serial, key, extracted: kept }
    }

    /// The master key itself, to be wrapped for another PIN.
    pub(crate) fn expose(&self) -> &Secret {
        &self.key
    }

    /// The record of an object's version.
    pub(crate) fn seal(
        &self,
        domain: Domain,
        number: ObjectNumber,
        version: u32,
        public: &AttributeSet,
        secrets: &Secrets,
        random: &dyn Random,
    ) -> Result<Vec<u8>> {
        let mut sealed = codec::encode_secrets(secrets);
        let len = HEAD_LEN + codec::set_len(public) + NONCE_LEN + sealed.len() + TAG_LEN;
        // In one piece from the start, as it stays in memory for as long as the object is there.
        let mut record = Vec::with_capacity(len);
        put_head(&mut record, domain, version, public);
        let associated = self.associated_data(number, &record);
        let mut nonce = [0; NONCE_LEN];
        random.fill(&mut nonce)?;
        let tag = self
            .cipher(number, version)
            .encrypt_inout_detached(&Nonce::from(nonce), &associated, sealed.expose_mut().into())
            .expect("secrets are shorter than GCM's limit");
        record.extend_from_slice(&nonce);
        record.extend_from_slice(sealed.expose());
        record.extend_from_slice(&tag);
        Ok(record)
    }

    /// Checks a record and opens its secrets.
    pub(crate) fn unseal(&self, number: ObjectNumber, record: &SealedRecord<'_>) -> Result<Secrets> {
        let broken = || damaged(&object_label(number), "its authentication tag does not fit its contents");
        let associated = self.associated_data(number, record.head);
        let mut opened = Secret::copied(record.sealed);
        self.cipher(number, record.version)
            .decrypt_inout_detached(
                &Nonce::from(record.nonce),
                &associated,
                opened.expose_mut().into(),
                &Tag::from(record.tag),
            )
            .map_err(|_| broken())?;
        codec::decode_secrets(opened.expose())
            .map_err(|_| damaged(&object_label(number), "its secret attributes can't be decoded"))
    }

    fn cipher(&self, number: ObjectNumber, version: u32) -> Aes256Gcm {
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::from_prk(self.extracted.expose())
            .expect("what was extracted is as long as a digest")
            .expand_multi_info(
                &[b"portcullis object", &number.0.to_be_bytes(), &version.to_be_bytes()],
                key.as_mut(),
            )
            .expect("32 bytes are within HKDF's limit");
        Aes256Gcm::new((&*key).into())
    }

    fn associated_data(&self, number: ObjectNumber, head: &[u8]) -> Vec<u8> {
        [&self.serial.0[..], &number.0.to_be_bytes(), head].concat()
    }
}

fn put_head(head: &mut Vec<u8>, domain: Domain, version: u32, public: &AttributeSet) {
    head.push(FORMAT);
    head.push(match domain {
        Domain::Open => 0,
        Domain::Master => 1,
    });
    head.extend_from_slice(&version.to_be_bytes());
    codec::put_set(head, public);
}

/// What a ledger has to know of a record that has been split before: which version it is, and the start of its tag,
/// which tells two records of one version apart.
pub(crate) fn known(record: &[u8]) -> Option<Known> {
    let (_, tag) = record.split_last_chunk::<TAG_LEN>()?;
    let version = record.get(2..)?.first_chunk()?;
    Some(Known { version: u32::from_be_bytes(*version), mark: *tag.first_chunk()? })
}

impl<'a> SealedRecord<'a> {
    /// Splits a record. `number` is for the error alone.
    pub(crate) fn parse(number: ObjectNumber, bytes: &'a [u8]) -> Result<Self> {
        let label = object_label(number);
        format_of(&label, bytes)?;
        Self::split(bytes).map_err(|_| damaged(&label, "it can't be decoded"))
    }

    fn split(bytes: &'a [u8]) -> core::result::Result<Self, codec::Malformed> {
        let mut reader = Reader::new(bytes);
        reader.u8()?;
        let domain = match reader.u8()? {
            0 => Domain::Open,
            1 => Domain::Master,
            _ => return Err(codec::Malformed),
        };
        let version = reader.u32()?;
        let public = codec::decode_set(reader.string()?)?;
        let nonce = reader.array()?;
        let rest = reader.rest();
        let head = &bytes[..bytes.len() - rest.len() - NONCE_LEN];
        let (sealed, tag) = rest.split_last_chunk().ok_or(codec::Malformed)?;
        Ok(Self { domain, version, public, head, nonce, sealed, tag: *tag })
    }
}
