//! Marks: the 16 bytes at the start of a block that say whether it holds what was written to it, or is about to be
//! erased. `docs/storage-format.md` describes them. When they are written is decided in [`super::guard`].

#[cfg(test)]
mod tests;

const MAGIC: [u8; 2] = *b"PF";

/// The newest format that this version reads, and the one that it writes.
pub(super) const FORMAT: u8 = 1;

/// What a mark says of the block that it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Written behind an erase that has ended: the block is as it was written since.
    Sound,
    /// Written before an erase begins: if the block still has this serial number, the erase has not ended.
    Doomed,
}

/// One mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) format: u8,
    pub(super) kind: Kind,
    /// The number of the block that is meant, from 0.
    pub(super) block: u16,
    /// How many blocks the store has.
    pub(super) blocks: u16,
    /// The serial number of the block's erase; no two erases of a store have the same.
    pub(super) serial: u32,
}

impl Mark {
    pub(super) const LEN: usize = 16;

    pub(super) fn encode(&self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        bytes[..2].copy_from_slice(&MAGIC);
        bytes[2] = self.format;
        bytes[3] = match self.kind {
            Kind::Sound => 1,
            Kind::Doomed => 2,
        };
        bytes[4..6].copy_from_slice(&self.block.to_be_bytes());
        bytes[6..8].copy_from_slice(&self.blocks.to_be_bytes());
        bytes[8..12].copy_from_slice(&self.serial.to_be_bytes());
        let check = crc32(&bytes[..12]);
        bytes[12..].copy_from_slice(&check.to_be_bytes());
        bytes
    }

    /// A mark that was written to its end, or `None`.
    pub(super) fn parse(bytes: &[u8; Self::LEN]) -> Option<Self> {
        let &[m0, m1, format, kind, b0, b1, n0, n1, s0, s1, s2, s3, c0, c1, c2, c3] = bytes;
        let kind = match kind {
            1 => Kind::Sound,
            2 => Kind::Doomed,
            _ => return None,
        };
        if [m0, m1] != MAGIC || u32::from_be_bytes([c0, c1, c2, c3]) != crc32(&bytes[..12]) {
            return None;
        }
        Some(Self {
            format,
            kind,
            block: u16::from_be_bytes([b0, b1]),
            blocks: u16::from_be_bytes([n0, n1]),
            serial: u32::from_be_bytes([s0, s1, s2, s3]),
        })
    }
}

/// CRC-32 as in IEEE 802.3, section 3.2.9, least significant bit first.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    })
}
