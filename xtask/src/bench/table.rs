//! A report as a table for people.

use std::fmt;

use super::report::{Goal, LeftOut, Measure, Report, Side};

/// So many processors that are busy with other things disturb the measuring.
const NOISY: f64 = 0.2;

/// Shows a report.
pub(super) struct Table<'a>(pub(super) &'a Report);

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report { processors, busy, rounds, missing, measures } = self.0;
        writeln!(f, "Medians of {rounds} rounds in which the sides took turns; {processors} processors.")?;
        writeln!(f, "In brackets is where the middle half of the rounds lies.")?;
        if let Some(busy) = busy.filter(|busy| *busy >= NOISY) {
            writeln!(
                f,
                "Noisy: other programs kept {busy:.1} of them busy when this began. Trust ratios, not rates."
            )?;
        }
        for LeftOut { side, why } in missing {
            writeln!(f, "{side} was not measured: {why}")?;
        }
        writeln!(f, "\n{:<34}{:>14}  {:<23}goal", "", "a second", "ours is")?;
        measures.iter().try_for_each(|measure| show(measure, f))?;
        let goals = || measures.iter().flat_map(|measure| &measure.goals);
        let count = |met| goals().filter(|goal| goal.met == met).count();
        let (met, missed, open) = (count(Some(true)), count(Some(false)), count(None));
        let unsure = goals().filter(|goal| goal.is_unsure()).count();
        writeln!(
            f,
            "\ngoals: {met} met, {missed} missed, {open} not measured; {unsure} of them within the noise"
        )
    }
}

fn show(measure: &Measure, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    writeln!(f, "\n{}: {}", measure.name, measure.what)?;
    for side in &measure.sides {
        let Side { name, per_second, .. } = side;
        let between = side.ours_is_between.map(|[low, high]| format!(" ({}-{})", short(low), short(high)));
        let compared = side.ours_is.map(|ratio| format!("{}x{}", short(ratio), between.unwrap_or_default()));
        let goal = measure.goals.iter().find(|goal| is_for(goal, side)).map(verdict);
        let row = format!(
            "  {name:<32}{:>14}  {:<23}{}",
            rate(*per_second),
            compared.unwrap_or_default(),
            goal.unwrap_or_default()
        );
        writeln!(f, "{}", row.trim_end())?;
    }
    for LeftOut { side, why } in &measure.left_out {
        writeln!(f, "  {side:<32}{:>14}  left out: {why}", "-")?;
    }
    Ok(())
}

/// A goal stands beside the side that it names; one that is a rate, beside ours.
fn is_for(goal: &Goal, side: &Side) -> bool {
    goal.over.as_ref().map_or(side.is_ours, |over| *over == side.name)
}

fn verdict(goal: &Goal) -> String {
    let wanted = match goal.over {
        Some(_) => format!("{}x", short(goal.wanted)),
        None => rate(goal.wanted),
    };
    let noise = if goal.is_unsure() { ", within the noise" } else { "" };
    match goal.met {
        Some(true) => format!("{wanted}: met{noise}"),
        Some(false) => format!("{wanted}: not met{noise}"),
        None => format!("{wanted}: not measured"),
    }
}

/// A ratio with as many digits as mean something.
fn short(ratio: f64) -> String {
    let digits = if ratio < 10.0 { 2 } else { 0 };
    format!("{ratio:.digits$}")
}

/// A number of calls, its thousands apart.
fn rate(per_second: f64) -> String {
    let digits = format!("{per_second:.0}");
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests;
