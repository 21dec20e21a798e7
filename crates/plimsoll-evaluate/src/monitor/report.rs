//! One self-contained HTML page about a look at a served model.
//!
//! No script, no request to anywhere, as the page about a run.

use std::fmt::Write;

use askama::Template;
use plimsoll_core::evidence::{Measured, Metric, Part};
use plimsoll_core::gate::Bound;
use plimsoll_core::monitoring::{DayServed, Drift, Monitoring, Watched, WatchedLimit, Window};
use plimsoll_core::project::Limit;
use plimsoll_core::{Day, Digest, SliceName, number};

use super::days::Span;
use super::limit::with_ends;
use super::plots::DRIFT;
use super::shown::{self, coverage, judged_metric, sign_of};
use crate::report::finding::{self, FindingRow};
use crate::report::range::Range;
use crate::report::{ReportError, plot, range};

/// The width of the bars in tables.
const BAR: f64 = 200.0;

/// Returns the page. `evidence` is the digest that `monitoring` is stored under.
pub fn report(monitoring: &Monitoring, evidence: Option<&Digest>) -> Result<String, ReportError> {
    Ok(Page::of(monitoring, evidence).render()?)
}

#[derive(Template)]
#[template(path = "monitor.html")]
struct Page<'m> {
    of: &'m Monitoring,
    class: &'static str,
    when: String,
    next: Option<String>,
    limits: Vec<LimitRow<'m>>,
    /// The limits in words, above the columns of the windows.
    columns: Vec<String>,
    windows: Vec<WindowRow>,
    slices: Option<Slices>,
    drift: Vec<DriftRow>,
    plots: Vec<String>,
    days: Vec<DayRow>,
    /// The metric that days show.
    metric: &'static str,
    findings: Vec<FindingRow<'m>>,
    provenance: Vec<[String; 2]>,
}

struct LimitRow<'m> {
    of: &'m WatchedLimit,
    class: &'static str,
    sign: &'static str,
    picture: String,
}

struct WindowRow {
    span: String,
    predictions: u64,
    labels: String,
    cells: Vec<(&'static str, String)>,
}

struct Slices {
    name: &'static str,
    better: &'static str,
    scale: String,
    rows: Vec<SliceRow>,
}

struct SliceRow {
    name: String,
    condition: String,
    rows: u64,
    value: String,
    picture: String,
    released: String,
    signs: Vec<(&'static str, String)>,
    note: String,
}

struct DriftRow {
    name: String,
    psi: String,
    bar: String,
    distance: String,
    note: String,
}

struct DayRow {
    day: Day,
    predictions: u64,
    labels: String,
    bar: String,
    value: String,
}

impl<'m> Page<'m> {
    fn of(monitoring: &'m Monitoring, evidence: Option<&Digest>) -> Self {
        let judged = monitoring.judged();
        let limits = judged.map_or(&[][..], |window| &window.limits);
        let metric = judged_metric(monitoring).map(|(metric, _)| metric);
        // The table of drift has bars of its own.
        let plots = monitoring.plots.iter().filter(|plot| plot.title != DRIFT);
        let limit = |limit: &'m WatchedLimit| LimitRow {
            of: limit,
            class: class(limit.outcome),
            sign: sign_of(limit),
            picture: picture(limit),
        };
        Self {
            of: monitoring,
            class: class(monitoring.answer),
            when: when(monitoring),
            next: match evidence {
                Some(evidence) => monitoring.next(evidence),
                None => monitoring.next.clone(),
            },
            limits: limits.iter().map(limit).collect(),
            columns: limits.iter().map(|limit| limit.watch.limit.to_string()).collect(),
            // The newest first: it is the one that is judged.
            windows: monitoring.windows.iter().rev().map(WindowRow::of).collect(),
            slices: judged
                .zip(metric)
                .and_then(|(window, metric)| Slices::of(monitoring, window, metric)),
            drift: judged.map(|window| drift(&window.drift)).unwrap_or_default(),
            plots: plots.map(plot::draw).collect(),
            days: monitoring.days.iter().rev().map(|day| DayRow::of(day, metric)).collect(),
            metric: metric.map_or("error", Metric::label),
            findings: finding::rows(&monitoring.findings),
            provenance: provenance(monitoring, evidence),
        }
    }
}

/// Returns the style of an answer.
pub(crate) fn class(answer: Watched) -> &'static str {
    match answer {
        Watched::Calm => "pass",
        Watched::Early => "none",
        Watched::Breach => "block",
        Watched::Error => "error",
    }
}

fn when(monitoring: &Monitoring) -> String {
    match (monitoring.since, monitoring.judged()) {
        (Some(since), _) => format!("since {since}"),
        (None, Some(window)) => Span { from: window.from, to: window.to }.to_string(),
        (None, None) => String::new(),
    }
}

/// Draws what was measured against the limit.
pub(crate) fn picture(limit: &WatchedLimit) -> String {
    let Some(value) = limit.value else { return String::new() };
    let bound = match &limit.watch.limit {
        Limit::Metric { bound, .. } => *bound,
        Limit::Drift { max, .. } => Bound::Max(*max),
    };
    let bounds = &[bound];
    let range = Range { value, interval: limit.interval.as_ref(), bounds, guide: None };
    let axis = range.axis();
    let at = (bound.limit(), number::show(bound.limit()));
    format!("{}{}", range.draw(&axis, number::show), range::scale(&axis, &[at]))
}

impl WindowRow {
    fn of(window: &Window) -> Self {
        let cell = |limit: &WatchedLimit| {
            let value = limit.value.map(|value| with_ends(value, limit.interval.as_ref()));
            let value = value.unwrap_or_else(|| "no value".to_owned());
            (class(limit.outcome), format!("{} {value}", sign_of(limit)))
        };
        Self {
            span: Span { from: window.from, to: window.to }.to_string(),
            predictions: window.predictions,
            labels: coverage(window.labelled, window.predictions),
            cells: window.limits.iter().map(cell).collect(),
        }
    }
}

impl Slices {
    /// Returns all rows and every slice, the worst first; none where no slices are declared.
    fn of(monitoring: &Monitoring, window: &Window, metric: Metric) -> Option<Self> {
        if window.slices.is_empty() {
            return None;
        }
        let mut parts: Vec<(Option<&SliceName>, &Part)> = vec![(None, &window.overall)];
        parts.extend(
            shown::slices(window, metric).into_iter().map(|(name, part)| (Some(name), part)),
        );
        let measured = |part: &Part| part.measured(metric).cloned();
        let now: Vec<Measured> = parts.iter().filter_map(|(_, part)| measured(part)).collect();
        let bounds: Vec<f64> = window
            .limits
            .iter()
            .filter_map(|limit| Some(bound(limit, metric)?.1.limit()))
            .collect();
        let values = now.iter().flat_map(|measured| {
            let ends = measured.interval.iter().flat_map(|ends| [ends.low, ends.high]);
            ends.chain(measured.value)
        });
        let reference = &monitoring.reference;
        let released = |name: Option<&SliceName>| {
            shown::part(&reference.overall, &reference.slices, name)?.measured(metric)
        };
        let before = parts.iter().filter_map(|(name, _)| released(*name)?.value);
        let axis = range::axis(values.chain(bounds.iter().copied()).chain(before));
        let row = |(name, part): (Option<&SliceName>, &Part)| {
            let on = |limit: &&WatchedLimit| bound(limit, metric).is_some_and(|(on, _)| on == name);
            let limits: Vec<&WatchedLimit> = window.limits.iter().filter(on).collect();
            let bounds: Vec<Bound> =
                limits.iter().filter_map(|limit| Some(bound(limit, metric)?.1)).collect();
            let (before, now) = (released(name), part.measured(metric));
            let value = now.and_then(|now| now.value);
            let picture = value.map(|value| {
                let interval = now.and_then(|now| now.interval.as_ref());
                let guide = before.and_then(|before| before.value);
                Range { value, interval, bounds: &bounds, guide }.draw(&axis, number::show)
            });
            SliceRow {
                name: name.map_or("all rows".to_owned(), ToString::to_string),
                condition: part.condition.clone().unwrap_or_default(),
                rows: part.rows,
                value: now.map(shown_value).unwrap_or_default(),
                picture: picture.unwrap_or_default(),
                released: before.map(shown_value).unwrap_or_default(),
                signs: limits
                    .iter()
                    .map(|limit| (class(limit.outcome), sign_of(limit).to_owned()))
                    .collect(),
                note: now.and_then(|now| now.reason.clone()).unwrap_or_default(),
            }
        };
        Some(Self {
            name: metric.label(),
            better: metric.better().in_words(),
            scale: range::scale(&axis, &axis.ticks()),
            rows: parts.into_iter().map(row).collect(),
        })
    }
}

/// Returns part and bound where the limit is one of `metric`.
fn bound(limit: &WatchedLimit, metric: Metric) -> Option<(Option<&SliceName>, Bound)> {
    match &limit.watch.limit {
        Limit::Metric { metric: of, bound, slice } if *of == metric => {
            Some((slice.as_ref(), *bound))
        }
        _ => None,
    }
}

fn shown_value(measured: &Measured) -> String {
    let value = measured.value.map(|value| with_ends(value, measured.interval.as_ref()));
    value.unwrap_or_else(|| "no value".to_owned())
}

fn drift(drift: &[Drift]) -> Vec<DriftRow> {
    let most = drift.iter().filter_map(|drift| drift.psi).fold(0.0, f64::max);
    let row = |drift: &Drift| DriftRow {
        name: shown::column(drift).to_owned(),
        psi: drift.psi.map_or("no value".to_owned(), number::show),
        bar: drift.psi.map(|psi| bar(psi, most)).unwrap_or_default(),
        distance: drift.distance.map(number::show).unwrap_or_default(),
        note: drift.reason.clone().unwrap_or_default(),
    };
    drift.iter().map(row).collect()
}

impl DayRow {
    #[expect(clippy::cast_precision_loss, reason = "counts of rows")]
    fn of(day: &DayServed, metric: Option<Metric>) -> Self {
        let value = metric.and_then(|metric| day.metrics.get(metric.as_str()));
        Self {
            day: day.day,
            predictions: day.predictions,
            labels: coverage(day.labelled, day.predictions),
            bar: bar(day.labelled as f64, day.predictions.max(1) as f64),
            value: value.map(|value| number::show(*value)).unwrap_or_default(),
        }
    }
}

/// Draws a bar of `value` on a ground of `most`.
fn bar(value: f64, most: f64) -> String {
    let share = if most > 0.0 { (value / most).clamp(0.0, 1.0) } else { 0.0 };
    let mut svg = format!(
        r#"<svg class="bar" viewBox="0 0 {BAR} 10" width="{BAR}" height="10" aria-hidden="true">"#
    );
    // Writing to a string does not fail.
    _ = write!(
        svg,
        r#"<rect class="ground" width="{BAR}" height="10"/><rect width="{:.1}" height="10"/></svg>"#,
        share * BAR
    );
    svg
}

fn provenance(monitoring: &Monitoring, evidence: Option<&Digest>) -> Vec<[String; 2]> {
    let mut rows = Vec::new();
    let mut add = |name: &str, value: String| rows.push([name.to_owned(), value]);
    if let Some(evidence) = evidence {
        add("this evidence", evidence.to_string());
    }
    add("version", monitoring.version.to_string());
    add("bundle", monitoring.subject.to_string());
    add("run", monitoring.run.to_string());
    add("labelled rows", monitoring.rows.to_string());
    add("released on", monitoring.reference.evaluation.to_string());
    add("test set of the release", monitoring.reference.on.to_string());
    rows
}
