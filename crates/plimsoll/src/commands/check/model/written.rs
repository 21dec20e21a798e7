//! The same for a pull request and for CI systems.

use std::fmt::Write;

use plimsoll_evaluate::checks::Ending;

use super::shown::{Answer, CheckedModel};
use crate::junit::{Case, CaseResult, document};
use crate::summary::{self, escape, findings};

/// Returns Markdown.
pub(super) fn markdown(checked: &CheckedModel) -> String {
    let sign = match checked.verdict {
        Answer::Pass => "✅",
        Answer::Inconclusive => "❓",
        Answer::Block | Answer::Error => "❌",
    };
    let mut text = String::new();
    // Writing to a string does not fail.
    _ = writeln!(text, "## {sign} {}: {}\n", escape(&checked.model), checked.in_words());
    summary::checks(&mut text, &checked.checks);
    findings(&mut text, "Findings", &checked.findings);
    if let Some(weak) = checked.weak.as_ref().filter(|weak| !weak.parts.is_empty()) {
        summary::weak(&mut text, weak);
    }
    text
}

/// Returns `JUnit` XML: a test case for each check.
pub(super) fn junit(checked: &CheckedModel) -> String {
    let case = |of: &plimsoll_core::evidence::Checked| Case {
        name: of.check.to_string(),
        seconds: 0.0,
        result: match Ending::of(of) {
            Ending::Pass | Ending::Warn => CaseResult::Passed,
            Ending::Undecided if checked.verdict == Answer::Pass => {
                CaseResult::Skipped(of.summary.clone())
            }
            Ending::Undecided | Ending::Block => CaseResult::Failed(told(of)),
            Ending::Failed => CaseResult::Errored(of.summary.clone()),
        },
    };
    let skipped = checked.skipped.iter().map(|skipped| Case {
        name: skipped.check.to_string(),
        seconds: 0.0,
        result: CaseResult::Skipped(skipped.reason.to_owned()),
    });
    let weak = checked.findings.iter().filter(|it| it.code.as_str() == "model.weak-part");
    let weak = weak.map(|finding| Case {
        name: finding.code.to_string(),
        seconds: 0.0,
        result: CaseResult::Failed(finding.message.clone()),
    });
    let cases = checked.checks.iter().map(case).chain(skipped).chain(weak).collect();
    document(&checked.model, &[("checks", cases)])
}

fn told(of: &plimsoll_core::evidence::Checked) -> String {
    let messages: Vec<String> =
        of.findings.iter().map(|found| format!("{}: {}", found.code, found.message)).collect();
    if messages.is_empty() { of.summary.clone() } else { messages.join("\n") }
}
