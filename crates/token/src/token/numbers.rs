//! The numbers of new objects: random, in runs of neighbours. Objects that are made one after the other get numbers that
//! differ in a few bits in the middle. So their records lie beside each other in a store that sorts labels, and one page
//! of the ledger, which the low bits choose, lists them: writers that share a batch share the pages that it touches.

use portcullis_entropy::Random;

use crate::Result;
use crate::object::ObjectNumber;
use crate::sync::Mutex;

/// How many numbers a run has. A page of the ledger lists whole runs, so long ones would make some pages far longer than
/// others.
const RUN: u64 = 16;

/// From one number of a run to the next: above the bits that choose a page, below those that decide where a label is
/// sorted in.
const STEP: u64 = 1 << 32;

/// Gives numbers. All runs together are as unlikely to meet as random numbers of 60 bits.
#[derive(Default)]
pub(super) struct Numbers(Mutex<Run>);

/// What is left of a run.
#[derive(Default)]
struct Run {
    next: u64,
    left: u64,
}

impl Numbers {
    /// A number that no object has.
    ///
    /// # Errors
    /// When there is no randomness.
    pub(super) fn next(&self, random: &dyn Random) -> Result<ObjectNumber> {
        if let Some(number) = self.0.lock().take() {
            return Ok(number);
        }
        let mut drawn = [0; 8];
        random.fill(&mut drawn)?;
        let first = u64::from_be_bytes(drawn) & !((RUN - 1) * STEP);
        // What another thread has put there meanwhile is given up.
        *self.0.lock() = Run { next: first + STEP, left: RUN - 1 };
        Ok(ObjectNumber(first))
    }
}

impl Run {
    fn take(&mut self) -> Option<ObjectNumber> {
        self.left = self.left.checked_sub(1)?;
        let number = ObjectNumber(self.next);
        self.next = self.next.wrapping_add(STEP);
        Some(number)
    }
}

#[cfg(test)]
mod tests;
