//! A [`Random`] that a test can foretell: one start gives one stream.

use std::sync::{Arc, Mutex};

use portcullis_entropy::{Random, RandomError};

pub(crate) struct Stream(Mutex<State>);

struct State {
    word: u64,
    fills: usize,
    budget: usize,
}

impl Stream {
    /// The stream that begins at `start`.
    pub(crate) fn new(start: u64) -> Arc<Self> {
        Self::with_budget(start, usize::MAX)
    }

    /// The same stream, which fails after so many fills.
    pub(crate) fn with_budget(start: u64, budget: usize) -> Arc<Self> {
        Arc::new(Self(Mutex::new(State { word: start, fills: 0, budget })))
    }

    /// How often it was asked.
    pub(crate) fn fills(&self) -> usize {
        self.0.lock().unwrap().fills
    }
}

impl Random for Stream {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomError> {
        let mut state = self.0.lock().unwrap();
        state.fills += 1;
        if state.fills > state.budget {
            out.fill(0);
            return Err(RandomError::NoEntropy);
        }
        for chunk in out.chunks_mut(8) {
            // SplitMix64: good enough to look random, and the same everywhere.
            state.word = state.word.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = state.word;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(mixed ^ (mixed >> 31)).to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }

    fn mix(&self, _: &[u8]) -> Result<(), RandomError> {
        Ok(())
    }
}
