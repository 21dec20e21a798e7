//! A verdict on a terminal.

use std::fmt;

use plimsoll_core::gate::{Answer, Outcome, Verdict};
use plimsoll_core::{Finding, Severity};

use crate::ui::{Paint, paint};

/// Writes the answer, every rule with its place, and what was found.
pub(crate) fn write(f: &mut fmt::Formatter<'_>, verdict: &Verdict) -> fmt::Result {
    let colour = if verdict.answer == Answer::Pass { Paint::Good } else { Paint::Bad };
    let failed = verdict.rules.iter().filter(|rule| rule.outcome > Outcome::NotApplicable).count();
    let blocking =
        verdict.findings.iter().filter(|found| found.severity == Severity::Error).count();
    let total = verdict.rules.len();
    let idle = verdict.rules.iter().filter(|rule| rule.outcome == Outcome::NotApplicable).count();
    let holding = match idle {
        _ if total == 0 => "there are no rules".to_owned(),
        0 => format!("all {total} rules hold"),
        1 => format!("{} of {total} rules hold, 1 does not apply yet", total - idle),
        _ => format!("{} of {total} rules hold, {idle} do not apply yet", total - idle),
    };
    let reason = match (failed, blocking) {
        (0, 0) => holding,
        (0, _) => format!("{blocking} finding(s) block, although {holding}"),
        (_, 0) => format!("{failed} of {total} rules do not hold"),
        _ => format!("{failed} of {total} rules do not hold, and {blocking} finding(s) block"),
    };
    let name = paint(Paint::Strong, "gate");
    writeln!(f, "{name} {}: {reason}", paint(colour, verdict.answer))?;
    for judged in &verdict.rules {
        let (sign, colour) = match judged.outcome {
            Outcome::Pass => ("✓", Paint::Good),
            Outcome::NotApplicable => ("–", Paint::Faint),
            Outcome::Inconclusive => ("?", Paint::Bad),
            Outcome::Block | Outcome::Error => ("✗", Paint::Bad),
        };
        let place = format!("plimsoll.yaml:{}", judged.rule.line);
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
    for finding in &verdict.findings {
        write_finding(f, finding)?;
    }
    Ok(())
}

/// Writes a finding: what, where, what next.
pub(crate) fn write_finding(f: &mut fmt::Formatter<'_>, finding: &Finding) -> fmt::Result {
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
    match &finding.next {
        Some(next) => writeln!(f, "      next: {next}"),
        None => Ok(()),
    }
}
