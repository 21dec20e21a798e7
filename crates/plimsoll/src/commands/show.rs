//! `plimsoll show`

pub(crate) mod files;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use plimsoll_core::event::{Retraining, RunEnd};
use plimsoll_core::evidence::{CheckState, Evaluation, ScanName, Scanned, Validation};
use plimsoll_core::gate::{Answer, Verdict};
use plimsoll_core::number;
use plimsoll_core::record::{RunRecord, StepState};
use serde::Serialize;
use serde_json::Value;

use crate::error::{CommandError, Exit};
use crate::ports::Ports;
use crate::ui::{Cell, Document, Paint, Table, Ui, paint};
use crate::{evidence, output_file, view};

/// Show a run: its steps, numbers and verdict
///
/// A run can be written again as the page and the summary that `plimsoll run` makes of it.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The beginning of a run's id, or `latest`
    #[arg(default_value = "latest")]
    run: String,
    /// Write the report, a page with plots, to this file
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write a summary in Markdown, for a pull request or a job summary
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,
    /// Write the rules of the gate as `JUnit` test cases
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

pub(crate) async fn run(args: &Args, ports: &Ports, ui: &mut Ui) -> Result<Exit, CommandError> {
    let id = ports.find_run(&args.run).await?;
    let shown = Shown::read(ports, evidence::record(&*ports.runs, id).await?).await?;
    if let Some(file) = &args.html {
        output_file::write(&ports.folder, file, files::page(&shown)?)?;
    }
    let (summary, junit) = (args.summary.as_deref(), args.junit.as_deref());
    files::write_asked(&ports.folder, summary, junit, &shown)?;
    ui.show(&shown)?;
    Ok(Exit::Done)
}

/// A run with the evidence that it refers to.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Shown {
    run: String,
    model: String,
    state: Option<RunEnd>,
    verdict: Option<Answer>,
    gate: Option<Verdict>,
    evaluation: Option<Evaluation>,
    validations: BTreeMap<plimsoll_core::DatasetName, Validation>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    scans: BTreeMap<ScanName, Scanned>,
    started: String,
    duration_ms: u64,
    repository: String,
    commit: Option<plimsoll_core::event::CommitState>,
    params: BTreeMap<String, Value>,
    data: BTreeMap<plimsoll_core::DatasetName, plimsoll_core::event::DatasetPin>,
    environment: plimsoll_core::event::Environment,
    steps: Vec<Step>,
    metrics: BTreeMap<String, f64>,
    evaluation_failed: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retraining: Option<Retraining>,
    #[serde(skip)]
    record: RunRecord,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Step {
    name: String,
    state: &'static str,
    from_run: Option<String>,
    reason: Option<String>,
    hint: Option<String>,
    duration_ms: Option<u64>,
    outputs: Vec<plimsoll_core::event::Output>,
}

impl Shown {
    /// Reads the evidence of `record`.
    pub(crate) async fn read(ports: &Ports, record: RunRecord) -> Result<Self, CommandError> {
        let objects = &*ports.objects;
        let mut validations = BTreeMap::new();
        for (name, (digest, _)) in &record.validated {
            validations.insert(name.clone(), evidence::read(objects, digest).await?);
        }
        let mut scans = BTreeMap::new();
        for (name, (digest, _)) in &record.scans {
            scans.insert(*name, evidence::read(objects, digest).await?);
        }
        let evaluation = match &record.evaluation {
            Some((digest, _)) => Some(evidence::read(objects, digest).await?),
            None => None,
        };
        let gate: Option<Verdict> = match &record.verdict {
            Some((digest, _)) => Some(evidence::read(objects, digest).await?),
            None => None,
        };
        let start = &record.start;
        Ok(Self {
            run: record.id.to_string(),
            model: start.project.model.to_string(),
            state: record.end,
            verdict: gate.as_ref().map(|verdict| verdict.answer),
            gate,
            evaluation,
            validations,
            scans,
            started: view::rfc3339(record.started),
            duration_ms: record.last.millis_since(record.started),
            repository: start.repository.clone(),
            commit: start.commit.clone(),
            params: start.params.clone(),
            data: start.data.clone(),
            environment: start.environment.clone(),
            steps: record.steps.iter().map(Step::of).collect(),
            metrics: record.metrics(),
            evaluation_failed: record.evaluation_failed.clone(),
            retraining: start.retraining.clone(),
            record,
        })
    }
}

impl Shown {
    pub(crate) fn record(&self) -> &RunRecord {
        &self.record
    }

    pub(crate) fn evaluation(&self) -> Option<&Evaluation> {
        self.evaluation.as_ref()
    }

    pub(crate) fn verdict(&self) -> Option<&Verdict> {
        self.gate.as_ref()
    }

    /// Returns the validations in the order of the datasets' names.
    pub(crate) fn validations(
        &self,
    ) -> impl Iterator<Item = (plimsoll_core::DatasetName, Validation)> {
        self.validations.iter().map(|(name, validation)| (name.clone(), validation.clone()))
    }
}

impl Step {
    fn of(step: &plimsoll_core::record::StepRecord) -> Self {
        let (from_run, reason) = match &step.state {
            StepState::Cached { from_run } => (Some(from_run.to_string()), None),
            StepState::Failed { reason, .. } => (None, Some(reason.to_string())),
            StepState::Skipped { because } => (None, Some(format!("step `{because}` failed"))),
            _ => (None, None),
        };
        Self {
            name: step.name.to_string(),
            state: step.state.word(),
            from_run,
            reason,
            hint: match &step.state {
                StepState::Failed { reason, .. } => reason.hint().map(str::to_owned),
                _ => None,
            },
            duration_ms: step.duration_ms,
            outputs: step.outputs.clone(),
        }
    }
}

impl Document for Shown {
    const SCHEMA: &'static str = "plimsoll.show/v1";
}

/// A run that was carried out right now: the same document under its own name.
#[derive(Serialize)]
#[serde(transparent)]
pub(crate) struct Ran<'a>(pub &'a Shown);

impl Document for Ran<'_> {
    const SCHEMA: &'static str = "plimsoll.run/v1";
}

impl fmt::Display for Ran<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let record = &self.record;
        let start = &record.start;
        let answer = record.verdict.map(|(_, answer)| answer);
        let mut head = Table::new(&["run", "model", "state", "started", ">took", "commit"]);
        head.row([
            Cell::painted(Paint::Strong, record.id.short()),
            start.project.model.to_string().into(),
            view::standing(record.end, answer),
            view::moment(record.started).into(),
            view::duration(self.duration_ms).into(),
            view::commit(start.commit.as_ref()).into(),
        ]);
        writeln!(f, "{head}")?;
        if let Some(retraining) = &self.retraining {
            write_retraining(f, retraining)?;
        }
        let mut steps = Table::new(&["step", "state", ">took", "outputs"]);
        for step in &record.steps {
            steps.row([
                step.name.to_string().into(),
                state(&step.state, record.end),
                step.duration_ms.map(view::duration).unwrap_or_default().into(),
                outputs(step).into(),
            ]);
        }
        write!(f, "{steps}")?;
        for step in &self.steps {
            if let (Some(reason), "failed") = (&step.reason, step.state) {
                writeln!(f, "  {} {}: {reason}", paint(Paint::Bad, "failed"), step.name)?;
                if let Some(hint) = &step.hint {
                    writeln!(f, "      hint: {hint}")?;
                }
                writeln!(f, "      next: plimsoll logs {} {}", record.id.short(), step.name)?;
            }
        }
        write_numbers(f, record)?;
        for (name, validation) in &self.validations {
            if validation.findings.is_empty() {
                continue;
            }
            writeln!(
                f,
                "\n{} ({} rows)",
                paint(Paint::Strong, format!("data.{name}")),
                validation.rows
            )?;
            view::verdict::write_findings(f, &validation.findings)?;
        }
        if !self.scans.is_empty() {
            writeln!(f)?;
        }
        for (name, scanned) in &self.scans {
            let head = paint(Paint::Strong, format!("scan {name}"));
            match scanned.state {
                CheckState::Answered => writeln!(f, "{head} {}", scanned.summary)?,
                CheckState::Undecided | CheckState::Failed => {
                    let failed = paint(Paint::Bad, "could not run:");
                    writeln!(f, "{head} {failed} {}", scanned.summary)?;
                }
            }
            // Findings stand with the rule that asked for the scan.
            for with in &scanned.against {
                let age = match with.age_days {
                    Some(1) => ", 1 day old".to_owned(),
                    Some(days) => format!(", {days} days old"),
                    None => String::new(),
                };
                writeln!(f, "      held against {} {}{age}", with.name, with.digest.short())?;
            }
        }
        if let Some(evaluation) = &self.evaluation {
            writeln!(f)?;
            view::evaluation::write(f, evaluation)?;
        }
        if let Some(message) = &self.evaluation_failed {
            writeln!(f, "\n{} {message}", paint(Paint::Bad, "not evaluated:"))?;
        }
        match &self.gate {
            Some(verdict) => {
                writeln!(f)?;
                view::verdict::write(f, verdict)
            }
            None => Ok(()),
        }
    }
}

fn write_retraining(f: &mut fmt::Formatter<'_>, retraining: &Retraining) -> fmt::Result {
    let Retraining { cause, parent, set, withheld } = retraining;
    writeln!(f, "{}", paint(Paint::Strong, format!("retraining that follows {parent}")))?;
    writeln!(f, "  because    {} ({})", cause.summary, cause.evidence.short())?;
    for (name, value) in set {
        writeln!(f, "  set        {name} = {value}")?;
    }
    let (rows, from, to) = (withheld.rows, withheld.from, withheld.to);
    writeln!(f, "  judged on  {rows} rows of {from} to {to}, which no step saw\n")
}

fn state(state: &StepState, end: Option<RunEnd>) -> Cell {
    match state {
        StepState::Ran { .. } => Cell::painted(Paint::Good, "ran"),
        StepState::Cached { from_run } => format!("cached from {}", from_run.short()).into(),
        StepState::Failed { .. } => Cell::painted(Paint::Bad, "failed"),
        StepState::Skipped { because } => {
            Cell::painted(Paint::Warning, format!("skipped, {because} failed"))
        }
        StepState::Running { .. } | StepState::Waiting => {
            Cell::painted(Paint::Warning, view::step_word(state, end))
        }
    }
}

fn outputs(step: &plimsoll_core::record::StepRecord) -> String {
    let shown = step
        .outputs
        .iter()
        .take(3)
        .map(|output| format!("{} ({})", output.path, view::size(output.bytes)));
    let mut shown: Vec<String> = shown.collect();
    if step.outputs.len() > 3 {
        shown.push(format!("{} more", step.outputs.len() - 3));
    }
    shown.join(", ")
}

fn write_numbers(f: &mut fmt::Formatter<'_>, record: &RunRecord) -> fmt::Result {
    let mut table = Table::new(&["metric of a step", ">value"]);
    for step in &record.steps {
        for (name, value) in &step.metrics {
            table.row([format!("{}.{name}", step.name).into(), number::show(*value).into()]);
        }
    }
    if table.is_empty() { Ok(()) } else { write!(f, "\n{table}") }
}
