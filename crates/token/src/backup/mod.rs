//! A whole token in one file under a passphrase: [`write()`] seals what a store holds, piece by piece, [`read()`] checks
//! and opens it. The records stay sealed as they are in the store; a backup hides what is public in them too, and shows
//! every change. Byte for byte in `docs/storage-format.md`.
//!
//! What is not here: files, and what becomes of the records. Chunks are sealed as in STREAM (Hoang, Reyhanitabar,
//! Rogaway and Vizár, CRYPTO 2015): numbered, the last one marked.

mod stream;
#[cfg(test)]
mod tests;

use alloc::vec::Vec;

use portcullis_entropy::Random;
use portcullis_pal::{Label, ObjectStore, Stamp};
use zeroize::Zeroizing;

use crate::policy;
use crate::{Error, KeyDerivation, Result};
use stream::{Opener, Sealer};

/// The fewest bytes of a passphrase: unlike a PIN it can be guessed at without being counted.
pub const MIN_PASSPHRASE_LEN: usize = policy::pin::MIN_PASSPHRASE_LEN;

/// Stands where a record's label has its length, once all records are there.
const END: u8 = 0xff;

/// The records that stay where they are: a random generator's seed in two places would give the same bytes twice.
const KEPT_BACK: [&[u8]; 2] = [b"seed", b"seed-spare"];

/// Whether a record stays where it is when a token is backed up or restored.
#[must_use]
pub fn is_kept_back(label: &Label) -> bool {
    KEPT_BACK.contains(&label.as_bytes())
}

/// Writes all records of a store to `out`, sealed under a passphrase, and returns how many there are. They are of one
/// moment.
///
/// `record` is told of each record that was written, with its length in bytes.
///
/// # Errors
/// [`Error::PassphraseLength`], what the store and the generator say, and what `out` answers. What `out` was given by then
/// is no backup.
pub fn write<E: From<Error>>(
    store: &dyn ObjectStore,
    passphrase: &[u8],
    derivation: KeyDerivation,
    random: &dyn Random,
    out: &mut dyn FnMut(&[u8]) -> core::result::Result<(), E>,
    record: &mut dyn FnMut(usize),
) -> core::result::Result<u64, E> {
    policy::pin::check_passphrase(passphrase)?;
    let mut sealer = Sealer::begin(passphrase, derivation, random, out)?;
    let (mut count, mut result) = (0, Ok(()));
    store
        .scan(Stamp::START, &mut |each| {
            let Some(value) = each.value else { return };
            if result.is_err() || is_kept_back(&each.label) {
                return;
            }
            result = put_record(&mut sealer, &each.label, value, out);
            count += 1;
            record(value.len());
        })
        .map_err(Error::from)?;
    result?;
    sealer.put(&[END], out)?;
    sealer.put(&u64::to_be_bytes(count), out)?;
    sealer.finish(out)?;
    Ok(count)
}

fn put_record<E: From<Error>>(
    sealer: &mut Sealer,
    label: &Label,
    value: &[u8],
    out: &mut dyn FnMut(&[u8]) -> core::result::Result<(), E>,
) -> core::result::Result<(), E> {
    let len = u32::try_from(value.len())
        .map_err(|_| Error::BackupDamaged { why: "a record is too large for one" })?;
    let label = label.as_bytes();
    sealer.put(&[label.len() as u8], out)?;
    sealer.put(label, out)?;
    sealer.put(&len.to_be_bytes(), out)?;
    sealer.put(value, out)
}

/// Reads a backup to its end, checks all of it, and shows each record. `input` fills a buffer as far as it can, and gives
/// less than asked for at the end alone.
///
/// What `record` is shown is authentic, but only when the call succeeds is it all there was.
///
/// # Errors
/// [`Error::PassphraseIncorrect`], [`Error::BackupDamaged`], [`Error::NewerFormat`], and what `input` answers.
pub fn read<E: From<Error>>(
    passphrase: &[u8],
    input: &mut dyn FnMut(&mut [u8]) -> core::result::Result<usize, E>,
    record: &mut dyn FnMut(Label, Zeroizing<Vec<u8>>),
) -> core::result::Result<u64, E> {
    let mut opener = Opener::begin(passphrase, input)?;
    let mut count = 0;
    loop {
        let mut len = [0];
        opener.take(&mut len, input)?;
        if len == [END] {
            break;
        }
        let mut label = [0; Label::MAX];
        let label = label.get_mut(..usize::from(len[0])).ok_or_else(contradicts)?;
        opener.take(label, input)?;
        let label = Label::new(label).map_err(|_| contradicts())?;
        let mut len = [0; 4];
        opener.take(&mut len, input)?;
        record(label, opener.take_all(u32::from_be_bytes(len) as usize, input)?);
        count += 1;
    }
    let mut told = [0; 8];
    opener.take(&mut told, input)?;
    opener.end(input)?;
    if u64::from_be_bytes(told) == count { Ok(count) } else { Err(contradicts().into()) }
}

/// What only a program that knows the passphrase can have written wrongly.
fn contradicts() -> Error {
    Error::BackupDamaged { why: "its contents contradict each other" }
}

/// Checks that the bytes begin as a backup does, without the passphrase.
///
/// # Errors
/// [`Error::BackupDamaged`] or [`Error::NewerFormat`].
pub fn check_start(bytes: &[u8]) -> Result<()> {
    stream::Header::parse(bytes).map(|_| ())
}
