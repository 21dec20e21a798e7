//! All pairs of columns in one picture.

use std::collections::BTreeMap;
use std::fmt::Write;

use plimsoll_core::number;
use plimsoll_data::printable;
use plimsoll_data::profile::Associations;

use super::named;
use crate::report::plot::escape;

/// So many columns are shown at most: those that go along most.
const MOST: usize = 24;

/// With more columns the numbers would not fit into the cells.
const WITH_NUMBERS: usize = 14;

const CELL: f64 = 34.0;
const LEFT: f64 = 132.0;

/// Draws the pairs of columns as a half of a square, stronger ones darker; nothing where there are
/// fewer than three columns.
pub(super) fn draw(found: &Associations) -> String {
    let mut strength: BTreeMap<&str, f64> = BTreeMap::new();
    let mut order: Vec<&str> = Vec::new();
    let mut values = BTreeMap::new();
    for pair in &found.pairs {
        for (name, other) in [(&pair.a, &pair.b), (&pair.b, &pair.a)] {
            let most = strength.entry(name.as_str()).or_insert(0.0);
            *most = most.max(pair.value.abs());
            values.insert((name.as_str(), other.as_str()), pair);
            // Pairs come with the strongest first, and so do their columns.
            if !order.contains(&name.as_str()) {
                order.push(name);
            }
        }
    }
    order.truncate(MOST);
    if order.len() < 3 {
        return String::new();
    }
    let many = u32::try_from(order.len()).unwrap_or(u32::MAX);
    let size = LEFT + f64::from(many) * CELL;
    let high = f64::from(many) * CELL + 4.0;
    let mut svg = format!(
        r#"<svg class="matrix" viewBox="0 0 {size} {high}" role="img" aria-label="how strongly pairs of columns go along">"#
    );
    for (line, name) in (0_u32..).zip(&order) {
        let y = f64::from(line) * CELL;
        _ = write!(
            svg,
            r#"<text x="{}" y="{:.1}" text-anchor="end"><title>{}</title>{}</text>"#,
            LEFT - 8.0,
            y + CELL / 2.0 + 4.0,
            escape(&printable(name, 80)),
            escape(&printable(name, 16))
        );
        for (place, other) in (0_u32..line).zip(&order) {
            let x = LEFT + f64::from(place) * CELL;
            let Some(pair) = values.get(&(*name, *other)) else {
                _ = write!(
                    svg,
                    r#"<rect class="unknown" x="{x:.1}" y="{y:.1}" width="{0}" height="{0}"/>"#,
                    CELL - 2.0
                );
                continue;
            };
            let class = if pair.value < 0.0 { "negative" } else { "positive" };
            let shade = pair.value.abs().clamp(0.0, 1.0);
            _ = write!(
                svg,
                r#"<g class="{class}"><rect x="{x:.1}" y="{y:.1}" width="{0}" height="{0}" rx="3" style="opacity:{shade:.2}"/><title>{1} and {2}: {3} {4}</title>"#,
                CELL - 2.0,
                escape(&printable(name, 40)),
                escape(&printable(other, 40)),
                named(pair.measure),
                number::show(pair.value)
            );
            if order.len() <= WITH_NUMBERS {
                let light = if shade > 0.6 { " light" } else { "" };
                _ = write!(
                    svg,
                    r#"<text class="value{light}" x="{:.1}" y="{:.1}" text-anchor="middle">{:.2}</text>"#,
                    x + CELL / 2.0 - 1.0,
                    y + CELL / 2.0 + 3.5,
                    pair.value
                );
            }
            svg.push_str("</g>");
        }
        let x = LEFT + f64::from(line) * CELL;
        _ = write!(
            svg,
            r#"<text class="diagonal" x="{:.1}" y="{:.1}">{}</text>"#,
            x + 2.0,
            y + CELL / 2.0 + 4.0,
            if line + 1 < many { escape(&printable(name, 10)) } else { String::new() }
        );
    }
    svg.push_str("</svg>");
    svg
}
