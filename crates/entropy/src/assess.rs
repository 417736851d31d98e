//! A first look at raw samples: how much min-entropy they can have at most, by the most common value estimate of
//! SP 800-90B section 6.3.1.
//!
//! It is one of ten estimates of that standard, and sees no pattern, only how often each value comes. It can refute a
//! claim, and never found one: that takes NIST's 90B tool, or better a model of the source.

/// How often each value of a sample occurs.
pub type Histogram = [u64; 256];

/// What the most common value says of samples.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct MostCommonValue {
    /// The value; of several, the smallest.
    pub value: u8,
    /// How often it occurs.
    pub count: u64,
    /// The min-entropy of a sample in bits, by the upper end of the count's confidence interval of 99 %.
    pub min_entropy: f64,
}

/// Counts each value.
#[must_use]
pub fn histogram(samples: &[u8]) -> Histogram {
    let mut counts = [0; 256];
    samples.iter().for_each(|&sample| counts[usize::from(sample)] += 1);
    counts
}

/// The most common value estimate of the samples that were counted, or `None` for fewer than two.
#[must_use]
pub fn most_common_value(counts: &Histogram) -> Option<MostCommonValue> {
    let samples: u64 = counts.iter().sum();
    if samples < 2 {
        return None;
    }
    let (value, count) = (0..=u8::MAX).zip(counts.iter().copied()).rev().max_by_key(|&(_, count)| count)?;
    let share = count as f64 / samples as f64;
    let spread = libm::sqrt(share * (1.0 - share) / (samples - 1) as f64);
    let upper = (share + 2.576 * spread).min(1.0);
    // Not `-0.0` where there is one value only.
    let min_entropy = (-libm::log2(upper)).max(0.0);
    Some(MostCommonValue { value, count, min_entropy })
}

#[cfg(test)]
mod tests;
