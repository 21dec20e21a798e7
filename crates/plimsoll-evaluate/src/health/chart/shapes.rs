//! What was measured: windows, test sets, values.

use std::fmt::Write;

use plimsoll_core::number;

use super::{Drawing, letters};
use crate::health::scene::{Point, Stretch};
use crate::report::plot::escape;

impl Drawing<'_> {
    /// Draws each window as long as its days and as high as its interval.
    pub(super) fn boxes(&mut self, stretch: &Stretch) {
        for point in &stretch.points {
            let (from, to) = (self.x.at(point.from) + 0.5, self.x.at(point.to) - 0.5);
            let (high, low) = (self.y.at(point.high), self.y.at(point.low));
            let (value, width) = (self.y.at(point.value), (to - from).max(1.0));
            let class = class(point);
            let hint = escape(&point.hint);
            _ = write!(
                self.svg,
                r#"<g class="{class}"><title>{hint}</title><rect class="window" x="{from:.1}" y="{high:.1}" width="{width:.1}" height="{:.1}"/><line class="value" x1="{from:.1}" x2="{:.1}" y1="{value:.1}" y2="{value:.1}"/></g>"#,
                (low - high).max(1.0),
                from + width
            );
        }
    }

    /// Draws windows that share days as a line over their last days in the band of their intervals.
    pub(super) fn band(&mut self, stretch: &Stretch) {
        let points = &stretch.points;
        let Some(first) = points.first() else { return };
        let corner = |at: f64, value: f64| format!("{:.1},{:.1} ", self.x.at(at), self.y.at(value));
        let upper = points.iter().map(|point| corner(point.to, point.high));
        let lower = points.iter().rev().map(|point| corner(point.to, point.low));
        let corners: String = upper.chain(lower).collect();
        let class = &first.class;
        _ = write!(
            self.svg,
            r#"<g class="{class}"><polygon class="window" points="{}"/></g>"#,
            corners.trim_end()
        );
        let line: Vec<[f64; 2]> = points.iter().map(|point| [point.to, point.value]).collect();
        self.path(&first.class, "line", &line);
        for point in points {
            let (at, up) = (self.x.at(point.to), self.y.at(point.value));
            let (class, hint) = (self::class(point), escape(&point.hint));
            let radius = if point.is_breach { 3.2 } else { 1.8 };
            _ = write!(
                self.svg,
                r#"<g class="{class}"><circle cx="{at:.1}" cy="{up:.1}" r="{radius}"><title>{hint}</title></circle></g>"#
            );
        }
    }

    pub(super) fn diamond(&mut self, point: &Point) {
        let at = self.x.at(point.from);
        let (value, low, high) =
            (self.y.at(point.value), self.y.at(point.low), self.y.at(point.high));
        let (class, hint) = (&point.class, escape(&point.hint));
        _ = write!(
            self.svg,
            r#"<g class="{class}"><title>{hint}</title><line class="ends" x1="{at:.1}" x2="{at:.1}" y1="{low:.1}" y2="{high:.1}"/><path class="diamond" d="M{at:.1} {:.1}l6 6-6 6-6-6z"/></g>"#,
            value - 6.0
        );
    }

    /// Writes values over windows, where there is room; a breach always says so.
    pub(super) fn values(&mut self) {
        let mut points: Vec<(&Point, bool)> = Vec::new();
        for stretch in &self.scene.stretches {
            let mut was_breach = false;
            for point in &stretch.points {
                // Of a breach that is looked at every day only the beginning is named.
                if !(stretch.is_overlapping && was_breach) {
                    points.push((point, stretch.is_overlapping));
                }
                was_breach = point.is_breach;
            }
        }
        points.sort_by(|(a, _), (b, _)| a.from.total_cmp(&b.from));
        let limit = self.scene.limits.last().map(|(_, bound)| self.y.at(bound.limit()));
        let mut free = self.frame.left + 4.0;
        for (point, is_overlapping) in points {
            let value = number::show(point.value);
            let text = if point.is_breach { format!("✗ {value}") } else { value };
            let (from, to) = (self.x.at(point.from), self.x.at(point.to));
            let half = letters(&text) / 2.0;
            let middle = if is_overlapping { to } else { f64::midpoint(from, to) };
            let fits = !is_overlapping && to - from >= 2.0 * half && middle - half >= free;
            if !(fits || point.is_breach && middle >= free) {
                continue;
            }
            let middle = middle.max(free + half).min(self.frame.width - half);
            free = middle + half + 4.0;
            let over = (self.y.at(point.high) - 6.0).max(self.y.to + 10.0);
            let is_free = limit.is_none_or(|limit| (over - 4.0 - limit).abs() > 9.0);
            let up = if is_free || point.is_breach { over } else { self.y.at(point.low) + 15.0 };
            let class = class(point);
            _ = write!(
                self.svg,
                r#"<g class="{class}"><text class="name halo" x="{middle:.1}" y="{up:.1}" text-anchor="middle">{text}</text></g>"#
            );
        }
    }
}

fn class(point: &Point) -> &str {
    if point.is_breach { "back" } else { &point.class }
}
