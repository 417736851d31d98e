//! Labels: the names under which a store keeps its values.

use core::fmt;

#[cfg(test)]
mod tests;

/// The name of one stored object, at most [`Label::MAX`] bytes of any value.
///
/// The limit is the one of the FreeRTOS PAL, whose ports copy labels into a 33-byte buffer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label {
    // `bytes` past `len` are zero, so the derived comparisons see equal labels as equal.
    bytes: [u8; Label::MAX],
    len: u8,
}

/// A label was longer than [`Label::MAX`] bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a store label has at most {} bytes", Label::MAX)]
pub struct LabelTooLong;

impl Label {
    /// The most bytes a label may have.
    pub const MAX: usize = 32;

    /// Takes `bytes` as a label.
    ///
    /// # Errors
    /// [`LabelTooLong`] when there are more than [`Label::MAX`].
    pub const fn new(bytes: &[u8]) -> Result<Self, LabelTooLong> {
        if bytes.len() > Self::MAX {
            return Err(LabelTooLong);
        }
        let mut own = [0; Self::MAX];
        let mut at = 0;
        while at < bytes.len() {
            own[at] = bytes[at];
            at += 1;
        }
        Ok(Self { bytes: own, len: bytes.len() as u8 })
    }

    /// The label's bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

impl fmt::Debug for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.as_bytes().escape_ascii())
    }
}
