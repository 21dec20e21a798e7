//! What a monitor says, in sentences.

use plimsoll_core::evidence::{Metric, Part};
use plimsoll_core::gate::{Bound, FEWEST_ROWS};
use plimsoll_core::monitoring::{EVIDENCE, Reference, Watched, WatchedLimit, Window};
use plimsoll_core::project::Limit;
use plimsoll_core::{Code, Day, Finding, Severity, SliceName, Version, number};

use super::days::{Calendar, Span};
use super::limit::{accepted, with_ends};
use super::recorded::{Grouping, Labelled};
use super::{DayCount, MonitorRequest};

/// Days are measured although some of their predictions have no label.
pub const PARTLY_LABELLED: Code = Code::of("monitor.partly-labelled");

/// A slice of the evaluation cannot be told from what was recorded.
pub const SLICE_NOT_RECORDED: Code = Code::of("monitor.slice-not-recorded");

/// The column that says which rows belong together was not recorded.
pub const BLOCK_NOT_RECORDED: Code = Code::of("monitor.block-not-recorded");

/// More days than this are counted and not listed.
const MOST_LISTED: usize = 8;

impl std::fmt::Display for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} to {}", self.from, self.to)
    }
}

/// Says that nothing was recorded.
pub(super) fn nothing_recorded(version: &Version) -> (String, String) {
    (
        format!("no predictions of {version} were recorded, so nothing can be said of it"),
        "set `serve: { capture: true }` in plimsoll.yaml and serve a version released with it"
            .to_owned(),
    )
}

/// Says that there is nothing to judge by.
pub(super) fn no_limits() -> (String, String) {
    (
        "the monitor has no limits, so nothing says that the model is well".to_owned(),
        "add `limits:` to `monitor:` in plimsoll.yaml, such as `- { metric: mae, max: 10 }`"
            .to_owned(),
    )
}

/// Says when a first window can be judged.
pub(super) fn early(calendar: &Calendar<'_>, window_days: u32) -> String {
    let (missing, end) = calendar.missing();
    let known = match calendar.complete {
        Some(day) => format!("labels are complete up to {day}"),
        None => "no day has all its labels".to_owned(),
    };
    format!(
        "there is no window of {window_days} days yet: predictions began on {}, {known}, \
         {missing} more day(s) of labels are needed; it can be judged when every prediction of \
         {end} has its label",
        calendar.first(),
    )
}

/// Says that labels have stopped, and where.
pub(super) fn stopped(calendar: &Calendar<'_>, days: &[DayCount], window_days: u32) -> String {
    let last = match calendar.complete {
        Some(day) => format!("the newest day whose predictions all have labels is {day}"),
        None => "no day has all its labels".to_owned(),
    };
    let next = days.iter().find(|count| {
        count.predictions > count.labelled && calendar.complete.is_none_or(|day| count.day > day)
    });
    let next = next.map(|count| {
        format!(
            "; of {} {} of {} predictions have one",
            count.day, count.labelled, count.predictions
        )
    });
    format!(
        "labels have stopped: predictions go on until {}, {last}, and {} days of labels are missing \
         where a window has {window_days}{}",
        calendar.newest,
        calendar.days_ahead(),
        next.unwrap_or_default(),
    )
}

/// Says what a window shows, in the order of what matters.
pub(super) fn window(
    window: &Window,
    since: Option<Day>,
    reference: &Reference,
    answer: Watched,
) -> String {
    let of = |outcome| window.limits.iter().filter(move |limit| limit.outcome == outcome);
    let mut parts: Vec<String> = match answer {
        Watched::Calm | Watched::Early => {
            let span = Span { from: window.from, to: window.to };
            let held: Vec<String> = window.limits.iter().map(held).collect();
            vec![format!("no limit is breached in {span}: {}", held.join("; "))]
        }
        Watched::Breach | Watched::Error => {
            of(Watched::Breach).map(|limit| limit.message.clone()).collect()
        }
    };
    if let Some(since) = since {
        parts.push(format!("in breach since {since}"));
    }
    if let Some((limit, metric, slice)) = of(Watched::Breach).find_map(of_metric) {
        parts.extend(compared(window, reference, metric, slice));
        _ = limit;
    }
    parts.extend(of(Watched::Error).map(|limit| limit.message.clone()));
    if window.labelled < window.predictions {
        let missing = window.predictions - window.labelled;
        parts.push(format!("{missing} of {} predictions have no label yet", window.predictions));
    }
    parts.join("; ")
}

/// Returns a limit that holds in a few words: `WAPE is 0.221 [0.185, 0.269] (at most 0.300
/// accepted)`.
fn held(limit: &WatchedLimit) -> String {
    let value = limit.value.map(|value| with_ends(value, limit.interval.as_ref()));
    let value = value.unwrap_or_else(|| "no value".to_owned());
    let (what, bound) = match &limit.watch.limit {
        Limit::Metric { metric, bound, slice } => {
            let on = slice.as_ref().map(|slice| format!(" on {slice}")).unwrap_or_default();
            (format!("{}{on}", metric.label()), *bound)
        }
        Limit::Drift { column, max } => {
            let column = column.as_deref().unwrap_or("answers");
            (format!("PSI of {column}"), Bound::Max(*max))
        }
    };
    format!("{what} is {value} ({})", accepted(bound))
}

fn of_metric(limit: &WatchedLimit) -> Option<(&WatchedLimit, Metric, Option<&SliceName>)> {
    match &limit.watch.limit {
        Limit::Metric { metric, slice, .. } => Some((limit, *metric, slice.as_ref())),
        Limit::Drift { .. } => None,
    }
}

/// Returns what the release had, which way the error goes, and where it is worst.
fn compared(
    window: &Window,
    reference: &Reference,
    metric: Metric,
    slice: Option<&SliceName>,
) -> Vec<String> {
    let (now, then) = match slice {
        None => (Some(&window.overall), Some(&reference.overall)),
        Some(name) => (window.slices.get(name), reference.slices.get(name)),
    };
    let mut parts = Vec::new();
    let shown = |part: &Part, metric| {
        let measured = part.measured(metric)?;
        Some(with_ends(measured.value?, measured.interval.as_ref()))
    };
    if let Some(value) = then.and_then(|part| shown(part, metric)) {
        parts.push(format!("the release had {value}"));
    }
    if metric != Metric::Bias
        && let Some(bias) = now.and_then(|part| part.measured(Metric::Bias)?.value)
    {
        parts.push(format!("bias {}", number::show(bias)));
    }
    if slice.is_none()
        && let Some((name, value)) = worst_slice(window, metric)
        && let Some(all) = now.and_then(|part| part.measured(metric)?.value)
        && metric.better().badness(value) > metric.better().badness(all)
    {
        parts.push(format!("worst slice {name} {}", number::show(value)));
    }
    parts
}

/// Returns the worst slice that has enough rows to say anything.
fn worst_slice(window: &Window, metric: Metric) -> Option<(&SliceName, f64)> {
    let enough = window.slices.iter().filter(|(_, part)| part.rows >= FEWEST_ROWS);
    let values = enough.filter_map(|(name, part)| Some((name, part.measured(metric)?.value?)));
    values.max_by(|(_, a), (_, b)| {
        metric.better().badness(*a).total_cmp(&metric.better().badness(*b))
    })
}

/// Returns what to do about what is judged.
pub(super) fn next(window: &Window, version: &Version) -> Option<String> {
    match window.answer() {
        Watched::Calm | Watched::Early => None,
        Watched::Breach => {
            Some(format!("plimsoll retrain {} --because {EVIDENCE}", version.variant))
        }
        Watched::Error => {
            let unjudged = window.limits.iter().find(|limit| limit.outcome == Watched::Error)?;
            Some(format!(
                "compare `monitor` on line {} of plimsoll.yaml with what was recorded and labelled",
                unjudged.watch.line
            ))
        }
    }
}

/// Returns what to do where labels have stopped.
pub(super) fn send_labels(version: &Version) -> String {
    format!("plimsoll labels add FILE --model {}", version.variant)
}

/// Returns what was seen besides the limits; `judged` is the window that is judged.
pub(super) fn findings(
    request: &MonitorRequest,
    labelled: &Labelled,
    judged: Option<Span>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(partly_labelled(&request.days, judged));
    if let Grouping::InsteadOf(column) = &labelled.blocks {
        let message = format!(
            "`evaluate.block` names `{column}`, which was not recorded with every labelled row; \
             intervals draw whole days of event time instead"
        );
        let mut finding = Finding::new(BLOCK_NOT_RECORDED, Severity::Warning, message);
        finding.subject = Some(column.clone());
        finding.next = Some(format!("send `{column}` along with every request"));
        findings.push(finding);
    }
    for (name, rows) in &labelled.slices {
        if let Err(reason) = rows {
            let message = format!("slice `{name}` cannot be measured: {reason}");
            let mut finding = Finding::new(SLICE_NOT_RECORDED, Severity::Warning, message);
            finding.subject = Some(name.to_string());
            finding.next = Some("send its columns along with every request".to_owned());
            findings.push(finding);
        }
    }
    findings
}

fn partly_labelled(days: &[DayCount], judged: Option<Span>) -> Option<Finding> {
    let in_judged = |day: Day| judged.is_some_and(|span| span.contains(day));
    let partly: Vec<&DayCount> = days
        .iter()
        .filter(|count| count.labelled < count.predictions)
        .filter(|count| count.labelled > 0 || in_judged(count.day))
        .collect();
    if partly.is_empty() {
        return None;
    }
    let measured = partly.iter().any(|count| in_judged(count.day));
    let severity = if measured { Severity::Warning } else { Severity::Info };
    // The newest are those that people wait for.
    let listed = partly.iter().rev().take(MOST_LISTED).rev();
    let listed: Vec<String> = listed
        .map(|count| format!("{} ({} of {})", count.day, count.labelled, count.predictions))
        .collect();
    let more = partly.len().saturating_sub(MOST_LISTED);
    let more = if more > 0 { format!(", and {more} before") } else { String::new() };
    let message =
        format!("{} day(s) are labelled in part: {}{more}", partly.len(), listed.join(", "));
    Some(Finding::new(PARTLY_LABELLED, severity, message))
}
