//! `portcullis entropy raw`: raw samples of a noise source, for an assessment by SP 800-90B.

use std::fmt;
use std::fs::File;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::samples::{self, Summary};
use crate::args::Global;
use crate::error::{Error, Result};
use crate::noise::Noise;
use crate::output;

/// Write raw samples of a noise source, before any conditioning, one sample a byte
///
/// They are for an assessment, such as that of NIST's 90B tool, and must never be used as random bytes.
#[derive(Debug, Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Raw {
    /// The source: os, rdseed, rdrand, jitter, hwrng, or the path of a device
    #[arg(long, value_name = "NAME")]
    source: Noise,
    /// How many samples, which are as many bytes
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    bytes: u64,
    /// The file to write to [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

const HELP: &str = "\
What one sample is:
  jitter  the low byte of the time that a fixed piece of work took, in steps of the clock: raw noise
  hwrng   a byte of /dev/hwrng, as the chip's driver gives it; many chips condition it already
  PATH    a byte of that device; what it did to it, its maker must say
  rdseed  a byte of what the processor's conditioner gives: its raw noise can't be had
  rdrand  a byte of the generator behind it
  os      a byte of the kernel's generator
Of the last three an assessment says little: conditioned bytes look perfect whatever is behind them.

With NIST's SP800-90B_EntropyAssessment, 8 bits a sample:
  portcullis entropy raw --source jitter --out jitter.bin
  ea_non_iid -v jitter.bin 8
and for its restart test, with the claim of `entropy list` as H:
  for n in $(seq 1000); do portcullis entropy raw --source jitter --bytes 1000; done > restarts.bin
  ea_restart restarts.bin 8 H

The min-entropy that is shown with --out is the most common value estimate alone (SP 800-90B section 6.3.1). It sees no
patterns, so the truth is at most that.";

/// What was written.
#[derive(Serialize)]
struct Written {
    #[serde(flatten)]
    summary: Summary,
    file: String,
}

impl Raw {
    pub(crate) fn run(&self, global: &Global) -> Result<()> {
        let Some(path) = &self.out else {
            if std::io::stdout().is_terminal() {
                return Err(Error::Usage("raw samples are not text; name a file for them with --out".into()));
            }
            let mut out = std::io::stdout().lock();
            self.read(|piece| out.write_all(piece).map_err(Error::Output))?;
            return out.flush().map_err(Error::Output);
        };
        let failed = |source| Error::WriteFile { path: path.clone(), source };
        // Made when there is something to write: a source that is not there leaves no file.
        let mut made = None;
        let summary = self.read(|piece| {
            let file = match &mut made {
                Some(file) => file,
                none => none.insert(File::create(path).map_err(failed)?),
            };
            file.write_all(piece).map_err(failed)
        })?;
        output::show(global.json, &Written { summary, file: path.display().to_string() })
    }

    fn read(&self, take: impl FnMut(&[u8]) -> Result<()>) -> Result<Summary> {
        samples::read(&self.source, self.bytes, take).map(|(summary, _)| summary)
    }
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { summary, file } = self;
        write!(f, "{}: {}; they are in {file}.", summary.source(), summary.sentence())
    }
}
