//! What follows from the steps: the answer, and where the two runs part.

use super::{
    Agreement, Condition, Divergence, MetricAgain, OutputAgain, Reproduced, StepAgain, Tolerance,
};
use crate::RepoPath;

/// How many outputs and metrics are named in a sentence.
const NAMED: usize = 3;

/// What follows from steps and metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conclusion {
    /// The answer.
    pub answer: Reproduced,
    /// The first step that did not give the same bytes.
    pub first: Option<Divergence>,
    /// The answer in a sentence.
    pub message: String,
}

/// Concludes from the steps, in the order in which they run, from what was measured, and from the
/// conditions that were not as they had been.
///
/// A metric counts only beyond the tolerance: where all bytes are the same, another processor may
/// round it otherwise.
pub fn conclude(
    steps: &[StepAgain],
    metrics: &[MetricAgain],
    conditions: &[Condition],
    tolerance: Tolerance,
) -> Conclusion {
    let worst = steps.iter().map(|step| step.agreement).max().unwrap_or(Agreement::Same);
    let moved: Vec<&MetricAgain> =
        metrics.iter().filter(|metric| metric.agreement == Agreement::Different).collect();
    let answer = match worst {
        Agreement::Different => Reproduced::NotReproducible,
        _ if !moved.is_empty() => Reproduced::NotReproducible,
        Agreement::Close => Reproduced::WithinTolerance,
        Agreement::Same => Reproduced::BitIdentical,
    };
    let diverged = steps.iter().find(|step| step.agreement != Agreement::Same);
    let first = match diverged {
        Some(step) => Some(divergence(step, conditions)),
        None if moved.is_empty() => None,
        None => {
            let message = format!("{} although every output is the same", measured(&moved));
            Some(Divergence { step: None, outputs: Vec::new(), message })
        }
    };
    let all = || steps.iter().flat_map(|step| &step.outputs);
    let count = all().count();
    let message = match answer {
        Reproduced::BitIdentical => {
            let steps = counted(steps.len(), "step");
            format!("all {} of {steps} have the same bytes", counted(count, "output"))
        }
        Reproduced::WithinTolerance => {
            let close: Vec<_> = all().filter(|it| it.agreement == Agreement::Close).collect();
            let farthest = close.iter().filter_map(|it| it.distance).fold(0.0, f64::max);
            format!(
                "{} of {} have other bytes and differ by at most {farthest:.1e} (tolerance {tolerance})",
                close.len(),
                counted(count, "output"),
            )
        }
        Reproduced::NotReproducible => beyond(steps, &moved, diverged),
    };
    Conclusion { answer, first, message }
}

/// Says which step is the first that gave something else, and where it is not the first that gave
/// other bytes, which that was.
fn beyond(steps: &[StepAgain], moved: &[&MetricAgain], diverged: Option<&StepAgain>) -> String {
    let Some(wrong) = steps.iter().find(|step| step.agreement == Agreement::Different) else {
        return measured(moved);
    };
    let message = match &wrong.failure {
        Some(failure) => format!("step `{}`: {failure}", wrong.step),
        None => format!("step `{}` gives something else: {}", wrong.step, differences(wrong)),
    };
    match diverged.filter(|first| first.step != wrong.step) {
        Some(first) => format!("{message}; the first with other bytes is `{}`", first.step),
        None => message,
    }
}

fn divergence(step: &StepAgain, conditions: &[Condition]) -> Divergence {
    let differ = step.outputs.iter().filter(|output| output.agreement != Agreement::Same);
    let outputs: Vec<RepoPath> = differ.map(|output| output.path.clone()).collect();
    let what = match &step.failure {
        Some(failure) => failure.clone(),
        None => differences(step),
    };
    let conditions: Vec<&str> = conditions.iter().map(|it| it.what.as_str()).collect();
    let given: Vec<&str> = step.given.iter().map(String::as_str).collect();
    let why = if !given.is_empty() {
        format!("; it was given something else than then: {}", some(&given))
    } else if !conditions.is_empty() {
        format!("; it was given the same as then, under other conditions: {}", some(&conditions))
    } else if step.failure.is_some() {
        String::new()
    } else {
        "; it was given the same as then, so it depends on something else: chance, time, threads or the machine"
            .to_owned()
    };
    Divergence { step: Some(step.step.clone()), outputs, message: format!("{what}{why}") }
}

/// Returns the first of several names, and how many more there are.
fn some(names: &[&str]) -> String {
    let shown = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn differences(step: &StepAgain) -> String {
    let differ = step.outputs.iter().filter(|output| output.agreement != Agreement::Same);
    // The worst first: of a model and its log, the log is not why.
    let mut differ: Vec<&OutputAgain> = differ.collect();
    differ.sort_by_key(|output| std::cmp::Reverse(output.agreement));
    let said = |output: &&OutputAgain| {
        let how = output.difference.as_deref().unwrap_or("has other bytes");
        format!("`{}` {how}", output.path)
    };
    let mut said: Vec<String> = differ.iter().take(NAMED).map(said).collect();
    if let more @ 1.. = differ.len().saturating_sub(NAMED) {
        said.push(counted(more, "more output"));
    }
    said.join("; ")
}

fn measured(moved: &[&MetricAgain]) -> String {
    let said = |metric: &&MetricAgain| {
        let now = metric.now.map_or_else(|| "nothing".to_owned(), |now| now.to_string());
        format!("{} is {now}, not {}", metric.metric, metric.then)
    };
    let said: Vec<String> = moved.iter().take(NAMED).map(said).collect();
    let more = match moved.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(", and {} differ", counted(more, "more metric")),
    };
    format!("the evaluation measures something else: {}{more}", said.join(", "))
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
