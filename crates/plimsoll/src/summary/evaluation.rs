//! What was measured of a model, as Markdown.

use std::fmt::Write;

use plimsoll_core::evidence::{Checked, Comparison, Evaluation, Measured, Part, Spent, WeakParts};
use plimsoll_core::number;
use plimsoll_evaluate::checks::Ending;

use super::escape;
use crate::view;

/// So many slices and weak parts are read in a pull request; the report has all.
const MOST: usize = 20;

/// Writes the numbers, folded, and what the checks saw. Writing to a string does not fail.
pub(super) fn write(text: &mut String, evaluation: &Evaluation) {
    if let Some(comparison) = &evaluation.comparison {
        against(text, comparison);
    }
    if !evaluation.checks.is_empty() {
        checks(text, &evaluation.checks);
    }
    if let Some(found) = evaluation.weak.as_ref().filter(|found| !found.parts.is_empty()) {
        weak(text, found);
    }
    if let Some(message) = &evaluation.weak_failed {
        _ = writeln!(text, "**Weak parts were not searched for:** {}\n", escape(message));
    }
    if let Some(spent) = &evaluation.spent {
        costs(text, spent);
    }
    slices(text, evaluation);
    metrics(text, evaluation);
}

/// Writes the gains over the champion.
fn against(text: &mut String, comparison: &Comparison) {
    let champion = comparison.champion.short();
    _ = writeln!(text, "**Against champion `{champion}`**, on the same rows\n");
    text.push_str("| metric | champion | this run | gain | interval |\n|---|---|---|---|---|\n");
    for compared in &comparison.metrics {
        let cells = view::evaluation::compared(compared).map(|cell| escape(&cell)).join(" | ");
        _ = writeln!(text, "| {} | {cells} |", compared.metric.label());
    }
    text.push('\n');
}

/// Writes how each check ended, and what it saw.
pub(crate) fn checks(text: &mut String, checks: &[Checked]) {
    text.push_str("| | check | what |\n|---|---|---|\n");
    for of in checks {
        let ending = Ending::of(of);
        let sign = match ending {
            Ending::Pass => "✅",
            Ending::Warn => "⚠️",
            Ending::Undecided => "❓",
            Ending::Block | Ending::Failed => "❌",
        };
        let word = ending.word();
        _ = writeln!(text, "| {sign} {word} | `{}` | {} |", of.check, escape(&of.summary));
    }
    text.push('\n');
}

/// Writes the weak parts, the weakest first.
pub(crate) fn weak(text: &mut String, weak: &WeakParts) {
    _ = writeln!(text, "**{}**\n", escape(&plimsoll_evaluate::weak::summary(weak)));
    text.push_str("| part | rows | times the rest | interval |\n|---|---|---|---|\n");
    for part in weak.parts.iter().take(MOST) {
        let (condition, rows) = (escape(&part.condition), part.rows);
        let ends = view::evaluation::interval(&part.interval, number::show);
        let ratio = number::show(part.ratio);
        _ = writeln!(text, "| {condition} | {rows} | {ratio} | {} |", escape(&ends));
    }
    more(text, weak.parts.len());
    text.push('\n');
}

fn costs(text: &mut String, spent: &Spent) {
    text.push_str("| cost | value | interval |\n|---|---|---|\n");
    for cost in &spent.costs {
        let value = match (cost.value, &cost.reason) {
            (Some(value), _) => cost.budget.show(value),
            (None, reason) => escape(reason.as_deref().unwrap_or("no value")),
        };
        let ends = cost
            .interval
            .map(|[low, high]| format!("{} to {}", cost.budget.show(low), cost.budget.show(high)));
        _ = writeln!(text, "| {} | {value} | {} |", cost.budget, ends.unwrap_or_default());
    }
    text.push('\n');
}

/// Writes the metrics of each slice, folded.
fn slices(text: &mut String, evaluation: &Evaluation) {
    if evaluation.slices.is_empty() {
        return;
    }
    let count = evaluation.slices.len();
    _ = writeln!(text, "<details><summary>{count} slice(s)</summary>\n");
    text.push_str("| slice | rows | metric | value | interval |\n|---|---|---|---|---|\n");
    for (name, part) in evaluation.slices.iter().take(MOST) {
        for measured in &part.metrics {
            let [metric, value, ends] = cells(measured);
            _ = writeln!(text, "| {name} | {} | {metric} | {value} | {ends} |", part.rows);
        }
    }
    more(text, count);
    text.push_str("\n</details>\n\n");
}

fn metrics(text: &mut String, evaluation: &Evaluation) {
    let Part { rows, metrics, .. } = &evaluation.overall;
    _ = writeln!(text, "<details><summary>Metrics on {rows} rows</summary>\n");
    text.push_str("| metric | value | interval | baseline |\n|---|---|---|---|\n");
    for measured in metrics {
        let baseline = evaluation.baseline.metrics.get(&measured.metric);
        let baseline = baseline.map(|value| number::show(*value)).unwrap_or_default();
        let [metric, value, ends] = cells(measured);
        _ = writeln!(text, "| {metric} | {value} | {ends} | {baseline} |");
    }
    text.push_str("\n</details>\n");
}

/// Returns name, value and interval, or why there is no value.
fn cells(measured: &Measured) -> [String; 3] {
    let ends = measured.interval.as_ref();
    let ends = ends.map(|ends| view::evaluation::interval(ends, number::show));
    let ends = ends.or_else(|| measured.reason.clone()).unwrap_or_default();
    let value = measured.value.map_or("no value".to_owned(), number::show);
    [measured.metric.label().to_owned(), value, escape(&ends)]
}

/// Says how many of `count` are not shown.
fn more(text: &mut String, count: usize) {
    if count > MOST {
        _ = writeln!(text, "\nand {} more in the report", count - MOST);
    }
}
