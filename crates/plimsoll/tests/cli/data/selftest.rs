//! `plimsoll data selftest`.

use std::fmt::Write;

use serde_json::Value;

use crate::sandbox::Sandbox;

/// Customers whose charges follow from their plan, and who leave by both.
fn customers(seed: u32) -> String {
    let mut text = "id,plan,age,charges,left\n".to_owned();
    for at in 0..600 {
        let mixed = (at * 7919 + seed).wrapping_mul(2_654_435_761) >> 9;
        let (plan, base) = [("Grün", 20), ("Rot", 40), ("Blau", 60)][mixed as usize % 3];
        let charges = f64::from(base) + f64::from(mixed / 3 % 1000) / 100.0;
        let left = if mixed / 7 % 10 < u32::from(charges > 40.0) * 6 + 2 { "yes" } else { "no" };
        _ = writeln!(text, "c{:05},{plan},{},{charges},{left}", at + seed, 18 + mixed / 11 % 60);
    }
    text
}

const SCHEMA: &str = "\
unique: [[id]]
columns:
  id: { type: string, pattern: 'c[0-9]{5}' }
  plan: { type: string, values: [Grün, Rot, Blau] }
  age: { type: integer, min: 18, max: 77 }
  charges: { type: number, min: 20, max: 70 }
  left: { type: string, values: ['yes', 'no'] }
additional: false
";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("train.csv", &customers(0));
    sandbox.write("new.csv", &customers(1000));
    sandbox.write("new.yaml", SCHEMA);
    sandbox
}

fn selftest(sandbox: &Sandbox, more: &[&str], code: i32) -> Value {
    let arguments = [&["--json", "data", "selftest", "new.csv"], more].concat();
    let ended = sandbox.plimsoll(arguments);
    assert_eq!(ended.code, Some(code), "{ended}");
    serde_json::from_str(&ended.stdout).unwrap()
}

/// Returns the columns in which a mutation was missed.
fn missed<'a>(document: &'a Value, mutation: &str) -> Vec<&'a str> {
    let tried = document["mutations"].as_array().unwrap().iter();
    let missed = tried.filter(|t| t["mutation"] == mutation && t["outcome"] == "missed");
    missed.map(|tried| tried["column"].as_str().unwrap_or_default()).collect()
}

#[test]
fn a_schema_catches_what_it_speaks_of_and_nothing_else() {
    let sandbox = sandbox();
    let none = selftest(&sandbox, &[], 1);
    assert_eq!(missed(&none, "range-break"), ["age", "charges"]);
    assert_eq!(missed(&none, "dropped-column"), ["id", "plan", "age", "charges", "left"]);

    let found = selftest(&sandbox, &["--schema", "new.yaml"], 1);
    for caught in
        ["type-break", "range-break", "nulls", "renamed-column", "dropped-column", "added-column"]
    {
        assert_eq!(missed(&found, caught), [""; 0], "{caught}");
    }
    assert_eq!(missed(&found, "duplicated-rows"), [""; 0]);
    assert_eq!(missed(&found, "larger-unit"), [""; 0]);
    // Ages are whole numbers, and half of the values of a category are another one of it.
    assert_eq!(missed(&found, "shifted-distribution"), ["plan", "left"]);
    assert_eq!(found["not-applicable"], serde_json::json!(["shuffled-target"]));

    sandbox.replace("new.yaml", "unique: [[id]]\n", "");
    sandbox.replace("new.yaml", ", max: 77", "");
    let less = selftest(&sandbox, &["--schema", "new.yaml", "--skip", "shifted-distribution"], 1);
    assert_eq!(missed(&less, "range-break"), ["age"]);
    assert!(missed(&less, "shifted-distribution").is_empty());
}

#[test]
fn training_data_tell_shifts_and_shuffled_labels() {
    let sandbox = sandbox();
    let train = ["--train", "train.csv", "--label", "left", "--index", "id"];
    let only = ["--only", "shifted-distribution", "--only", "shuffled-target"];
    let found = selftest(&sandbox, &[&train[..], &only].concat(), 0);
    let of = |mutation: &str| {
        let tried = found["mutations"].as_array().unwrap().iter();
        tried.filter(|t| t["mutation"] == mutation).map(|t| t["by"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(of("shuffled-target"), [serde_json::json!(["split.feature-label-change"])]);
    assert_eq!(of("shifted-distribution").len(), 4);
    assert_eq!(found["verdict"], "pass");

    // What has drifted anyway hides what else would be found.
    let halved = customers(1000).replace("Blau,", "Rot,");
    sandbox.write("new.csv", &halved);
    let ended = sandbox.plimsoll(
        [&["data", "selftest", "new.csv", "--only", "shifted-distribution"], &train[..]].concat(),
    );
    assert_eq!(ended.code, Some(1), "{ended}");
    let said = "missed: shifted-distribution of `plan`\n      next: correct what is found there \
                without it too (data.drift), and try again";
    assert!(ended.stdout.contains(said), "{ended}");
}

#[test]
fn people_read_what_is_missed_and_what_would_catch_it() {
    let ended = sandbox().plimsoll([
        "data",
        "selftest",
        "new.csv",
        "--schema",
        "new.yaml",
        "--rows",
        "200",
        "--only",
        "range-break",
        "--only",
        "shifted-distribution",
    ]);
    insta::assert_snapshot!(ended.stdout, @r"
    new.csv: block (2 of 6 mutations missed; 4 caught, 0 warned of; 200 of 600 rows, 5 of 5 columns)
      held against new.yaml, the checks of `plimsoll data check`
      mutation              tried  caught  warned  missed  by
      range-break           2      2                       data.range
      shifted-distribution  4      2               2       data.range
      missed: shifted-distribution of `plan`, `left`
          next: `--train`, so that drift is looked for
    ");
    assert_eq!(ended.code, Some(1));
}

#[test]
fn what_cannot_be_tried_is_an_error_and_no_pass() {
    let sandbox = sandbox();
    sandbox.write("empty.csv", "id,plan\n");
    sandbox.write("words.csv", "id\na\nb\n");
    let nowhere = ["data", "selftest", "new.csv", "--schema", "new.yaml", "--environment", "x"];
    for (arguments, said) in [
        (&["data", "selftest", "new.csv", "--label", "gone"][..], "there is no column `gone`"),
        (&["data", "selftest", "empty.csv"], "no rows"),
        (&["data", "selftest", "nowhere.csv"], "nowhere.csv"),
        (&["data", "selftest", "new.csv", "--only", "typo"], "there is no mutation `typo`"),
        (&["data", "selftest", "new.csv", "--only", "shuffled-target"], "--label"),
        (&["data", "selftest", "new.csv", "--only", "nulls", "--skip", "nulls"], "no mutation"),
        (&["data", "selftest", "new.csv", "--train", "empty.csv"], "empty.csv"),
        (&nowhere, "`x`"),
    ] {
        let ended = sandbox.plimsoll(arguments.iter().copied());
        assert_eq!(ended.code, Some(2), "{ended}");
        assert!(ended.stderr.contains(said), "{ended}");
    }
    // Nothing fits: that is no pass either.
    let ended = sandbox.plimsoll(["data", "selftest", "words.csv", "--only", "range-break"]);
    assert_eq!(ended.code, Some(1), "{ended}");
}

#[test]
fn a_dataset_of_a_project_is_held_against_what_is_declared_of_it() {
    let sandbox = sandbox();
    sandbox.write(
        "plimsoll.yaml",
        "model: leaving\ntask: binary\ndata:\n  customers: { path: new.csv, schema: new.yaml }\n\
         steps:\n  copy: { run: cp new.csv on.csv, inputs: [data.customers], outputs: [on.csv] }\n\
         evaluate: { predictions: p.csv, on: on.csv, target: left, positive: 'yes' }\n",
    );
    sandbox.write("p.csv", "prediction\nno\n");
    let found = selftest(&sandbox, &["--skip", "shifted-distribution"], 1);
    assert_eq!(found["schema-file"], "new.yaml");
    assert_eq!(missed(&found, "range-break"), [""; 0]);
    // The target is known, and without training data nothing tells that it was shuffled.
    assert_eq!(missed(&found, "shuffled-target"), ["left"]);
    // What is said counts, and the rest is still what is declared.
    sandbox.write("other.yaml", SCHEMA);
    let said = ["--schema", "other.yaml", "--only", "shuffled-target"];
    let found = selftest(&sandbox, &said, 1);
    assert_eq!(
        (&found["schema-file"], missed(&found, "shuffled-target")),
        (&"other.yaml".into(), vec!["left"])
    );
    // Of another file nothing is declared.
    let other = sandbox.plimsoll(["--json", "data", "selftest", "train.csv", "--only", "nulls"]);
    assert!(!other.stdout.contains("schema-file"), "{other}");
}
