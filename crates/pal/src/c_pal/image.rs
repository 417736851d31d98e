//! The bytes of one image: a whole table, as an [`ImageStore`](super::ImageStore) writes it. Byte for byte in
//! `docs/storage-format.md`; where images lie, and which of two counts, is decided in `store`.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::num::NonZeroU64;

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::table::{Object, Table};
use crate::{Label, ObjectId, Stamp};

const MAGIC: &[u8; 4] = b"PTCI";
pub(super) const FORMAT: u8 = 1;
/// Magic, format and length.
const HEAD: usize = 9;
const DIGEST: usize = 32;

/// Why bytes are no image that can be used.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unsound {
    /// They don't begin as an image does.
    Foreign,
    /// They begin as one, and are not what was written.
    Damaged,
    /// They are one of a newer format.
    Newer(u8),
}

/// How many bytes the image of a table has.
pub(super) fn len(table: &Table) -> usize {
    let object = |object: &Object| 21 + object.label.as_bytes().len() + object.bytes.len();
    HEAD + 20 + table.objects().map(|(_, each)| object(each)).sum::<usize>() + DIGEST
}

/// A whole table.
pub(super) fn encode(table: &Table) -> Zeroizing<Vec<u8>> {
    let len = len(table);
    let mut bytes = Zeroizing::new(Vec::with_capacity(len));
    bytes.extend(MAGIC);
    bytes.push(FORMAT);
    bytes.extend(count(len).to_be_bytes());
    bytes.extend(table.stamp.0.to_be_bytes());
    bytes.extend(table.last_id.to_be_bytes());
    bytes.extend(count(table.objects().len()).to_be_bytes());
    for (id, object) in table.objects() {
        let label = object.label.as_bytes();
        bytes.extend(id.0.get().to_be_bytes());
        bytes.extend(object.revision.0.to_be_bytes());
        bytes.push(label.len() as u8);
        bytes.extend(label);
        bytes.extend(count(object.bytes.len()).to_be_bytes());
        bytes.extend(object.bytes.iter());
    }
    let digest = Sha256::digest(&bytes);
    bytes.extend(digest);
    bytes
}

/// A length or count as it is written. [`ImageStore`](super::ImageStore) takes no batch that makes it longer.
fn count(of: usize) -> u32 {
    u32::try_from(of).expect("the store keeps images below 4 GiB")
}

/// The table that an image holds. Bytes behind its end are ignored: some ports give whole sectors.
pub(super) fn decode(bytes: &[u8]) -> Result<Table, Unsound> {
    // A torn write may have left the beginning of an image, and behind it what the medium had before.
    let begun = |(&byte, &magic): (&u8, &u8)| byte == magic || byte == 0 || byte == 0xff;
    if !bytes.iter().zip(MAGIC).all(begun) {
        return Err(Unsound::Foreign);
    }
    let mut input = Input(bytes);
    if input.take(MAGIC.len()) != Some(MAGIC) {
        return Err(Unsound::Damaged);
    }
    let format = input.take(1).ok_or(Unsound::Damaged)?[0];
    let len = input.u32().ok_or(Unsound::Damaged)? as usize;
    let image = bytes.get(..len).filter(|image| image.len() >= HEAD + DIGEST).ok_or(Unsound::Damaged)?;
    let (covered, digest) = image.split_at(len - DIGEST);
    if Sha256::digest(covered)[..] != *digest {
        return Err(Unsound::Damaged);
    }
    match format {
        FORMAT => table(&covered[HEAD..]).ok_or(Unsound::Damaged),
        newer => Err(Unsound::Newer(newer)),
    }
}

fn table(bytes: &[u8]) -> Option<Table> {
    let mut input = Input(bytes);
    let (stamp, last_id, objects) = (Stamp(input.u64()?), input.u64()?, input.u32()?);
    let objects = (0..objects).map(|_| input.object()).collect::<Option<Vec<_>>>()?;
    if !input.0.is_empty() {
        return None;
    }
    Table::restored(stamp, last_id, objects)
}

struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_be_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.take(8)?.try_into().ok().map(u64::from_be_bytes)
    }

    fn object(&mut self) -> Option<(ObjectId, Object)> {
        let id = ObjectId(NonZeroU64::new(self.u64()?)?);
        let revision = Stamp(self.u64()?);
        let label = usize::from(self.take(1)?[0]);
        let label = Label::new(self.take(label)?).ok()?;
        let len = self.u32()? as usize;
        let bytes = Arc::new(Zeroizing::new(self.take(len)?.to_vec()));
        Some((id, Object { label, revision, bytes }))
    }
}
