//! One self-contained HTML page about a run: verdict, numbers, plots, provenance; one about a
//! model that was checked; one about two that were compared; and the dossier of a version.
//!
//! No script, no request to anywhere: the page can be kept, mailed and opened in ten years.

pub(crate) mod axis;
mod check;
mod contest;
mod dossier;
pub(crate) mod finding;
mod forest;
pub(crate) mod headline;
pub(crate) mod numbers;
pub(crate) mod plot;
mod prose;
pub(crate) mod range;
mod tried;

use askama::Template;
use plimsoll_core::evidence::{Evaluation, Measured, Metric, Validation};
use plimsoll_core::gate::{Bound, Demand, Judged, Outcome, Verdict, Waived};
use plimsoll_core::record::{RunRecord, StepRecord, StepState};
use plimsoll_core::{DatasetName, Finding, number};

pub use check::{CheckReport, check_html};
pub use contest::{ContestReport, contest_html};
pub use dossier::{DossierPart, DossierReport, dossier_html};
use finding::FindingRow;
use forest::Forest;
use headline::Headline;
use numbers::MetricRow;
use range::Range;
pub use tried::CostLimit;
use tried::Tried;

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
    headline: Headline,
    origin: String,
    rules: Vec<RuleRow<'a>>,
    findings: Vec<FindingRow<'a>>,
    waived: &'a [Waived],
    validations: &'a [(DatasetName, Validation)],
    evaluation: Option<EvaluationView<'a>>,
    tried: Tried<'a>,
    steps: Vec<[String; 4]>,
    provenance: Vec<[String; 2]>,
    params: Vec<[String; 2]>,
}

/// An outcome for the eye; the sign tells it without colour.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sign {
    pub class: &'static str,
    pub glyph: &'static str,
}

struct RuleRow<'a> {
    judged: &'a Judged,
    sign: Sign,
    picture: String,
}

struct EvaluationView<'a> {
    of: &'a Evaluation,
    blocks: String,
    rows: Vec<MetricRow>,
    forests: Vec<Forest>,
    compared: Vec<MetricRow>,
    plots: Vec<String>,
}

impl<'a> Page<'a> {
    fn of(report: &Report<'a>) -> Self {
        let record = report.record;
        let rules = report.verdict.map_or(&[][..], |verdict| &verdict.rules);
        let measured = report.evaluation.map_or(&[][..], |evaluation| &evaluation.findings);
        // A verdict repeats what the evaluation found.
        let found = report.verdict.map_or(measured, |verdict| &verdict.findings);
        let waived = report.verdict.map_or(&[][..], |verdict| &verdict.waived);
        let invalid = report.validations.iter().flat_map(|(_, validation)| &validation.findings);
        let is_told = |finding: &&Finding| {
            found.contains(finding) || waived.iter().any(|it| it.finding == **finding)
        };
        let invalid = invalid.filter(|finding| !is_told(finding));
        Self {
            record,
            started: report.started,
            headline: Headline::of(report),
            origin: origin(record),
            rules: rules.iter().map(RuleRow::of).collect(),
            findings: finding::rows(found.iter().chain(invalid)),
            waived,
            validations: report.validations,
            evaluation: report.evaluation.map(|evaluation| EvaluationView::of(evaluation, rules)),
            tried: report.evaluation.map(tried).unwrap_or_default(),
            steps: record.steps.iter().map(step).collect(),
            provenance: provenance(report),
            params: record.start.params.iter().map(|(k, v)| [k.clone(), v.to_string()]).collect(),
        }
    }
}

impl Sign {
    /// Returns the sign of a rule; one that does not hold and stops nothing only warns.
    pub(crate) fn of_rule(judged: &Judged) -> Self {
        match judged.outcome {
            Outcome::Inconclusive | Outcome::Block | Outcome::Error if !judged.stops() => {
                Self { class: "warning", glyph: "!" }
            }
            outcome => Self::of(outcome),
        }
    }

    pub(crate) fn of(outcome: Outcome) -> Self {
        let (class, glyph) = match outcome {
            Outcome::Pass => ("pass", "✓"),
            Outcome::NotApplicable => ("none", "–"),
            Outcome::Inconclusive => ("block", "?"),
            Outcome::Block => ("block", "✗"),
            Outcome::Error => ("error", "!"),
        };
        Self { class, glyph }
    }
}

impl<'a> RuleRow<'a> {
    fn of(judged: &'a Judged) -> Self {
        let bound = match &judged.rule.demand {
            Demand::Limit { bound, .. } => Some(*bound),
            Demand::Beats { by, .. } => Some(Bound::Min(*by)),
            // What a check saw has a section of its own; a scan and a card have no number.
            Demand::Check { .. }
            | Demand::Scan { .. }
            | Demand::Card { .. }
            | Demand::Budget { .. }
            | Demand::Weak { .. } => None,
        };
        let show = judged.rule.demand.format();
        let picture = judged.value.zip(bound).map(|(value, bound)| {
            let range =
                Range { value, interval: judged.interval.as_ref(), bounds: &[bound], guide: None };
            let axis = range.axis();
            let limit = (bound.limit(), show(bound.limit()));
            format!("{}{}", range.draw(&axis, show), range::scale(&axis, &[limit]))
        });
        let picture = picture.unwrap_or_default();
        Self { judged, sign: Sign::of_rule(judged), picture }
    }
}

impl<'a> EvaluationView<'a> {
    fn of(evaluation: &'a Evaluation, rules: &[Judged]) -> Self {
        let baseline = |measured: &Measured| {
            let value = evaluation.baseline.metrics.get(&measured.metric);
            value.map(|value| number::show(*value)).unwrap_or_default()
        };
        let overall = evaluation.overall.metrics.iter();
        let compared = evaluation.comparison.iter().flat_map(|comparison| &comparison.metrics);
        let least = |of: Metric| -> Vec<Bound> {
            let demands = rules.iter().map(|judged| &judged.rule.demand);
            let gains = demands.filter_map(|demand| match demand {
                Demand::Beats { metric, by } if *metric == of => Some(Bound::Min(*by)),
                _ => None,
            });
            gains.collect()
        };
        let blocks = match (evaluation.overall.blocks, &evaluation.block) {
            (Some(blocks), Some(column)) => format!(" in {blocks} blocks of {column}"),
            _ => String::new(),
        };
        Self {
            of: evaluation,
            blocks,
            rows: overall.map(|measured| MetricRow::of(measured, baseline(measured))).collect(),
            forests: Forest::of_all(evaluation, rules),
            compared: compared.map(|gain| MetricRow::of_gain(gain, &least(gain.metric))).collect(),
            plots: evaluation.plots.iter().map(plot::draw).collect(),
        }
    }
}

/// Returns what was tried on the model; the limits of its costs stand with the rules.
fn tried(evaluation: &Evaluation) -> Tried<'_> {
    let Evaluation { checks, weak, spent, .. } = evaluation;
    Tried { is_judged: true, ..Tried::of(checks, weak.as_ref(), spent.as_ref(), &[]) }
}

/// Returns where the run came from in a few words: the commit and who answers for the model.
fn origin(record: &RunRecord) -> String {
    let mut words = Vec::new();
    if let Some(commit) = &record.start.commit {
        let hash =
            commit.hash.as_deref().map_or("no commit yet", |hash| hash.get(..7).unwrap_or(hash));
        let branch = commit.branch.as_ref().map(|branch| format!("{branch}@")).unwrap_or_default();
        words.push(format!("{branch}{hash}{}", if commit.dirty { " (dirty)" } else { "" }));
    }
    let owners = &record.start.project.owners;
    if !owners.is_empty() {
        words.push(format!("owners: {}", owners.join(", ")));
    }
    words.join(" · ")
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of a command")]
fn step(step: &StepRecord) -> [String; 4] {
    let state = match &step.state {
        StepState::Cached { from_run } => format!("cached from run {}", from_run.short()),
        StepState::Failed { reason, .. } => format!("failed: {reason}"),
        StepState::Skipped { because } => format!("skipped, {because} failed"),
        other => other.word().to_owned(),
    };
    let took = step.duration_ms.map(|took| format!("{:.1} s", took as f64 / 1000.0));
    let outputs = step.outputs.iter().map(|output| output.path.to_string()).collect::<Vec<_>>();
    [step.name.to_string(), state, took.unwrap_or_default(), outputs.join(", ")]
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
    let environment = &start.environment;
    let parts = [&environment.interpreter, &environment.python, &environment.platform];
    let parts = parts.into_iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>();
    add("environment", parts.join(", "));
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
