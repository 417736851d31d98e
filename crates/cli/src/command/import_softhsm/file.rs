//! SoftHSM2's object files, byte for byte: a generation number, then attributes, each its type, the kind of its value
//! and the value. All numbers have eight bytes, the highest first. Read off files that SoftHSM 2.6 wrote; what values
//! mean, and which of them are encrypted, is not known here.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

/// The attributes of one object by their types.
pub(super) type Attributes = BTreeMap<u64, Stored>;

/// One value.
#[derive(Debug)]
pub(super) enum Stored {
    Bool(bool),
    Number(u64),
    Bytes(Zeroizing<Vec<u8>>),
    /// A template.
    Attributes(Attributes),
    Mechanisms(Vec<u64>),
}

impl Stored {
    pub(super) fn number(&self) -> Option<u64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    pub(super) fn bytes(&self) -> Option<&[u8]> {
        if let Self::Bytes(bytes) = self { Some(bytes) } else { None }
    }

    pub(super) fn is_true(&self) -> bool {
        matches!(self, Self::Bool(true))
    }
}

/// How deep templates may lie in one another.
const DEPTH: usize = 4;

/// The attributes in a file; `None` for a file that is none of SoftHSM's, or not whole.
pub(super) fn parse(bytes: &[u8]) -> Option<Attributes> {
    let mut input = Input(bytes);
    let _generation = input.number()?;
    input.attributes(DEPTH)
}

struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u64> {
        self.take(8)?.try_into().ok().map(u64::from_be_bytes)
    }

    /// What lies behind its own length.
    fn sized(&mut self) -> Option<&'a [u8]> {
        let len = usize::try_from(self.number()?).ok()?;
        self.take(len)
    }

    /// Attributes up to the end.
    fn attributes(&mut self, depth: usize) -> Option<Attributes> {
        let mut attributes = Attributes::new();
        while !self.0.is_empty() {
            attributes.insert(self.number()?, self.value(depth)?);
        }
        Some(attributes)
    }

    fn value(&mut self, depth: usize) -> Option<Stored> {
        Some(match self.number()? {
            1 => Stored::Bool(self.take(1)?[0] != 0),
            2 => Stored::Number(self.number()?),
            3 => Stored::Bytes(Zeroizing::new(self.sized()?.to_vec())),
            4 => Stored::Attributes(Input(self.sized()?).attributes(depth.checked_sub(1)?)?),
            5 => {
                let count = self.number()?;
                let list: Option<Vec<u64>> = (0..count).map(|_| self.number()).collect();
                Stored::Mechanisms(list?)
            }
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests;
