//! A verdict on a terminal.

use std::fmt;

use plimsoll_core::finding::with_next;
use plimsoll_core::gate::{Answer, Outcome, Verdict, Waived};
use plimsoll_core::{Finding, Severity};

use crate::ui::{Paint, paint};

/// Writes the answer, every rule with its place, and what was found.
pub(crate) fn write(f: &mut fmt::Formatter<'_>, verdict: &Verdict) -> fmt::Result {
    let colour = if verdict.answer == Answer::Pass { Paint::Good } else { Paint::Bad };
    let reason = verdict.reason();
    let name = paint(Paint::Strong, "gate");
    writeln!(f, "{name} {}: {reason}", paint(colour, verdict.answer))?;
    for judged in &verdict.rules {
        let colour = match judged.outcome {
            Outcome::Pass => Paint::Good,
            Outcome::NotApplicable => Paint::Faint,
            _ if judged.stops() => Paint::Bad,
            _ => Paint::Warning,
        };
        let sign = match judged.outcome {
            Outcome::Pass => "✓",
            Outcome::NotApplicable => "–",
            Outcome::Inconclusive => "?",
            Outcome::Block | Outcome::Error if !judged.stops() => "!",
            Outcome::Block | Outcome::Error => "✗",
        };
        let place = judged.rule.place();
        let outcome = format!("{:<14}", judged.outcome.to_string());
        writeln!(
            f,
            "  {} {} {}  {}",
            paint(colour, sign),
            paint(colour, outcome),
            judged.rule.demand,
            paint(Paint::Faint, place),
        )?;
        writeln!(f, "      {}", judged.message)?;
        if let Some(next) = &judged.next {
            writeln!(f, "      next: {next}")?;
        }
    }
    write_findings(f, &verdict.findings)?;
    write_waived(f, &verdict.waived)
}

/// Writes what is excused, by whom and until when.
pub(crate) fn write_waived(f: &mut fmt::Formatter<'_>, waived: &[Waived]) -> fmt::Result {
    for Waived { finding, waiver } in waived {
        let head = format!("waived[{}]", finding.code);
        writeln!(f, "  {} {}", paint(Paint::Warning, head), finding.message)?;
        let (owner, reason, expires) = (&waiver.owner, &waiver.reason, waiver.expires);
        writeln!(f, "      by {owner} until {expires} ({}): {reason}", waiver.place())?;
    }
    Ok(())
}

/// Writes findings: what, where, what next.
pub(crate) fn write_findings<'f>(
    f: &mut fmt::Formatter<'_>,
    findings: impl IntoIterator<Item = &'f Finding>,
) -> fmt::Result {
    for (finding, next) in with_next(findings) {
        let colour = match finding.severity {
            Severity::Error => Paint::Bad,
            Severity::Warning => Paint::Warning,
            Severity::Info => Paint::Faint,
        };
        let head = format!("{}[{}]", finding.severity, finding.code);
        writeln!(f, "  {} {}", paint(colour, head), finding.message)?;
        match (&finding.path, finding.line) {
            (Some(path), Some(line)) => writeln!(f, "      at {path}:{line}")?,
            (Some(path), None) => writeln!(f, "      at {path}")?,
            _ => {}
        }
        if let Some(next) = next {
            writeln!(f, "      next: {next}")?;
        }
    }
    Ok(())
}
