//! What a person looks at: the error over windows and days, means, drift.

use std::collections::BTreeMap;

use plimsoll_core::evidence::{Interval, Mark, Measured, Metric, Part, Plot, Series};
use plimsoll_core::monitoring::{DayServed, Drift, Reference, Window};
use plimsoll_core::project::Limit;
use plimsoll_core::{Day, SliceName, number};

use super::MonitorRequest;
use super::recorded::{Answers, Captured, Labelled};
use super::shown::{column, part};
use crate::outcomes::Outcomes;

/// More days than this would not be told apart; the newest are shown.
const MOST_DAYS: usize = 120;

/// More columns than this are no picture any more; the farthest are shown.
const MOST_COLUMNS: usize = 24;

/// The title of the plot that tables of drift draw as well.
pub(super) const DRIFT: &str = "Drift of the newest window from the release's test set";

/// Returns the plots of `windows` and `days`.
pub(super) fn plots(
    request: &MonitorRequest,
    reference: &Reference,
    windows: &[Window],
    days: &[DayServed],
    labelled: &Labelled,
    captured: &Captured,
) -> Vec<Plot> {
    let mut plots = Vec::new();
    for (metric, slice) in judged_metrics(request) {
        plots.extend(over_windows(request, reference, windows, metric, slice));
    }
    plots.extend(over_days(request, reference, days));
    plots.extend(means(labelled, captured));
    if let Some(window) = windows.last() {
        plots.extend(drift(request, &window.drift));
    }
    plots
}

/// Returns each metric and part that a limit names, once.
fn judged_metrics(request: &MonitorRequest) -> Vec<(Metric, Option<&SliceName>)> {
    let mut named = Vec::new();
    for watch in &request.monitor.limits {
        if let Limit::Metric { metric, slice, .. } = &watch.limit {
            let pair = (*metric, slice.as_ref());
            if !named.contains(&pair) {
                named.push(pair);
            }
        }
    }
    named
}

fn over_windows(
    request: &MonitorRequest,
    reference: &Reference,
    windows: &[Window],
    metric: Metric,
    slice: Option<&SliceName>,
) -> Option<Plot> {
    let now = windows.iter().enumerate().filter_map(|(place, window)| {
        let measured = part(&window.overall, &window.slices, slice)?.measured(metric)?;
        Some((place, measured, measured.value?))
    });
    let (mut points, mut band) = (Vec::new(), Vec::new());
    for (place, measured, value) in now {
        points.push([at(place), value]);
        band.push(ends(measured, value));
    }
    if points.is_empty() {
        return None;
    }
    let edges = [-0.5, at(windows.len()) - 0.5];
    let mut series = guides(request, metric, slice, edges);
    let name = format!("{} of a window, 95 % interval", metric.label());
    series.push(Series { name, mark: Mark::Dots, points, band });
    let then = part(&reference.overall, &reference.slices, slice);
    series.extend(released(then, metric, edges));
    let on = slice.map(|name| format!(" on {name}")).unwrap_or_default();
    let length = request.monitor.window_days;
    Some(Plot {
        title: format!("{}{on} by window of {length} days", metric.label()),
        x: "last day of the window".to_owned(),
        y: metric.label().to_owned(),
        ticks: windows.iter().map(|window| window.to.to_string()).collect(),
        series,
    })
}

fn over_days(request: &MonitorRequest, reference: &Reference, days: &[DayServed]) -> Option<Plot> {
    let days = newest(days);
    // Limits of the whole come first: a day of a slice has too few rows to be looked at.
    let limits = judged_metrics(request);
    let judged = limits.iter().find(|(_, slice)| slice.is_none()).or(limits.first());
    let shown = judged.map(|(metric, _)| *metric);
    let first = || Metric::usual(request.task).next();
    let metric = shown.or_else(first)?;
    let value = |day: &DayServed| day.metrics.get(metric.as_str()).copied();
    let points: Vec<[f64; 2]> =
        days.iter().enumerate().filter_map(|(place, day)| Some([at(place), value(day)?])).collect();
    if points.is_empty() {
        return None;
    }
    let edges = [-0.5, at(days.len()) - 0.5];
    let mut series = guides(request, metric, None, edges);
    let name = format!("{} of a day", metric.label());
    series.push(Series { name, mark: Mark::Line, points, band: Vec::new() });
    series.extend(released(Some(&reference.overall), metric, edges));
    Some(Plot {
        title: format!("{} by day", metric.label()),
        x: "day".to_owned(),
        y: metric.label().to_owned(),
        ticks: days.iter().map(|day| day.day.to_string()).collect(),
        series,
    })
}

/// Means of answers and labels by day; of two classes the shares of the positive one.
fn means(labelled: &Labelled, captured: &Captured) -> Option<Plot> {
    let Answers::Numbers(answers) = &captured.answers else { return None };
    let (truth, what): (Vec<f64>, _) = match &labelled.outcomes {
        Outcomes::Regression { truth, .. } => (truth.clone(), "Mean prediction and mean label"),
        Outcomes::Binary { truth, .. } => (
            truth.iter().map(|positive| f64::from(u8::from(*positive))).collect(),
            "Mean score and share of positives",
        ),
        Outcomes::Multiclass { .. } => return None,
    };
    let predicted = by_day(&captured.answered, answers);
    let labels = by_day(&labelled.days, &truth);
    let days: Vec<Day> = predicted.keys().copied().collect();
    let days = newest(&days);
    let points = |of: &BTreeMap<Day, f64>| -> Vec<[f64; 2]> {
        let values = days.iter().enumerate();
        values.filter_map(|(place, day)| Some([at(place), *of.get(day)?])).collect()
    };
    if days.is_empty() {
        return None;
    }
    let series = |name: &str, points| Series {
        name: name.to_owned(),
        mark: Mark::Line,
        points,
        band: Vec::new(),
    };
    Some(Plot {
        title: format!("{what} by day"),
        x: "day".to_owned(),
        y: "mean".to_owned(),
        ticks: days.iter().map(ToString::to_string).collect(),
        series: vec![series("predicted", points(&predicted)), series("label", points(&labels))],
    })
}

fn drift(request: &MonitorRequest, drift: &[Drift]) -> Option<Plot> {
    let known = drift.iter().filter_map(|drift| Some((drift, drift.psi?)));
    let known: Vec<(&Drift, f64)> = known.take(MOST_COLUMNS).collect();
    if known.is_empty() {
        return None;
    }
    let points = known.iter().enumerate().map(|(place, (_, psi))| [at(place), *psi]).collect();
    let edges = [-0.5, at(known.len()) - 0.5];
    let mut series =
        vec![Series { name: "PSI".to_owned(), mark: Mark::Bars, points, band: Vec::new() }];
    for watch in &request.monitor.limits {
        if let Limit::Drift { max, .. } = &watch.limit {
            series.push(guide(&format!("limit {}", watch.limit), *max, edges));
        }
    }
    Some(Plot {
        title: DRIFT.to_owned(),
        x: "column".to_owned(),
        y: "population stability index".to_owned(),
        ticks: known.iter().map(|(drift, _)| column(drift).to_owned()).collect(),
        series,
    })
}

fn guides(
    request: &MonitorRequest,
    metric: Metric,
    slice: Option<&SliceName>,
    edges: [f64; 2],
) -> Vec<Series> {
    let limits = request.monitor.limits.iter().filter_map(|watch| match &watch.limit {
        Limit::Metric { metric: of, bound, slice: on } if *of == metric && on.as_ref() == slice => {
            let limit = bound.limit();
            Some(guide(&format!("limit, {}", number::show(limit)), limit, edges))
        }
        _ => None,
    });
    limits.collect()
}

fn released(part: Option<&Part>, metric: Metric, edges: [f64; 2]) -> Option<Series> {
    let value = part?.measured(metric)?.value?;
    let name = format!("at release, {}", number::show(value));
    Some(Series { mark: Mark::Line, ..guide(&name, value, edges) })
}

fn guide(name: &str, value: f64, edges: [f64; 2]) -> Series {
    let points = edges.map(|edge| [edge, value]).to_vec();
    Series { name: name.to_owned(), mark: Mark::Guide, points, band: Vec::new() }
}

fn ends(measured: &Measured, value: f64) -> [f64; 2] {
    let sound = measured.interval.as_ref().filter(|interval| Interval::is_sound(interval));
    sound.map_or([value, value], |interval| [interval.low, interval.high])
}

fn by_day(days: &[Day], values: &[f64]) -> BTreeMap<Day, f64> {
    let mut sums: BTreeMap<Day, (f64, f64)> = BTreeMap::new();
    for (day, value) in days.iter().zip(values) {
        let (sum, rows) = sums.entry(*day).or_default();
        *sum += value;
        *rows += 1.0;
    }
    sums.into_iter().map(|(day, (sum, rows))| (day, sum / rows)).collect()
}

fn newest<T>(all: &[T]) -> &[T] {
    &all[all.len().saturating_sub(MOST_DAYS)..]
}

#[expect(clippy::cast_precision_loss, reason = "a few hundred places")]
fn at(place: usize) -> f64 {
    place as f64
}
