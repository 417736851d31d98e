//! A SoftHSM2 token on disk: which folder it is in, its key, and its objects in the clear. What they become is decided
//! in `plan`.
//!
//! A PIN becomes an AES-256 key by hashing it and a salt with SHA-256, 1500 times and as many more as the salt's last byte
//! says. That key encrypts the token's key behind three letters that show a right PIN, and the token's key encrypts the
//! byte strings of private objects, each behind its own initialisation vector (AES-CBC with padding).

use std::fs;
use std::path::{Path, PathBuf};

use aes::Aes256;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, KeyIvInit};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::file::{self, Attributes, Stored};
use crate::error::{Error, Result};

/// SoftHSM2's own attributes of a token.
const LABEL: u64 = 0x8000_5349;
const SERIAL: u64 = 0x8000_534a;
const USER_PIN: u64 = 0x8000_534d;

const TOKEN: &str = "token.object";

/// `CKA_PRIVATE`, `CKA_START_DATE` and `CKA_END_DATE`: dates stay in the clear in private objects too.
const PRIVATE: u64 = 0x0002;
const DATES: [u64; 2] = [0x0110, 0x0111];

/// What stands before the token's key under a PIN.
const RIGHT: &[u8] = b"RJR";

/// A token's folder.
pub(super) struct Source {
    folder: PathBuf,
    pub(super) label: String,
    pub(super) serial: String,
    user_pin: Vec<u8>,
}

/// The key of a token.
pub(super) struct Key(Zeroizing<[u8; 32]>);

/// One object in the clear, and the file that it is from.
pub(super) struct Object {
    pub(super) file: PathBuf,
    pub(super) attributes: Attributes,
}

impl Source {
    /// The tokens in a folder: it is one itself, or it holds the folders of some.
    pub(super) fn all_in(folder: &Path) -> Result<Vec<Self>> {
        if folder.join(TOKEN).is_file() {
            return Ok(vec![Self::read(folder)?]);
        }
        let entries = fs::read_dir(folder).map_err(|source| read_failed(folder, source))?;
        let mut folders: Vec<_> = entries
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .filter(|path| path.join(TOKEN).is_file())
            .collect();
        folders.sort_unstable();
        folders.iter().map(|folder| Self::read(folder)).collect()
    }

    fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(TOKEN);
        let attributes = attributes(&path)?;
        let bytes = |code| attributes.get(&code).and_then(Stored::bytes);
        let text = |code| Some(String::from_utf8_lossy(bytes(code)?).trim_end().to_owned());
        match (text(LABEL), text(SERIAL)) {
            (Some(label), Some(serial)) => {
                let user_pin = bytes(USER_PIN).unwrap_or_default().to_vec();
                Ok(Self { folder: folder.to_path_buf(), label, serial, user_pin })
            }
            _ => Err(broken(&path)),
        }
    }

    /// The token's key.
    pub(super) fn unlock(&self, pin: &[u8]) -> Result<Key> {
        let Some((salt, wrapped)) = self.user_pin.split_at_checked(8) else {
            return Err(Error::BadInput {
                place: self.folder.display().to_string(),
                why: "its user PIN has never been set".into(),
                advice: "a token without a user PIN has no private objects to bring in",
            });
        };
        let rounds = 1499 + u32::from(salt[7]);
        let first = Sha256::new().chain_update(salt).chain_update(pin).finalize();
        let pin_key = Key(Zeroizing::new(
            (0..rounds).fold(first.into(), |hash: [u8; 32], _| Sha256::digest(hash).into()),
        ));
        let opened = pin_key.decrypt(wrapped).ok_or(Error::SoftHsmPin)?;
        let key = opened.strip_prefix(RIGHT).and_then(|key| <[u8; 32]>::try_from(key).ok());
        key.map(|key| Key(Zeroizing::new(key))).ok_or(Error::SoftHsmPin)
    }

    /// All objects of the token.
    pub(super) fn objects(&self, key: &Key) -> Result<Vec<Object>> {
        let entries = fs::read_dir(&self.folder).map_err(|source| read_failed(&self.folder, source))?;
        let mut files: Vec<_> = entries
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .filter(|path| path.extension().is_some_and(|end| end == "object") && !path.ends_with(TOKEN))
            .collect();
        files.sort_unstable();
        files
            .into_iter()
            .map(|file| {
                let mut attributes = attributes(&file)?;
                if attributes.get(&PRIVATE).is_some_and(Stored::is_true) {
                    key.open(&mut attributes).ok_or_else(|| broken(&file))?;
                }
                Ok(Object { file, attributes })
            })
            .collect()
    }
}

impl Key {
    /// Opens the byte strings of a private object. Empty ones are not encrypted.
    fn open(&self, attributes: &mut Attributes) -> Option<()> {
        for (code, stored) in attributes {
            if let Stored::Bytes(bytes) = stored
                && !bytes.is_empty()
                && !DATES.contains(code)
            {
                *bytes = self.decrypt(bytes)?;
            }
        }
        Some(())
    }

    /// AES-CBC with padding, behind an initialisation vector.
    fn decrypt(&self, bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (iv, encrypted) = bytes.split_first_chunk::<16>()?;
        let mut opened = Zeroizing::new(encrypted.to_vec());
        let cipher = cbc::Decryptor::<Aes256>::new((&*self.0).into(), iv.into());
        let len = cipher.decrypt_padded::<Pkcs7>(&mut opened).ok()?.len();
        opened.truncate(len);
        Some(opened)
    }
}

fn attributes(path: &Path) -> Result<Attributes> {
    let bytes = fs::read(path).map_err(|source| read_failed(path, source))?;
    file::parse(&Zeroizing::new(bytes)).ok_or_else(|| broken(path))
}

fn read_failed(path: &Path, source: std::io::Error) -> Error {
    Error::ReadFile { path: path.to_owned(), source }
}

fn broken(path: &Path) -> Error {
    Error::BadInput {
        place: path.display().to_string(),
        why: "it is no whole object file of SoftHSM2".into(),
        advice: "copy the token's folder again while no program uses it",
    }
}
