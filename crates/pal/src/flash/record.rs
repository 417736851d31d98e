//! What the slots of the log hold, byte for byte: pieces of values, lists of freed slots, and the commit.
//! `docs/storage-format.md` describes them. Nothing is read or written here.

#[cfg(test)]
mod tests;

use alloc::vec::Vec;
use core::num::NonZeroU64;

use super::log::Slot;
use super::mark::FORMAT;
use crate::{Label, ObjectId, Stamp};

/// The slot of the commit.
pub(super) const COMMIT: Slot = 0;

const PIECE: u8 = 1;
const FREED: u8 = 2;

/// The bytes of a piece before its label or its part of the value.
const PIECE_HEAD: usize = 1 + 8 + 8 + 2 + 2;
/// The bytes of a list of slots before the slots.
const FREED_HEAD: usize = 1 + 8;
/// The bytes of a commit before its slots.
const COMMIT_HEAD: usize = 1 + 8 + 8 + 8;

/// What a slot other than the commit's holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Record<'a> {
    /// Nothing any more.
    Empty,
    Piece(Piece<'a>),
    /// Slots that a batch freed, where its commit has no room for them.
    Freed {
        revision: Stamp,
        slots: Slots<'a>,
    },
}

/// A part of a value.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    pub(super) revision: Stamp,
    pub(super) id: ObjectId,
    /// Which part, from 0.
    pub(super) index: u16,
    /// How many parts the value has.
    pub(super) count: u16,
    /// The first part has the label.
    pub(super) label: Option<Label>,
    pub(super) part: &'a [u8],
}

/// The state of a store after a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Commit {
    pub(super) stamp: Stamp,
    /// The newest id ever given.
    pub(super) last_id: u64,
    /// The sum of [`digest`] over all objects, each in (or out) by exclusive or.
    pub(super) digest: u64,
}

/// A list of slots as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slots<'a>(&'a [u8]);

impl Slots<'_> {
    pub(super) fn iter(&self) -> impl Iterator<Item = Slot> {
        self.0.chunks_exact(2).map(|pair| Slot::from_be_bytes([pair[0], pair[1]]))
    }
}

impl<'a> Record<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let Some((&kind, rest)) = bytes.split_first() else { return Some(Self::Empty) };
        let (revision, rest) = take_u64(rest)?;
        let revision = Stamp(revision);
        match kind {
            PIECE => {
                let (id, rest) = take_u64(rest)?;
                let (index, rest) = take_u16(rest)?;
                let (count, rest) = take_u16(rest)?;
                let (label, part) = if index == 0 { take_label(rest)? } else { (None, rest) };
                let id = ObjectId(NonZeroU64::new(id)?);
                (index < count).then_some(Self::Piece(Piece { revision, id, index, count, label, part }))
            }
            FREED => rest.len().is_multiple_of(2).then_some(Self::Freed { revision, slots: Slots(rest) }),
            _ => None,
        }
    }
}

fn take_u64(bytes: &[u8]) -> Option<(u64, &[u8])> {
    bytes.split_first_chunk().map(|(number, rest)| (u64::from_be_bytes(*number), rest))
}

fn take_u16(bytes: &[u8]) -> Option<(u16, &[u8])> {
    bytes.split_first_chunk().map(|(number, rest)| (u16::from_be_bytes(*number), rest))
}

fn take_label(bytes: &[u8]) -> Option<(Option<Label>, &[u8])> {
    let (&len, rest) = bytes.split_first()?;
    let (label, rest) = rest.split_at_checked(usize::from(len))?;
    Some((Some(Label::new(label).ok()?), rest))
}

impl Piece<'_> {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(PIECE_HEAD + 1 + Label::MAX + self.part.len());
        bytes.push(PIECE);
        bytes.extend(self.revision.0.to_be_bytes());
        bytes.extend(self.id.0.get().to_be_bytes());
        bytes.extend(self.index.to_be_bytes());
        bytes.extend(self.count.to_be_bytes());
        if let Some(label) = &self.label {
            let label = label.as_bytes();
            bytes.push(label.len() as u8);
            bytes.extend(label);
        }
        bytes.extend(self.part);
        bytes
    }
}

/// Cuts a value into the pieces that slots of at most `longest` bytes hold. A value without bytes is one piece.
pub(super) fn pieces<'a>(
    revision: Stamp,
    id: ObjectId,
    label: Label,
    value: &'a [u8],
    longest: usize,
) -> impl Iterator<Item = Piece<'a>> {
    let (first, later) = (first_part(&label, longest), longest - PIECE_HEAD);
    let count = count(value.len(), &label, longest) as u16;
    let (head, tail) = value.split_at(first.min(value.len()));
    core::iter::once(head).chain(tail.chunks(later)).zip(0_u16..).map(move |(part, index)| {
        let label = (index == 0).then_some(label);
        Piece { revision, id, index, count, label, part }
    })
}

/// How many pieces a value is cut into.
pub(super) fn count(len: usize, label: &Label, longest: usize) -> usize {
    let behind = len.saturating_sub(first_part(label, longest));
    1 + behind.div_ceil(longest - PIECE_HEAD)
}

/// The longest value that this many pieces hold under any label.
pub(super) fn capacity(pieces: usize, longest: usize) -> usize {
    (pieces * (longest - PIECE_HEAD)).saturating_sub(1 + Label::MAX)
}

fn first_part(label: &Label, longest: usize) -> usize {
    longest - PIECE_HEAD - 1 - label.as_bytes().len()
}

/// The length of each piece of a value, as it is stored.
pub(super) fn piece_lens(len: usize, label: &Label, longest: usize) -> impl Iterator<Item = usize> {
    let count = count(len, label, longest);
    let heads = count * PIECE_HEAD + 1 + label.as_bytes().len();
    let last = len + heads - (count - 1) * longest;
    core::iter::repeat_n(longest, count - 1).chain(core::iter::once(last))
}

/// How many slots a commit of at most `longest` bytes names itself.
pub(super) fn freed_in_commit(longest: usize) -> usize {
    (longest - COMMIT_HEAD) / size_of::<Slot>()
}

/// How many slots a list of at most `longest` bytes names.
pub(super) fn freed_in_list(longest: usize) -> usize {
    (longest - FREED_HEAD) / size_of::<Slot>()
}

/// The length of a list of this many slots, as it is stored.
pub(super) fn list_len(slots: usize) -> usize {
    FREED_HEAD + slots * size_of::<Slot>()
}

/// The length of a commit that names this many slots, as it is stored.
pub(super) fn commit_len(slots: usize) -> usize {
    COMMIT_HEAD + slots * size_of::<Slot>()
}

pub(super) fn encode_freed(revision: Stamp, slots: &[Slot]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(list_len(slots.len()));
    bytes.push(FREED);
    bytes.extend(revision.0.to_be_bytes());
    bytes.extend(slots.iter().flat_map(|slot| slot.to_be_bytes()));
    bytes
}

impl Commit {
    pub(super) fn encode(&self, freed: &[Slot]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(commit_len(freed.len()));
        bytes.push(FORMAT);
        for number in [self.stamp.0, self.last_id, self.digest] {
            bytes.extend(number.to_be_bytes());
        }
        bytes.extend(freed.iter().flat_map(|slot| slot.to_be_bytes()));
        bytes
    }

    pub(super) fn parse(bytes: &[u8]) -> Option<(Self, Slots<'_>)> {
        let (&format, rest) = bytes.split_first()?;
        let (stamp, rest) = take_u64(rest)?;
        let (last_id, rest) = take_u64(rest)?;
        let (digest, rest) = take_u64(rest)?;
        let whole = format == FORMAT && rest.len().is_multiple_of(2);
        whole.then_some((Self { stamp: Stamp(stamp), last_id, digest }, Slots(rest)))
    }
}

/// A number for an object at a revision, by which it is noticed that one is missing, or is there again. It finds damage
/// and proves nothing: that what was sealed is what is read, the token above finds out.
pub(super) fn digest(id: ObjectId, revision: Stamp) -> u64 {
    let mix = |number: u64| {
        let number = (number ^ (number >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
        number ^ (number >> 32)
    };
    mix(mix(id.0.get()).wrapping_add(revision.0))
}
