//! A report as a picture: one row for each side of each measure, a dot where its rate is, on a logarithmic scale, and
//! a line over the middle half of its rounds.

use anyhow::anyhow;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::report::{Measure, Report, Side};

/// In pixels.
const WIDTH: u32 = 1000;
const ROW: u32 = 18;
const NAMES: u32 = 330;
const MARGIN: u32 = 12;
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

fn draw<'a>(
    rows: &[Row<'_>],
    backend: SVGBackend<'a>,
) -> Result<(), DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>> {
    let area = backend.into_drawing_area();
    area.fill(&WHITE)?;
    let count = rows.len() as f64;
    let mut chart = ChartBuilder::on(&area)
        .margin(MARGIN)
        .set_label_area_size(LabelAreaPosition::Left, NAMES)
        .set_label_area_size(LabelAreaPosition::Bottom, AXIS)
        .build_cartesian_2d(range(rows).log_scale(), 0.0..count)?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .disable_y_axis()
        .x_desc("calls a second (logarithmic)")
        .x_label_formatter(&|rate| format!("{rate:.0}"))
        .draw()?;
    let names = area.titled("", (FONT, 1))?;
    for (index, row) in rows.iter().enumerate() {
        let middle = count - index as f64 - 0.5;
        let line = (MARGIN + ROW * index as u32 + ROW / 2) as i32;
        let place = Pos::new(HPos::Left, VPos::Center);
        match row {
            Row::Title(measure) => {
                let style = (FONT, 13, FontStyle::Bold).into_text_style(&names).pos(place);
                names.draw_text(&measure.name, &style, (MARGIN as i32, line))?;
            }
            Row::Side(side) => {
                let style = (FONT, 12).into_text_style(&names).pos(place);
                let colour = if side.ours_is.is_none() { RED } else { BLUE };
                names.draw_text(&side.name, &style, (2 * MARGIN as i32, line))?;
                let [low, high] = side.quartiles;
                chart.draw_series([PathElement::new(
                    [(low, middle), (high, middle)],
                    colour.stroke_width(2),
                )])?;
                chart.draw_series([Circle::new((side.per_second, middle), 4, colour.filled())])?;
            }
        }
    }
    area.present()
}

#[cfg(test)]
mod tests;
