//! Raw samples of a source as the subcommands read them: in pieces, under a bar, with the most common value estimate
//! of SP 800-90B section 6.3.1.

use portcullis_entropy::assess::{self, Histogram, MostCommonValue};
use portcullis_entropy::read_raw;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::noise::{self, Noise};
use crate::progress::Counted;

/// Samples that are read at a time.
const PIECE: usize = 1024;

/// What was read.
#[derive(Serialize)]
pub(super) struct Summary {
    source: String,
    sample: &'static str,
    samples: u64,
    claimed_min_entropy: f32,
    #[serde(flatten)]
    estimate: Option<Estimate>,
}

#[derive(Serialize)]
struct Estimate {
    most_common_value: u8,
    most_common_count: u64,
    most_common_value_min_entropy: f64,
}

/// Reads `count` samples, each piece of which goes to `take`, and says what they were and how often each came.
pub(super) fn read(
    from: &Noise,
    count: u64,
    mut take: impl FnMut(&[u8]) -> Result<()>,
) -> Result<(Summary, Histogram)> {
    let mut source = from.open()?;
    let bar = Counted::new("Reading samples", count);
    let mut counts: Histogram = [0; 256];
    let mut piece = [0; PIECE];
    let mut given = 0;
    while given < count {
        let len = (count - given).min(PIECE as u64) as usize;
        let piece = &mut piece[..len];
        read_raw(&mut *source, piece).map_err(|error| Error::Noise {
            noise: from.to_string(),
            error,
            given,
        })?;
        take(piece)?;
        assess::histogram(piece).iter().zip(&mut counts).for_each(|(new, count)| *count += new);
        given += len as u64;
        bar.reached(given);
    }
    let summary = Summary {
        source: from.to_string(),
        sample: from.sample(),
        samples: count,
        claimed_min_entropy: source.min_entropy_per_byte(),
        estimate: assess::most_common_value(&counts).map(Estimate::new),
    };
    Ok((summary, counts))
}

impl Summary {
    /// Where they came from.
    pub(super) fn source(&self) -> &str {
        &self.source
    }

    /// What a look at them says, in a sentence.
    pub(super) fn sentence(&self) -> String {
        let Self { samples, claimed_min_entropy: claimed, .. } = self;
        let Some(estimate) = &self.estimate else {
            return format!("{samples} sample, too few to say anything of");
        };
        let Estimate {
            most_common_value: value,
            most_common_count: count,
            most_common_value_min_entropy: most,
        } = estimate;
        let claimed = noise::bits(*claimed);
        format!(
            "{samples} samples; {value} comes most often, {count} times: at most {most:.2} bits a sample, {claimed} claimed"
        )
    }
}

impl Estimate {
    fn new(found: MostCommonValue) -> Self {
        Self {
            most_common_value: found.value,
            most_common_count: found.count,
            most_common_value_min_entropy: found.min_entropy,
        }
    }
}
