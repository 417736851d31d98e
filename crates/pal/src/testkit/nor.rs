//! A NOR flash in main memory that behaves as the worst real ones do: writing only clears bits, erasing sets a whole
//! block, and a loss of power tears the word that is being written or leaves a block half erased.

mod ruin;

use std::sync::Arc;

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};

use crate::sync::Mutex;
use ruin::Ruin;

/// A NOR flash that is read in units of `READ` bytes, written in units of `WRITE` and erased in units of `ERASE`.
///
/// A clone is another hand on the same flash: a test keeps one to cut power with, and opens a store on another.
#[derive(Clone)]
pub struct Nor<const READ: usize, const WRITE: usize, const ERASE: usize> {
    state: Arc<Mutex<State>>,
}

struct State {
    cells: Vec<u8>,
    /// By block.
    erases: Vec<u32>,
    rewrites: Rewrites,
    tear: Tear,
    /// Words written and blocks erased since power was last turned on.
    steps: u64,
    fault: Option<(u64, Fault)>,
    off: bool,
}

/// What becomes of a write to a word that was written since its block was erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rewrites {
    /// It is refused: `NorFlash` promises no more, and flash that corrects errors can do no more.
    Refused,
    /// It is refused where it would set a bit.
    ClearOnly,
    /// Bits are cleared; where one would have to be set, it stays as it is.
    Ignored,
}

/// What a loss of power tears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tear {
    /// The word being written; those before it are written, those behind it are not.
    Word,
    /// Every word of the call from the one being written on: chips that write a whole page at once.
    Call,
}

enum Fault {
    Cut(Ruin),
    Fail,
}

/// Why the flash did not do what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NorError {
    /// Power is off.
    #[error("power is lost")]
    NoPower,
    /// It was told to fail.
    #[error("the flash failed")]
    Failed,
    /// A word was written twice, or a bit would have to be set.
    #[error("the word was written before")]
    Rewritten,
    /// The caller broke the rules of `embedded-storage`.
    #[error("{0}")]
    Misused(NorFlashErrorKind),
}

impl NorFlashError for NorError {
    fn kind(&self) -> NorFlashErrorKind {
        match self {
            Self::Misused(kind) => *kind,
            _ => NorFlashErrorKind::Other,
        }
    }
}

impl<const READ: usize, const WRITE: usize, const ERASE: usize> Nor<READ, WRITE, ERASE> {
    /// A blank flash with power on that refuses to write a word twice, and tears single words.
    #[must_use]
    pub fn blank(blocks: usize) -> Self {
        let state = State {
            cells: vec![0xff; blocks * ERASE],
            erases: vec![0; blocks],
            rewrites: Rewrites::Refused,
            tear: Tear::Word,
            steps: 0,
            fault: None,
            off: false,
        };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    /// The same flash with other rules.
    #[must_use]
    pub fn with(self, rewrites: Rewrites, tear: Tear) -> Self {
        {
            let mut state = self.state.lock();
            state.rewrites = rewrites;
            state.tear = tear;
        }
        self
    }

    /// The flash's length in bytes.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.state.lock().cells.len() as u32
    }

    /// Whether it has no blocks.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Turns power on, counts steps from the start, and cuts power in the `step`th one, 1 being the next. What the word
    /// or block holds then is drawn from `seed`, so a test that failed can be run again.
    pub fn cut(&self, step: u64, seed: u64) {
        self.turn_on(Some((step, Fault::Cut(Ruin::new(seed)))));
    }

    /// Turns power on, counts steps from the start, and lets the `step`th one fail, doing nothing.
    pub fn fail(&self, step: u64) {
        self.turn_on(Some((step, Fault::Fail)));
    }

    /// Turns power on, and counts steps from the start.
    pub fn power_on(&self) {
        self.turn_on(None);
    }

    fn turn_on(&self, fault: Option<(u64, Fault)>) {
        let mut state = self.state.lock();
        (state.steps, state.fault, state.off) = (0, fault, false);
    }

    /// Words written and blocks erased since power was last turned on.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.state.lock().steps
    }

    /// Whether the cut that was asked for has come.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.state.lock().off
    }

    /// How often each block was erased.
    #[must_use]
    pub fn erases(&self) -> Vec<u32> {
        self.state.lock().erases.clone()
    }

    /// All that is in the flash, also what a store has given up.
    #[must_use]
    pub fn cells(&self) -> Vec<u8> {
        self.state.lock().cells.clone()
    }

    /// Another flash with these contents, blank where they end, and the same rules.
    #[must_use]
    pub fn copy_of(&self, cells: &[u8]) -> Self {
        let own = self.state.lock();
        let copy = Self::blank(own.erases.len()).with(own.rewrites, own.tear);
        copy.state.lock().cells[..cells.len()].copy_from_slice(cells);
        copy
    }
}

impl State {
    /// Counts a step. The fault that hits it, if one does.
    fn step(&mut self) -> Result<Option<Ruin>, NorError> {
        if self.off {
            return Err(NorError::NoPower);
        }
        self.steps += 1;
        match self.fault.take_if(|(at, _)| *at == self.steps) {
            None => Ok(None),
            Some((_, Fault::Fail)) => Err(NorError::Failed),
            Some((_, Fault::Cut(ruin))) => {
                self.off = true;
                Ok(Some(ruin))
            }
        }
    }

    fn write_word(&mut self, at: usize, word: &[u8]) -> Result<(), NorError> {
        let cells = &mut self.cells[at..at + word.len()];
        let refused = match self.rewrites {
            Rewrites::Refused => cells.iter().any(|&cell| cell != 0xff),
            Rewrites::ClearOnly => cells.iter().zip(word).any(|(&cell, &new)| new & !cell != 0),
            Rewrites::Ignored => false,
        };
        if refused {
            return Err(NorError::Rewritten);
        }
        cells.iter_mut().zip(word).for_each(|(cell, &new)| *cell &= new);
        Ok(())
    }

    fn write(&mut self, at: usize, bytes: &[u8], word: usize) -> Result<(), NorError> {
        for (place, new) in (at..).step_by(word).zip(bytes.chunks(word)) {
            if let Some(mut ruin) = self.step()? {
                let end = if self.tear == Tear::Word { place + word } else { at + bytes.len() };
                ruin.write(&mut self.cells[place..end], &bytes[place - at..]);
                return Err(NorError::NoPower);
            }
            self.write_word(place, new)?;
        }
        Ok(())
    }

    fn erase(&mut self, block: usize, size: usize) -> Result<(), NorError> {
        let ruin = self.step()?;
        self.erases[block] += 1;
        let cells = &mut self.cells[block * size..(block + 1) * size];
        match ruin {
            None => {
                cells.fill(0xff);
                Ok(())
            }
            Some(mut ruin) => {
                ruin.erase(cells);
                Err(NorError::NoPower)
            }
        }
    }
}

impl<const READ: usize, const WRITE: usize, const ERASE: usize> ErrorType for Nor<READ, WRITE, ERASE> {
    type Error = NorError;
}

impl<const READ: usize, const WRITE: usize, const ERASE: usize> ReadNorFlash for Nor<READ, WRITE, ERASE> {
    const READ_SIZE: usize = READ;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), NorError> {
        check_read(self, offset, bytes.len()).map_err(NorError::Misused)?;
        let state = self.state.lock();
        if state.off {
            return Err(NorError::NoPower);
        }
        bytes.copy_from_slice(&state.cells[offset as usize..][..bytes.len()]);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.state.lock().cells.len()
    }
}

impl<const READ: usize, const WRITE: usize, const ERASE: usize> NorFlash for Nor<READ, WRITE, ERASE> {
    const WRITE_SIZE: usize = WRITE;
    const ERASE_SIZE: usize = ERASE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), NorError> {
        check_erase(self, from, to).map_err(NorError::Misused)?;
        let mut state = self.state.lock();
        (from as usize / ERASE..to as usize / ERASE).try_for_each(|block| state.erase(block, ERASE))
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorError> {
        check_write(self, offset, bytes.len()).map_err(NorError::Misused)?;
        self.state.lock().write(offset as usize, bytes, WRITE)
    }
}
