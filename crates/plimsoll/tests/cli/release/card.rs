//! The model card, as the program loads it that it is written for.

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
