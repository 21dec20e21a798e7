//! What asked to become a version, and what was decided.

use plimsoll_core::gate::{Answer, Verdict};
use plimsoll_core::{Day, Finding, RunId};

use super::alerts::{self, Alert};
use super::{Decided, Decision, Health, settings};
use crate::report::Sign;

/// A decision on the page.
pub(super) struct DecisionRow {
    pub id: String,
    pub day: Day,
    pub class: &'static str,
    pub sign: &'static str,
    pub answer: String,
    /// `run` or `retraining`.
    pub kind: &'static str,
    /// The run, where it came to one.
    pub run: String,
    pub set: String,
    /// The alert that led to it: words and anchor.
    pub cause: Option<(String, String)>,
    /// Why it passed, in a sentence.
    pub summary: String,
    pub reasons: Vec<ReasonLine>,
    /// The version that came of it: name and anchor.
    pub version: Option<(String, String)>,
}

/// One thing that kept a model from shipping.
pub(super) struct ReasonLine {
    pub class: &'static str,
    pub sign: &'static str,
    pub what: String,
    pub message: String,
}

impl DecisionRow {
    pub(super) fn of_all(health: &Health, alerts: &[Alert<'_>]) -> Vec<Self> {
        health.decisions.iter().map(|decision| Self::of(decision, health, alerts)).collect()
    }

    fn of(decision: &Decision, health: &Health, alerts: &[Alert<'_>]) -> Self {
        let (class, sign) = sign(&decision.decided);
        let (answer, run, summary, reasons) = match &decision.decided {
            Decided::Judged { run, verdict } => {
                let summary = match verdict.answer {
                    Answer::Pass => verdict.holding(),
                    Answer::Block | Answer::Error => String::new(),
                };
                (verdict.answer.to_string(), Some(*run), summary, ReasonLine::of(verdict))
            }
            Decided::Invalid { run, findings } => {
                let reasons = findings.iter().map(ReasonLine::of_finding).collect();
                ("invalid data".to_owned(), Some(*run), String::new(), reasons)
            }
            Decided::Refused { reason } => ("refused".to_owned(), None, reason.clone(), Vec::new()),
        };
        let retraining = decision.retraining.as_ref();
        let cause = retraining.and_then(|retraining| {
            let (alert, anchor) = alerts::find(alerts, &retraining.cause.evidence)?;
            Some((cause(alert, health), anchor))
        });
        let made = health.versions.iter().find(|version| Some(version.run) == run);
        Self {
            id: run.map(anchor).unwrap_or_default(),
            day: Day::of(decision.at),
            class,
            sign,
            answer,
            kind: if retraining.is_some() { "retraining" } else { "run" },
            run: run.map(|run| run.short()).unwrap_or_default(),
            set: retraining.map(|retraining| settings(&retraining.set)).unwrap_or_default(),
            cause,
            summary,
            reasons,
            version: made
                .map(|made| (health.name(&made.version), format!("version-{}", made.version))),
        }
    }
}

impl ReasonLine {
    fn of(verdict: &Verdict) -> Vec<Self> {
        let rules = verdict.stopping().map(|judged| {
            let Sign { class, glyph: sign } = Sign::of(judged.outcome);
            let what = format!("{} ({})", judged.rule.demand, judged.outcome);
            Self { class, sign, what, message: judged.message.clone() }
        });
        rules.chain(verdict.blocking().map(Self::of_finding)).collect()
    }

    fn of_finding(finding: &Finding) -> Self {
        let what = finding.code.to_string();
        Self { class: "block", sign: "✗", what, message: finding.message.clone() }
    }
}

/// Returns the anchor of a run on the page.
pub(super) fn anchor(run: RunId) -> String {
    format!("run-{run}")
}

/// Returns what led to a retraining, in a few words.
pub(super) fn cause(alert: &Alert<'_>, health: &Health) -> String {
    let since = alert.day().map(|day| format!(" since {day}")).unwrap_or_default();
    format!("{} of {}{since}", alert.answer, health.name(alert.version))
}

/// Returns class and sign of what was decided.
pub(super) fn sign(decided: &Decided) -> (&'static str, &'static str) {
    match decided {
        Decided::Judged { verdict, .. } => match verdict.answer {
            Answer::Pass => ("pass", "✓"),
            Answer::Block => ("block", "✗"),
            Answer::Error => ("error", "!"),
        },
        Decided::Invalid { .. } | Decided::Refused { .. } => ("block", "✗"),
    }
}

/// Returns what kept a model from shipping in a line; nothing of a pass.
pub(super) fn reasons(verdict: &Verdict) -> String {
    ReasonLine::of(verdict).into_iter().map(|reason| reason.what).collect::<Vec<_>>().join(", ")
}
