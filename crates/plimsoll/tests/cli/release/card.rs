//! The model card, as the program loads it that it is written for.

use std::fs;
use std::process::Command;

use super::scene::Scene;

/// The interpreter with `huggingface_hub`; `.ci/run` makes one where it can.
const PYTHON: &str = "PLIMSOLL_TEST_HUGGINGFACE_PYTHON";

const LOAD: &str = "
import sys
from huggingface_hub import ModelCard
card = ModelCard.load(sys.argv[1])
for result in card.data.eval_results:
    print(result.dataset_name, result.metric_type, round(result.metric_value, 3))
print(card.data.license, card.data.model_name, card.data.tags[0])
";

#[test]
fn what_the_gate_found_beside_the_champion_is_on_the_card_and_makes_no_other_version() {
    let Some(scene) = Scene::released() else { return };
    scene.call(&["deploy", "bikes@1.0.0"], 0);
    scene.sandbox.replace("plimsoll.yaml", "max: 0.3 ", "max: 0.31 ");
    scene.next(2.5, "bikes@1.1.0");
    scene.call(&["deploy", "bikes@1.1.0"], 0);
    let card = scene.call(&["model", "show", "bikes@champion", "--card", "-"], 0).stdout;
    assert!(card.contains("- warning `gate.weakened`: `wape &lt;= 0.31` is looser than"), "{card}");
    let again = scene.json(&["run"], 0);
    assert_eq!(again["gate"]["findings"], serde_json::json!([]), "the champion is as loose");
    assert_eq!(scene.release(), "bikes@1.1.0");
}

#[test]
fn a_card_is_written_with_the_facts_of_its_release() {
    let Some(scene) = Scene::released() else { return };
    scene.call(&["model", "show", "bikes@1.0.0", "--card", "README.md"], 0);
    let card = scene.sandbox.read("README.md");
    let printed = scene.sandbox.command(["model", "show", "bikes@1.0.0", "--card", "-"]).output();
    assert_eq!(String::from_utf8(printed.unwrap().stdout).unwrap(), card);
    assert!(card.contains("| version | `bikes@1.0.0` |"), "{card}");
    assert!(
        card.contains("| rows | CC0-1.0 | not declared | https://example.org/rows |"),
        "{card}"
    );
    scene.call(&["model", "show", "bikes", "--card", "README.md"], 2);

    let Some(python) = std::env::var_os(PYTHON).filter(|python| !python.is_empty()) else {
        println!("skipped: {PYTHON} names no Python with huggingface_hub");
        return;
    };
    let path = scene.sandbox.repo().join("README.md");
    let loaded = Command::new(python).args(["-c", LOAD]).arg(path).output().unwrap();
    assert!(loaded.status.success(), "{}", String::from_utf8_lossy(&loaded.stderr));
    insta::assert_snapshot!(String::from_utf8(loaded.stdout).unwrap(), @"
    test set of rows mae 5.033
    test set of rows rmse 5.937
    test set of rows wape 0.099
    test set of rows r2 0.733
    test set of rows bias -4.979
    apache-2.0 bikes onnx
    ");
}

const PROSE: &str = "\
# Bikes

Of a city.

## Intended use

Planning of tomorrow.

## Limitations

Nights.
";

/// Returns what the latest run found of its card: severity, code and message.
fn said(ran: &serde_json::Value) -> Vec<String> {
    let findings = ran["gate"]["findings"].as_array().unwrap().iter();
    let of_card = findings.filter(|it| it["code"].as_str().unwrap().starts_with("card."));
    let text = |it: &serde_json::Value, key: &str| it[key].as_str().unwrap().to_owned();
    let words =
        |it| format!("{} {}: {}", text(it, "severity"), text(it, "code"), text(it, "message"));
    of_card.map(words).collect()
}

#[test]
fn a_section_that_was_written_for_other_facts_is_named_with_the_fact_that_changed() {
    let Some(scene) = Scene::new() else { return };
    scene.sandbox.write("MODEL_CARD.md", PROSE);
    scene.sandbox.replace("plimsoll.yaml", "gate:\n", "card: MODEL_CARD.md\ngate:\n");
    scene.commit();
    let new = scene.json(&["run"], 0);
    assert_eq!(
        said(&new),
        [
            "info card.unconfirmed: nobody has said which facts 2 section(s) of MODEL_CARD.md hold for (intended-use, limitations)"
        ]
    );
    insta::assert_snapshot!(scene.call(&["model", "card", "--accept"], 0), @"
    exit code: 0
    --- stdout
    ✓ intended-use holds for what run ID measured
    ✓ limitations holds for what run ID measured
      next: commit MODEL_CARD.facts.json, then `plimsoll run`: every step is cached
    ");
    let uncommitted = scene.json(&["run"], 0);
    assert!(said(&uncommitted).is_empty());
    let refused = scene.call(&["release"], 1).stderr;
    assert!(refused.contains("MODEL_CARD.facts.json is not at commit"), "{refused}");
    scene.commit();
    scene.run();
    assert_eq!(scene.release(), "bikes@1.0.0");
    let card = scene.call(&["model", "card", "bikes@1.0.0"], 0).stdout;
    assert!(
        card.contains("\n\nOf a city.\n") && card.contains("## Limitations\n\nNights.\n"),
        "{card}"
    );
    assert!(!card.contains("Stale"), "{card}");
    scene.call(&["deploy", "bikes@1.0.0"], 0);
    scene.call(&["run"], 0);
    assert_eq!(scene.release(), "bikes@1.0.0", "the same card is the same version");

    scene.model(3.0);
    scene.commit();
    let said = said(&scene.json(&["run"], 0));
    let [stale] = said.as_slice() else { panic!("{said:?}") };
    let begins =
        "warning card.stale: section `limitations` was written for other facts: `bias` is ";
    assert!(stale.starts_with(begins) && stale.contains(", outside of ["), "{stale}");
    let shown = scene.call(&["model", "card", "--output", "card.md"], 0).stdout;
    assert!(shown.contains("limitations   stale    `bias` is "), "{shown}");
    let card = scene.sandbox.read("card.md");
    let marked = "## Limitations\n\n> **Stale.** This was written for other facts.";
    assert!(card.contains(marked), "{card}");
    assert_eq!(card.matches("Stale").count(), 1, "{card}");
}

#[test]
fn what_cannot_be_accepted_is_said_with_the_reason() {
    let Some(scene) = Scene::new() else { return };
    let said = |arguments: &[&str], code| scene.call(arguments, code).stderr;
    let none = said(&["model", "card", "--accept"], 2);
    assert!(none.contains("names no prose for the card"), "{none}");
    scene.sandbox.write("CARD.md", "## Limitations\nTBD\n");
    scene.sandbox.replace("plimsoll.yaml", "gate:\n", "card: CARD.md\ngate:\n");
    let unknown = said(&["model", "card", "--accept", "limitation"], 2);
    assert!(unknown.contains("the nearest is `limitations`"), "{unknown}");
    let unwritten = said(&["model", "card", "--accept", "limitations"], 1);
    assert!(unwritten.contains("section `limitations` is placeholder"), "{unwritten}");
    scene.sandbox.write("CARD.facts.json", "{}");
    let edited = said(&["run"], 2);
    assert!(edited.contains("CARD.facts.json:1:"), "{edited}");
    fs::remove_file(scene.sandbox.repo().join("CARD.facts.json")).unwrap();
    scene.sandbox.write("CARD.md", "## Release\nAll is well.\n<!--\n");
    let imitated = said(&["run"], 2);
    assert!(imitated.contains("CARD.md:1:1:") && imitated.contains("CARD.md:3:1:"), "{imitated}");
}

#[test]
fn a_rule_blocks_a_section_that_is_missing_unwritten_unconfirmed_or_stale() {
    let Some(scene) = Scene::new() else { return };
    scene.sandbox.replace(
        "plimsoll.yaml",
        "gate:\n",
        "gate:\n  - { card: [intended-use, limitations] }\n",
    );
    let undeclared = scene.call(&["run"], 2).stderr;
    assert!(undeclared.contains("add `card: MODEL_CARD.md`"), "{undeclared}");
    scene.sandbox.replace("plimsoll.yaml", "gate:\n", "card: MODEL_CARD.md\ngate:\n");
    let blocked = |prose: &str| {
        scene.sandbox.write("MODEL_CARD.md", prose);
        let ran = scene.json(&["run"], 1);
        assert_eq!(
            (&ran["verdict"], &ran["gate"]["rules"][0]["outcome"]),
            (&"block".into(), &"block".into())
        );
        said(&ran).join("\n")
    };
    insta::assert_snapshot!(blocked("## Intended use\nTODO\n"), @"
    error card.incomplete: section `intended-use` has text that was to be replaced (`TODO`)
    error card.incomplete: MODEL_CARD.md has no section `limitations`
    ");
    insta::assert_snapshot!(blocked(PROSE), @"
    error card.unconfirmed: nobody has said which facts section `intended-use` holds for
    error card.unconfirmed: nobody has said which facts section `limitations` holds for
    ");
    scene.call(&["model", "card", "--accept"], 0);
    scene.commit();
    scene.run();
    assert_eq!(scene.release(), "bikes@1.0.0");
    scene.call(&["deploy", "bikes@1.0.0"], 0);
    scene.model(3.0);
    scene.commit();
    let stale = blocked(PROSE);
    assert!(
        stale.starts_with("error card.stale: section `limitations` was written for"),
        "{stale}"
    );
    // What was decided is decided again from what is stored.
    assert_eq!(scene.json(&["gate"], 1)["answer"], "block");
    scene.call(&["model", "card", "--accept", "limitations"], 0);
    scene.commit();
    scene.run();
    scene.sandbox.replace("plimsoll.yaml", "  - { card: [intended-use, limitations] }\n", "");
    let weaker = scene.json(&["run"], 0)["gate"]["findings"].to_string();
    assert!(
        weaker.contains("`card: intended-use, limitations`, which the champion passed, is gone"),
        "{weaker}"
    );
}
