//! One limit, held against what a window measured.

use plimsoll_core::evidence::{Interval, Metric, Part};
use plimsoll_core::gate::{Bound, FEWEST_BLOCKS, FEWEST_ROWS};
use plimsoll_core::monitoring::{Drift, Watched, WatchedLimit};
use plimsoll_core::project::Watch;
use plimsoll_core::{SliceName, number};

use super::days::Span;

/// Judges a metric: a breach where the whole interval lies beyond the limit.
pub(super) fn metric(
    watch: &Watch,
    metric: Metric,
    bound: Bound,
    slice: Option<&SliceName>,
    part: Option<&Part>,
    span: Span,
) -> WatchedLimit {
    let on = slice.map(|name| format!(" on slice `{name}`")).unwrap_or_default();
    let (value, interval) = match measured(metric, part) {
        Ok(measured) => measured,
        Err(reason) => return unjudged(watch, span, &reason),
    };
    let (better, worse) = match bound {
        Bound::Max(_) => (interval.low, interval.high),
        Bound::Min(_) => (interval.high, interval.low),
    };
    let is_beyond = |end: f64| match bound {
        Bound::Max(limit) => end > limit,
        Bound::Min(limit) => end < limit,
    };
    let (outcome, reading) = match (is_beyond(better), is_beyond(worse)) {
        (true, _) => (Watched::Breach, "the whole interval lies beyond the limit"),
        (false, true) => (Watched::Calm, "the limit lies inside the interval, which is no breach"),
        (false, false) => (Watched::Calm, "the whole interval lies within the limit"),
    };
    let remark = interval.approximate.as_ref().map(|why| format!(", approximate: {why}"));
    let message = format!(
        "{}{on} is {} ({:.0} %{}) in {span}, {}: {reading}",
        metric.label(),
        with_ends(value, Some(&interval)),
        interval.level * 100.0,
        remark.unwrap_or_default(),
        accepted(bound),
    );
    WatchedLimit {
        watch: watch.clone(),
        outcome,
        value: Some(value),
        interval: Some(interval),
        message,
    }
}

/// Judges a distribution: a breach where its index lies above the limit.
pub(super) fn drift(
    watch: &Watch,
    drift: Option<&Drift>,
    column: Option<&str>,
    max: f64,
    rows: u64,
    span: Span,
) -> WatchedLimit {
    let what = column.map_or("the answers".to_owned(), |name| format!("`{name}`"));
    let Some(drift) = drift else {
        return unjudged(watch, span, &format!("the model is not given {what}"));
    };
    let Some(psi) = drift.psi.filter(|psi| psi.is_finite()) else {
        let reason = drift.reason.as_deref().unwrap_or("no reason is recorded");
        return unjudged(watch, span, &format!("{what} has no PSI: {reason}"));
    };
    if rows < FEWEST_ROWS {
        return unjudged(watch, span, &few_rows(rows));
    }
    let (outcome, reading) = if psi > max {
        (Watched::Breach, "it lies beyond the limit")
    } else {
        (Watched::Calm, "it lies within the limit")
    };
    let message = format!(
        "PSI of {what} is {} against the release's test set in {span}, {}: {reading}",
        number::show(psi),
        accepted(Bound::Max(max)),
    );
    WatchedLimit { watch: watch.clone(), outcome, value: Some(psi), interval: None, message }
}

/// Returns value and interval if they can be judged by, or why not.
fn measured(metric: Metric, part: Option<&Part>) -> Result<(f64, Interval), String> {
    let part = part.ok_or("the slice was not declared when this version was released")?;
    let measured = part.measured(metric);
    let measured = measured.ok_or_else(|| format!("{} is not measured", metric.label()))?;
    let reason = measured.reason.as_deref().unwrap_or("no reason is recorded");
    let value = measured.value.filter(|value| value.is_finite());
    let value = value.ok_or_else(|| format!("{} has no value ({reason})", metric.label()))?;
    if part.rows < FEWEST_ROWS {
        return Err(few_rows(part.rows));
    }
    if let Some(blocks) = part.blocks.filter(|blocks| *blocks < FEWEST_BLOCKS) {
        return Err(format!("{blocks} blocks decide nothing, {FEWEST_BLOCKS} are needed"));
    }
    let interval = measured.interval.clone().filter(Interval::is_sound);
    let interval =
        interval.ok_or_else(|| format!("{} has no interval ({reason})", metric.label()))?;
    Ok((value, interval))
}

fn few_rows(rows: u64) -> String {
    format!("{rows} rows decide nothing, {FEWEST_ROWS} are needed")
}

fn unjudged(watch: &Watch, span: Span, reason: &str) -> WatchedLimit {
    WatchedLimit {
        watch: watch.clone(),
        outcome: Watched::Error,
        value: None,
        interval: None,
        message: format!("`{}` could not be judged in {span}: {reason}", watch.limit),
    }
}

/// Returns a limit in words.
pub(super) fn accepted(bound: Bound) -> String {
    match bound {
        Bound::Max(limit) => format!("at most {} accepted", number::show(limit)),
        Bound::Min(limit) => format!("at least {} accepted", number::show(limit)),
    }
}

/// Returns a number with its interval, `0.481 [0.446, 0.511]`.
pub(crate) fn with_ends(value: f64, interval: Option<&Interval>) -> String {
    let ends =
        interval.map(|ends| format!(" [{}, {}]", number::show(ends.low), number::show(ends.high)));
    format!("{}{}", number::show(value), ends.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use plimsoll_core::evidence::Measured;
    use plimsoll_core::project::Limit;

    use super::*;

    fn judged(bound: Bound, low: f64, high: f64, rows: u64, blocks: Option<u64>) -> WatchedLimit {
        let limit = Limit::Metric { metric: Metric::Wape, bound, slice: None };
        let watch = Watch { line: 7, limit };
        let method = "block boot-t".to_owned();
        let interval = Interval { low, high, level: 0.95, method, approximate: None };
        let value = Some(f64::midpoint(low, high));
        let metrics =
            vec![Measured { metric: Metric::Wape, value, interval: Some(interval), reason: None }];
        let part = Part { rows, blocks, condition: None, metrics };
        let day = "2012-01-14".parse().unwrap();
        metric(&watch, Metric::Wape, bound, None, Some(&part), Span { from: day, to: day })
    }

    #[test]
    fn only_a_whole_interval_beyond_the_limit_is_a_breach() {
        let outcome = |bound, low, high| judged(bound, low, high, 336, Some(14)).outcome;
        assert_eq!(outcome(Bound::Max(0.3), 0.301, 0.4), Watched::Breach);
        assert_eq!(outcome(Bound::Max(0.3), 0.3, 0.4), Watched::Calm);
        assert_eq!(outcome(Bound::Max(0.3), 0.1, 0.2), Watched::Calm);
        assert_eq!(outcome(Bound::Min(0.3), 0.1, 0.299), Watched::Breach);
        assert_eq!(outcome(Bound::Min(0.3), 0.1, 0.3), Watched::Calm);
    }

    #[test]
    fn too_few_rows_or_blocks_are_an_error_never_calm() {
        let error = judged(Bound::Max(0.3), 0.1, 0.2, 19, Some(14));
        assert_eq!((error.outcome, error.value), (Watched::Error, None));
        let error = judged(Bound::Max(0.3), 0.1, 0.2, 300, Some(9));
        insta::assert_snapshot!(error.message, @"`wape <= 0.3` could not be judged in 2012-01-14 to 2012-01-14: 9 blocks decide nothing, 10 are needed");
        assert_eq!(judged(Bound::Max(0.3), 0.1, 0.2, 20, None).outcome, Watched::Calm);
        assert_eq!(judged(Bound::Max(0.3), f64::NAN, 0.2, 20, None).outcome, Watched::Error);
    }

    #[test]
    fn a_limit_on_what_is_not_there_is_an_error() {
        let watch = Watch { line: 7, limit: Limit::Drift { column: Some("x".into()), max: 0.2 } };
        let day = "2012-01-14".parse().unwrap();
        let span = Span { from: day, to: day };
        let judged = |psi: Option<f64>, rows| {
            let drift = Drift { column: None, psi, distance: None, reason: Some("why".into()) };
            super::drift(&watch, Some(&drift), Some("x"), 0.2, rows, span).outcome
        };
        assert_eq!(drift(&watch, None, Some("x"), 0.2, 99, span).outcome, Watched::Error);
        assert_eq!(judged(None, 99), Watched::Error);
        assert_eq!(judged(Some(0.1), 19), Watched::Error);
        assert_eq!(judged(Some(0.2), 20), Watched::Calm);
        assert_eq!(judged(Some(0.21), 20), Watched::Breach);
    }
}
