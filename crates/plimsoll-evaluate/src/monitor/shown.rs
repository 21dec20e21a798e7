//! What page and terminal show alike.

use std::collections::BTreeMap;

use plimsoll_core::evidence::{Metric, Part};
use plimsoll_core::gate::Bound;
use plimsoll_core::monitoring::{Drift, Monitoring, Watched, WatchedLimit, Window};
use plimsoll_core::project::Limit;
use plimsoll_core::{SliceName, number};

/// Returns an answer for the eye, which tells it without colour.
pub(super) fn sign(answer: Watched) -> &'static str {
    match answer {
        Watched::Calm => "✓",
        Watched::Early => "…",
        Watched::Breach => "✗",
        Watched::Error => "!",
    }
}

/// Returns the outcome of a limit for the eye. A limit inside the interval is no breach, and not
/// shown to hold either.
pub(super) fn sign_of(limit: &WatchedLimit) -> &'static str {
    if is_open(limit) { "~" } else { sign(limit.outcome) }
}

/// Tells whether the limit lies inside the interval, so that more rows could mean a breach.
pub(super) fn is_open(limit: &WatchedLimit) -> bool {
    let (Limit::Metric { bound, .. }, Some(ends)) = (&limit.watch.limit, &limit.interval) else {
        return false;
    };
    let at = bound.limit();
    let worse_is_beyond = match bound {
        Bound::Max(_) => ends.high > at,
        Bound::Min(_) => ends.low < at,
    };
    limit.outcome == Watched::Calm && worse_is_beyond
}

/// Returns the metric and part that the first limit names, all rows before slices; else the first
/// metric of the task.
pub(crate) fn judged_metric(monitoring: &Monitoring) -> Option<(Metric, Option<&SliceName>)> {
    let named = || {
        monitoring.monitor.limits.iter().filter_map(|watch| match &watch.limit {
            Limit::Metric { metric, slice, .. } => Some((*metric, slice.as_ref())),
            Limit::Drift { .. } => None,
        })
    };
    let whole = named().find(|(_, slice)| slice.is_none());
    let of_task = || Metric::usual(monitoring.task).next();
    whole.or_else(|| named().next()).or_else(|| Some((of_task()?, None)))
}

/// Returns the slice, or all rows.
pub(crate) fn part<'p>(
    overall: &'p Part,
    slices: &'p BTreeMap<SliceName, Part>,
    slice: Option<&SliceName>,
) -> Option<&'p Part> {
    slice.map_or(Some(overall), |name| slices.get(name))
}

/// Returns the slices of a window, the worst first; what has no value comes before all others.
pub(crate) fn slices(window: &Window, metric: Metric) -> Vec<(&SliceName, &Part)> {
    let mut slices: Vec<(&SliceName, &Part)> = window.slices.iter().collect();
    let bad = |part: &Part| {
        let value = part.measured(metric).and_then(|measured| measured.value);
        value.map_or(f64::INFINITY, |value| metric.better().badness(value))
    };
    slices.sort_by(|a, b| bad(b.1).total_cmp(&bad(a.1)));
    slices
}

/// Returns how many predictions have a label: `100 %`, never rounded up to it.
#[expect(clippy::cast_precision_loss, reason = "counts of rows")]
pub(super) fn coverage(labelled: u64, predictions: u64) -> String {
    if predictions == 0 {
        return "none".to_owned();
    }
    let share = labelled as f64 / predictions as f64;
    if labelled >= predictions { "100 %".to_owned() } else { number::percent(share.min(0.999)) }
}

/// Returns what a column is called.
pub(super) fn column(drift: &Drift) -> &str {
    drift.column.as_deref().unwrap_or("answers")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_whole_is_not_called_so() {
        assert_eq!(coverage(336, 336), "100 %");
        assert_eq!(coverage(99_999, 100_000), "99.9 %");
        assert_eq!((coverage(1, 3), coverage(0, 0)), ("33.3 %".to_owned(), "none".to_owned()));
    }
}
