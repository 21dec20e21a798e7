//! A value with its interval against a limit, as a small picture.

use std::fmt::Write;

use plimsoll_core::evidence::Interval;
use plimsoll_core::gate::Bound;

use super::axis::Axis;

const WIDTH: f64 = 220.0;
const HEIGHT: f64 = 26.0;
const EDGE: f64 = 8.0;

/// Draws the interval as a bar, the value as a dot, and the side of the limit that is refused.
pub(super) fn draw(value: f64, interval: &Interval, bound: Bound, class: &str) -> String {
    let limit = bound.limit();
    let ends = [interval.low, interval.high, value, limit];
    let wide = Axis::over(ends.into_iter(), EDGE, WIDTH - EDGE);
    let room = (wide.high - wide.low) * 0.15;
    let axis = Axis { low: wide.low - room, high: wide.high + room, ..wide };
    let (refused, width) = match bound {
        Bound::Max(_) => (axis.at(limit), WIDTH - axis.at(limit)),
        Bound::Min(_) => (0.0, axis.at(limit)),
    };
    let (low, high, at) = (axis.at(interval.low), axis.at(interval.high), axis.at(value));
    let middle = HEIGHT / 2.0;
    let mut svg = String::new();
    // Writing to a string does not fail.
    _ = write!(
        svg,
        r#"<svg class="range {class}" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" aria-label="{value:.4} from {:.4} to {:.4}, limit {limit}">"#,
        interval.low, interval.high,
    );
    _ = write!(
        svg,
        r#"<rect class="refused" x="{refused:.1}" y="2" width="{width:.1}" height="{}"/>"#,
        HEIGHT - 4.0
    );
    _ = write!(
        svg,
        r#"<line class="limit" x1="{0:.1}" x2="{0:.1}" y1="1" y2="{1}"/>"#,
        axis.at(limit),
        HEIGHT - 1.0
    );
    _ = write!(
        svg,
        r#"<line class="span" x1="{low:.1}" x2="{high:.1}" y1="{middle}" y2="{middle}"/>"#
    );
    _ = write!(svg, r#"<circle cx="{at:.1}" cy="{middle}" r="4.5"/></svg>"#);
    svg
}
