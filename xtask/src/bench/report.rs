//! What the benchmark prints, read back.

use serde::Deserialize;

/// A whole run.
#[derive(Deserialize)]
pub(super) struct Report {
    /// How many processors the machine gives.
    pub(super) processors: usize,
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
    /// Nothing where it was not measured.
    pub(super) met: Option<bool>,
}

impl Report {
    pub(super) fn parse(text: &str) -> serde_json::Result<Self> {
        serde_json::from_str(text)
    }
}
