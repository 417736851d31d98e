//! The generator inside an x86-64 processor: RDSEED, or RDRAND where there is no RDSEED (Intel, "Digital
//! Random Number Generator Software Implementation Guide"). On other processors there is no such source.

#[cfg(test)]
mod tests;

use core::fmt;

use zeroize::Zeroize;

use crate::{HardwarePoll, PollError};

/// Bytes that one instruction gives. Only the 64-bit forms are used: some processors' shorter RDSEED reports
/// success with zeros.
const WORD: usize = 8;

/// Tries before a word is given up. RDSEED fails often when it is asked in a tight loop, for no longer than
/// a few microseconds; RDRAND practically never.
const TRIES: u32 = 128;

/// The processor's generator.
pub struct CpuSource {
    instruction: Instruction,
    last: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Instruction {
    Rdseed,
    Rdrand,
}

impl CpuSource {
    /// RDSEED, or RDRAND where the processor has no RDSEED, or `None` where it has neither.
    #[must_use]
    pub fn detect() -> Option<Self> {
        Self::rdseed().or_else(Self::rdrand)
    }

    /// RDSEED, where the processor has it: its noise source behind a conditioner.
    #[must_use]
    pub fn rdseed() -> Option<Self> {
        Self::of(Instruction::Rdseed)
    }

    /// RDRAND, where the processor has it: a generator that RDSEED's noise seeds now and then.
    #[must_use]
    pub fn rdrand() -> Option<Self> {
        Self::of(Instruction::Rdrand)
    }

    fn of(instruction: Instruction) -> Option<Self> {
        present(instruction).then_some(Self { instruction, last: 0 })
    }

    /// The next word, or `None` when the instruction has none to give in a reasonable time.
    fn word(&mut self) -> Result<Option<u64>, PollError> {
        for _ in 0..TRIES {
            if let Some(word) = step(self.instruction) {
                return self.accept(word).map(Some);
            }
            core::hint::spin_loop();
        }
        Ok(None)
    }

    /// Refuses what faulty processors were seen to call random: nothing but zeros, nothing but ones (after a suspend),
    /// the last word once more. A good one gives each of these once in 2^64 words.
    fn accept(&mut self, word: u64) -> Result<u64, PollError> {
        if [0, u64::MAX, self.last].contains(&word) {
            return Err(PollError::Failed);
        }
        self.last = word;
        Ok(word)
    }
}

impl Drop for CpuSource {
    fn drop(&mut self) {
        self.last.zeroize();
    }
}

impl HardwarePoll for CpuSource {
    fn name(&self) -> &'static str {
        match self.instruction {
            Instruction::Rdseed => "rdseed",
            Instruction::Rdrand => "rdrand",
        }
    }

    fn poll(&mut self, raw: &mut [u8]) -> Result<usize, PollError> {
        let mut given = 0;
        for piece in raw.chunks_mut(WORD) {
            let Some(word) = self.word()? else { break };
            piece.copy_from_slice(&word.to_ne_bytes()[..piece.len()]);
            given += piece.len();
        }
        if given == 0 { Err(PollError::NotReady) } else { Ok(given) }
    }

    /// RDSEED: half of the full entropy that the makers claim, as what it gives is already conditioned and
    /// can't be assessed from outside. RDRAND: the 256 bits of its seed, spread over the 511 blocks of 16
    /// bytes that it may give between two seeds.
    fn min_entropy_per_byte(&self) -> f32 {
        match self.instruction {
            Instruction::Rdseed => 4.0,
            Instruction::Rdrand => 256.0 / (511.0 * 16.0),
        }
    }
}

impl fmt::Debug for CpuSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CpuSource").field("instruction", &self.instruction).finish_non_exhaustive()
    }
}

#[cfg(target_arch = "x86_64")]
fn present(instruction: Instruction) -> bool {
    match instruction {
        Instruction::Rdseed => std::arch::is_x86_feature_detected!("rdseed"),
        Instruction::Rdrand => std::arch::is_x86_feature_detected!("rdrand"),
    }
}

#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
fn step(instruction: Instruction) -> Option<u64> {
    let mut word = 0;
    let ok = match instruction {
        // SAFETY: a `CpuSource` is made by `of` alone, which has seen that the processor has RDSEED.
        Instruction::Rdseed => unsafe { core::arch::x86_64::_rdseed64_step(&mut word) },
        // SAFETY: a `CpuSource` is made by `of` alone, which has seen that the processor has RDRAND.
        Instruction::Rdrand => unsafe { core::arch::x86_64::_rdrand64_step(&mut word) },
    };
    (ok == 1).then_some(word)
}

#[cfg(not(target_arch = "x86_64"))]
fn present(_: Instruction) -> bool {
    false
}

#[cfg(not(target_arch = "x86_64"))]
fn step(_: Instruction) -> Option<u64> {
    None
}
