//! A run as `JUnit` XML, which every CI system shows: steps, datasets and rules as test cases.

use std::fmt::Write;

use plimsoll_core::evidence::Validation;
use plimsoll_core::gate::{Outcome, Verdict};
use plimsoll_core::record::{RunRecord, StepState};
use plimsoll_core::{Finding, Severity};

/// One test case.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) seconds: f64,
    pub(crate) result: CaseResult,
}

pub(crate) enum CaseResult {
    Passed,
    Skipped(String),
    Failed(String),
    Errored(String),
}

/// Returns the document.
pub(crate) fn write(
    record: &RunRecord,
    validations: &[(String, &Validation)],
    verdict: Option<&Verdict>,
) -> String {
    let mut suites = vec![("data", data(validations, verdict)), ("steps", steps(record))];
    // Beside a verdict too: its rules say only that nothing was measured.
    if let Some(message) = &record.evaluation_failed {
        let result = CaseResult::Errored(message.clone());
        suites.push(("evaluation", vec![Case { name: "evaluation".into(), seconds: 0.0, result }]));
    }
    if let Some(verdict) = verdict {
        suites.push(("gate", gate(verdict)));
    }
    document(record.start.project.model.as_str(), &suites)
}

/// Returns a document of suites with their names.
pub(crate) fn document(name: &str, suites: &[(&str, Vec<Case>)]) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a string does not fail.
    _ = writeln!(xml, "<testsuites name=\"{}\">", escape(name));
    for (name, cases) in suites {
        suite(&mut xml, &escape(name), cases);
    }
    xml.push_str("</testsuites>\n");
    xml
}

fn suite(xml: &mut String, name: &str, cases: &[Case]) {
    let count =
        |wanted: fn(&CaseResult) -> bool| cases.iter().filter(|case| wanted(&case.result)).count();
    let failures = count(|result| matches!(result, CaseResult::Failed(_)));
    let errors = count(|result| matches!(result, CaseResult::Errored(_)));
    let skipped = count(|result| matches!(result, CaseResult::Skipped(_)));
    // The sum of no numbers is -0.0.
    let seconds = cases.iter().fold(0.0, |sum, case| sum + case.seconds);
    _ = writeln!(
        xml,
        "  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\" time=\"{seconds:.3}\">",
        cases.len(),
    );
    for case in cases {
        let head = format!(
            "    <testcase classname=\"plimsoll.{name}\" name=\"{}\" time=\"{:.3}\"",
            escape(&case.name),
            case.seconds,
        );
        let (tag, message) = match &case.result {
            CaseResult::Passed => {
                _ = writeln!(xml, "{head}/>");
                continue;
            }
            CaseResult::Skipped(message) => ("skipped", message),
            CaseResult::Failed(message) => ("failure", message),
            CaseResult::Errored(message) => ("error", message),
        };
        let first = escape(message.lines().next().unwrap_or_default());
        _ = writeln!(xml, "{head}>");
        _ = writeln!(xml, "      <{tag} message=\"{first}\">{}</{tag}>", escape(message));
        xml.push_str("    </testcase>\n");
    }
    xml.push_str("  </testsuite>\n");
}

fn data(validations: &[(String, &Validation)], verdict: Option<&Verdict>) -> Vec<Case> {
    let case = |(name, validation): &(String, &Validation)| {
        let errors = validation.findings.iter().filter(|found| found.severity == Severity::Error);
        let told = |found: &Finding| format!("{}: {}", found.code, found.message);
        let (mut messages, mut excused) = (Vec::new(), Vec::new());
        for found in errors {
            match verdict.and_then(|verdict| verdict.excuse(found)) {
                None => messages.push(told(found)),
                Some(waiver) => excused.push(format!(
                    "waived by {} until {}: {}",
                    waiver.owner,
                    waiver.expires,
                    told(found)
                )),
            }
        }
        let result = if !messages.is_empty() {
            CaseResult::Failed(messages.join("\n"))
        } else if !excused.is_empty() {
            CaseResult::Skipped(excused.join("\n"))
        } else {
            CaseResult::Passed
        };
        Case { name: format!("data.{name}"), seconds: 0.0, result }
    };
    validations.iter().map(case).collect()
}

#[expect(clippy::cast_precision_loss, reason = "seconds with three digits")]
fn steps(record: &RunRecord) -> Vec<Case> {
    let case = |step: &plimsoll_core::record::StepRecord| Case {
        name: step.name.to_string(),
        seconds: step.duration_ms.unwrap_or(0) as f64 / 1000.0,
        result: match &step.state {
            StepState::Ran { .. } | StepState::Cached { .. } => CaseResult::Passed,
            StepState::Failed { reason, .. } => CaseResult::Failed(reason.to_string()),
            StepState::Skipped { because } => {
                CaseResult::Skipped(format!("step `{because}` failed"))
            }
            StepState::Waiting | StepState::Running { .. } => {
                CaseResult::Skipped("the run ended before it".to_owned())
            }
        },
    };
    record.steps.iter().map(case).collect()
}

fn gate(verdict: &Verdict) -> Vec<Case> {
    let rule = |judged: &plimsoll_core::gate::Judged| {
        let place = format!("{}\n{}", judged.message, judged.rule.place());
        Case {
            name: judged.rule.demand.to_string(),
            seconds: 0.0,
            result: match judged.outcome {
                Outcome::Pass => CaseResult::Passed,
                Outcome::Inconclusive | Outcome::Block | Outcome::Error if !judged.stops() => {
                    CaseResult::Skipped(format!("only warns: {place}"))
                }
                Outcome::NotApplicable => CaseResult::Skipped(judged.message.clone()),
                Outcome::Inconclusive | Outcome::Block => CaseResult::Failed(place),
                Outcome::Error => CaseResult::Errored(place),
            },
        }
    };
    let finding = |found: &Finding| Case {
        name: found.code.to_string(),
        seconds: 0.0,
        result: CaseResult::Failed(found.message.clone()),
    };
    verdict.rules.iter().map(rule).chain(verdict.blocking().map(finding)).collect()
}

/// Escapes what XML 1.0 reserves and drops what it cannot hold.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(letter),
            control if control.is_control() => escaped.push('\u{fffd}'),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_hold_is_replaced() {
        assert_eq!(escape("a<b & \"c\"\u{1b}[0m"), "a&lt;b &amp; &quot;c&quot;\u{fffd}[0m");
    }

    #[test]
    fn a_suite_without_cases_took_no_time() {
        let mut xml = String::new();
        suite(&mut xml, "data", &[]);
        assert!(xml.contains("time=\"0.000\""), "{xml}");
    }

    #[test]
    fn a_suite_counts_what_it_holds() {
        let failed = CaseResult::Failed("wape is 0.5\nplimsoll.yaml:40".into());
        let cases = [
            Case { name: "wape <= 0.25".into(), seconds: 0.0, result: failed },
            Case { name: "r2 >= 0.75".into(), seconds: 0.0, result: CaseResult::Passed },
        ];
        let mut xml = String::new();
        suite(&mut xml, "gate", &cases);
        insta::assert_snapshot!(xml, @r#"
          <testsuite name="gate" tests="2" failures="1" errors="0" skipped="0" time="0.000">
            <testcase classname="plimsoll.gate" name="wape &lt;= 0.25" time="0.000">
              <failure message="wape is 0.5">wape is 0.5
        plimsoll.yaml:40</failure>
            </testcase>
            <testcase classname="plimsoll.gate" name="r2 &gt;= 0.75" time="0.000"/>
          </testsuite>
        "#);
    }
}
