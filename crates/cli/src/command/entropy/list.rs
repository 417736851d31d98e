//! `portcullis entropy list`: the noise sources that this machine may have, each put through its start-up test.

use std::fmt;

use clap::Args;
use portcullis_entropy::{HealthReport, SourceReport, SourceState};
use serde::Serialize;

use crate::args::Global;
use crate::error::Result;
use crate::noise::{self, Noise};
use crate::output;

/// Bits that a generator is started from (SP 800-90C, with SP 800-90A's nonce).
const START_BITS: f64 = 384.0;

/// Show the noise sources of this machine, what they claim and how they are
///
/// Each is put through the start-up test of SP 800-90B section 4.3. A device that is not listed can be looked at by its
/// path (`entropy raw --source /dev/ttyACM0`).
#[derive(Debug, Args)]
pub(crate) struct List {}

/// All sources.
#[derive(Serialize)]
#[serde(transparent)]
struct Table(Vec<Row>);

#[derive(Serialize)]
struct Row {
    source: &'static str,
    state: &'static str,
    sample: &'static str,
    #[serde(flatten)]
    found: Option<Found>,
}

/// What is known of a source that was asked.
#[derive(Serialize)]
struct Found {
    min_entropy_per_sample: f32,
    samples_for_a_start: Option<u64>,
    repetition_cutoff: Option<u32>,
    proportion_cutoff: Option<u32>,
    window: Option<u32>,
}

impl List {
    pub(crate) fn run(&self, global: &Global) -> Result<()> {
        let report = noise::test(&Noise::NAMED);
        let rows = Noise::NAMED.iter().map(|noise| Row::new(noise, &report)).collect();
        output::show(global.json, &Table(rows))
    }
}

impl Row {
    fn new(noise: &Noise, report: &HealthReport) -> Self {
        let found = report.sources.iter().find(|source| source.name == noise.name());
        let state = found.map_or(SourceState::Absent, |source| source.state);
        Self {
            source: noise.name(),
            state: word(state),
            sample: noise.sample(),
            found: found.filter(|_| state != SourceState::Absent).map(Found::new),
        }
    }
}

impl Found {
    fn new(source: &SourceReport) -> Self {
        let claim = source.min_entropy_per_byte;
        // A claim that is refused starts nothing.
        let tested = source.repetition_cutoff.is_some();
        Self {
            min_entropy_per_sample: claim,
            samples_for_a_start: tested.then(|| (START_BITS / f64::from(claim)).ceil() as u64),
            repetition_cutoff: source.repetition_cutoff,
            proportion_cutoff: source.proportion_cutoff,
            window: source.window,
        }
    }
}

/// A state in one word, for columns and scripts.
fn word(state: SourceState) -> &'static str {
    match state {
        SourceState::Untested => "untested",
        SourceState::Healthy => "healthy",
        SourceState::Failing => "failing",
        SourceState::Dead => "dead",
        SourceState::Absent => "absent",
        _ => "refused",
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "source   state    claimed bits/sample  samples for 384 bits  a sample is")?;
        for Row { source, state, sample, found } in &self.0 {
            let claim = found.as_ref().map_or("-".into(), |found| noise::bits(found.min_entropy_per_sample));
            let samples = found.as_ref().and_then(|found| found.samples_for_a_start);
            let samples = samples.map_or("-".into(), |samples| samples.to_string());
            writeln!(f, "{source:7}  {state:7}  {claim:>19}  {samples:>20}  {sample}")?;
        }
        Ok(())
    }
}
