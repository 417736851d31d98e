//! A report as a picture: one row for each side of each measure, a dot where its rate is, on a logarithmic scale, and
//! a line over the middle half of its rounds.

use anyhow::anyhow;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::report::{Measure, Report, Side};

/// In pixels.
const WIDTH: u32 = 1000;
const ROW: u32 = 18;
const NAMES: u32 = 220;
const MARGIN: u32 = 12;
/// Room for half of the last number on the axis.
const RIGHT: u32 = 40;
const AXIS: u32 = 40;
const FONT: &str = "sans-serif";

/// What stands in one row.
enum Row<'a> {
    Title(&'a Measure),
    Side(&'a Side),
}

/// Draws the plot.
pub(super) fn svg(report: &Report) -> anyhow::Result<String> {
    let rows: Vec<_> = report.measures.iter().flat_map(rows_of).collect();
    let height = ROW * rows.len() as u32 + AXIS + 2 * MARGIN;
    let mut text = String::new();
    draw(&rows, SVGBackend::with_string(&mut text, (WIDTH, height))).map_err(|error| anyhow!("{error}"))?;
    Ok(text)
}

fn rows_of(measure: &Measure) -> impl Iterator<Item = Row<'_>> {
    std::iter::once(Row::Title(measure)).chain(measure.sides.iter().map(Row::Side))
}

/// The powers of ten between which all rates lie.
fn range(rows: &[Row<'_>]) -> std::ops::Range<f64> {
    let rates =
        || rows.iter().filter_map(|row| if let Row::Side(side) = row { Some(side.per_second) } else { None });
    let low = rates().fold(f64::INFINITY, f64::min).max(1.0);
    let high = rates().fold(10.0, f64::max);
    10_f64.powf(low.min(high).log10().floor())..10_f64.powf(high.log10().ceil())
}

/// A power of ten in few letters.
fn power(rate: f64) -> String {
    match rate {
        1e6.. => format!("{:.0} M", rate / 1e6),
        1e3.. => format!("{:.0} k", rate / 1e3),
        _ => format!("{rate:.0}"),
    }
}

type Failure<'a> = DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>;

fn draw<'a>(rows: &[Row<'_>], backend: SVGBackend<'a>) -> Result<(), Failure<'a>> {
    let area = backend.into_drawing_area();
    area.fill(&WHITE)?;
    let count = rows.len() as f64;
    let mut chart = ChartBuilder::on(&area)
        .margin(MARGIN)
        .margin_right(RIGHT)
        .set_label_area_size(LabelAreaPosition::Left, NAMES)
        .set_label_area_size(LabelAreaPosition::Bottom, AXIS)
        .build_cartesian_2d(range(rows).log_scale(), 0.0..count)?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .disable_y_axis()
        .x_desc("calls a second (logarithmic)")
        .x_label_formatter(&|rate| power(*rate))
        .draw()?;
    for (index, row) in rows.iter().enumerate() {
        let line = (MARGIN + ROW * index as u32 + ROW / 2) as i32;
        name(row, line, &area)?;
        let Row::Side(side) = row else { continue };
        let middle = count - index as f64 - 0.5;
        let colour = if side.is_ours { RED } else { BLUE };
        let half = side.quartiles.map(|rate| (rate, middle));
        chart.draw_series([PathElement::new(half, colour.stroke_width(2))])?;
        chart.draw_series([Circle::new((side.per_second, middle), 4, colour.filled())])?;
    }
    area.present()
}

/// Writes a row's name, so many pixels from the top.
fn name<'a>(row: &Row<'_>, line: i32, area: &DrawingArea<SVGBackend<'a>, Shift>) -> Result<(), Failure<'a>> {
    let (name, font, left) = match row {
        Row::Title(measure) => (&measure.name, (FONT, 13).into_font().style(FontStyle::Bold), MARGIN),
        Row::Side(side) => (&side.name, (FONT, 12).into_font(), 2 * MARGIN),
    };
    let style = TextStyle::from(font).pos(Pos::new(HPos::Left, VPos::Center));
    area.draw_text(name, &style, (left as i32, line))
}

#[cfg(test)]
mod tests;
