//! One self-contained HTML page about a model that was checked.

use askama::Template;
use plimsoll_core::Finding;
use plimsoll_core::evidence::{Checked, Part, Spent, WeakParts};

use super::ReportError;
use super::finding::FindingRow;
use super::numbers::MetricRow;
use super::tried::{self, CostLimit, Tried};
use crate::checks::Ending;

/// Everything that the page shows.
#[derive(Clone, Copy, Debug)]
pub struct CheckReport<'a> {
    /// What was checked, as people know it.
    pub model: &'a str,
    /// On what, in a line.
    pub told: &'a str,
    /// How all checks ended together.
    pub ending: Ending,
    /// That in words.
    pub sentence: &'a str,
    /// What was found.
    pub findings: &'a [Finding],
    /// The metrics of the whole test set.
    pub overall: &'a Part,
    /// The checks.
    pub checks: &'a [Checked],
    /// The weak parts, where they were searched for.
    pub weak: Option<&'a WeakParts>,
    /// What serving costs, where that was measured.
    pub spent: Option<&'a Spent>,
    /// The limits of costs.
    pub limits: &'a [CostLimit],
}

/// Returns the page.
pub fn check_html(report: &CheckReport<'_>) -> Result<String, ReportError> {
    Ok(Page::of(report).render()?)
}

#[derive(Template)]
#[template(path = "check.html")]
struct Page<'a> {
    of: &'a CheckReport<'a>,
    class: &'static str,
    findings: Vec<FindingRow<'a>>,
    metrics: Vec<MetricRow>,
    tried: Tried<'a>,
}

impl<'a> Page<'a> {
    fn of(report: &'a CheckReport<'a>) -> Self {
        let metric = |measured| MetricRow::of(measured, String::new());
        let class = match report.ending {
            Ending::Pass | Ending::Warn => "pass",
            Ending::Undecided => "undecided",
            Ending::Block => "block",
            Ending::Failed => "error",
        };
        Self {
            of: report,
            class,
            findings: tried::sorted(report.findings),
            metrics: report.overall.metrics.iter().map(metric).collect(),
            tried: Tried::of(report.checks, report.weak, report.spent, report.limits),
        }
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_core::evidence::{
        Budget, CheckName, CheckState, Cost, Figure, Interval, Mark, Plot, Series, WeakPart,
    };
    use plimsoll_core::{Code, Severity};

    use super::*;

    const HOSTILE: &str = "<script>alert(1)</script>&\"'";

    fn interval(low: f64, high: f64) -> Interval {
        Interval { low, high, level: 0.95, method: "Wilson".into(), approximate: None }
    }

    #[test]
    fn everything_is_shown_and_text_stays_text() {
        let finding = Finding::new(
            Code::of("model.not-robust"),
            Severity::Error,
            format!("answers change {HOSTILE}"),
        );
        let figure = |value| Figure {
            name: format!("answers {HOSTILE}"),
            value,
            interval: Some(interval(value / 2.0, value * 2.0)),
            limit: Some(0.05),
        };
        let series = Series {
            name: HOSTILE.to_owned(),
            mark: Mark::Dots,
            points: vec![[0.1, 0.2], [0.6, 0.7]],
            band: vec![[0.1, 0.3], [0.5, 0.9]],
        };
        let plot = Plot {
            title: format!("curve {HOSTILE}"),
            x: "said".into(),
            y: "true".into(),
            ticks: Vec::new(),
            series: vec![series],
        };
        let checked = |state, findings: &[Finding], plots: &[Plot]| Checked {
            check: CheckName::ModelRobustness,
            state,
            summary: format!("summary {HOSTILE}"),
            rows: 100,
            rows_needed: Some(4200),
            findings: findings.to_vec(),
            figures: vec![figure(0.01), figure(0.2)],
            plots: plots.to_vec(),
        };
        let findings = [finding];
        let checks = [
            checked(CheckState::Answered, &findings, &[]),
            checked(CheckState::Undecided, &[], &[plot]),
            checked(CheckState::Failed, &[], &[]),
        ];
        let part = WeakPart {
            condition: format!("town in [{HOSTILE}]"),
            rows: 71,
            loss: 2.0,
            ratio: 2.5,
            interval: interval(1.5, 900.0),
            p_adjusted: 1e-7,
            optimistic: true,
        };
        let weak = WeakParts {
            loss: "absolute error".into(),
            searched: 90,
            support: 50,
            features: vec!["town".into()],
            found: 1,
            parts: vec![part],
        };
        let cost = |budget, value| Cost {
            budget,
            value,
            interval: value.map(|value| [value, value * 2.0]),
            reason: value.is_none().then(|| HOSTILE.to_owned()),
        };
        let spent = Spent {
            machine: Some(HOSTILE.into()),
            requests: 1000,
            costs: vec![cost(Budget::LatencyP99, Some(0.004)), cost(Budget::Memory, None)],
        };
        let limit = CostLimit {
            budget: Budget::LatencyP99,
            limit: "at most 5.00 ms".into(),
            ending: Ending::Undecided,
        };
        let overall = Part { rows: 100, blocks: None, condition: None, metrics: Vec::new() };
        let page = check_html(&CheckReport {
            model: HOSTILE,
            told: HOSTILE,
            ending: Ending::Block,
            sentence: "1 of 3 checks pass",
            findings: &findings,
            overall: &overall,
            checks: &checks,
            weak: Some(&weak),
            spent: Some(&spent),
            limits: &[limit],
        })
        .unwrap();
        assert!(!page.contains("<script>"), "{page}");
        for shown in [
            "✗ block",
            "? undecided",
            "! failed",
            "model.not-robust",
            "4200",
            "town in [",
            "at most 5.00 ms",
            "4.00 ms",
            "no value",
            "flatter",
        ] {
            assert!(page.contains(shown), "{shown}");
        }
        assert!(page.matches("<svg").count() >= 8, "{}", page.matches("<svg").count());
    }
}
