//! Every slice of the test set beside the whole, one table for each metric.

use plimsoll_core::evidence::{Evaluation, Measured, Metric, Part};
use plimsoll_core::gate::{Bound, Demand, Judged};
use plimsoll_core::{SliceName, number};

use super::axis::Axis;
use super::numbers::MetricRow;
use super::{Sign, range, range::Range};

/// More slices than this are folded away, whatever the metric.
const MOST_OPEN: usize = 60;

/// One metric of all rows and of every slice, the worst slice first.
pub(super) struct Forest {
    pub name: &'static str,
    pub better: &'static str,
    pub open: bool,
    pub scale: String,
    pub rows: Vec<ForestRow>,
}

/// One part of the test set.
pub(super) struct ForestRow {
    pub name: String,
    pub condition: String,
    pub rows: u64,
    pub metric: MetricRow,
    pub signs: Vec<(Sign, String)>,
    pub picture: String,
}

type Row<'a> = (Option<&'a SliceName>, &'a Part, &'a Measured);

impl Forest {
    /// Returns the tables; those of metrics that `rules` name, or else the first, come first and
    /// are open.
    pub(super) fn of_all(evaluation: &Evaluation, rules: &[Judged]) -> Vec<Self> {
        if evaluation.slices.is_empty() {
            return Vec::new();
        }
        let named = |metric| rules.iter().any(|judged| limits(judged, metric).is_some());
        let metrics = evaluation.overall.metrics.iter().map(|measured| measured.metric);
        let any = metrics.clone().any(named);
        let mut forests: Vec<(bool, Self)> = metrics
            .enumerate()
            .map(|(place, metric)| {
                let first = if any { named(metric) } else { place == 0 };
                (first, Self::of(evaluation, rules, metric))
            })
            .collect();
        forests.sort_by_key(|(first, _)| !first);
        let folded = evaluation.slices.len() > MOST_OPEN;
        let open = |(first, forest)| Self { open: first && !folded, ..forest };
        forests.into_iter().map(open).collect()
    }

    fn of(evaluation: &Evaluation, rules: &[Judged], metric: Metric) -> Self {
        let all = evaluation.overall.measured(metric).map(|all| (None, &evaluation.overall, all));
        let slices = evaluation.slices.iter();
        let mut rows: Vec<Row<'_>> = slices
            .filter_map(|(name, part)| Some((Some(name), part, part.measured(metric)?)))
            .collect();
        rows.sort_by(|a, b| badness(b.2).total_cmp(&badness(a.2)));
        rows.splice(0..0, all);
        let judged: Vec<_> = rules.iter().filter_map(|judged| limits(judged, metric)).collect();
        let axis = axis(&rows, judged.iter().map(|(_, bound, _)| bound.limit()));
        let guide = all.and_then(|(_, _, all)| all.value);
        let row = |(name, part, measured): Row<'_>| {
            let of_part = || judged.iter().filter(|(slice, ..)| *slice == name);
            let bounds: Vec<Bound> = of_part().map(|(_, bound, _)| *bound).collect();
            let picture = measured.value.map(|value| {
                let interval = measured.interval.as_ref();
                Range { value, interval, bounds: &bounds, guide }.draw(&axis, number::show)
            });
            let sign = |(_, bound, judged): &(Option<&SliceName>, Bound, &Judged)| {
                let side = if matches!(bound, Bound::Max(_)) { "≤" } else { "≥" };
                (Sign::of_rule(judged), format!("{side} {}", bound.limit()))
            };
            ForestRow {
                name: name.map_or("all rows".to_owned(), ToString::to_string),
                condition: part.condition.clone().unwrap_or_default(),
                rows: part.rows,
                metric: MetricRow::of(measured, String::new()),
                signs: of_part().map(sign).collect(),
                picture: picture.unwrap_or_default(),
            }
        };
        Self {
            name: metric.label(),
            better: metric.better().in_words(),
            open: false,
            scale: range::scale(&axis, &axis.ticks()),
            rows: rows.into_iter().map(row).collect(),
        }
    }
}

/// Returns part and limit where the rule is a limit of `metric`.
fn limits(judged: &Judged, metric: Metric) -> Option<(Option<&SliceName>, Bound, &Judged)> {
    match &judged.rule.demand {
        Demand::Limit { metric: of, bound, slice } if *of == metric => {
            Some((slice.as_ref(), *bound, judged))
        }
        _ => None,
    }
}

/// What has no value comes before everything that has one.
fn badness(measured: &Measured) -> f64 {
    measured.value.map_or(f64::INFINITY, |value| measured.metric.better().badness(value))
}

/// Intervals of tiny slices are cut off, or nothing could be told of the others.
fn axis(rows: &[Row<'_>], limits: impl Iterator<Item = f64>) -> Axis {
    let values = rows.iter().filter_map(|(_, _, measured)| measured.value);
    let near = range::axis(values.chain(limits));
    let span = near.high - near.low;
    let ends = rows.iter().filter_map(|(_, _, measured)| measured.interval.as_ref());
    let ends =
        ends.flat_map(|ends| [ends.low.max(near.low - span), ends.high.min(near.high + span)]);
    range::axis(ends.chain([near.low, near.high]))
}
