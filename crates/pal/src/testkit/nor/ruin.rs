//! What a loss of power leaves: drawn from a seed, among the states that real flash has been seen in.

/// Draws what is left.
pub(super) struct Ruin {
    /// SplitMix64, from its authors' public-domain code.
    state: u64,
}

impl Ruin {
    pub(super) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.draw() % end.max(1) as u64) as usize
    }

    /// Cells that were being written hold any part of the bits that were to be cleared: none, all, or some.
    pub(super) fn write(&mut self, cells: &mut [u8], new: &[u8]) {
        let how = self.below(4);
        for (cell, new) in cells.iter_mut().zip(new) {
            let kept = match how {
                0 => 0xff,
                1 => 0,
                _ => self.draw() as u8,
            };
            *cell &= new | kept;
        }
    }

    /// A block that was being erased is as before, blank, blank up to somewhere or from somewhere on or in places, has
    /// some of its bits set, or holds anything.
    pub(super) fn erase(&mut self, cells: &mut [u8]) {
        let middle = self.below(cells.len());
        match self.below(8) {
            0 => {}
            1 => cells.fill(0xff),
            2 => cells[..middle].fill(0xff),
            3 => cells[middle..].fill(0xff),
            4 => cells.chunks_mut(64).filter(|_| self.draw() & 1 == 0).for_each(|part| part.fill(0xff)),
            5 => cells.iter_mut().for_each(|cell| *cell |= self.draw() as u8),
            6 => {
                // All but blank: what an erase leaves that ended a moment too early.
                cells.fill(0xff);
                cells[middle] = self.draw() as u8;
            }
            _ => cells.iter_mut().for_each(|cell| *cell = self.draw() as u8),
        }
    }
}
