//! A run as Markdown, for a pull request or a job summary.

mod evaluation;

use std::fmt::Write;

use plimsoll_core::evidence::{Evaluation, Validation};
use plimsoll_core::gate::{Answer, Outcome, Verdict, Waived};
use plimsoll_core::record::{RunRecord, StepState};
use plimsoll_core::{Finding, Severity, number};

use crate::view;

pub(crate) use evaluation::{checks, weak};

/// Returns the document.
pub(crate) fn write(
    record: &RunRecord,
    validations: &[(String, &Validation)],
    evaluation: Option<&Evaluation>,
    verdict: Option<&Verdict>,
) -> String {
    let mut text = String::new();
    let model = &record.start.project.model;
    let state = match (verdict.map(|verdict| verdict.answer), record.end) {
        (Some(Answer::Pass), _) => "✅ pass".to_owned(),
        (Some(answer), _) => format!("❌ {answer}"),
        (None, Some(end)) => end.to_string(),
        (None, None) => "unfinished".to_owned(),
    };
    let commit = view::commit(record.start.commit.as_ref());
    // Writing to a string does not fail.
    _ = writeln!(text, "## {model}: {state}\n\nRun `{}` at `{commit}`\n", record.id.short());
    for (name, validation) in validations {
        // What is excused is told once, with who answers for it.
        let is_left = |found: &&Finding| verdict.is_none_or(|it| it.excuse(found).is_none());
        let left: Vec<Finding> = validation.findings.iter().filter(is_left).cloned().collect();
        findings(&mut text, &format!("data.{name}"), &left);
    }
    steps(&mut text, record);
    if let Some(verdict) = verdict {
        gate(&mut text, verdict);
        findings(&mut text, "Findings", &verdict.findings);
        waived(&mut text, &verdict.waived);
    }
    if let Some(message) = &record.evaluation_failed {
        _ = writeln!(text, "**Not evaluated:** {}\n", escape(message));
    }
    if let Some(evaluation) = evaluation {
        evaluation::write(&mut text, evaluation);
    }
    text
}

fn gate(text: &mut String, verdict: &Verdict) {
    text.push_str("| | rule | value | interval | where |\n|---|---|---|---|---|\n");
    for judged in &verdict.rules {
        let sign = match judged.outcome {
            Outcome::Pass => "✅",
            Outcome::NotApplicable => "➖",
            _ if !judged.stops() => "⚠️",
            Outcome::Inconclusive => "❓",
            Outcome::Block | Outcome::Error => "❌",
        };
        let value = judged.value.map(number::show).unwrap_or_default();
        let interval =
            judged.interval.as_ref().map(|ends| view::evaluation::interval(ends, number::show));
        _ = writeln!(
            text,
            "| {sign} {} | `{}` | {value} | {} | {} |",
            judged.outcome,
            judged.rule.demand,
            interval.unwrap_or_default(),
            judged.rule.place(),
        );
    }
    text.push('\n');
    for judged in verdict.rules.iter().filter(|judged| judged.outcome > Outcome::NotApplicable) {
        _ = writeln!(text, "- {}", escape(&judged.message));
    }
    text.push('\n');
}

pub(crate) fn findings(text: &mut String, title: &str, findings: &[Finding]) {
    if findings.is_empty() {
        return;
    }
    _ = writeln!(text, "**{title}**\n");
    for finding in findings {
        let sign = if finding.severity == Severity::Error { "❌" } else { "⚠️" };
        _ = writeln!(text, "- {sign} `{}` {}", finding.code, escape(&finding.message));
    }
    text.push('\n');
}

fn waived(text: &mut String, waived: &[Waived]) {
    if waived.is_empty() {
        return;
    }
    text.push_str("**Waived**\n\n");
    for Waived { finding, waiver } in waived {
        let (message, reason) = (escape(&finding.message), escape(&waiver.reason));
        let (owner, expires) = (escape(&waiver.owner), waiver.expires);
        _ = writeln!(text, "- `{}` {message} ({owner}, until {expires}: {reason})", finding.code);
    }
    text.push('\n');
}

fn steps(text: &mut String, record: &RunRecord) {
    text.push_str("| step | state | took |\n|---|---|---|\n");
    for step in &record.steps {
        let state = match &step.state {
            StepState::Failed { reason, .. } => format!("❌ {}", escape(&reason.to_string())),
            StepState::Skipped { because } => format!("skipped, `{because}` failed"),
            other => view::step_word(other, record.end).to_owned(),
        };
        let took = step.duration_ms.map(view::duration).unwrap_or_default();
        _ = writeln!(text, "| {} | {state} | {took} |", step.name);
    }
    text.push('\n');
}

/// Text from data and commands must not become markup or mention people.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' | '\r' | '\t' => escaped.push(' '),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '@' => escaped.push_str("&#64;"),
            '|' | '*' | '_' | '[' | ']' | '#' => {
                escaped.push('\\');
                escaped.push(letter);
            }
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_stays_text() {
        assert_eq!(escape("a|b <script>\n@someone"), "a\\|b &lt;script&gt; &#64;someone");
    }
}
