//! The sealed stream of a backup: a header, and chunks of 64 KiB, each under a nonce of its own that says its number and
//! whether it is the last. What the stream holds is not known here.

use alloc::vec::Vec;

use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::{Aes256Gcm, Nonce, Tag};
use hkdf::Hkdf;
use portcullis_entropy::Random;
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use crate::{Error, KeyDerivation, Result};

const MAGIC: &[u8; 4] = b"PTCB";
const FORMAT: u8 = 1;
const SALT: usize = 16;
const CHECK: usize = 16;
const TAG: usize = 16;
/// The bytes of a chunk before they are sealed; the last one may have fewer.
const CHUNK: usize = 64 * 1024;

/// What a backup begins with; every chunk is bound to it.
pub(super) struct Header {
    derivation: KeyDerivation,
    salt: [u8; SALT],
    /// Tells a wrong passphrase from a damaged file.
    check: [u8; CHECK],
}

impl Header {
    const LEN: usize = MAGIC.len() + 1 + KeyDerivation::ENCODED_LEN + SALT + CHECK;

    pub(super) fn parse(bytes: &[u8]) -> Result<Self> {
        let foreign = || Error::BackupDamaged { why: "it does not begin as a backup does" };
        let rest = bytes.strip_prefix(MAGIC).ok_or_else(foreign)?;
        let (&format, rest) = rest.split_first().ok_or_else(foreign)?;
        if format > FORMAT {
            let (record, store) = ("header".into(), "the backup".into());
            return Err(Error::NewerFormat { record, store, found: format, known: FORMAT });
        }
        let short = || Error::BackupDamaged { why: "it ends too early" };
        let (derivation, rest) = rest.split_first_chunk().ok_or_else(short)?;
        let (salt, rest) = rest.split_first_chunk().ok_or_else(short)?;
        let (check, _) = rest.split_first_chunk().ok_or_else(short)?;
        let derivation = KeyDerivation::decoded(derivation)
            .filter(|derivation| format == FORMAT && derivation.is_acceptable())
            .ok_or(Error::BackupDamaged { why: "its key derivation is none that this version takes" })?;
        Ok(Self { derivation, salt: *salt, check: *check })
    }

    fn encode(&self) -> Vec<u8> {
        [&MAGIC[..], &[FORMAT], &self.derivation.encoded(), &self.salt, &self.check].concat()
    }
}

/// The keys that follow from a passphrase.
struct Keys {
    chunks: Zeroizing<[u8; 32]>,
    check: [u8; CHECK],
}

impl Keys {
    fn of(passphrase: &[u8], derivation: KeyDerivation, salt: &[u8]) -> Result<Self> {
        let root = derivation.derive(passphrase, salt)?;
        let root = Hkdf::<Sha256>::new(Some(salt), root.expose());
        let mut keys = Self { chunks: Zeroizing::new([0; 32]), check: [0; CHECK] };
        root.expand(b"portcullis backup", keys.chunks.as_mut()).expect("32 bytes are within HKDF's limit");
        root.expand(b"portcullis backup check", &mut keys.check).expect("16 bytes are within HKDF's limit");
        Ok(keys)
    }
}

/// The cipher of one stream, and which chunk comes next.
struct Chunks {
    cipher: Aes256Gcm,
    header: Vec<u8>,
    next: u64,
}

impl Chunks {
    fn new(keys: &Keys, header: Vec<u8>) -> Self {
        Self { cipher: Aes256Gcm::new((&*keys.chunks).into()), header, next: 0 }
    }

    fn nonce(&mut self, last: bool) -> Nonce<<Aes256Gcm as aes_gcm::aead::AeadCore>::NonceSize> {
        let mut nonce = [0; 12];
        nonce[..8].copy_from_slice(&self.next.to_be_bytes());
        nonce[11] = u8::from(last);
        self.next += 1;
        nonce.into()
    }

    fn seal(&mut self, chunk: &mut [u8], last: bool) -> Tag {
        let nonce = self.nonce(last);
        self.cipher
            .encrypt_inout_detached(&nonce, &self.header, chunk.into())
            .expect("a chunk is shorter than GCM's limit")
    }

    fn open(&mut self, chunk: &mut [u8], tag: [u8; TAG], last: bool) -> Result<()> {
        let nonce = self.nonce(last);
        self.cipher
            .decrypt_inout_detached(&nonce, &self.header, chunk.into(), &Tag::from(tag))
            .map_err(|_| Error::BackupDamaged { why: "an authentication tag does not fit its contents" })
    }
}

/// Takes bytes, gives out sealed ones.
pub(super) struct Sealer {
    chunks: Chunks,
    buffer: Zeroizing<Vec<u8>>,
}

impl Sealer {
    pub(super) fn begin<E: From<Error>>(
        passphrase: &[u8],
        derivation: KeyDerivation,
        random: &dyn Random,
        out: &mut dyn FnMut(&[u8]) -> core::result::Result<(), E>,
    ) -> core::result::Result<Self, E> {
        let mut salt = [0; SALT];
        random.fill(&mut salt).map_err(Error::from)?;
        let keys = Keys::of(passphrase, derivation, &salt)?;
        let header = Header { derivation, salt, check: keys.check }.encode();
        out(&header)?;
        let buffer = Zeroizing::new(Vec::with_capacity(CHUNK));
        Ok(Self { chunks: Chunks::new(&keys, header), buffer })
    }

    pub(super) fn put<E>(
        &mut self,
        mut bytes: &[u8],
        out: &mut dyn FnMut(&[u8]) -> core::result::Result<(), E>,
    ) -> core::result::Result<(), E> {
        while !bytes.is_empty() {
            if self.buffer.len() == CHUNK {
                self.seal(false, out)?;
            }
            let (now, later) = bytes.split_at(bytes.len().min(CHUNK - self.buffer.len()));
            self.buffer.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    pub(super) fn finish<E>(
        mut self,
        out: &mut dyn FnMut(&[u8]) -> core::result::Result<(), E>,
    ) -> core::result::Result<(), E> {
        self.seal(true, out)
    }

    fn seal<E>(
        &mut self,
        last: bool,
        out: &mut dyn FnMut(&[u8]) -> core::result::Result<(), E>,
    ) -> core::result::Result<(), E> {
        let tag = self.chunks.seal(&mut self.buffer, last);
        out(&self.buffer)?;
        self.buffer.clear();
        out(&tag)
    }
}

/// Takes sealed bytes, gives out what they hold.
pub(super) struct Opener {
    chunks: Chunks,
    /// An opened chunk, of which the first `taken` bytes are gone.
    buffer: Zeroizing<Vec<u8>>,
    taken: usize,
    /// The sealed bytes that come next, read ahead to see whether there are any.
    ahead: Vec<u8>,
    ended: bool,
}

impl Opener {
    pub(super) fn begin<E: From<Error>>(
        passphrase: &[u8],
        input: &mut dyn FnMut(&mut [u8]) -> core::result::Result<usize, E>,
    ) -> core::result::Result<Self, E> {
        let header = read(Header::LEN, input)?;
        let parsed = Header::parse(&header)?;
        let keys = Keys::of(passphrase, parsed.derivation, &parsed.salt)?;
        if !bool::from(keys.check.ct_eq(&parsed.check)) {
            return Err(Error::PassphraseIncorrect.into());
        }
        let ahead = read(CHUNK + TAG, input)?;
        let (chunks, buffer) = (Chunks::new(&keys, header), Zeroizing::new(Vec::new()));
        Ok(Self { chunks, buffer, taken: 0, ahead, ended: false })
    }

    /// Opens the next chunk; the one with nothing behind it is the last.
    fn next<E: From<Error>>(
        &mut self,
        input: &mut dyn FnMut(&mut [u8]) -> core::result::Result<usize, E>,
    ) -> core::result::Result<(), E> {
        let short = || E::from(Error::BackupDamaged { why: "it ends too early" });
        if self.ended {
            return Err(short());
        }
        let full = self.ahead.len() == CHUNK + TAG;
        let behind = if full { read(CHUNK + TAG, input)? } else { Vec::new() };
        let mut chunk = Zeroizing::new(core::mem::replace(&mut self.ahead, behind));
        let (_, &tag) = chunk.split_last_chunk::<TAG>().ok_or_else(short)?;
        let len = chunk.len() - TAG;
        self.ended = self.ahead.is_empty();
        self.chunks.open(&mut chunk[..len], tag, self.ended)?;
        chunk.truncate(len);
        self.buffer = chunk;
        self.taken = 0;
        Ok(())
    }

    pub(super) fn take<E: From<Error>>(
        &mut self,
        mut out: &mut [u8],
        input: &mut dyn FnMut(&mut [u8]) -> core::result::Result<usize, E>,
    ) -> core::result::Result<(), E> {
        while !out.is_empty() {
            if self.taken == self.buffer.len() {
                self.next(input)?;
                continue;
            }
            let have = &self.buffer[self.taken..];
            let now = have.len().min(out.len());
            let (filled, rest) = out.split_at_mut(now);
            filled.copy_from_slice(&have[..now]);
            self.taken += now;
            out = rest;
        }
        Ok(())
    }

    /// So many bytes, given room only as they come: a length can't ask for more memory than there are bytes behind it.
    pub(super) fn take_all<E: From<Error>>(
        &mut self,
        len: usize,
        input: &mut dyn FnMut(&mut [u8]) -> core::result::Result<usize, E>,
    ) -> core::result::Result<Zeroizing<Vec<u8>>, E> {
        let mut all = Zeroizing::new(Vec::new());
        while all.len() < len {
            let from = all.len();
            let now = (len - from).min(CHUNK);
            if all.capacity() < from + now {
                let mut larger = Zeroizing::new(Vec::with_capacity(len.min(2 * (from + now))));
                larger.extend_from_slice(&all);
                all.zeroize();
                all = larger;
            }
            all.resize(from + now, 0);
            self.take(&mut all[from..], input)?;
        }
        Ok(all)
    }

    /// Nothing may be left.
    pub(super) fn end<E: From<Error>>(
        &mut self,
        input: &mut dyn FnMut(&mut [u8]) -> core::result::Result<usize, E>,
    ) -> core::result::Result<(), E> {
        if self.taken == self.buffer.len() && !self.ended {
            self.next(input)?;
        }
        if self.ended && self.taken == self.buffer.len() {
            return Ok(());
        }
        Err(Error::BackupDamaged { why: "something stands behind its end" }.into())
    }
}

/// Up to so many bytes, fewer at the end alone.
fn read<E>(
    len: usize,
    input: &mut dyn FnMut(&mut [u8]) -> core::result::Result<usize, E>,
) -> core::result::Result<Vec<u8>, E> {
    let mut bytes = alloc::vec![0; len];
    let given = input(&mut bytes)?;
    bytes.truncate(given);
    Ok(bytes)
}
