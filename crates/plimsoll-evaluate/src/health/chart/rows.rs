//! What stands below the days: which version was served, what was decided.

use std::fmt::Write;

use super::{Drawing, ROW, at, letters};
use crate::health::lanes::groups;
use crate::health::scene::Span;
use crate::report::plot::escape;

impl Drawing<'_> {
    /// Draws which version was served, and what was decided.
    pub(super) fn rows(&mut self, top: f64) {
        let scene = self.scene;
        self.row(top, "served");
        for span in &scene.spans {
            self.span(span, top);
        }
        let decided = [
            ("passed", "✓", "is-pass", &scene.passed),
            ("refused", "✗", "is-block", &scene.refused),
        ];
        for (row, (name, sign, class, told)) in decided.into_iter().enumerate() {
            let top = top + ROW * at(row + 1);
            self.row(top, name);
            let places: Vec<f64> = told.iter().map(|(place, _)| self.x.at(*place)).collect();
            let mut hints = told.iter().map(|(_, hint)| escape(hint));
            for (place, count) in groups(&places, 16.0) {
                let hint: Vec<String> = hints.by_ref().take(count).collect();
                let count = if count > 1 { count.to_string() } else { String::new() };
                _ = write!(
                    self.svg,
                    r#"<text class="name {class}" x="{:.1}" y="{:.1}">{sign}{count}<title>{}</title></text>"#,
                    place - 5.0,
                    top + 14.0,
                    hint.join("\n")
                );
            }
        }
    }

    fn row(&mut self, top: f64, name: &str) {
        _ = write!(
            self.svg,
            r#"<text class="tick" x="{}" y="{:.1}" text-anchor="end">{name}</text>"#,
            self.frame.left - 8.0,
            top + 14.0
        );
    }

    fn span(&mut self, span: &Span, top: f64) {
        let (from, to) = (self.x.at(span.from), self.x.at(span.to.max(span.from)));
        if to - from < 1.0 {
            return;
        }
        let (class, name) = (&span.class, escape(&span.name));
        _ = write!(
            self.svg,
            r#"<g class="{class}"><title>{name}</title><rect class="window" x="{from:.1}" y="{:.1}" width="{:.1}" height="16"/></g>"#,
            top + 2.0,
            to - from
        );
        if to - from >= letters(&span.name) + 8.0 {
            _ = write!(
                self.svg,
                r#"<g class="{class}"><text class="name plain" x="{:.1}" y="{:.1}" text-anchor="middle">{name}</text></g>"#,
                f64::midpoint(from, to),
                top + 14.0
            );
        }
    }
}
