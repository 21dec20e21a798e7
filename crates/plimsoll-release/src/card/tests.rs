use serde_json::{Value, json};

use super::*;
use crate::samples;

fn evaluation() -> Evaluation {
    let measured = |value: f64, low: f64, high: f64| {
        json!({
            "metric": "wape", "value": value,
            "interval": {"low": low, "high": high, "level": 0.95, "method": "block boot-t, log scale"},
        })
    };
    serde_json::from_value(json!({
        "schema": "plimsoll.evaluation/v1", "task": "regression", "model": Digest::blake3(b"model"),
        "on": Digest::blake3(b"test"), "target": "cnt", "block": "dteday",
        "overall": {"rows": 1744, "blocks": 73, "metrics": [
            measured(0.203, 0.19, 0.22),
            {"metric": "r2", "value": null, "reason": "the truth is constant"},
        ]},
        "slices": {"evening": {"rows": 219, "blocks": 73, "metrics": [measured(0.301, 0.28, 0.33)]}},
        "baseline": {"name": "mean 145.4", "metrics": {"wape": 0.755}},
        "findings": [{"code": "leak.not-checked", "severity": "warning", "message": "a | <b>\nc"}],
    }))
    .unwrap()
}

fn signature() -> Signature {
    serde_json::from_value(json!({
        "inputs": [{"name": "input", "tensor": {"element": "float", "shape": [null, 2]}}],
        "outputs": [{"name": "variable", "tensor": {"element": "float", "shape": [null, 1]}}],
        "columns": {"input": [{"name": "hr", "kind": "integer"}, {"name": "temp", "kind": "number"}]},
    }))
    .unwrap()
}

/// Returns the card of a project with these changes to the sample.
fn card_of(changes: &Value) -> String {
    let start = samples::record().start;
    let mut project = serde_json::to_value(&start.project).unwrap();
    project.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    let project: Project = serde_json::from_value(project).unwrap();
    let data = if project.owners.is_empty() { BTreeMap::new() } else { start.data };
    source(&Facts {
        project: &project,
        data: &data,
        signature: &signature(),
        evaluation: &evaluation(),
        verdict: &samples::verdict("pass"),
    })
    .unwrap()
}

#[test]
fn says_what_is_known_and_nothing_that_differs_between_two_makings() {
    let card = card_of(&json!({}));
    assert!(!card.contains(&samples::run().to_string()), "{card}");
    assert_eq!(card, include_str!("sample.md"));
}

#[test]
fn nothing_that_others_wrote_leaves_its_line_or_cell() {
    let card = card_of(&json!({"owners": ["a|b\n# c <script>"], "license": "MIT OR\u{7f} X|Y"}));
    assert!(!card.contains("<script>") && !card.contains("\n# c"), "{card}");
    let front: Vec<&str> = card.lines().take_while(|line| *line != "# bike-demand").collect();
    assert_eq!(front[1..3], ["license: \"other\"", "license_name: \"mit or  x|y\""]);
}

#[test]
fn a_model_of_undeclared_data_has_a_card_too() {
    let card = card_of(&json!({"owners": [], "license": null}));
    assert!(card.contains(r#""dataset":{"name":"test set of undeclared","type":"undeclared"}"#));
    assert!(!card.contains("## Data") && !card.contains("license"), "{card}");
}
