//! Findings as SARIF 2.1.0 (OASIS), which code hosts show beside the lines of a change.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use plimsoll_core::Severity;
use serde::Serialize;

use crate::error::CommandError;

/// The schema of the format.
const FORMAT: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// A finding, and of how many rows it is about how many.
pub(crate) struct Finding<'a> {
    pub(crate) of: &'a plimsoll_core::Finding,
    pub(crate) properties: Option<(u64, u64)>,
    /// How bad it is for security, from 0.1 to 10 as CVSS rates; none of what has nothing to do with it.
    pub(crate) security: Option<f64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    results: Vec<Outcome>,
    column_kind: &'static str,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
struct Rule {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    properties: Option<Security>,
}

/// What code hosts rank security findings by: they ask the rule, which has the worst of its results.
#[derive(Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Security {
    /// From 0.1 to 10, as a text.
    security_severity: String,
    tags: [&'static str; 1],
}

impl Security {
    fn of(severity: f64) -> Self {
        Self { security_severity: format!("{severity:.1}"), tags: ["security"] }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    rule_id: String,
    rule_index: usize,
    level: &'static str,
    message: Text,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    locations: Vec<Location>,
    #[serde(skip_serializing_if = "Option::is_none")]
    properties: Option<Properties>,
}

#[derive(Serialize)]
struct Text {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: Physical,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logical_locations: Vec<Logical>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Serialize)]
struct Artifact {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u64,
}

#[derive(Serialize)]
struct Logical {
    name: String,
    kind: &'static str,
}

/// The rows that a result is about, and how bad it is.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Properties {
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    security_severity: Option<String>,
}

/// Returns the document.
pub(crate) fn write<'a>(
    findings: impl Iterator<Item = Finding<'a>>,
) -> Result<String, CommandError> {
    let findings: Vec<Finding<'a>> = findings.collect();
    let codes: BTreeSet<&str> = findings.iter().map(|one| one.of.code.as_str()).collect();
    let codes: Vec<&str> = codes.into_iter().collect();
    let results = findings.iter().map(|one| result(one, &codes)).collect();
    let rules = codes.iter().map(|code| rule(code, &findings)).collect();
    let driver = Driver { name: "plimsoll", semantic_version: env!("CARGO_PKG_VERSION"), rules };
    let run = Run { tool: Tool { driver }, results, column_kind: "unicodeCodePoints" };
    let log = Log { schema: FORMAT, version: "2.1.0", runs: [run] };
    let mut text = serde_json::to_string_pretty(&log)
        .map_err(|error| CommandError::world(format!("no JSON: {error}")))?;
    text.push('\n');
    Ok(text)
}

fn rule(code: &str, findings: &[Finding<'_>]) -> Rule {
    let of_it = findings.iter().filter(|one| one.of.code.as_str() == code);
    let worst = of_it.filter_map(|one| one.security).reduce(f64::max);
    Rule { id: code.to_owned(), properties: worst.map(Security::of) }
}

fn result(one: &Finding<'_>, codes: &[&str]) -> Outcome {
    let finding = one.of;
    let location = finding.path.as_ref().map(|path| Location {
        physical_location: Physical {
            artifact_location: Artifact { uri: uri(path) },
            region: finding.line.map(|start_line| Region { start_line }),
        },
        logical_locations: finding
            .subject
            .iter()
            .map(|name| Logical { name: name.clone(), kind: "member" })
            .collect(),
    });
    let next = finding.next.as_ref().map(|next| format!("\nNext: {next}")).unwrap_or_default();
    Outcome {
        rule_id: finding.code.to_string(),
        rule_index: codes.binary_search(&finding.code.as_str()).unwrap_or_default(),
        level: match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "note",
        },
        message: Text { text: format!("{}{next}", finding.message) },
        locations: location.into_iter().collect(),
        properties: (one.properties.is_some() || one.security.is_some()).then(|| Properties {
            count: one.properties.map(|(count, _)| count),
            of: one.properties.map(|(_, of)| of),
            security_severity: one.security.map(|severity| format!("{severity:.1}")),
        }),
    }
}

/// Returns a path as a reference of RFC 3986, relative ones relative to the folder of the call.
fn uri(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=@".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            _ = write!(uri, "%{byte:02X}");
        }
    }
    if path.starts_with('/') { format!("file://{uri}") } else { uri }
}

#[cfg(test)]
mod tests {
    use plimsoll_core::Code;

    use super::*;

    #[test]
    fn a_path_is_a_reference_whatever_it_holds() {
        assert_eq!(uri("data/hour 1:2.csv"), "data/hour%201%3A2.csv");
        assert_eq!(uri("/tmp/ä#?%.csv"), "file:///tmp/%C3%A4%23%3F%25.csv");
    }

    #[test]
    fn each_result_names_its_rule() {
        let of = |code, severity| plimsoll_core::Finding::new(Code::of(code), severity, "m");
        let findings = [
            of("data.type", Severity::Error),
            of("data.range", Severity::Info),
            of("data.type", Severity::Warning),
        ];
        let findings = findings.iter().map(|finding| Finding {
            of: finding,
            properties: Some((1, 2)),
            security: None,
        });
        let log: serde_json::Value = serde_json::from_str(&write(findings).unwrap()).unwrap();
        let run = &log["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        assert_eq!(rules.len(), 2);
        let levels: Vec<&str> = run["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|result| {
                let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
                assert_eq!(rules[index]["id"], result["ruleId"]);
                result["level"].as_str().unwrap()
            })
            .collect();
        assert_eq!(levels, ["error", "note", "warning"]);
    }

    #[test]
    fn a_rule_is_as_bad_as_the_worst_of_its_results() {
        let of = |code| plimsoll_core::Finding::new(Code::of(code), Severity::Error, "m");
        let findings = [of("model.lambda"), of("model.lambda"), of("data.type")];
        let severities = [Some(5.5), Some(9.8), None];
        let findings = findings.iter().zip(severities).map(|(finding, security)| Finding {
            of: finding,
            properties: None,
            security,
        });
        let log: serde_json::Value = serde_json::from_str(&write(findings).unwrap()).unwrap();
        let run = &log["runs"][0];
        let rules = &run["tool"]["driver"]["rules"];
        assert_eq!(rules[1]["properties"]["security-severity"], "9.8");
        assert_eq!(rules[1]["properties"]["tags"][0], "security");
        assert!(rules[0].get("properties").is_none());
        assert_eq!(run["results"][0]["properties"]["security-severity"], "5.5");
        assert!(run["results"][2].get("properties").is_none());
    }
}
