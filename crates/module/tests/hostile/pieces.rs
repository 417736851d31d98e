//! What arguments are made of: memory with bytes, numbers or nothing in it, as the addresses and lengths that stand in
//! structures.

use std::ptr;

use super::arguments::Scene;
use super::memory::{Block, FILL};

/// A length that no memory has; the module must refuse it before it reads.
pub(crate) const BEYOND_MEMORY: u64 = u64::MAX / 2 + 1;

/// The generator of P-256, uncompressed: a public key (SEC 1 section 2.3.3, SP 800-186 section 3.2.1.3).
const POINT: [u8; 65] = [
    0x04, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2,
    0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x4f,
    0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce,
    0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5,
];

impl Scene<'_, '_> {
    pub(crate) fn keep(&mut self, block: Block) {
        self.answers.guarded.push(block);
    }

    /// Memory with these bytes, to be read only.
    pub(crate) fn given(&mut self, bytes: &[u8]) -> (u64, u64) {
        let block = Block::input(bytes, self.feed.below(8));
        let place = block.address();
        self.answers.read_only.push(block);
        (place, bytes.len() as u64)
    }

    pub(crate) fn known_bytes(&mut self, len: usize) -> (u64, u64) {
        let bytes = self.feed.bytes(len);
        self.given(&bytes)
    }

    /// A structure of numbers and addresses.
    pub(crate) fn words(&mut self, words: &[u64]) -> u64 {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
        self.given(&bytes).0
    }

    /// Zeros are NULL, no length and no flags, whatever structure they are taken for.
    pub(crate) fn zeros(&mut self, len: usize) -> u64 {
        self.given(&vec![0; len]).0
    }

    /// Memory that the module may write to.
    pub(crate) fn written(&mut self, len: usize) -> u64 {
        let block = Block::output(&vec![FILL; len], self.feed.below(8));
        let place = block.address();
        self.keep(block);
        place
    }

    /// A structure that the module may write to.
    pub(crate) fn written_words(&mut self, words: &[u64]) -> u64 {
        let block = Block::output(&vec![0; words.len() * 8], self.feed.below(8));
        block.write_words(words);
        let place = block.address();
        self.keep(block);
        place
    }

    /// Bytes to be read: some, none, NULL, or a claim that must be refused.
    pub(crate) fn range(&mut self) -> (u64, u64) {
        match self.feed.below(16) {
            0 => (0, 0),
            1 => (0, self.feed.one_of(&[1, 16, 1 << 40, BEYOND_MEMORY, u64::MAX])),
            2 => (self.zeros(1), self.feed.one_of(&[BEYOND_MEMORY, u64::MAX, u64::MAX - 7])),
            3 => self.known_bytes(0),
            4 => self.given(&[0x30; 1 << 10]),
            5..9 if !self.state.recent.is_empty() => self.recent(),
            _ => {
                let len = self.feed.one_of(&[16, 32, 1, 12, 20, 48, 51, 64, 65, 256, 257]);
                // Mostly zeros, so that few bytes of the feed are enough for a call.
                let mut bytes = self.feed.bytes(len.min(2));
                bytes.resize(len, 0);
                self.given(&bytes)
            }
        }
    }

    /// What an earlier call has answered, mostly as it was.
    fn recent(&mut self) -> (u64, u64) {
        let chosen = self.feed.below(self.state.recent.len());
        let mut bytes = self.state.recent.get(chosen).cloned().unwrap_or_default();
        match self.feed.below(8) {
            1 => bytes.truncate(bytes.len() / 2),
            2 => bytes.push(0),
            3 => {
                let place = self.feed.below(bytes.len().max(1));
                if let Some(byte) = bytes.get_mut(place) {
                    *byte = self.feed.byte();
                }
            }
            _ => {}
        }
        self.given(&bytes)
    }

    /// A public key of P-256.
    pub(crate) fn point(&mut self) -> (u64, u64) {
        self.given(&POINT)
    }

    pub(crate) fn number(&mut self) -> u64 {
        self.feed.one_of(&[
            0,
            1,
            2,
            8,
            12,
            16,
            32,
            64,
            128,
            1 << 16,
            1 << 31,
            1 << 40,
            BEYOND_MEMORY,
            u64::MAX,
        ])
    }

    /// Whether the call may take long: one of a sequence may.
    pub(crate) fn take_time(&mut self) -> bool {
        self.is_slow |= std::mem::take(&mut self.state.has_time);
        self.is_slow
    }
}

/// The pointer to a block, out of a structure.
pub(crate) fn at<T>(address: u64) -> *mut T {
    ptr::with_exposed_provenance_mut(address as usize)
}
