//! A plot as SVG.

use std::fmt::Write;

use plimsoll_core::evidence::{Mark, Plot, Series};
use plimsoll_core::number;

use super::axis::Axis;

const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 290.0;
const LEFT: f64 = 62.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 48.0;

/// Longer names of places are cut off; they are whole where the pointer rests.
const LONGEST_NAME: usize = 14;

/// Longer names than a date are written aslant.
const LONGEST_LEVEL: usize = 10;

/// Draws `plot` with axes and, where it has several series, a legend.
pub(crate) fn draw(plot: &Plot) -> String {
    let points = || plot.series.iter().flat_map(|series| &series.points);
    let has_bars = plot.series.iter().any(|series| series.mark == Mark::Bars);
    let bands = plot.series.iter().flat_map(|series| series.band.iter().flatten().copied());
    let room = if has_bars { bar_width(plot) / 2.0 } else { 0.0 };
    let xs = points().flat_map(|point| [point[0] - room, point[0] + room]);
    let x = Axis::over(xs, LEFT, WIDTH - RIGHT);
    let height = HEIGHT + names_room(plot);
    let tight = Axis::over(points().map(|point| point[1]).chain(bands), HEIGHT - BOTTOM, TOP);
    let y = if has_bars {
        Axis { low: tight.low.min(0.0), high: tight.high.max(0.0), ..tight }
    } else {
        tight.down_to_zero()
    };
    let mut svg = String::new();
    // Writing to a string does not fail.
    _ = write!(
        svg,
        r#"<svg class="plot" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{}: {} against {}">"#,
        escape(&plot.title),
        escape(&plot.y),
        escape(&plot.x)
    );
    axes(&mut svg, plot, &x, &y);
    let mut legend = String::new();
    for (series, class) in plot.series.iter().zip(classes(plot)) {
        _ = write!(svg, r#"<g class="{class}">"#);
        band(&mut svg, series, &x, &y);
        let shape = match series.mark {
            Mark::Line => line(&mut svg, series, &x, &y, "line"),
            Mark::Guide => line(&mut svg, series, &x, &y, "guide"),
            Mark::Dots => dots(&mut svg, plot, series, &x, &y),
            Mark::Bars => bars(&mut svg, plot, series, &x, &y),
        };
        svg.push_str("</g>");
        let name = escape(&series.name);
        _ = write!(legend, r#"<span class="{class}"><i class="{shape}"></i>{name}</span>"#);
    }
    svg.push_str("</svg>");
    let title = escape(&plot.title);
    let several = plot.series.len() > 1;
    let legend =
        if several { format!(r#"<div class="legend">{legend}</div>"#) } else { String::new() };
    format!("<figure><figcaption>{title}</figcaption>{svg}{legend}</figure>")
}

/// Returns the class of each series: guides are grey, the others have a colour each.
fn classes(plot: &Plot) -> Vec<String> {
    let mut coloured = 0;
    let class = |series: &Series| {
        if series.mark == Mark::Guide {
            return "guided".to_owned();
        }
        coloured += 1;
        format!("s{}", (coloured - 1) % 4)
    };
    plot.series.iter().map(class).collect()
}

fn axes(svg: &mut String, plot: &Plot, x: &Axis, y: &Axis) {
    let bottom = y.from;
    grid(svg, y, LEFT, WIDTH - RIGHT);
    for (value, label) in places(plot, x) {
        let (at, below) = (x.at(value), bottom + 16.0);
        let turned = if is_aslant(plot) {
            format!(r#"text-anchor="end" transform="rotate(-35 {at:.1} {below})""#)
        } else {
            r#"text-anchor="middle""#.to_owned()
        };
        let short = escape(&shortened(&label));
        _ = write!(
            svg,
            r#"<line class="axis" x1="{at:.1}" x2="{at:.1}" y1="{bottom}" y2="{}"/>"#,
            bottom + 4.0
        );
        _ = write!(svg, r#"<text class="tick" x="{at:.1}" y="{below}" {turned}>{short}</text>"#);
    }
    _ = write!(
        svg,
        r#"<line class="axis" x1="{LEFT}" x2="{}" y1="{bottom}" y2="{bottom}"/>"#,
        WIDTH - RIGHT
    );
    let middle = LEFT.midpoint(WIDTH - RIGHT);
    _ = write!(
        svg,
        r#"<text class="label" x="{middle:.1}" y="{}" text-anchor="middle">{}</text>"#,
        HEIGHT + names_room(plot) - 8.0,
        escape(&plot.x)
    );
    upright(svg, y, &plot.y);
}

/// Draws the lines and numbers of a vertical axis.
pub(crate) fn grid(svg: &mut String, y: &Axis, left: f64, right: f64) {
    for (value, label) in y.ticks() {
        let at = y.at(value);
        _ = write!(
            svg,
            r#"<line class="grid" x1="{left}" x2="{right}" y1="{at:.1}" y2="{at:.1}"/><text class="tick" x="{}" y="{:.1}" text-anchor="end">{label}</text>"#,
            left - 6.0,
            at + 4.0
        );
    }
}

/// Writes what a vertical axis measures along it.
pub(crate) fn upright(svg: &mut String, y: &Axis, text: &str) {
    let centre = y.to.midpoint(y.from);
    _ = write!(
        svg,
        r#"<text class="label" transform="translate(14 {centre:.1}) rotate(-90)" text-anchor="middle">{}</text>"#,
        escape(text)
    );
}

fn longest(plot: &Plot) -> usize {
    let names = plot.ticks.iter().map(|name| name.chars().count());
    names.max().unwrap_or(0).min(LONGEST_NAME)
}

fn is_aslant(plot: &Plot) -> bool {
    longest(plot) > LONGEST_LEVEL
}

/// Returns the room that names aslant need below the horizontal axis.
#[expect(clippy::cast_precision_loss, reason = "a few letters")]
fn names_room(plot: &Plot) -> f64 {
    if is_aslant(plot) { longest(plot) as f64 * 3.8 } else { 0.0 }
}

/// Named places are thinned out, so that their names do not run into each other.
#[expect(clippy::cast_precision_loss, reason = "a few letters, a few hundred places")]
fn places(plot: &Plot, x: &Axis) -> Vec<(f64, String)> {
    if plot.ticks.is_empty() {
        return x.ticks();
    }
    let room = if is_aslant(plot) { 18.0 } else { longest(plot) as f64 * 7.5 + 12.0 };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at least 1")]
    let fitting = ((WIDTH - LEFT - RIGHT) / room).floor().max(1.0) as usize;
    let every = plot.ticks.len().div_ceil(fitting).max(1);
    let named = plot.ticks.iter().enumerate().map(|(place, name)| (place as f64, name.clone()));
    named.step_by(every).collect()
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= LONGEST_NAME {
        return name.to_owned();
    }
    name.chars().take(LONGEST_NAME - 1).chain(['…']).collect()
}

fn line(
    svg: &mut String,
    series: &Series,
    x: &Axis,
    y: &Axis,
    class: &'static str,
) -> &'static str {
    let mut path = String::new();
    for (index, point) in series.points.iter().enumerate() {
        let letter = if index == 0 { 'M' } else { 'L' };
        _ = write!(path, "{letter}{:.1} {:.1}", x.at(point[0]), y.at(point[1]));
    }
    _ = write!(svg, r#"<path class="{class}" d="{path}"/>"#);
    class
}

fn dots(svg: &mut String, plot: &Plot, series: &Series, x: &Axis, y: &Axis) -> &'static str {
    for point in &series.points {
        let (across, up) = (x.at(point[0]), y.at(point[1]));
        let hint = hint(plot, *point);
        _ = write!(svg, r#"<circle cx="{across:.1}" cy="{up:.1}" r="3.5">{hint}</circle>"#);
    }
    "dots"
}

fn bars(svg: &mut String, plot: &Plot, series: &Series, x: &Axis, y: &Axis) -> &'static str {
    let ground = y.at(0.0);
    let width = bar_width(plot);
    for point in &series.points {
        let (left, right) = (x.at(point[0] - width * 0.46), x.at(point[0] + width * 0.46));
        let top = y.at(point[1]);
        let (from, height) = (top.min(ground), (top - ground).abs());
        let across = right - left;
        let hint = hint(plot, *point);
        _ = write!(
            svg,
            r#"<rect x="{left:.1}" y="{from:.1}" width="{across:.1}" height="{height:.1}">{hint}</rect>"#
        );
    }
    "bars"
}

/// Returns the number at a place, shown where the pointer rests, with the name it may have.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "places, from 0")]
fn hint(plot: &Plot, [across, up]: [f64; 2]) -> String {
    let named = plot.ticks.get(across.max(0.0) as usize);
    let place = named.map_or_else(|| number::show(across), |name| escape(name));
    format!("<title>{place}: {}</title>", number::show(up))
}

fn band(svg: &mut String, series: &Series, x: &Axis, y: &Axis) {
    for (point, ends) in series.points.iter().zip(&series.band) {
        let at = x.at(point[0]);
        let (low, high) = (y.at(ends[0]), y.at(ends[1]));
        _ = write!(
            svg,
            r#"<line class="whisker" x1="{at:.1}" x2="{at:.1}" y1="{low:.1}" y2="{high:.1}"/>"#
        );
    }
}

/// The distance of the two nearest bars.
fn bar_width(plot: &Plot) -> f64 {
    let bars = plot.series.iter().filter(|series| series.mark == Mark::Bars);
    let gaps = bars.flat_map(|series| series.points.windows(2).map(|pair| pair[1][0] - pair[0][0]));
    let nearest = gaps.filter(|gap| *gap > 0.0).fold(f64::INFINITY, f64::min);
    if nearest.is_finite() { nearest } else { 1.0 }
}

/// Returns text that cannot become markup.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}
