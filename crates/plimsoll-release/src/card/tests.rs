use plimsoll_core::card;
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

/// Returns how a run began whose project has these changes to the sample.
fn start(changes: &Value) -> RunStart {
    let mut start = samples::record().start;
    let mut project = serde_json::to_value(&start.project).unwrap();
    project.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    start.project = serde_json::from_value(project).unwrap();
    if start.project.owners.is_empty() {
        start.data = BTreeMap::new();
    }
    start
}

fn card_of(changes: &Value) -> String {
    card_from(&start(changes))
}

fn card_from(start: &RunStart) -> String {
    source(&Facts {
        start,
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
    assert!(card.contains(r#""name":"test set of undeclared","revision":"blake3:"#), "{card}");
    assert!(card.contains(r#""type":"undeclared"}"#) && !card.contains("datasets:"), "{card}");
    assert!(!card.contains("## Data") && !card.contains("license"), "{card}");
}

/// Prose with sections of every kind, accepted when the evening was predicted better.
fn prose() -> Value {
    let text = "# Bikes\n\nFor a city.\n\n## Intended use\n\nPlanning of tomorrow.\n\n## Limitations\n\nNights.\n\n## Evaluation\n\nOn the last year.\n";
    let mut facts = card::Facts::of(&samples::record().start, &evaluation());
    let accepted = facts.clone();
    let mut was = serde_json::to_value(&facts).unwrap();
    was["metrics"]["wape on evening"] = json!({"value": 0.25, "interval": [0.22, 0.28]});
    facts = serde_json::from_value(was).unwrap();
    json!({
        "path": "MODEL_CARD.md",
        "written": card::Written::read(text).unwrap(),
        "accepted": {"intended-use": accepted, "limitations": facts},
    })
}

#[test]
fn what_the_owner_says_stands_among_the_facts_and_is_marked_where_they_are_others() {
    let card = card_of(&json!({"card": prose()}));
    let body = card.split_once("# bike-demand").unwrap().1;
    let body = body.split_once("| end |").unwrap().0;
    insta::assert_snapshot!(body.trim(), @r"
    Predicts `cnt`, a number (regression).

    For a city.

    Owners: team-mobility.

    ## Intended use

    Planning of tomorrow.

    ## Limitations

    > **Stale.** This was written for other facts. Since then:
    >
    > - `wape on evening` is 0.301, outside of [0.220, 0.280] (was 0.250)

    Nights.

    ## Interface
    ");
    assert!(card.contains("## Evaluation\n\nOn the last year.\n\nOn the 1744 rows"), "{card}");
    assert_eq!(card.matches("## Evaluation").count(), 1);
}

#[test]
fn what_lies_on_a_hub_has_its_name_there() {
    let card = |source: &str, kind: &str| {
        let dataset = json!({
            "path": "a", "schema": null, "license": null, "source": source, "kind": kind,
        });
        card_of(&json!({"data": {"hourly": dataset}}))
    };
    let of_data = card("https://huggingface.co/datasets/ada/bikes", "data");
    assert!(of_data.contains("datasets: [\"ada/bikes\"]\n"), "{of_data}");
    let of_model = card("https://huggingface.co/google/vit", "base-model");
    assert!(of_model.contains("base_model: [\"google/vit\"]\n"), "{of_model}");
    assert!(!of_model.contains("datasets:"), "{of_model}");
}
