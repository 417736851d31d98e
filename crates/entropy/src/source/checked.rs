//! A noise source inside its health tests: the only way to its samples. It decides what a failed test means
//! (SP 800-90B section 4.3): an intermittent failure costs the samples and a new start-up test, a permanent one ends
//! the source for good. It never waits for ever.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::failures::Failures;
use super::polling::{self, Patience};
use crate::health::{Alpha, Cutoffs, HealthFailure, HealthTests};
use crate::report::{SourceReport, SourceState};
use crate::{HardwarePoll, PollError};

/// Why a source gave nothing to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum Fault {
    #[error(transparent)]
    Poll(#[from] PollError),
    #[error(transparent)]
    Health(#[from] HealthFailure),
}

/// A source and what is known of it.
pub(crate) struct CheckedSource {
    source: Box<dyn HardwarePoll>,
    entropy: f32,
    /// `None` when the claim is refused.
    cutoffs: Option<Cutoffs>,
    /// The running tests, or `None` when the start-up test is still to be passed.
    tests: Option<HealthTests>,
    state: SourceState,
    failures: Failures,
    samples: u64,
    health_failures: u64,
    poll_errors: u64,
}

impl CheckedSource {
    pub(crate) fn new(source: Box<dyn HardwarePoll>, alpha: Alpha) -> Self {
        let entropy = source.min_entropy_per_byte();
        let cutoffs = Cutoffs::new(entropy, source.alphabet(), alpha).ok();
        let state = if cutoffs.is_some() { SourceState::Untested } else { SourceState::ClaimRefused };
        Self {
            source,
            entropy,
            cutoffs,
            tests: None,
            state,
            failures: Failures::default(),
            samples: 0,
            health_failures: 0,
            poll_errors: 0,
        }
    }

    pub(crate) fn name(&self) -> &'static str {
        self.source.name()
    }

    /// Whether it has failed for good.
    pub(crate) fn is_dead(&self) -> bool {
        self.state == SourceState::Dead
    }

    /// Whether it will not be asked again, for whatever reason.
    pub(crate) fn is_out(&self) -> bool {
        matches!(self.state, SourceState::Dead | SourceState::Absent | SourceState::ClaimRefused)
    }

    /// Puts it through its start-up test again, on samples that nobody else gets (on demand, SP 800-90B section 4.3).
    /// A source that was absent gets another chance, a dead one does not. How it went is in the report.
    pub(crate) fn test(&mut self) {
        if self.state == SourceState::Absent {
            self.state = SourceState::Untested;
        }
        self.tests = None;
        self.gather(0);
    }

    /// Samples that hold `bits` of claimed min-entropy and have passed the health tests, or `None`.
    pub(crate) fn gather(&mut self, bits: u32) -> Option<Zeroizing<Vec<u8>>> {
        let cutoffs = self.cutoffs?;
        // Ends: each round returns or adds to the failures in a row.
        while !self.is_out() {
            match self.attempt(cutoffs, bits) {
                Ok(samples) => {
                    self.failures.passed();
                    self.state = SourceState::Healthy;
                    return Some(samples);
                }
                Err(Fault::Health(failure)) => self.failed_test(failure),
                Err(Fault::Poll(error)) => {
                    self.failed_poll(error);
                    return None;
                }
            }
        }
        None
    }

    pub(crate) fn report(&self) -> SourceReport {
        SourceReport {
            name: self.source.name(),
            min_entropy_per_byte: self.entropy,
            state: self.state,
            repetition_cutoff: self.cutoffs.map(|cutoffs| cutoffs.repetition),
            proportion_cutoff: self.cutoffs.map(|cutoffs| cutoffs.proportion),
            window: self.cutoffs.map(|cutoffs| cutoffs.window),
            samples: self.samples,
            health_failures: self.health_failures,
            poll_errors: self.poll_errors,
        }
    }

    fn attempt(&mut self, cutoffs: Cutoffs, bits: u32) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let mut tests = match self.tests.take() {
            Some(running) => running,
            None => {
                let mut fresh = HealthTests::new(cutoffs);
                self.read(&mut fresh, HealthTests::START_UP_SAMPLES as usize)?;
                fresh
            }
        };
        let bytes = libm::ceil(f64::from(bits) / f64::from(self.entropy)) as usize;
        let samples = self.read(&mut tests, bytes)?;
        self.tests = Some(tests);
        Ok(samples)
    }

    /// Reads and tests `len` samples, however few of them each poll gives.
    fn read(&mut self, tests: &mut HealthTests, len: usize) -> Result<Zeroizing<Vec<u8>>, Fault> {
        // Zeroed, so that a driver which reports samples but writes none fails the tests.
        let mut samples = Zeroizing::new(vec![0; len]);
        let mut patience = Patience::for_samples(len);
        let mut rest = samples.as_mut_slice();
        while !rest.is_empty() {
            let given = polling::poll(&mut *self.source, rest, &mut patience)?;
            self.samples = self.samples.saturating_add(given as u64);
            let (new, later) = rest.split_at_mut(given);
            tests.feed(new)?;
            rest = later;
        }
        Ok(samples)
    }

    fn failed_test(&mut self, failure: HealthFailure) {
        self.health_failures += 1;
        if self.failures.failed() {
            self.state = SourceState::Dead;
            tracing::error!(source = self.name(), %failure, "a noise source failed its health tests for good");
        } else {
            self.state = SourceState::Failing;
            tracing::warn!(source = self.name(), %failure, "a noise source failed a health test");
        }
    }

    fn failed_poll(&mut self, error: PollError) {
        self.poll_errors += 1;
        self.state = if error == PollError::Absent { SourceState::Absent } else { SourceState::Failing };
        tracing::warn!(source = self.name(), %error, "a noise source gave nothing");
    }
}
