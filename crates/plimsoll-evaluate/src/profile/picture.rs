//! Small pictures of columns as SVG.

use std::fmt::Write;

use plimsoll_core::number;
use plimsoll_data::printable;
use plimsoll_data::profile::Group;
use plimsoll_data::profile::summary::{ColumnSummary, Histogram};

use super::grouped;
use crate::report::axis::Axis;
use crate::report::plot::escape;

/// The size of pictures in rows.
const WIDE: f64 = 120.0;
const HIGH: f64 = 26.0;

/// The size of bars of shares.
const BAR: f64 = 70.0;

/// The size of the picture of a column alone, and the room around it.
const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 190.0;
const LEFT: f64 = 56.0;
const BOTTOM: f64 = 26.0;
const TOP: f64 = 8.0;

/// Draws how the values of a column are spread, in the height of a line.
pub(super) fn spark(column: &ColumnSummary) -> String {
    if let Some(histogram) = column.numbers.as_ref().and_then(|of| of.histogram.as_ref()) {
        return bars(&histogram.counts);
    }
    if column.frequent.is_empty() || column.distinct.count > 50 {
        return String::new();
    }
    let shares: Vec<f64> = column.frequent.iter().map(|value| value.share.get()).collect();
    stacked(&shares)
}

fn bars(counts: &[u64]) -> String {
    let most = as_float(counts.iter().copied().max().unwrap_or(1).max(1));
    let step = WIDE / as_float(counts.len().max(1) as u64);
    let mut svg = open("spark", WIDE, HIGH);
    svg.push_str(r#"<g class="s0">"#);
    for (place, &count) in (0_u32..).zip(counts).filter(|(_, count)| **count > 0) {
        // What is there is seen, however little it is.
        let height = (as_float(count) / most * (HIGH - 1.0)).max(1.0);
        let (x, y) = (f64::from(place) * step, HIGH - height);
        let width = (step - 0.6).clamp(0.4, 24.0);
        _ = write!(svg, r#"<rect x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}"/>"#);
    }
    svg.push_str("</g></svg>");
    svg
}

/// Draws the shares of values beside each other, fainter and fainter.
fn stacked(shares: &[f64]) -> String {
    let mut svg = open("spark", WIDE, HIGH);
    svg.push_str(r#"<g class="s0">"#);
    let mut x = 0.0;
    for (place, share) in (0_u32..).zip(shares) {
        let width = share * WIDE;
        let shade = (0.85 - 0.17 * f64::from(place)).max(0.12);
        let (y, height) = (HIGH / 2.0 - 6.0, 12.0);
        _ = write!(
            svg,
            r#"<rect x="{x:.1}" y="{y}" width="{:.1}" height="{height}" style="opacity:{shade:.2}"/>"#,
            (width - 0.8).max(0.2)
        );
        x += width;
    }
    svg.push_str("</g></svg>");
    svg
}

/// Draws a share as a bar on a ground.
pub(super) fn bar(share: f64) -> String {
    let mut svg = open("bar", BAR, 8.0);
    let width = (share * BAR).clamp(1.0, BAR);
    _ = write!(
        svg,
        r#"<rect class="ground" width="{BAR}" height="8" rx="2"/><rect width="{width:.1}" height="8" rx="2"/></svg>"#
    );
    svg
}

/// Draws a strength from -1 to 1 from the middle, one from 0 on to the right.
pub(super) fn strength(value: f64) -> String {
    let mut svg = open("bar", 2.0 * BAR, 10.0);
    let width = value.abs() * BAR;
    let (from, class) = if value < 0.0 { (BAR - width, "negative") } else { (BAR, "positive") };
    _ = write!(
        svg,
        r#"<rect class="ground" width="{}" height="10" rx="2"/><rect class="{class}" x="{from:.1}" width="{width:.1}" height="10"/><line class="zero" x1="{BAR}" x2="{BAR}" y1="0" y2="10"/></svg>"#,
        2.0 * BAR
    );
    svg
}

/// Draws the histogram of a column with axes.
pub(super) fn histogram(column: &ColumnSummary, of: &Histogram) -> String {
    let most = of.counts.iter().copied().max().unwrap_or(1).max(1);
    let y = Axis { low: 0.0, high: as_float(most), from: HEIGHT - BOTTOM, to: TOP };
    let mut svg = format!(
        r#"<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="how {} is spread">"#,
        escape(&printable(&column.name, 40))
    );
    for (value, label) in y.ticks().into_iter().step_by(2) {
        let at = y.at(value);
        _ = write!(
            svg,
            r#"<line class="grid" x1="{LEFT}" x2="{WIDTH}" y1="{at:.1}" y2="{at:.1}"/><text x="{}" y="{:.1}" text-anchor="end">{label}</text>"#,
            LEFT - 6.0,
            at + 4.0
        );
    }
    svg.push_str(r#"<g class="s0">"#);
    let places = of.counts.len();
    let step = (WIDTH - LEFT) / as_float(places.max(1) as u64);
    let width = (step * 0.92).min(60.0);
    for (place, &count) in of.counts.iter().enumerate() {
        let x = LEFT + as_float(place as u64) * step + (step - width) / 2.0;
        let top = y.at(as_float(count)).min(if count > 0 { HEIGHT - BOTTOM - 1.0 } else { HEIGHT });
        let height = (HEIGHT - BOTTOM - top).max(0.0);
        _ = write!(
            svg,
            r#"<rect x="{x:.1}" y="{top:.1}" width="{width:.1}" height="{height:.1}"><title>{}: {}</title></rect>"#,
            escape(&bin(column, of, place)),
            grouped(count)
        );
    }
    svg.push_str("</g>");
    labels(&mut svg, column, of, step);
    svg.push_str("</svg>");
    svg
}

/// Says which values a bin holds.
fn bin(column: &ColumnSummary, of: &Histogram, place: usize) -> String {
    match (of.values.get(place), of.edges.get(place..place + 2)) {
        (Some(value), _) => column.written(*value),
        (None, Some(edges)) => {
            format!("{} to {}", column.written(edges[0]), column.written(edges[1]))
        }
        (None, None) => String::new(),
    }
}

/// Writes below the axis where some of the bins are.
fn labels(svg: &mut String, column: &ColumnSummary, of: &Histogram, step: f64) {
    let short = |value: f64| {
        let written = column.written(value);
        // Of a moment the day is enough to find one's way.
        written.split('T').next().unwrap_or_default().to_owned()
    };
    let places = of.counts.len();
    let named: Vec<(f64, String)> = if of.edges.is_empty() {
        let names = of.values.iter().enumerate();
        let all: Vec<_> =
            names.map(|(at, value)| (as_float(at as u64) + 0.5, short(*value))).collect();
        let longest = all.iter().map(|(_, name)| name.len()).max().unwrap_or(1).max(1);
        let room = (WIDTH - LEFT) / (as_float(longest as u64) * 8.0 + 10.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few")]
        let every = (as_float(places as u64) / room.max(1.0)).ceil().max(1.0) as usize;
        all.into_iter().step_by(every).collect()
    } else {
        [0, places / 3, places * 2 / 3, places]
            .map(|at| (as_float(at as u64), short(of.edges[at])))
            .into()
    };
    for (place, name) in named {
        let x = LEFT + place * step;
        let (anchor, x) = match x {
            x if x > WIDTH - 30.0 => ("end", x.min(WIDTH)),
            x if x < LEFT + 10.0 && !of.edges.is_empty() => ("start", x),
            x => ("middle", x),
        };
        _ = write!(
            svg,
            r#"<text x="{x:.1}" y="{}" text-anchor="{anchor}">{}</text>"#,
            HEIGHT - 8.0,
            escape(&name)
        );
    }
}

/// Draws the rows of each part of a cycle, such as the hours of a day.
pub(super) fn cycle(counts: &[u64], names: &[String]) -> String {
    let most = as_float(counts.iter().copied().max().unwrap_or(1).max(1));
    let (width, height) = (240.0, 70.0);
    let step = width / as_float(counts.len().max(1) as u64);
    let mut svg = open("cycle", width, height);
    svg.push_str(r#"<g class="s0">"#);
    for (place, &count) in (0_u32..).zip(counts) {
        let tall = as_float(count) / most * (height - 18.0);
        let (x, y) = (f64::from(place) * step, height - 16.0 - tall);
        let name = names.get(place as usize).map_or("", String::as_str);
        _ = write!(
            svg,
            r#"<rect x="{x:.1}" y="{y:.1}" width="{:.1}" height="{tall:.1}"><title>{name}: {}</title></rect>"#,
            step * 0.88,
            grouped(count)
        );
    }
    svg.push_str("</g>");
    let every = (counts.len() / 6).max(1);
    for (place, name) in (0_u32..).zip(names).step_by(every) {
        let x = (f64::from(place) + 0.44) * step;
        _ = write!(
            svg,
            r#"<text x="{x:.1}" y="{}" text-anchor="middle">{name}</text>"#,
            height - 3.0
        );
    }
    svg.push_str("</svg>");
    svg
}

/// Draws the target in groups of rows, with a line where it is over all rows.
pub(super) fn groups(groups: &[Group], overall: Option<f64>) -> String {
    if groups.len() < 2 {
        return String::new();
    }
    let (width, height) = (190.0, 44.0);
    let values = groups.iter().map(|group| group.value).chain(overall).chain([0.0]);
    let y = Axis::over(values, height - 2.0, 2.0);
    let ground = y.at(0.0);
    let step = width / as_float(groups.len() as u64);
    let mut svg = open("groups", width, height);
    svg.push_str(r#"<g class="s0">"#);
    for (place, group) in (0_u32..).zip(groups) {
        let at = y.at(group.value);
        let (top, tall) = (at.min(ground), (at - ground).abs().max(0.8));
        _ = write!(
            svg,
            r#"<rect x="{:.1}" y="{top:.1}" width="{:.1}" height="{tall:.1}"><title>{}: {} ({} rows)</title></rect>"#,
            f64::from(place) * step,
            (step * 0.86).min(40.0),
            escape(&printable(&group.label, 60)),
            number::show(group.value),
            grouped(group.rows)
        );
    }
    svg.push_str("</g>");
    if let Some(overall) = overall {
        let at = y.at(overall);
        _ = write!(svg, r#"<line class="overall" x1="0" x2="{width}" y1="{at:.1}" y2="{at:.1}"/>"#);
    }
    svg.push_str("</svg>");
    svg
}

fn open(class: &str, width: f64, height: f64) -> String {
    format!(
        r#"<svg class="{class}" viewBox="0 0 {width} {height}" width="{width}" height="{height}" aria-hidden="true">"#
    )
}

#[expect(clippy::cast_precision_loss, reason = "counts of rows are below 2^52")]
fn as_float(count: u64) -> f64 {
    count as f64
}
