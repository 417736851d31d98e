//! The picture of `portcullis entropy plot`: a histogram of the samples on the left, and on the right how often each
//! pair of neighbours (lag 1) comes.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use portcullis_entropy::assess::Histogram;

use crate::error::{Error, Result};

/// In pixels.
const SIZE: (u32, u32) = (1160, 600);
const TITLE: u32 = 64;
const MARGIN: u32 = 14;
const LEFT_HALF: u32 = 570;
const LABELS: u32 = 64;
const FONT: &str = "sans-serif";

/// Values in a row or column of one cell of the pairs. Cells of one value each would be 65 536 rectangles.
const CELL: usize = 4;
const CELLS: usize = 256 / CELL;

/// How often each pair of neighbouring samples comes, by cells.
pub(super) struct Pairs {
    counts: Vec<u64>,
    last: Option<u8>,
}

impl Default for Pairs {
    fn default() -> Self {
        Self { counts: vec![0; CELLS * CELLS], last: None }
    }
}

impl Pairs {
    /// Takes the next samples.
    pub(super) fn feed(&mut self, samples: &[u8]) {
        for &sample in samples {
            if let Some(last) = self.last.replace(sample) {
                self.counts[usize::from(sample) / CELL * CELLS + usize::from(last) / CELL] += 1;
            }
        }
    }

    /// Every cell that has pairs in it: first and second value where it begins, and how many.
    fn cells(&self) -> impl Iterator<Item = (i32, i32, u64)> {
        let place = |index: usize| ((index % CELLS * CELL) as i32, (index / CELLS * CELL) as i32);
        self.counts.iter().enumerate().filter(|&(_, &count)| count > 0).map(move |(index, &count)| {
            let (first, second) = place(index);
            (first, second, count)
        })
    }
}

type Failure<'a> = DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>;
type Drawn<'a> = std::result::Result<(), Failure<'a>>;
type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Draws it, under the source's name and a sentence.
pub(super) fn svg(name: &str, sentence: &str, counts: &Histogram, pairs: &Pairs) -> Result<String> {
    let mut text = String::new();
    draw(name, sentence, counts, pairs, SVGBackend::with_string(&mut text, SIZE))
        .map_err(|error| Error::Output(std::io::Error::other(error.to_string())))?;
    Ok(text)
}

fn draw<'a>(
    name: &str,
    sentence: &str,
    counts: &Histogram,
    pairs: &Pairs,
    backend: SVGBackend<'a>,
) -> Drawn<'a> {
    let area = backend.into_drawing_area();
    area.fill(&WHITE)?;
    let (title, charts) = area.split_vertically(TITLE);
    write(&title, &format!("Noise source {name}: raw samples"), 20, MARGIN as i32 + 8)?;
    write(&title, sentence, 14, MARGIN as i32 + 34)?;
    let (left, right) = charts.split_horizontally(LEFT_HALF);
    histogram(counts, &left)?;
    lag(pairs, &right)?;
    area.present()
}

fn write<'a>(area: &Area<'a>, text: &str, size: u32, line: i32) -> Drawn<'a> {
    let style = TextStyle::from((FONT, size).into_font()).pos(Pos::new(HPos::Left, VPos::Center));
    area.draw_text(text, &style, (MARGIN as i32, line))
}

/// Bars for the 256 values, and a line where all would be if each came equally often.
fn histogram<'a>(counts: &Histogram, area: &Area<'a>) -> Drawn<'a> {
    let samples: u64 = counts.iter().sum();
    let percent = |count: u64| 100.0 * count as f64 / samples as f64;
    let uniform = 100.0 / 256.0;
    let top = counts.iter().copied().map(percent).fold(uniform, f64::max) * 1.1;
    let mut chart = ChartBuilder::on(area)
        .margin(MARGIN)
        .caption("Histogram", (FONT, 16))
        .set_label_area_size(LabelAreaPosition::Left, LABELS)
        .set_label_area_size(LabelAreaPosition::Bottom, LABELS - 20)
        .build_cartesian_2d(0.0..256.0, 0.0..top)?;
    let digits = if top < 2.0 { 2 } else { 1 };
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .x_labels(9)
        .x_desc("sample (0 to 255)")
        .y_desc("share of all samples (%)")
        .x_label_formatter(&|value| format!("{value:.0}"))
        .y_label_formatter(&|share| format!("{share:.digits$}"))
        .label_style((FONT, 13))
        .axis_desc_style((FONT, 14))
        .draw()?;
    chart.draw_series(counts.iter().enumerate().filter(|&(_, &count)| count > 0).map(
        |(value, &count)| {
            let value = value as f64;
            Rectangle::new([(value, 0.0), (value + 1.0, percent(count))], BLUE.mix(0.7).filled())
        },
    ))?;
    let even = chart.draw_series([PathElement::new([(0.0, uniform), (256.0, uniform)], RED)])?;
    even.label("if all 256 came equally often").legend(|(x, y)| PathElement::new([(x, y), (x + 18, y)], RED));
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE.mix(0.8))
        .label_font((FONT, 13))
        .draw()
}

/// A square for each cell of pairs, the darker the more there are, on a scale of square roots.
fn lag<'a>(pairs: &Pairs, area: &Area<'a>) -> Drawn<'a> {
    let most = pairs.cells().map(|(.., count)| count).max().unwrap_or(1);
    let mut chart = ChartBuilder::on(area)
        .margin(MARGIN)
        .caption(format!("Neighbours (lag 1), darkest: {most} pairs in {CELL} x {CELL} values"), (FONT, 16))
        .set_label_area_size(LabelAreaPosition::Left, LABELS)
        .set_label_area_size(LabelAreaPosition::Bottom, LABELS - 20)
        .build_cartesian_2d(0..256, 0..256)?;
    chart
        .configure_mesh()
        .disable_mesh()
        .x_labels(9)
        .y_labels(9)
        .x_desc("sample (0 to 255)")
        .y_desc("the sample after it (0 to 255)")
        .label_style((FONT, 13))
        .axis_desc_style((FONT, 14))
        .draw()?;
    let side = CELL as i32;
    chart.draw_series(pairs.cells().map(|(first, second, count)| {
        let shade = (count as f64 / most as f64).sqrt();
        Rectangle::new([(first, second), (first + side, second + side)], BLUE.mix(shade).filled())
    }))?;
    Ok(())
}

#[cfg(test)]
mod tests;
