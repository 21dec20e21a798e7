//! Limits of data checks.

use serde_json::Value;

use crate::schema::{self, CHECKS};
use crate::source::{Report, Source};
use crate::{Mistakes, params};

/// Reads the bytes of the file of limits that messages call `path`.
///
/// The value has the form of the schema: limits by the codes of checks, those alone that are written.
pub fn checks(path: &str, bytes: &[u8]) -> Result<Value, Mistakes> {
    let source = Source::new(path, bytes)?;
    let mut report = Report::new(&source);
    let Some(root) = schema::tree(CHECKS, None, "limits by the codes of checks", &mut report)
    else {
        return Err(report.finish());
    };
    let value = params::value(&root, &mut report);
    let mistakes = report.finish();
    match value {
        Some(value) if mistakes.is_empty() => Ok(value),
        _ => Err(mistakes),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_the_limits_that_are_written() {
        let text = b"integrity.duplicate-rows: { max-share: 0.05, severity: error }\nleakage.row-overlap:\n  max-share: 0\n";
        let expected = json!({
            "integrity.duplicate-rows": { "max-share": 0.05, "severity": "error" },
            "leakage.row-overlap": { "max-share": 0 },
        });
        assert_eq!(checks("checks.yaml", text).unwrap(), expected);
    }

    #[test]
    fn finds_every_mistake() {
        let text = b"integrity.duplicate-row: {}\nleakage.row-overlap: { max-share: 2, severity: fatal }\nsplit.size: { rows: 3 }\n";
        insta::assert_snapshot!(checks("checks.yaml", text).unwrap_err(), @r"
        checks.yaml:1:1: unknown key `integrity.duplicate-row`
          |
        1 | integrity.duplicate-row: {}
          | ^^^^^^^^^^^^^^^^^^^^^^^
          = help: the nearest key is `integrity.duplicate-rows`

        checks.yaml:2:35: 2 is too large (at most 1)
          |
        2 | leakage.row-overlap: { max-share: 2, severity: fatal }
          |                                   ^
          = help: write `0.02` for 2 %

        checks.yaml:2:48: `fatal` is not accepted here
          |
        2 | leakage.row-overlap: { max-share: 2, severity: fatal }
          |                                                ^^^^^
          = help: the known values are `info`, `warning`, `error`

        checks.yaml:3:15: unknown key `rows`
          |
        3 | split.size: { rows: 3 }
          |               ^^^^
          = help: the known keys are `severity`, `min-rows`, `max-ratio`
        ");
    }
}
