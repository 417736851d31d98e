//! Asking a source until it gives something, but never for ever. Nothing is tested here: that is `checked.rs`'s to do.

use crate::{Alphabet, HardwarePoll, PollError};

/// Polls in a row that may give nothing. A source that needs longer than that waits inside its own `poll`.
pub(crate) const IDLE_POLLS: u32 = 1000;

/// Polls for each sample that may give nothing, in all of a read. A source that gives something just often enough for
/// not being given up would otherwise be waited for as long as it likes.
const IDLE_POLLS_A_SAMPLE: u32 = 10;

/// How many more polls may give nothing.
pub(super) struct Patience(u32);

impl Patience {
    /// What a read of so many samples is worth.
    pub(super) fn for_samples(count: usize) -> Self {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        Self(count.saturating_mul(IDLE_POLLS_A_SAMPLE).saturating_add(IDLE_POLLS))
    }

    fn wait(&mut self) -> Result<(), PollError> {
        self.0 = self.0.checked_sub(1).ok_or(PollError::NotReady)?;
        core::hint::spin_loop();
        Ok(())
    }
}

/// Polls until the source has given something to the start of `raw`, which must have room, and says how much.
///
/// # Errors
/// What the source says, [`PollError::NotReady`] when it stays silent, and [`PollError::Failed`] when it claims more
/// than there was room for or gives what is no sample of its alphabet: the driver is wrong then, and so may be all of
/// its bytes.
pub(super) fn poll(
    source: &mut dyn HardwarePoll,
    raw: &mut [u8],
    patience: &mut Patience,
) -> Result<usize, PollError> {
    for _ in 0..IDLE_POLLS {
        match source.poll(raw) {
            Ok(0) | Err(PollError::NotReady) => patience.wait()?,
            Ok(given) => {
                let samples = raw.get(..given).ok_or(PollError::Failed)?;
                let strange = source.alphabet() == Alphabet::Bits && samples.iter().any(|&sample| sample > 1);
                return if strange { Err(PollError::Failed) } else { Ok(given) };
            }
            Err(error) => return Err(error),
        }
    }
    Err(PollError::NotReady)
}

/// Fills `samples` with what the source gives, for an assessment such as that of NIST's 90B tool, or a picture.
///
/// These are raw samples, one a byte, untested and unconditioned. They are no random bytes: those come from
/// [`Random`](crate::Random).
///
/// # Errors
/// [`PollError`] when the source stops before `samples` is full.
pub fn read_raw(source: &mut dyn HardwarePoll, samples: &mut [u8]) -> Result<(), PollError> {
    let mut patience = Patience::for_samples(samples.len());
    let mut rest = samples;
    while !rest.is_empty() {
        let given = poll(source, rest, &mut patience)?;
        rest = &mut rest[given..];
    }
    Ok(())
}
