//! Sealing of object records: each version of each object under its own key.
//!
//! key = HKDF-SHA-256(salt: token serial, secret: domain key, info: name, object, version);
//! record = AES-256-GCM(key, random nonce, secrets; associated data: serial, object, record head), where the
//! head holds format, domain, version and all public attributes in canonical form. Nothing of a record can
//! be changed, swapped with another object's or moved to another token unseen.

use alloc::boxed::Box;
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
pub(crate) struct SealedRecord {
    pub(crate) version: u32,
    pub(crate) public: AttributeSet,
    pub(crate) sealed: Sealed,
}

/// What a record has beside the version and the public attributes of its object. As a set has one encoding, the record
/// can be made again of these.
#[derive(Debug)]
pub(crate) struct Sealed {
    format: u8,
    pub(crate) domain: Domain,
    /// Nonce, secrets and tag.
    body: Box<[u8]>,
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

    /// Seals an object's version.
    pub(crate) fn seal(
        &self,
        domain: Domain,
        number: ObjectNumber,
        version: u32,
        public: &AttributeSet,
        secrets: &Secrets,
        random: &dyn Random,
    ) -> Result<Sealed> {
        let mut sealed = Sealed { format: FORMAT, domain, body: Box::default() };
        let associated = self.associated_data(number, &sealed, version, public);
        let mut nonce = [0; NONCE_LEN];
        random.fill(&mut nonce)?;
        let mut encoded = codec::encode_secrets(secrets);
        let tag = self
            .cipher(number, version)
            .encrypt_inout_detached(&Nonce::from(nonce), &associated, encoded.expose_mut().into())
            .expect("secrets are shorter than GCM's limit");
        sealed.body = [&nonce[..], encoded.expose(), &tag].concat().into();
        Ok(sealed)
    }

    /// Checks that all of an object's version is as it was sealed, and opens its secrets.
    pub(crate) fn unseal(
        &self,
        number: ObjectNumber,
        version: u32,
        public: &AttributeSet,
        sealed: &Sealed,
    ) -> Result<Secrets> {
        let broken = || damaged(&object_label(number), "its authentication tag does not fit its contents");
        let associated = self.associated_data(number, sealed, version, public);
        let (nonce, encoded, tag) = sealed.parts().ok_or_else(broken)?;
        let mut opened = Secret::copied(encoded);
        self.cipher(number, version)
            .decrypt_inout_detached(
                &Nonce::from(*nonce),
                &associated,
                opened.expose_mut().into(),
                &Tag::from(*tag),
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

    fn associated_data(
        &self,
        number: ObjectNumber,
        sealed: &Sealed,
        version: u32,
        public: &AttributeSet,
    ) -> Vec<u8> {
        let (serial, number) = (&self.serial.0, number.0.to_be_bytes());
        let mut associated = Vec::with_capacity(serial.len() + number.len() + head_len(public));
        associated.extend_from_slice(serial);
        associated.extend_from_slice(&number);
        sealed.put_head(&mut associated, version, public);
        associated
    }
}

fn head_len(public: &AttributeSet) -> usize {
    HEAD_LEN + codec::set_len(public)
}

impl Sealed {
    /// Whether it is of a format that this version writes.
    pub(crate) fn is_new(&self) -> bool {
        self.format >= FORMAT
    }

    /// The whole record, of an object with this version and these attributes.
    pub(crate) fn record(&self, version: u32, public: &AttributeSet) -> Vec<u8> {
        let mut record = Vec::with_capacity(self.record_len(public));
        self.put_head(&mut record, version, public);
        record.extend_from_slice(&self.body);
        record
    }

    /// How many bytes the whole record has.
    pub(crate) fn record_len(&self, public: &AttributeSet) -> usize {
        head_len(public) + self.body.len()
    }

    /// What a ledger has to know of the record: which version it is, and the start of its tag, which tells two records
    /// of one version apart.
    pub(crate) fn known(&self, version: u32) -> Option<Known> {
        let (_, _, [a, b, c, d, ..]) = self.parts()?;
        Some(Known { version, mark: [*a, *b, *c, *d] })
    }

    fn parts(&self) -> Option<(&[u8; NONCE_LEN], &[u8], &[u8; TAG_LEN])> {
        let (nonce, rest) = self.body.split_first_chunk()?;
        let (secrets, tag) = rest.split_last_chunk()?;
        Some((nonce, secrets, tag))
    }

    fn put_head(&self, out: &mut Vec<u8>, version: u32, public: &AttributeSet) {
        out.push(self.format);
        out.push(match self.domain {
            Domain::Open => 0,
            Domain::Master => 1,
        });
        out.extend_from_slice(&version.to_be_bytes());
        codec::put_set(out, public);
    }
}

impl SealedRecord {
    /// Splits a record. `number` is for the error alone.
    pub(crate) fn parse(number: ObjectNumber, bytes: &[u8]) -> Result<Self> {
        let label = object_label(number);
        let format = format_of(&label, bytes)?;
        Self::split(format, bytes).map_err(|_| damaged(&label, "it can't be decoded"))
    }

    fn split(format: u8, bytes: &[u8]) -> core::result::Result<Self, codec::Malformed> {
        let mut reader = Reader::new(bytes);
        reader.u8()?;
        let domain = match reader.u8()? {
            0 => Domain::Open,
            1 => Domain::Master,
            _ => return Err(codec::Malformed),
        };
        let version = reader.u32()?;
        let public = codec::decode_set(reader.string()?)?;
        let sealed = Sealed { format, domain, body: reader.rest().into() };
        sealed.parts().ok_or(codec::Malformed)?;
        Ok(Self { version, public, sealed })
    }
}
