//! Runs and verdicts in the words of the story.

use plimsoll_core::event::RunEnd;
use plimsoll_core::evidence::{Compared, Measured, Metric};
use plimsoll_core::gate::{Answer, Outcome, Verdict};
use plimsoll_core::number;
use plimsoll_engine::run::RunOutcome;

use crate::commands::retrain;

pub(super) fn passed(outcome: &RunOutcome) -> bool {
    retrain::passed(outcome)
}

pub(super) fn is_refused(outcome: &RunOutcome, answer: Answer) -> bool {
    outcome.end == RunEnd::Completed
        && outcome.verdict.as_ref().is_some_and(|verdict| verdict.answer == answer)
}

/// Returns a message with its digests cut to what tells them apart.
pub(super) fn shortened(message: &str) -> String {
    let mut text = String::new();
    let mut digits = 0;
    for c in message.chars() {
        digits = if c.is_ascii_hexdigit() { digits + 1 } else { 0 };
        match digits {
            ..=12 => text.push(c),
            13 => text.push('…'),
            _ => {}
        }
    }
    text
}

/// Returns how many rules do not hold.
pub(super) fn failed(outcome: &RunOutcome) -> usize {
    outcome.verdict.iter().flat_map(Verdict::stopping).count()
}

/// Returns the codes of the findings that block.
pub(super) fn blocking(outcome: &RunOutcome) -> Vec<String> {
    let blocking = outcome.verdict.iter().flat_map(Verdict::blocking);
    let mut codes: Vec<String> = blocking.map(|finding| finding.code.to_string()).collect();
    codes.sort();
    codes.dedup();
    codes
}

pub(super) fn measured(outcome: &RunOutcome, metric: Metric) -> Option<&Measured> {
    outcome.evaluation.as_ref()?.overall.measured(metric)
}

pub(super) fn shown(measured: &Measured) -> String {
    let value = measured.value.map_or_else(|| "none".to_owned(), number::show);
    match &measured.interval {
        Some(interval) => {
            format!("{value} [{}, {}]", number::show(interval.low), number::show(interval.high))
        }
        None => value,
    }
}

/// Returns a verdict in a line: the error, and which rules do not hold.
pub(super) fn judged(outcome: &RunOutcome) -> String {
    let wape = measured(outcome, Metric::Wape).map(shown);
    let wape = wape.map(|wape| format!("WAPE {wape}")).unwrap_or_default();
    match &outcome.verdict {
        None => format!("{} without a verdict", outcome.end),
        Some(verdict) if verdict.answer == Answer::Pass => {
            let total = verdict.rules.len();
            let held = verdict.rules.iter().filter(|rule| rule.outcome == Outcome::Pass).count();
            if held == total {
                format!("pass: {wape}, {total} of {total} rules hold")
            } else {
                format!(
                    "pass: {wape}, {held} of {total} rules hold, there is no champion to beat yet"
                )
            }
        }
        Some(verdict) => format!("{wape}: {}", unheld(verdict)),
    }
}

fn unheld(verdict: &Verdict) -> String {
    let failed: Vec<String> =
        verdict.stopping().map(|rule| format!("{} {}", rule.rule.demand, rule.outcome)).collect();
    failed.join(", ")
}

/// Returns how much better a challenger is than the champion on the same rows.
pub(super) fn gain(outcome: &RunOutcome) -> String {
    let compared = outcome.evaluation.as_ref().and_then(|it| it.comparison.as_ref());
    let compared = compared.and_then(|all| all.metrics.iter().find(|it| it.metric == Metric::Mae));
    let Some(Compared { gain: Some(gain), interval: Some(interval), .. }) = compared else {
        return String::new();
    };
    let percent = |share: f64| format!("{:.1}", share * 100.0);
    let (word, gain, low, high) = if *gain < 0.0 {
        ("more", -gain, -interval.high, -interval.low)
    } else {
        ("less", *gain, interval.low, interval.high)
    };
    let (gain, low, high) = (percent(gain), percent(low), percent(high));
    format!("; MAE {gain} % {word} than the champion's [{low}, {high}]")
}
