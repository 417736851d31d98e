//! `portcullis entropy plot`: raw samples of a noise source as a picture. What it looks like is in `draw`.

use std::fmt;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::draw::{self, Pairs};
use super::samples::{self, Summary};
use crate::args::Global;
use crate::error::Result;
use crate::noise::Noise;
use crate::output;

/// Draw how often each sample of a noise source comes, and what follows what, as an SVG
///
/// Good raw noise has a histogram without gaps or spikes, however narrow, and pairs without lines, stripes or clusters
/// that its histogram does not explain.
#[derive(Debug, Args)]
pub(crate) struct Plot {
    /// The source: os, rdseed, rdrand, jitter, hwrng, or the path of a device
    #[arg(long, value_name = "NAME")]
    source: Noise,
    /// How many samples to read
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(2..))]
    bytes: u64,
    /// The file to write to [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// What was drawn.
#[derive(Serialize)]
struct Drawn {
    #[serde(flatten)]
    summary: Summary,
    file: String,
}

impl Plot {
    pub(crate) fn run(&self, global: &Global) -> Result<()> {
        let mut pairs = Pairs::default();
        let (summary, counts) = samples::read(&self.source, self.bytes, |piece| {
            pairs.feed(piece);
            Ok(())
        })?;
        let picture = draw::svg(summary.source(), &summary.sentence(), &counts, &pairs)?;
        output::write(self.out.as_deref(), picture.as_bytes())?;
        let Some(out) = &self.out else { return Ok(()) };
        output::show(global.json, &Drawn { summary, file: out.display().to_string() })
    }
}

impl fmt::Display for Drawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { summary, file } = self;
        write!(f, "{}: {}; the picture is {file}.", summary.source(), summary.sentence())
    }
}
