//! The file of parameters: a mapping that steps name parts of.

use serde_json::{Map, Number, Value};

use crate::Mistakes;
use crate::node::{self, Kind, Node};
use crate::source::{Report, Source};

/// Reads the bytes of the file that messages call `path`.
pub fn params(path: &str, bytes: &[u8]) -> Result<Map<String, Value>, Mistakes> {
    let source = Source::new(path, bytes)?;
    let mut report = Report::new(&source);
    let root = node::parse(&mut report);
    let value = root.as_ref().and_then(|root| match &root.kind {
        Kind::Mapping(_) => value(root, &mut report),
        Kind::Refused => None,
        _ => {
            let message = "the parameters are no mapping";
            report.advise(root.place, message, "write `name: value` lines, or `{}` for none");
            None
        }
    });
    let mistakes = report.finish();
    match value {
        Some(Value::Object(map)) if mistakes.is_empty() => Ok(map),
        _ if mistakes.is_empty() => {
            let help = "write `name: value` lines, or `{}` for none";
            let place = crate::source::Place::START;
            Err(source.mistake(place, "the file is empty", Some(help)).into())
        }
        _ => Err(mistakes),
    }
}

/// Returns `node` as JSON; `None` where it is none, which is then reported.
pub(crate) fn value(node: &Node, report: &mut Report<'_>) -> Option<Value> {
    match &node.kind {
        Kind::Null => Some(Value::Null),
        Kind::Bool(value) => Some(Value::Bool(*value)),
        Kind::Integer(value) => {
            let signed = i64::try_from(*value).map(Number::from);
            let number = signed.or_else(|_| u64::try_from(*value).map(Number::from)).ok();
            if number.is_none() {
                report.say(node.place, "the number is too large");
            }
            number.map(Value::Number)
        }
        Kind::Float(value) => {
            let number = Number::from_f64(*value);
            if number.is_none() {
                let written = report.source.at(node.place);
                report.unless_said(node.place, format!("`{written}` is no finite number"));
            }
            number.map(Value::Number)
        }
        Kind::String(text) => Some(Value::String(text.clone())),
        Kind::Sequence(items) => {
            // All are looked at, so that all mistakes are found.
            let values: Vec<_> = items.iter().map(|item| value(item, report)).collect();
            values.into_iter().collect::<Option<_>>().map(Value::Array)
        }
        Kind::Mapping(entries) => {
            let values: Vec<_> = entries
                .iter()
                .map(|entry| Some((entry.key.clone(), value(&entry.value, report)?)))
                .collect();
            values.into_iter().collect::<Option<_>>().map(Value::Object)
        }
        Kind::Refused => None,
    }
}

/// Finds `train.trees` in nested mappings.
pub(crate) fn find<'v>(params: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    let mut parts = name.split('.');
    let mut value = params.get(parts.next()?)?;
    for part in parts {
        value = value.as_object()?.get(part)?;
    }
    Some(value)
}

/// Lists the names that [`find`] finds, the first few thousand.
pub(crate) fn names(params: &Map<String, Value>) -> Vec<String> {
    let mut names = Vec::new();
    let mut pending: Vec<(String, &Value)> =
        params.iter().rev().map(|(key, value)| (key.clone(), value)).collect();
    while let Some((name, value)) = pending.pop() {
        if names.len() >= 5000 {
            break;
        }
        let inner = value.as_object().into_iter().flatten().rev();
        pending.extend(inner.map(|(key, value)| (format!("{name}.{key}"), value)));
        names.push(name);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_json() {
        let text = b"train:\n  trees: 200\n  rate: 5e-2\n  features: [a, yes, 2011-01-01]\n  deep: { x: ~, on: true }\nbig: 18446744073709551615\n";
        let map = params("params.yaml", text).unwrap();
        let expected = r#"{"big":18446744073709551615,"train":{"deep":{"on":true,"x":null},"features":["a","yes","2011-01-01"],"rate":0.05,"trees":200}}"#;
        assert_eq!(Value::Object(map.clone()), expected.parse::<Value>().unwrap());
        assert_eq!(find(&map, "train.deep.on"), Some(&Value::Bool(true)));
        assert_eq!(find(&map, "train.trees.x"), None);
        assert!(names(&map).contains(&"train.deep.x".to_owned()));
    }

    #[test]
    fn says_what_is_no_parameter() {
        let refusal = |text: &str| params("params.yaml", text.as_bytes()).unwrap_err().to_string();
        insta::assert_snapshot!(refusal("train: { rate: .nan, 1: x, deep: [{ y: -.inf }] }\n"), @r#"
        params.yaml:1:16: `.nan` is no finite number
          |
        1 | train: { rate: .nan, 1: x, deep: [{ y: -.inf }] }
          |                ^^^^

        params.yaml:1:22: key `1` is no text
          |
        1 | train: { rate: .nan, 1: x, deep: [{ y: -.inf }] }
          |                      ^
          = help: put it in quotes: "1"

        params.yaml:1:40: `-.inf` is no finite number
          |
        1 | train: { rate: .nan, 1: x, deep: [{ y: -.inf }] }
          |                                        ^^^^^
        "#);
        insta::assert_snapshot!(refusal("- a\n"), @r"
        params.yaml:1:1: the parameters are no mapping
          |
        1 | - a
          | ^
          = help: write `name: value` lines, or `{}` for none
        ");
        insta::assert_snapshot!(refusal("# nothing\n"), @r"
        params.yaml:1:1: the file is empty
          |
        1 | # nothing
          | ^
          = help: write `name: value` lines, or `{}` for none
        ");
    }
}
