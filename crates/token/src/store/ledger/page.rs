//! One page: its bytes, and what they mean. Whether it is the newest is told by the page above.

use alloc::vec::Vec;

use super::super::codec::{Malformed, Reader};
use super::super::{FORMAT, OLDEST};
use super::key::TAG_LEN;
use super::{FIRST, Fault, LedgerKey, Mark, page_label};
use crate::UserType;
use crate::object::ObjectNumber;

/// What a ledger knows of an object's record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) version: u32,
    /// The start of its authentication tag: of one version there may have been two, of which one was never acknowledged.
    pub(crate) mark: [u8; 4],
}

/// How many bytes an object takes in a page.
const ENTRY_LEN: usize = 16;

/// How many bytes the first page alone has.
const ROOT_LEN: usize = 36;

/// A page of a ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Page {
    /// The version of the first page at the time when this one was written.
    pub(super) version: u64,
    /// What the first page alone says.
    pub(super) root: Option<Root>,
    /// The pages below, in their order.
    pub(super) children: Vec<Mark>,
    /// In ascending order of their numbers.
    entries: Vec<(ObjectNumber, Known)>,
}

/// What the first page says of the token as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Root {
    /// How many pages there are.
    pub(super) pages: u32,
    /// The device's counter; 0 where nothing counts.
    pub(super) counted: u64,
    pub(super) header: Mark,
    /// The security officer's and the user's.
    pub(super) pins: [Mark; 2],
}

/// Where a user's PIN stands in a root.
pub(super) fn pin_place(user: UserType) -> usize {
    match user {
        UserType::So => 0,
        UserType::User => 1,
    }
}

impl Page {
    /// The first page of a ledger of nothing.
    pub(super) fn first() -> Self {
        let root = Root { pages: 1, counted: 0, header: Mark::NONE, pins: [Mark::NONE; 2] };
        Self { root: Some(root), ..Self::default() }
    }

    /// How many objects it lists.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The objects that it lists.
    pub(super) fn numbers(&self) -> impl Iterator<Item = ObjectNumber> {
        self.entries.iter().map(|(number, _)| *number)
    }

    pub(super) fn find(&self, number: ObjectNumber) -> Option<Known> {
        let at = self.entries.binary_search_by_key(&number, |(listed, _)| *listed).ok()?;
        Some(self.entries[at].1)
    }

    /// Lists an object, or strikes it off.
    pub(super) fn set(&mut self, number: ObjectNumber, known: Option<Known>) {
        match (self.entries.binary_search_by_key(&number, |(listed, _)| *listed), known) {
            (Ok(at), Some(known)) => self.entries[at].1 = known,
            (Ok(at), None) => drop(self.entries.remove(at)),
            (Err(at), Some(known)) => self.entries.insert(at, (number, known)),
            (Err(_), None) => {}
        }
    }

    /// Takes away the objects that belong elsewhere.
    pub(super) fn take(&mut self, leaves: impl Fn(ObjectNumber) -> bool) -> Vec<(ObjectNumber, Known)> {
        let (left, stay) = self.entries.iter().partition(|(number, _)| leaves(*number));
        self.entries = stay;
        left
    }

    /// The page's record and its mark.
    pub(super) fn write(&self, key: &LedgerKey, index: u32) -> (Vec<u8>, Mark) {
        let root = if self.root.is_some() { ROOT_LEN } else { 0 };
        let len = 10 + root + 8 * self.children.len() + ENTRY_LEN * self.entries.len() + TAG_LEN;
        let mut out = Vec::with_capacity(len);
        out.push(FORMAT);
        out.extend_from_slice(&self.version.to_be_bytes());
        if let Some(root) = &self.root {
            out.extend_from_slice(&root.pages.to_be_bytes());
            out.extend_from_slice(&root.counted.to_be_bytes());
            for mark in [&root.header, &root.pins[0], &root.pins[1]] {
                out.extend_from_slice(&mark.0);
            }
        }
        out.push(self.children.len() as u8);
        for child in &self.children {
            out.extend_from_slice(&child.0);
        }
        for (number, known) in &self.entries {
            out.extend_from_slice(&number.0.to_be_bytes());
            out.extend_from_slice(&known.version.to_be_bytes());
            out.extend_from_slice(&known.mark);
        }
        let tag = key.tag(&page_label(index), &out);
        out.extend_from_slice(&tag);
        (out, Mark::of(&tag))
    }

    /// Reads a page whose tag fits.
    pub(super) fn read(key: &LedgerKey, index: u32, bytes: &[u8]) -> Result<(Self, Mark), Fault> {
        check_form(bytes)?;
        let (body, tag) = bytes.split_last_chunk::<TAG_LEN>().ok_or(Fault::Damaged("it is too short"))?;
        if !key.fits(&page_label(index), body, tag) {
            return Err(Fault::Damaged("its authentication tag does not fit its contents"));
        }
        let page = Self::parse(index, body).map_err(|_| Fault::Damaged("it can't be decoded"))?;
        Ok((page, Mark::of(tag)))
    }

    fn parse(index: u32, body: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(body);
        reader.u8()?;
        let version = u64::from_be_bytes(reader.array()?);
        let root = if index == FIRST { Some(Root::parse(&mut reader)?) } else { None };
        let children = (0..reader.u8()?).map(|_| reader.array().map(Mark)).collect::<Result<_, _>>()?;
        let (entries, rest) = reader.rest().as_chunks::<ENTRY_LEN>();
        if !rest.is_empty() {
            return Err(Malformed);
        }
        let entries = entries.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
        if !entries.is_sorted_by(|(one, _), (next, _)| one < next) {
            return Err(Malformed);
        }
        Ok(Self { version, root, children, entries })
    }
}

/// What can be said of a page without its key.
pub(super) fn check_form(bytes: &[u8]) -> Result<(), Fault> {
    match bytes.first() {
        Some(&found) if found > FORMAT => Err(Fault::Newer(found)),
        // The oldest format has no ledger.
        Some(&format) if format > OLDEST => Ok(()),
        _ => Err(Fault::Damaged("it has no known format")),
    }
}

fn entry(bytes: &[u8; ENTRY_LEN]) -> Result<(ObjectNumber, Known), Malformed> {
    let mut reader = Reader::new(bytes);
    let number = ObjectNumber(u64::from_be_bytes(reader.array()?));
    Ok((number, Known { version: reader.u32()?, mark: reader.array()? }))
}

impl Root {
    fn parse(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let pages = reader.u32()?;
        if pages == 0 {
            return Err(Malformed);
        }
        Ok(Self {
            pages,
            counted: u64::from_be_bytes(reader.array()?),
            header: Mark(reader.array()?),
            pins: [Mark(reader.array()?), Mark(reader.array()?)],
        })
    }
}
