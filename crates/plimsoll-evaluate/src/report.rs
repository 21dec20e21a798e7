//! One self-contained HTML page about a run: verdict, numbers, plots, provenance.
//!
//! No script, no request to anywhere: the page can be kept, mailed and opened in ten years.

mod axis;
mod plot;
mod range;

use askama::Template;
use plimsoll_core::evidence::{Better, Compared, Evaluation, Measured, Validation};
use plimsoll_core::gate::{Bound, Demand, Judged, Outcome, Verdict};
use plimsoll_core::record::RunRecord;
use plimsoll_core::{DatasetName, Severity, number};

/// Everything that the page shows.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// The run.
    pub record: &'a RunRecord,
    /// When it started, as it is to be read.
    pub started: &'a str,
    /// The evaluation.
    pub evaluation: Option<&'a Evaluation>,
    /// The verdict.
    pub verdict: Option<&'a Verdict>,
    /// The validated datasets.
    pub validations: &'a [(DatasetName, Validation)],
}

/// The page could not be written.
#[derive(Debug, thiserror::Error)]
#[error("the report could not be written")]
pub struct ReportError(#[from] askama::Error);

/// Returns the page.
pub fn html(report: &Report<'_>) -> Result<String, ReportError> {
    Ok(Page::of(report).render()?)
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    record: &'a RunRecord,
    started: &'a str,
    answer: &'static str,
    headline: String,
    rules: Vec<RuleRow<'a>>,
    findings: Vec<FindingRow>,
    validations: &'a [(DatasetName, Validation)],
    evaluation: Option<EvaluationView<'a>>,
    steps: Vec<[String; 3]>,
    provenance: Vec<[String; 2]>,
    params: Vec<[String; 2]>,
}

struct RuleRow<'a> {
    judged: &'a Judged,
    class: &'static str,
    sign: &'static str,
    picture: String,
}

struct FindingRow {
    class: &'static str,
    code: String,
    message: String,
    place: String,
    next: String,
}

struct EvaluationView<'a> {
    of: &'a Evaluation,
    blocks: String,
    rows: Vec<MetricRow>,
    slices: Vec<SliceView>,
    compared: Vec<MetricRow>,
    plots: Vec<String>,
}

struct SliceView {
    name: String,
    condition: String,
    rows: u64,
    metrics: Vec<MetricRow>,
}

struct MetricRow {
    name: &'static str,
    value: String,
    interval: String,
    method: String,
    baseline: String,
    note: String,
}

impl<'a> Page<'a> {
    fn of(report: &Report<'a>) -> Self {
        let record = report.record;
        let rules = report.verdict.map_or(&[][..], |verdict| &verdict.rules);
        let found = report.verdict.map_or(&[][..], |verdict| &verdict.findings);
        let invalid = report.validations.iter().flat_map(|(_, validation)| &validation.findings);
        let (answer, headline) = headline(report);
        Self {
            record,
            started: report.started,
            answer,
            headline,
            rules: rules.iter().map(RuleRow::of).collect(),
            findings: found.iter().chain(invalid).map(FindingRow::of).collect(),
            validations: report.validations,
            evaluation: report.evaluation.map(EvaluationView::of),
            steps: steps(record),
            provenance: provenance(report),
            params: record.start.params.iter().map(|(k, v)| [k.clone(), v.to_string()]).collect(),
        }
    }
}

fn headline(report: &Report<'_>) -> (&'static str, String) {
    use plimsoll_core::gate::Answer;
    let failed = |verdict: &Verdict| {
        let failed = verdict.rules.iter().filter(|judged| judged.outcome > Outcome::NotApplicable);
        let blocking = verdict.findings.iter().filter(|found| found.severity == Severity::Error);
        let (failed, blocking) = (failed.count(), blocking.count());
        let rules = verdict.rules.len();
        format!("{failed} of {rules} rules do not hold, {blocking} finding(s) block")
    };
    let Some(verdict) = report.verdict else {
        let end = report.record.end.map_or("not ended".to_owned(), |end| end.to_string());
        return ("none", format!("No verdict was given; the run: {end}."));
    };
    match verdict.answer {
        Answer::Pass => ("pass", "This model may ship: every rule holds.".to_owned()),
        Answer::Block => ("block", format!("This model may not ship: {}.", failed(verdict))),
        Answer::Error => {
            let why = failed(verdict);
            ("error", format!("This model may not ship, not everything could be judged: {why}."))
        }
    }
}

impl<'a> RuleRow<'a> {
    fn of(judged: &'a Judged) -> Self {
        let (class, sign) = match judged.outcome {
            Outcome::Pass => ("pass", "✓"),
            Outcome::NotApplicable => ("none", "–"),
            Outcome::Inconclusive => ("block", "?"),
            Outcome::Block => ("block", "✗"),
            Outcome::Error => ("error", "!"),
        };
        let bound = match &judged.rule.demand {
            Demand::Limit { bound, .. } => *bound,
            Demand::Beats { by, .. } => Bound::Min(*by),
        };
        let picture = match (judged.value, &judged.interval) {
            (Some(value), Some(interval)) => range::draw(value, interval, bound, class),
            _ => String::new(),
        };
        Self { judged, class, sign, picture }
    }
}

impl FindingRow {
    fn of(finding: &plimsoll_core::Finding) -> Self {
        let place = match (&finding.path, finding.line) {
            (Some(path), Some(line)) => format!("{path}:{line}"),
            (Some(path), None) => path.clone(),
            _ => String::new(),
        };
        Self {
            class: match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Info => "none",
            },
            code: finding.code.to_string(),
            message: finding.message.clone(),
            place,
            next: finding.next.clone().unwrap_or_default(),
        }
    }
}

impl<'a> EvaluationView<'a> {
    fn of(evaluation: &'a Evaluation) -> Self {
        let baseline = |measured: &Measured| {
            let value = evaluation.baseline.metrics.get(&measured.metric);
            value.map(|value| number::show(*value)).unwrap_or_default()
        };
        let overall = evaluation.overall.metrics.iter();
        let slices = evaluation.slices.iter().map(|(name, part)| SliceView {
            name: name.to_string(),
            condition: part.condition.clone().unwrap_or_default(),
            rows: part.rows,
            metrics: part.metrics.iter().map(|m| MetricRow::of(m, String::new())).collect(),
        });
        let compared = evaluation.comparison.iter().flat_map(|comparison| &comparison.metrics);
        let blocks = match (evaluation.overall.blocks, &evaluation.block) {
            (Some(blocks), Some(column)) => format!(" in {blocks} blocks of {column}"),
            _ => String::new(),
        };
        Self {
            of: evaluation,
            blocks,
            rows: overall.map(|measured| MetricRow::of(measured, baseline(measured))).collect(),
            slices: slices.collect(),
            compared: compared.map(MetricRow::of_gain).collect(),
            plots: evaluation.plots.iter().map(plot::draw).collect(),
        }
    }
}

impl MetricRow {
    fn of(measured: &Measured, baseline: String) -> Self {
        let show = number::show;
        let interval = measured.interval.as_ref();
        Self {
            name: measured.metric.label(),
            value: measured.value.map_or("no value".to_owned(), show),
            interval: interval
                .map(|i| format!("{} – {}", show(i.low), show(i.high)))
                .unwrap_or_default(),
            method: interval
                .map(|i| format!("{:.0} %, {}", i.level * 100.0, i.method))
                .unwrap_or_default(),
            baseline,
            note: note(measured.reason.as_ref(), interval),
        }
    }

    fn of_gain(compared: &Compared) -> Self {
        let show = match compared.metric.better() {
            Better::Lower => number::percent,
            Better::Higher | Better::NearZero => number::show,
        };
        let interval = compared.interval.as_ref();
        let value = |value: Option<f64>| value.map_or("no value".to_owned(), number::show);
        Self {
            name: compared.metric.label(),
            value: compared.gain.map_or("no value".to_owned(), show),
            interval: interval
                .map(|i| format!("{} – {}", show(i.low), show(i.high)))
                .unwrap_or_default(),
            method: interval.map(|i| i.method.clone()).unwrap_or_default(),
            baseline: format!("{} → {}", value(compared.champion), value(compared.challenger)),
            note: note(compared.reason.as_ref(), interval),
        }
    }
}

fn note(reason: Option<&String>, interval: Option<&plimsoll_core::evidence::Interval>) -> String {
    let approximate = interval.and_then(|interval| interval.approximate.as_ref());
    let parts = reason.into_iter().chain(approximate).cloned().collect::<Vec<_>>();
    parts.join("; ")
}

fn steps(record: &RunRecord) -> Vec<[String; 3]> {
    use plimsoll_core::record::StepState;
    let row = |step: &plimsoll_core::record::StepRecord| {
        let state = match &step.state {
            StepState::Cached { from_run } => format!("cached from run {}", from_run.short()),
            StepState::Failed { reason, .. } => format!("failed: {reason}"),
            other => other.word().to_owned(),
        };
        let outputs = step.outputs.iter().map(|output| output.path.to_string()).collect::<Vec<_>>();
        [step.name.to_string(), state, outputs.join(", ")]
    };
    record.steps.iter().map(row).collect()
}

fn provenance(report: &Report<'_>) -> Vec<[String; 2]> {
    let start = &report.record.start;
    let mut rows = vec![["run".to_owned(), report.record.id.to_string()]];
    let mut add = |name: &str, value: String| rows.push([name.to_owned(), value]);
    if let Some(commit) = &start.commit {
        let hash = commit.hash.clone().unwrap_or_else(|| "no commit yet".to_owned());
        add("commit", format!("{hash}{}", if commit.dirty { " (dirty tree)" } else { "" }));
    }
    for (name, pin) in &start.data {
        add(&format!("data.{name}"), format!("{} ({} bytes)", pin.digest, pin.bytes));
    }
    add("environment", format!("{}, {}", start.environment.interpreter, start.environment.python));
    add("seed", start.project.seed.to_string());
    if let Some(evaluation) = report.evaluation {
        add("model", evaluation.model.to_string());
        add("test set", evaluation.on.to_string());
        add("runtime", evaluation.runtime.clone().unwrap_or_else(|| "none".to_owned()));
    }
    if let Some(verdict) = report.verdict {
        add("policy", verdict.policy.to_string());
    }
    rows
}

#[cfg(test)]
mod tests;
