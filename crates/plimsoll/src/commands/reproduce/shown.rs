//! What came of it, as it is shown.

use std::fmt;
use std::path::PathBuf;

use plimsoll_core::lifecycle::Subject;
use plimsoll_core::reproduction::{
    Agreement, Condition, Divergence, MetricAgain, Reproduced, Reproduction, StepAgain, Tolerance,
};
use plimsoll_core::{CommitHash, Digest, RunId, Version};
use serde::Serialize;

use super::told::Told;
use crate::ui::{Document, Paint, paint};
use crate::view;

/// A reproduction as it is shown.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Shown {
    verdict: Reproduced,
    message: String,
    version: Version,
    subject: Subject,
    run: RunId,
    rerun: RunId,
    commit: CommitHash,
    at: String,
    tolerance: Tolerance,
    first: Option<Divergence>,
    conditions: Vec<Condition>,
    steps: Vec<StepAgain>,
    metrics: Vec<MetricAgain>,
    evidence: Digest,
    statement: Digest,
    /// The end of what the first failed step printed.
    log: Vec<String>,
    kept: Option<PathBuf>,
}

impl Shown {
    pub(super) fn of(
        reproduction: Reproduction,
        told: &Told,
        log: Vec<String>,
        kept: Option<PathBuf>,
    ) -> Self {
        Self {
            verdict: reproduction.answer,
            message: reproduction.message,
            version: reproduction.version,
            subject: reproduction.subject,
            run: reproduction.run,
            rerun: reproduction.rerun,
            commit: reproduction.commit,
            at: view::rfc3339(reproduction.at),
            tolerance: reproduction.tolerance,
            first: reproduction.first,
            conditions: reproduction.conditions,
            steps: reproduction.steps,
            metrics: reproduction.metrics,
            evidence: told.evidence,
            statement: told.statement,
            log,
            kept,
        }
    }
}

impl Document for Shown {
    const SCHEMA: &'static str = "plimsoll.reproduce/v1";
}

fn sign(agreement: Agreement) -> (Paint, &'static str, &'static str) {
    match agreement {
        Agreement::Same => (Paint::Good, "✓", "the same bytes"),
        Agreement::Close => (Paint::Warning, "≈", "within tolerance"),
        Agreement::Different => (Paint::Bad, "✗", "different"),
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (colour, mark, _) = sign(match self.verdict {
            Reproduced::BitIdentical => Agreement::Same,
            Reproduced::WithinTolerance => Agreement::Close,
            Reproduced::NotReproducible => Agreement::Different,
        });
        let version = paint(Paint::Strong, &self.version);
        let verdict = paint(colour, self.verdict);
        writeln!(f, "{} {version} is {verdict}: {}", paint(colour, mark), self.message)?;
        writeln!(f, "  run        {} at commit {}", self.run.short(), self.commit)?;
        let width = self.steps.iter().map(|step| step.step.as_str().len()).max();
        let width = width.unwrap_or(0).max(10);
        for step in &self.steps {
            let (colour, mark, word) = sign(step.agreement);
            let word = step.failure.as_deref().unwrap_or(word);
            writeln!(f, "  {:<width$} {} {word}", step.step.as_str(), paint(colour, mark))?;
            // A step that failed says so in one line.
            let outputs = step.outputs.iter().filter(|_| step.failure.is_none());
            for output in outputs.filter(|output| output.agreement != Agreement::Same) {
                let (colour, mark, _) = sign(output.agreement);
                let how = output.difference.as_deref().unwrap_or("has other bytes");
                writeln!(f, "  {:<width$}   {} {} {how}", "", paint(colour, mark), output.path)?;
            }
        }
        if let Some(Divergence { step: Some(step), message, .. }) = &self.first
            && !self.is_said(message)
        {
            writeln!(f, "  the runs part in {}: {message}", paint(Paint::Strong, step))?;
        }
        self.measured(f)?;
        for condition in &self.conditions {
            writeln!(f, "  {} {condition}", paint(Paint::Warning, "differs:"))?;
        }
        if !self.log.is_empty() {
            writeln!(f, "  the last lines of its log:")?;
            for line in &self.log {
                writeln!(f, "    {line}")?;
            }
        }
        writeln!(f, "  statement  {} (signed)", self.statement)?;
        if let Some(kept) = &self.kept {
            let (home, run) = (kept.join("home"), self.rerun.short());
            writeln!(f, "  kept       {}", kept.display())?;
            writeln!(f, "  next: PLIMSOLL_HOME={} plimsoll show {run}", home.display())?;
        }
        Ok(())
    }
}

impl Shown {
    /// Tells whether a step's line has this message already.
    fn is_said(&self, message: &str) -> bool {
        self.steps.iter().any(|step| step.failure.as_deref() == Some(message))
    }

    fn measured(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.metrics.len();
        if count == 0 {
            return Ok(());
        }
        let same = self.metrics.iter().filter(|it| it.agreement == Agreement::Same).count();
        writeln!(f, "  metrics    {same} of {count} are the same")?;
        for metric in self.metrics.iter().filter(|metric| metric.agreement != Agreement::Same) {
            let (colour, mark, _) = sign(metric.agreement);
            let now = metric.now.map_or_else(|| "nothing".to_owned(), |now| now.to_string());
            let (name, then) = (&metric.metric, metric.then);
            writeln!(f, "             {} {name}: {then} then, {now} now", paint(colour, mark))?;
        }
        Ok(())
    }
}
