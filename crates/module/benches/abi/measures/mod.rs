//! What is measured, with the goals of the project for each.

mod data;
mod objects;
mod random;
mod signatures;

use crate::c::Trouble;
use crate::clock::Clock;
use crate::rounds::{Run, Side};
use crate::world::{Peer, World};

/// One comparison. Its first side is ours, and the goals are for that one.
pub(crate) struct Measure {
    /// What it is called in JSON and to `--filter`.
    pub(crate) name: &'static str,
    /// What is done once.
    pub(crate) what: &'static str,
    pub(crate) goals: &'static [Goal],
    pub(crate) sides: fn(&World) -> Vec<Side<'_>>,
}

/// What is in the names of measures that wait: for another thread, or for the disk.
const WAITING: [&str; 2] = ["threads", "create"];

impl Measure {
    /// How its time is counted.
    pub(crate) fn clock(&self) -> Clock {
        if WAITING.iter().any(|waits| self.name.contains(waits)) { Clock::Wall } else { Clock::Processor }
    }
}

/// How fast our side should be at least.
pub(crate) enum Goal {
    /// So many times as fast as the side with this name.
    Times(f64, &'static str),
    /// So often a second.
    PerSecond(f64),
    /// Either of the two.
    TimesOrPerSecond(f64, &'static str, f64),
}

/// All measures, in their order.
pub(crate) fn all() -> impl Iterator<Item = &'static Measure> {
    [signatures::MEASURES, objects::MEASURES, data::MEASURES, random::MEASURES].into_iter().flatten()
}

/// One side for each module.
fn each<'w>(
    world: &'w World,
    prepare: impl Fn(&'w Peer) -> Result<Run<'w>, Trouble> + 'w,
) -> impl Iterator<Item = Side<'w>> {
    world.peers.iter().map(move |peer| Side { name: peer.name.clone(), run: prepare(peer) })
}
