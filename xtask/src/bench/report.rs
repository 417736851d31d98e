//! What the benchmark prints, read back.

use serde::Deserialize;

/// A whole run.
#[derive(Deserialize)]
pub(super) struct Report {
    /// How many processors the machine gives.
    pub(super) processors: usize,
    /// How many processors other programs kept busy before it began, where the system tells.
    pub(super) busy: Option<f64>,
    /// How many turns each side had.
    pub(super) rounds: usize,
    /// Modules that could not be measured.
    pub(super) missing: Vec<LeftOut>,
    pub(super) measures: Vec<Measure>,
}

/// One comparison.
#[derive(Deserialize)]
pub(super) struct Measure {
    pub(super) name: String,
    pub(super) what: String,
    pub(super) sides: Vec<Side>,
    pub(super) left_out: Vec<LeftOut>,
    pub(super) goals: Vec<Goal>,
}

/// A side that was measured.
#[derive(Deserialize)]
pub(super) struct Side {
    #[serde(rename = "side")]
    pub(super) name: String,
    /// Whether the goals are for this one.
    pub(super) is_ours: bool,
    /// The median over the rounds.
    pub(super) per_second: f64,
    /// Where the middle half of the rounds lies.
    pub(super) quartiles: [f64; 2],
    /// How many times as fast our side is; nothing for our side itself.
    pub(super) ours_is: Option<f64>,
    /// Where the middle half of the rounds' ratios lies.
    pub(super) ours_is_between: Option<[f64; 2]>,
}

/// A side that was not.
#[derive(Deserialize)]
pub(super) struct LeftOut {
    pub(super) side: String,
    pub(super) why: String,
}

/// What our side should reach.
#[derive(Deserialize)]
pub(super) struct Goal {
    /// The side that it is compared to; without one, the goal is a rate.
    pub(super) over: Option<String>,
    pub(super) wanted: f64,
    /// Where the middle half of the rounds lies.
    pub(super) between: Option<[f64; 2]>,
    /// Nothing where it was not measured.
    pub(super) met: Option<bool>,
}

impl Goal {
    /// Whether the rounds differ by more than what was reached differs from the goal.
    pub(super) fn is_unsure(&self) -> bool {
        self.between.is_some_and(|[low, high]| low < self.wanted && self.wanted <= high)
    }
}

impl Report {
    pub(super) fn parse(text: &str) -> serde_json::Result<Self> {
        serde_json::from_str(text)
    }
}
