//! What a monitor says, on a terminal.

use std::fmt;

use plimsoll_core::evidence::{Interval, Metric, Part};
use plimsoll_core::monitoring::{Monitoring, WatchedLimit, Window};
use plimsoll_core::project::Limit;
use plimsoll_core::{Digest, SliceName, number};

use super::days::Span;
use super::limit::with_ends;
use super::shown::{self, judged_metric, sign, sign_of};

/// More days than this do not fit on a line; the newest are shown.
const MOST_DAYS: usize = 60;

/// So many slices are shown, the worst.
const MOST_SLICES: usize = 10;

/// So many columns that drifted are shown, the farthest.
const MOST_COLUMNS: usize = 5;

const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Returns what a terminal shows. `evidence` is the digest that `monitoring` is stored under, which
/// the next command may need; `history` shows the windows before the judged one as well.
pub fn text<'m>(
    monitoring: &'m Monitoring,
    evidence: Option<&Digest>,
    history: bool,
) -> impl fmt::Display + 'm {
    let next = match evidence {
        Some(evidence) => monitoring.next(evidence),
        None => monitoring.next.clone(),
    };
    Text { of: monitoring, next, history }
}

struct Text<'m> {
    of: &'m Monitoring,
    next: Option<String>,
    history: bool,
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let monitoring = self.of;
        writeln!(f, "{} {}: {}", sign(monitoring.answer), monitoring.version, monitoring.answer)?;
        writeln!(f, "{}", monitoring.message)?;
        if let Some(judged) = monitoring.judged() {
            let first = if self.history { 0 } else { monitoring.windows.len() - 1 };
            for (place, limit) in judged.limits.iter().enumerate() {
                self.limit(f, place, limit, &monitoring.windows[first..])?;
            }
        }
        if !monitoring.days.is_empty() {
            writeln!(f)?;
            daily(f, monitoring)?;
        }
        if let Some(judged) = monitoring.judged() {
            slices(f, monitoring, judged)?;
            drift(f, judged)?;
        }
        for finding in &monitoring.findings {
            writeln!(f, "{}[{}] {}", finding.severity, finding.code, finding.message)?;
        }
        match &self.next {
            Some(next) => writeln!(f, "next: {next}"),
            None => Ok(()),
        }
    }
}

impl Text<'_> {
    /// Writes one limit: the release, and every window with its sign.
    fn limit(
        &self,
        f: &mut fmt::Formatter<'_>,
        place: usize,
        limit: &WatchedLimit,
        windows: &[Window],
    ) -> fmt::Result {
        let watch = &limit.watch;
        writeln!(f, "\n{} {}  (plimsoll.yaml:{})", sign_of(limit), watch.limit, watch.line)?;
        let (name, slice) = match &watch.limit {
            Limit::Metric { metric, slice, .. } => (metric.label(), slice.as_ref()),
            Limit::Drift { .. } => ("PSI", None),
        };
        let mut rows = vec![["", "window", "rows", "labels", name, "interval"].map(str::to_owned)];
        if let Limit::Metric { metric, .. } = &watch.limit {
            let reference = &self.of.reference;
            let part = shown::part(&reference.overall, &reference.slices, slice);
            rows.extend(part.and_then(|part| released(part, *metric)));
        }
        for window in windows {
            let Some(limit) = window.limits.get(place) else { continue };
            let counted = match &limit.watch.limit {
                Limit::Metric { .. } => {
                    shown::part(&window.overall, &window.slices, slice).map_or(0, |part| part.rows)
                }
                Limit::Drift { .. } => window.predictions,
            };
            let inside = if shown::is_open(limit) { ", the limit inside" } else { "" };
            rows.push([
                sign_of(limit).to_owned(),
                Span { from: window.from, to: window.to }.to_string(),
                counted.to_string(),
                shown::coverage(window.labelled, window.predictions),
                limit.value.map_or("error".to_owned(), number::show),
                limit.interval.as_ref().map(ends).unwrap_or_default() + inside,
            ]);
        }
        table(f, &rows)
    }
}

fn released(part: &Part, metric: Metric) -> Option<[String; 6]> {
    let measured = part.measured(metric)?;
    Some([
        String::new(),
        "at release".to_owned(),
        part.rows.to_string(),
        String::new(),
        number::show(measured.value?),
        measured.interval.as_ref().map(ends).unwrap_or_default(),
    ])
}

fn ends(interval: &Interval) -> String {
    format!("[{}, {}]", number::show(interval.low), number::show(interval.high))
}

/// Writes the columns as wide as they are; signs and names stand left, numbers right.
fn table(f: &mut fmt::Formatter<'_>, rows: &[[String; 6]]) -> fmt::Result {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: [usize; 6] = std::array::from_fn(|column| width(column).unwrap_or(0));
    for row in rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let room = " ".repeat(widths[column] - cell.chars().count());
            line += if column < 2 { " " } else { "  " };
            line += &if matches!(column, 2..=4) { room + cell } else { cell.clone() + &room };
        }
        writeln!(f, " {}", line.trim_end())?;
    }
    Ok(())
}

/// Writes the error of each day as a bar; a dot is a day without one.
fn daily(f: &mut fmt::Formatter<'_>, monitoring: &Monitoring) -> fmt::Result {
    let Some((metric, _)) = judged_metric(monitoring) else { return Ok(()) };
    let days = &monitoring.days[monitoring.days.len().saturating_sub(MOST_DAYS)..];
    let values: Vec<Option<f64>> =
        days.iter().map(|day| day.metrics.get(metric.as_str()).copied()).collect();
    let known = values.iter().flatten();
    let low = known.clone().copied().fold(f64::INFINITY, f64::min);
    let high = known.copied().fold(f64::NEG_INFINITY, f64::max);
    let (Some(first), Some(last)) = (days.first(), days.last()) else { return Ok(()) };
    if low > high {
        return Ok(());
    }
    let bars = values.iter().map(|value| value.map_or('·', |value| bar(value, low, high)));
    let (low, high) = (number::show(low), number::show(high));
    writeln!(
        f,
        "{} by day: {}  {low} to {high}, {} to {}",
        metric.label(),
        bars.collect::<String>(),
        first.day,
        last.day
    )
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 7")]
fn bar(value: f64, low: f64, high: f64) -> char {
    if high <= low {
        return BARS[3];
    }
    let place = ((value - low) / (high - low) * 8.0).floor().clamp(0.0, 7.0);
    BARS[place as usize]
}

fn slices(f: &mut fmt::Formatter<'_>, monitoring: &Monitoring, judged: &Window) -> fmt::Result {
    let Some((metric, _)) = judged_metric(monitoring) else { return Ok(()) };
    for (name, part) in shown::slices(judged, metric).into_iter().take(MOST_SLICES) {
        let measured = part.measured(metric);
        let now = measured.and_then(|m| Some(with_ends(m.value?, m.interval.as_ref())));
        let now = now.unwrap_or_else(|| "no value".to_owned());
        let then = monitoring.reference.slices.get(name);
        let then = then.and_then(|part| part.measured(metric)?.value).map(number::show);
        let then = then.map(|then| format!(", at release {then}")).unwrap_or_default();
        let sign = sign_on(judged, name);
        writeln!(f, "slice {name}: {sign}{} {now}{then} ({} rows)", metric.label(), part.rows)?;
    }
    Ok(())
}

/// Returns the sign of the worst limit on a slice, where there is one.
fn sign_on(judged: &Window, name: &SliceName) -> String {
    let on = judged.limits.iter().filter(|limit| match &limit.watch.limit {
        Limit::Metric { slice, .. } => slice.as_ref() == Some(name),
        Limit::Drift { .. } => false,
    });
    let worst = on.max_by_key(|limit| (limit.outcome, shown::is_open(limit)));
    worst.map(|limit| format!("{} ", sign_of(limit))).unwrap_or_default()
}

fn drift(f: &mut fmt::Formatter<'_>, judged: &Window) -> fmt::Result {
    let far = judged
        .drift
        .iter()
        .filter_map(|drift| Some(format!("{} {}", shown::column(drift), number::show(drift.psi?))));
    let far: Vec<String> = far.take(MOST_COLUMNS).collect();
    if far.is_empty() {
        return Ok(());
    }
    writeln!(f, "drift from the release's test set (PSI): {}", far.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_reach_from_the_least_to_the_greatest() {
        assert_eq!([0.1, 0.21, 0.3].map(|value| bar(value, 0.1, 0.3)), ['▁', '▅', '█']);
        assert_eq!(bar(0.2, 0.2, 0.2), '▄');
    }
}
