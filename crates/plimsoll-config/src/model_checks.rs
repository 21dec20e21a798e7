//! How checks of a model are set.

use plimsoll_core::checks::Checks;
use serde_json::Value;

use crate::node::Node;
use crate::schema::{self, PROJECT, format};
use crate::source::{Report, Source};
use crate::{Mistakes, params};

/// Reads the bytes of the file of settings that messages call `path`: what `evaluate.checks` is in
/// `plimsoll.yaml`, by the same schema.
///
/// # Errors
/// Every mistake, each with its place.
pub fn model_checks(path: &str, bytes: &[u8]) -> Result<Checks, Mistakes> {
    let source = Source::new(path, bytes)?;
    let mut report = Report::new(&source);
    let Some(root) = schema::tree(PROJECT, Some("checks"), "settings by their names", &mut report)
    else {
        return Err(report.finish());
    };
    let checks = settings(&root, &mut report);
    if checks.is_none() {
        report.not_understood(root.place, "what checks are set to");
    }
    let mistakes = report.finish();
    match checks {
        Some(checks) if mistakes.is_empty() => Ok(checks),
        _ => Err(mistakes),
    }
}

/// Returns what a mapping that fits the schema sets.
pub(crate) fn settings(node: &Node, report: &mut Report<'_>) -> Option<Checks> {
    let mut value = params::value(node, report)?;
    let time = value.as_object_mut()?.remove("time");
    let time = match &time {
        Some(Value::String(text)) => Some(format::duration(text)?),
        Some(_) => return None,
        None => None,
    };
    let checks: Checks = serde_json::from_value(value).ok()?;
    Some(Checks { time, ..checks })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::schema::Schema;

    #[test]
    fn what_is_written_is_set_and_the_rest_stays() {
        let text = b"time: 1m30s\nrobustness: { numbers: 0.02, spelling: [typo] }\nrules:\n  - { monotone: income, direction: increasing }\nfairness: { by: [sex] }\n";
        let checks = model_checks("checks.yaml", text).unwrap();
        assert_eq!(checks.time, Some(Duration::from_secs(90)));
        assert_eq!(checks.rules[0].columns(), ["income"]);
        assert_eq!(checks.fairness.by, ["sex"]);
        assert_eq!(checks.rows, Checks::default().rows);
    }

    #[test]
    fn the_schema_knows_every_setting() {
        let schema = Schema::read(PROJECT).unwrap();
        let checks = schema.definitions.get("checks").unwrap();
        let names = |value: &Value| -> Vec<String> {
            let mut names: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
            // These are said elsewhere: by the clock's own form, and by the rule that searches.
            names.retain(|name| name != "time" && name != "metric");
            names.sort();
            names
        };
        let known = |schema: &Schema| {
            let mut names: Vec<String> = schema.properties.names().map(str::to_owned).collect();
            names.retain(|name| name != "time");
            names.sort();
            names
        };
        let all = serde_json::to_value(Checks::default()).unwrap();
        assert_eq!(known(checks), names(&all));
        for (name, value) in all.as_object().unwrap().iter().filter(|(_, it)| it.is_object()) {
            assert_eq!(known(checks.properties.get(name).unwrap()), names(value), "{name}");
        }
    }

    #[test]
    fn every_mistake_has_its_place() {
        let text = b"rows: 3\nrobust: {}\nrobustness: { max-changed: 5, spelling: [upper] }\nrules:\n  - { monotone: income, direction: sideways }\n  - { invariant: [] }\ntime: soon\n";
        insta::assert_snapshot!(model_checks("checks.yaml", text).unwrap_err(), @"
        checks.yaml:1:7: 3 is too small (at least 20)
          |
        1 | rows: 3
          |       ^

        checks.yaml:2:1: unknown key `robust`
          |
        2 | robust: {}
          | ^^^^^^
          = help: the known keys are `time`, `rows`, `stability`, `robustness`, `rules`, `sensitivity`, `baseline`, `overfit`, `calibration`, `fairness`, `parity`, `weak`

        checks.yaml:3:28: 5 is too large (at most 1)
          |
        3 | robustness: { max-changed: 5, spelling: [upper] }
          |                            ^
          = help: write `0.05` for 5 %

        checks.yaml:3:42: `upper` is not accepted here
          |
        3 | robustness: { max-changed: 5, spelling: [upper] }
          |                                          ^^^^^
          = help: the known values are `case`, `space`, `typo`, `accents`

        checks.yaml:5:36: `sideways` is not accepted here
          |
        5 |   - { monotone: income, direction: sideways }
          |                                    ^^^^^^^^
          = help: the known values are `increasing`, `decreasing`

        checks.yaml:6:18: the list is empty
          |
        6 |   - { invariant: [] }
          |                  ^

        checks.yaml:7:7: `soon` is no duration
          |
        7 | time: soon
          |       ^^^^
          = help: write it as `90s`, `20m`, `1h30m` or `2d`
        ");
    }
}
