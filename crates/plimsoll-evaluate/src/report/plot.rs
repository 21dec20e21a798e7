//! A plot as SVG.

use std::fmt::Write;

use plimsoll_core::evidence::{Mark, Plot, Series};

use super::axis::Axis;

const WIDTH: f64 = 520.0;
const HEIGHT: f64 = 300.0;
const LEFT: f64 = 58.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 46.0;

/// Draws `plot` with axes and, where it has several series, a legend.
pub(super) fn draw(plot: &Plot) -> String {
    let points = || plot.series.iter().flat_map(|series| &series.points);
    let has_bars = plot.series.iter().any(|series| series.mark == Mark::Bars);
    let zero = has_bars.then_some(0.0);
    let bands = plot.series.iter().flat_map(|series| series.band.iter().flatten().copied());
    let room = if has_bars { bar_width(plot) / 2.0 } else { 0.0 };
    let xs = points().flat_map(|point| [point[0] - room, point[0] + room]);
    let x = Axis::over(xs, LEFT, WIDTH - RIGHT);
    let ys = points().map(|point| point[1]).chain(bands).chain(zero);
    let y = Axis::over(ys, HEIGHT - BOTTOM, TOP);
    let mut svg = String::new();
    // Writing to a string does not fail.
    _ = write!(
        svg,
        r#"<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{}">"#,
        escape(&plot.title)
    );
    axes(&mut svg, plot, &x, &y);
    for (index, series) in plot.series.iter().enumerate() {
        _ = write!(svg, r#"<g class="s{}">"#, index % 4);
        band(&mut svg, series, &x, &y);
        match series.mark {
            Mark::Line => line(&mut svg, series, &x, &y, "line"),
            Mark::Guide => line(&mut svg, series, &x, &y, "guide"),
            Mark::Dots => dots(&mut svg, series, &x, &y),
            Mark::Bars => bars(&mut svg, series, &x, &y, bar_width(plot)),
        }
        svg.push_str("</g>");
    }
    svg.push_str("</svg>");
    let mut figure = format!("<figure><figcaption>{}</figcaption>{svg}", escape(&plot.title));
    if plot.series.len() > 1 {
        figure.push_str(r#"<div class="legend">"#);
        for (index, series) in plot.series.iter().enumerate() {
            _ = write!(
                figure,
                r#"<span class="s{}"><i></i>{}</span>"#,
                index % 4,
                escape(&series.name)
            );
        }
        figure.push_str("</div>");
    }
    figure.push_str("</figure>");
    figure
}

fn axes(svg: &mut String, plot: &Plot, x: &Axis, y: &Axis) {
    let bottom = HEIGHT - BOTTOM;
    for (value, label) in y.ticks() {
        let at = y.at(value);
        _ = write!(
            svg,
            r#"<line class="grid" x1="{LEFT}" x2="{}" y1="{at:.1}" y2="{at:.1}"/>"#,
            WIDTH - RIGHT
        );
        _ = write!(
            svg,
            r#"<text class="tick" x="{}" y="{:.1}" text-anchor="end">{label}</text>"#,
            LEFT - 6.0,
            at + 4.0
        );
    }
    for (value, label) in places(plot, x) {
        let at = x.at(value);
        _ = write!(
            svg,
            r#"<text class="tick" x="{at:.1}" y="{}" text-anchor="middle">{}</text>"#,
            bottom + 16.0,
            escape(&label)
        );
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
        HEIGHT - 8.0,
        escape(&plot.x)
    );
    let centre = TOP.midpoint(bottom);
    _ = write!(
        svg,
        r#"<text class="label" transform="translate(14 {centre:.1}) rotate(-90)" text-anchor="middle">{}</text>"#,
        escape(&plot.y)
    );
}

/// Named places are thinned out, so that their names do not run into each other.
fn places(plot: &Plot, x: &Axis) -> Vec<(f64, String)> {
    if plot.ticks.is_empty() {
        return x.ticks();
    }
    let longest = plot.ticks.iter().map(|name| name.chars().count()).max().unwrap_or(1);
    #[expect(clippy::cast_precision_loss, reason = "a few letters")]
    let room = longest as f64 * 7.0 + 10.0;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at least 1")]
    let fitting = ((WIDTH - LEFT - RIGHT) / room).floor().max(1.0) as usize;
    let every = plot.ticks.len().div_ceil(fitting).max(1);
    #[expect(clippy::cast_precision_loss, reason = "a few hundred places")]
    let named = plot.ticks.iter().enumerate().map(|(place, name)| (place as f64, name.clone()));
    named.step_by(every).collect()
}

fn line(svg: &mut String, series: &Series, x: &Axis, y: &Axis, class: &str) {
    let mut path = String::new();
    for (index, point) in series.points.iter().enumerate() {
        let letter = if index == 0 { 'M' } else { 'L' };
        _ = write!(path, "{letter}{:.1} {:.1}", x.at(point[0]), y.at(point[1]));
    }
    _ = write!(svg, r#"<path class="{class}" d="{path}"/>"#);
}

fn dots(svg: &mut String, series: &Series, x: &Axis, y: &Axis) {
    for point in &series.points {
        _ = write!(
            svg,
            r#"<circle cx="{:.1}" cy="{:.1}" r="2.5"/>"#,
            x.at(point[0]),
            y.at(point[1])
        );
    }
}

fn bars(svg: &mut String, series: &Series, x: &Axis, y: &Axis, width: f64) {
    let ground = y.at(0.0);
    for point in &series.points {
        let (left, right) = (x.at(point[0] - width * 0.46), x.at(point[0] + width * 0.46));
        let top = y.at(point[1]);
        let (from, height) = (top.min(ground), (top - ground).abs());
        _ = write!(
            svg,
            r#"<rect x="{left:.1}" y="{from:.1}" width="{:.1}" height="{height:.1}"/>"#,
            right - left
        );
    }
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

fn escape(text: &str) -> String {
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
