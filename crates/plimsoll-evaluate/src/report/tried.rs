//! What was tried on a model: checks, weak parts, costs.

use plimsoll_core::evidence::{Budget, Checked, Cost, Figure, Spent, WeakPart, WeakParts};
use plimsoll_core::{Finding, number};
use plimsoll_stats::p_value;

use super::axis::Axis;
use super::finding::{self, FindingRow};
use super::plot;
use super::range::{self, Range};
use crate::checks::Ending;
use crate::weak;

/// What was tried on a model.
#[derive(Default)]
pub(crate) struct Tried<'a> {
    pub checks: Vec<CheckView<'a>>,
    pub weak: Option<WeakView<'a>>,
    pub costs: Option<CostsView>,
    /// Whether rules tell already how the checks ended.
    pub is_judged: bool,
}

/// One check.
pub(crate) struct CheckView<'a> {
    pub of: &'a Checked,
    pub ending: Ending,
    pub class: &'static str,
    pub figures: Vec<FigureRow>,
    pub plots: Vec<String>,
    /// Whether its numbers are shown at once: where something is to be seen.
    pub open: bool,
}

/// One number of a check.
pub(crate) struct FigureRow {
    pub name: String,
    pub value: String,
    pub interval: String,
    pub limit: String,
    pub picture: String,
    pub method: String,
}

/// The parts on which a model is worse.
pub(crate) struct WeakView<'a> {
    pub sentence: String,
    pub scale: String,
    pub optimistic: bool,
    pub rows: Vec<WeakRow<'a>>,
}

/// One part.
pub(crate) struct WeakRow<'a> {
    pub of: &'a WeakPart,
    pub loss: String,
    pub ratio: String,
    pub interval: String,
    pub picture: String,
    pub p: String,
}

/// What serving costs.
pub(crate) struct CostsView {
    pub told: String,
    pub rows: Vec<CostRow>,
}

/// One cost.
pub(crate) struct CostRow {
    pub budget: &'static str,
    pub value: String,
    pub interval: String,
    pub limit: String,
    pub class: &'static str,
    pub word: String,
}

/// A limit of a cost and how the cost stands against it, in words.
#[derive(Clone, Debug)]
pub struct CostLimit {
    /// Which cost.
    pub budget: Budget,
    /// The limit, `at most 5.00 ms`.
    pub limit: String,
    /// How the cost stands.
    pub ending: Ending,
}

impl<'a> Tried<'a> {
    pub(crate) fn of(
        checks: &'a [Checked],
        weak: Option<&'a WeakParts>,
        spent: Option<&Spent>,
        limits: &[CostLimit],
    ) -> Self {
        Self {
            checks: checks.iter().map(CheckView::of).collect(),
            weak: weak.map(WeakView::of),
            costs: spent.map(|spent| CostsView::of(spent, limits)),
            is_judged: false,
        }
    }
}

/// Returns the class of an ending in the style sheet.
pub(super) fn class(ending: Ending) -> &'static str {
    match ending {
        Ending::Pass => "pass",
        Ending::Warn | Ending::Undecided => "warning",
        Ending::Block => "block",
        Ending::Failed => "error",
    }
}

impl<'a> CheckView<'a> {
    fn of(of: &'a Checked) -> Self {
        let ending = Ending::of(of);
        let limited = || of.figures.iter().filter(|figure| figure.limit.is_some());
        let axis = axis(limited());
        Self {
            of,
            ending,
            class: class(ending),
            figures: of.figures.iter().map(|figure| FigureRow::of(figure, &axis)).collect(),
            plots: of.plots.iter().map(plot::draw).collect(),
            open: ending > Ending::Pass || !of.plots.is_empty(),
        }
    }
}

/// Intervals of which little is known are cut off, or nothing could be told of the others.
fn axis<'f>(figures: impl Iterator<Item = &'f Figure> + Clone) -> Axis {
    let values = figures.clone().flat_map(|figure| [Some(figure.value), figure.limit]).flatten();
    let near = range::axis(values);
    let span = near.high - near.low;
    let ends = figures.filter_map(|figure| figure.interval.as_ref());
    let ends =
        ends.flat_map(|ends| [ends.low.max(near.low - span), ends.high.min(near.high + span)]);
    range::axis(ends.chain([near.low, near.high]))
}

impl FigureRow {
    fn of(figure: &Figure, axis: &Axis) -> Self {
        let interval = figure.interval.as_ref();
        let picture = figure.limit.map(|limit| {
            let range = Range { value: figure.value, interval, bounds: &[], guide: Some(limit) };
            range.draw(axis, number::show)
        });
        Self {
            name: figure.name.clone(),
            value: number::show(figure.value),
            interval: interval
                .map(|ends| format!("[{}, {}]", number::show(ends.low), number::show(ends.high)))
                .unwrap_or_default(),
            limit: figure.limit.map(number::show).unwrap_or_default(),
            picture: picture.unwrap_or_default(),
            method: interval
                .map(|ends| format!("{}, {}", ends.level_in_words(), ends.method))
                .unwrap_or_default(),
        }
    }
}

impl<'a> WeakView<'a> {
    fn of(weak: &'a WeakParts) -> Self {
        let ratios = weak.parts.iter().map(|part| part.ratio).chain([1.0]);
        let near = range::axis(ratios);
        let span = near.high - near.low;
        let ends = weak.parts.iter().flat_map(|part| {
            [part.interval.low.max(near.low - span), part.interval.high.min(near.high + span)]
        });
        let axis = range::axis(ends.chain([near.low, near.high]));
        let row = |part: &'a WeakPart| {
            let interval = Some(&part.interval);
            let range = Range { value: part.ratio, interval, bounds: &[], guide: Some(1.0) };
            WeakRow {
                of: part,
                loss: number::show(part.loss),
                ratio: number::show(part.ratio),
                interval: format!(
                    "[{}, {}]",
                    number::show(part.interval.low),
                    number::show(part.interval.high)
                ),
                picture: range.draw(&axis, number::show),
                p: p_value::shown(part.p_adjusted),
            }
        };
        Self {
            sentence: weak::summary(weak),
            scale: range::scale(&axis, &axis.ticks()),
            optimistic: weak.parts.iter().any(|part| part.optimistic),
            rows: weak.parts.iter().map(row).collect(),
        }
    }
}

impl CostsView {
    fn of(spent: &Spent, limits: &[CostLimit]) -> Self {
        let on = spent.machine.as_ref().map(|machine| format!(" on {machine}"));
        let told = match spent.requests {
            0 => on.unwrap_or_default(),
            requests => format!("{requests} requests, one at a time,{}", on.unwrap_or_default()),
        };
        let row = |cost: &Cost| {
            let budget = cost.budget;
            let limit = limits.iter().find(|limit| limit.budget == budget);
            let ends = cost
                .interval
                .map(|[low, high]| format!("[{}, {}]", budget.show(low), budget.show(high)));
            CostRow {
                budget: budget.as_str(),
                value: cost.value.map_or("no value".to_owned(), |value| budget.show(value)),
                interval: ends.unwrap_or_default(),
                limit: limit.map(|limit| limit.limit.clone()).unwrap_or_default(),
                class: limit.map_or("none", |limit| class(limit.ending)),
                word: match limit {
                    Some(limit) => format!("{} {}", limit.ending.sign(), limit.ending.word()),
                    None => cost.reason.clone().unwrap_or_default(),
                },
            }
        };
        Self { told, rows: spent.costs.iter().map(row).collect() }
    }
}

/// Returns findings as rows, those that block first.
pub(super) fn sorted(findings: &[Finding]) -> Vec<FindingRow<'_>> {
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    finding::rows(sorted)
}
