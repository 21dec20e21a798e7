//! A value with its interval against a limit, as a small picture.

use std::fmt::Write;

use plimsoll_core::evidence::Interval;
use plimsoll_core::gate::Bound;

use super::axis::Axis;

const WIDTH: f64 = 240.0;
const HEIGHT: f64 = 24.0;
const LABELS: f64 = 14.0;
const EDGE: f64 = 8.0;

/// What one picture shows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Range<'a> {
    pub value: f64,
    pub interval: Option<&'a Interval>,
    /// Their far sides are shaded.
    pub bounds: &'a [Bound],
    /// A dotted line for orientation: no gain, all rows.
    pub guide: Option<f64>,
}

impl Range<'_> {
    /// Returns an axis for this picture alone.
    pub(crate) fn axis(&self) -> Axis {
        let ends = self.interval.iter().flat_map(|ends| [ends.low, ends.high]);
        let limits = self.bounds.iter().map(|bound| bound.limit());
        axis(ends.chain(limits).chain([self.value]).chain(self.guide))
    }

    /// Draws the interval as a bar, the value as a dot, and the side of each limit that is refused.
    pub(crate) fn draw(&self, axis: &Axis, show: fn(f64) -> String) -> String {
        let mut svg = opening(HEIGHT, &self.words(show));
        for bound in self.bounds {
            let limit = place(axis, bound.limit());
            let (refused, width) = match bound {
                Bound::Max(_) => (limit, WIDTH - limit),
                Bound::Min(_) => (0.0, limit),
            };
            let height = HEIGHT - 4.0;
            // Writing to a string does not fail.
            _ = write!(
                svg,
                r#"<rect class="refused" x="{refused:.1}" y="2" width="{width:.1}" height="{height}"/>"#
            );
            upright(&mut svg, "limit", limit);
        }
        if let Some(guide) = self.guide {
            upright(&mut svg, "zero", place(axis, guide));
        }
        let middle = HEIGHT / 2.0;
        if let Some(ends) = self.interval {
            let (low, high) = (place(axis, ends.low), place(axis, ends.high));
            _ = write!(
                svg,
                r#"<line class="span" x1="{low:.1}" x2="{high:.1}" y1="{middle}" y2="{middle}"/>"#
            );
            if ends.low < axis.low {
                _ = write!(svg, r#"<path class="more" d="M{low:.1} 6v12l-7-6z"/>"#);
            }
            if ends.high > axis.high {
                _ = write!(svg, r#"<path class="more" d="M{high:.1} 6v12l7-6z"/>"#);
            }
        }
        let at = place(axis, self.value);
        _ = write!(svg, r#"<circle cx="{at:.1}" cy="{middle}" r="4.5"/></svg>"#);
        svg
    }

    fn words(&self, show: fn(f64) -> String) -> String {
        let mut words = show(self.value);
        if let Some(ends) = self.interval {
            _ = write!(words, ", interval {} to {}", show(ends.low), show(ends.high));
        }
        for bound in self.bounds {
            let side = if matches!(bound, Bound::Max(_)) { "most" } else { "least" };
            _ = write!(words, ", at {side} {} accepted", show(bound.limit()));
        }
        words
    }
}

/// Returns an axis over `values` with some room at both ends.
pub(crate) fn axis(values: impl Iterator<Item = f64>) -> Axis {
    let tight = Axis::over(values, EDGE, WIDTH - EDGE);
    let room = (tight.high - tight.low) * 0.08;
    Axis { low: tight.low - room, high: tight.high + room, ..tight }
}

/// Draws the numbers at `places` of an axis.
pub(crate) fn scale(axis: &Axis, places: &[(f64, String)]) -> String {
    let mut svg = opening(LABELS, "scale");
    for (value, label) in places {
        let at = place(axis, *value);
        let anchor = match at {
            at if at < 30.0 => "start",
            at if at > WIDTH - 30.0 => "end",
            _ => "middle",
        };
        _ = write!(svg, r#"<text x="{at:.1}" y="11" text-anchor="{anchor}">{label}</text>"#);
    }
    svg.push_str("</svg>");
    svg
}

fn opening(height: f64, words: &str) -> String {
    format!(
        r#"<svg class="range" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" aria-label="{words}">"#
    )
}

fn upright(svg: &mut String, class: &str, at: f64) {
    let bottom = HEIGHT - 1.0;
    _ = write!(svg, r#"<line class="{class}" x1="{at:.1}" x2="{at:.1}" y1="1" y2="{bottom}"/>"#);
}

/// What lies outside is drawn at the edge.
fn place(axis: &Axis, value: f64) -> f64 {
    axis.at(value).clamp(EDGE, WIDTH - EDGE)
}
