//! What is handed on: JSON, which `cargo xtask bench` makes tables and plots of.

use serde_json::{Value, json};

use crate::clock::Clock;
use crate::measures::{Goal, Measure};
use crate::rounds::{Compared, Rates, quartiles, ratios};
use crate::world::{PORTCULLIS, World};

/// One measure: `sides` with their rates and how many times as fast ours is, which is the first of all sides;
/// `left_out` with the reasons; and `goals` with what was reached, `null` where it could not be measured. What was
/// `between` is the middle half of the rounds: a goal that lies in it is met or missed within the noise.
pub(crate) fn measure(measure: &Measure, compared: &Compared) -> Value {
    // Where ours was left out, another module comes first, and there is nothing to compare.
    let ours = compared.rates.first().filter(|first| first.name.starts_with(PORTCULLIS));
    let sides: Vec<_> = compared.rates.iter().map(|rates| side(rates, ours)).collect();
    let left_out: Vec<_> =
        compared.left_out.iter().map(|(side, why)| json!({ "side": side, "why": why.to_string() })).collect();
    let goals: Vec<_> = measure.goals.iter().map(|goal| goal_json(goal, ours, &compared.rates)).collect();
    json!({
        "name": measure.name,
        "what": measure.what,
        "waits": measure.clock() == Clock::Wall,
        "sides": sides,
        "left_out": left_out,
        "goals": goals,
    })
}

fn side(rates: &Rates, ours: Option<&Rates>) -> Value {
    let [low, median, high] = quartiles(&rates.per_second);
    let compared = ours.filter(|ours| ours.name != rates.name).map(|ours| ratios(ours, rates));
    json!({
        "side": rates.name,
        "is_ours": ours.is_some_and(|ours| ours.name == rates.name),
        "per_second": median,
        "quartiles": [low, high],
        "ours_is": compared.map(|[_, median, _]| median),
        "ours_is_between": compared.map(|[low, _, high]| [low, high]),
    })
}

fn goal_json(goal: &Goal, ours: Option<&Rates>, rates: &[Rates]) -> Value {
    let rate = ours.map(|ours| quartiles(&ours.per_second));
    let times = |name| {
        let other = rates.iter().find(|rates| rates.name == name);
        ours.zip(other).map(|(ours, other)| ratios(ours, other))
    };
    let (over, wanted, reached, enough) = match *goal {
        Goal::PerSecond(wanted) => (None, wanted, rate, None),
        Goal::Times(wanted, name) => (Some(name), wanted, times(name), None),
        Goal::TimesOrPerSecond(wanted, name, enough) => (Some(name), wanted, times(name), Some(enough)),
    };
    let fast = enough.zip(rate).is_some_and(|(enough, [_, rate, _])| rate >= enough);
    json!({
        "over": over,
        "wanted": wanted,
        "reached": reached.map(|[_, median, _]| median),
        "between": reached.map(|[low, _, high]| [low, high]),
        "met": reached.map(|[_, median, _]| median >= wanted || fast),
    })
}

/// The modules that were not measured at all.
pub(crate) fn missing(world: &World) -> Value {
    world.missing.iter().map(|(side, why)| json!({ "side": side, "why": why })).collect()
}
