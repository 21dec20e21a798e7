use super::*;
use crate::node;
use crate::source::{Report, Source};

fn mistakes(json: &str, text: &str) -> String {
    let source = Source::new("plimsoll.yaml", text.as_bytes()).unwrap();
    let mut report = Report::new(&source);
    let node = node::parse(&mut report).unwrap();
    validate(&Schema::read(json).unwrap(), &node, &mut report);
    report.finish().to_string()
}

#[test]
fn a_keyword_that_is_not_understood_does_not_load() {
    assert!(Schema::read(r#"{ "type": "string", "maxLength": 3 }"#).is_err());
    assert!(Schema::read(r#"{ "type": "nothing" }"#).is_err());
}

#[test]
fn what_people_write_is_never_null() {
    for json in [PROJECT, TABLE, TRUST] {
        assert!(!json.contains("\"null\""));
    }
}

#[test]
fn references_lead_somewhere() {
    for json in [PROJECT, TABLE, TRUST] {
        let schema = Schema::read(json).unwrap();
        assert_eq!(schema.dialect.as_deref(), Some("https://json-schema.org/draft/2020-12/schema"));
        assert!(schema.id.as_deref().unwrap().starts_with("urn:plimsoll:schema:"));
        let named = json.split("#/$defs/").skip(1).filter_map(|rest| rest.split('"').next());
        for name in named {
            assert!(schema.definitions.get(name).is_some(), "{name}");
        }
    }
}

#[test]
fn metrics_and_tasks_are_those_of_the_core() {
    use plimsoll_core::evidence::Metric;

    let schema = Schema::read(PROJECT).unwrap();
    let metrics = &schema.definitions.get("metric").unwrap().variants;
    assert_eq!(*metrics, Metric::ALL.map(Metric::as_str));
}

#[test]
fn types_and_values() {
    insta::assert_snapshot!(mistakes(PROJECT, r#"
model: Bike Demand
task: ranking
owners: team-mobility
license: 1.0
seed: -1
python:
code: ["src/[a.py", "../*.py"]
registry: ""
"#), @r#"
    plimsoll.yaml:2:8: `Bike Demand` is no model name (expected lower-case letters, digits and `-`, at most 100)
      |
    2 | model: Bike Demand
      |        ^^^^^^^^^^^
      = help: `bike-demand` would do

    plimsoll.yaml:3:7: `ranking` is not accepted here
      |
    3 | task: ranking
      |       ^^^^^^^
      = help: the known values are `regression`, `binary`, `multiclass`

    plimsoll.yaml:4:9: expected a list, found the text `team-mobility`
      |
    4 | owners: team-mobility
      |         ^^^^^^^^^^^^^
      = help: write [team-mobility]

    plimsoll.yaml:5:10: expected a text, found the number 1
      |
    5 | license: 1.0
      |          ^^^
      = help: put it in quotes: "1.0"

    plimsoll.yaml:6:7: -1 is too small (at least 0)
      |
    6 | seed: -1
      |       ^^

    plimsoll.yaml:7:1: expected a path, found nothing
      |
    7 | python:
      | ^^^^^^

    plimsoll.yaml:8:8: `src/[a.py` is no pattern: unclosed character class; missing ']'
      |
    8 | code: ["src/[a.py", "../*.py"]
      |        ^^^^^^^^^^^
      = help: `*`, `?`, `**`, `[a-z]` and `{a,b}` have a meaning in patterns

    plimsoll.yaml:8:21: pattern `../*.py` leads out of the repository
      |
    8 | code: ["src/[a.py", "../*.py"]
      |                     ^^^^^^^^^
      = help: patterns are relative to the folder of plimsoll.yaml, such as `src/**/*.py`

    plimsoll.yaml:9:11: the text is empty
      |
    9 | registry: ""
      |           ^^
    "#);
}

#[test]
fn steps() {
    insta::assert_snapshot!(mistakes(PROJECT, r"
model: x
task: binary
steps:
  split:
    run: python split.py
    timeout: 20
    cpus: 0
    env: [A=1, PLIMSOLL_SIGNING_KEY, 2B]
    inputs: [/etc/passwd, ../x, a, a]
    output: [build/x]
    params: [train..x]
  bad name: { run: x, timeout: 90 minutes }
  empty:
  list: [a]
  none: { inputs: [a], retrain: yes }
"), @r"
    plimsoll.yaml:7:14: expected a duration such as `20m`, found the number 20
      |
    7 |     timeout: 20
      |              ^^
      = help: write `20s`, `20m` or `20h`

    plimsoll.yaml:8:11: 0 is too small (at least 1)
      |
    8 |     cpus: 0
      |           ^

    plimsoll.yaml:9:11: `A=1` is no name of an environment variable
      |
    9 |     env: [A=1, PLIMSOLL_SIGNING_KEY, 2B]
      |           ^^^
      = help: name it only: `A`; its value comes from outside

    plimsoll.yaml:9:16: `PLIMSOLL_SIGNING_KEY` is not given to steps
      |
    9 |     env: [A=1, PLIMSOLL_SIGNING_KEY, 2B]
      |                ^^^^^^^^^^^^^^^^^^^^
      = help: steps see `PLIMSOLL_SEED` without asking, and no other setting of Plimsoll

    plimsoll.yaml:9:38: `2B` is no name of an environment variable
      |
    9 |     env: [A=1, PLIMSOLL_SIGNING_KEY, 2B]
      |                                      ^^
      = help: write letters, digits and `_`, such as `CUDA_HOME`

    plimsoll.yaml:10:14: `/etc/passwd` is absolute (expected a path inside the repository)
       |
    10 |     inputs: [/etc/passwd, ../x, a, a]
       |              ^^^^^^^^^^^
       = help: paths are relative to the folder of plimsoll.yaml and stay in it

    plimsoll.yaml:10:27: `../x` contains `..` (expected a path inside the repository)
       |
    10 |     inputs: [/etc/passwd, ../x, a, a]
       |                           ^^^^
       = help: paths are relative to the folder of plimsoll.yaml and stay in it

    plimsoll.yaml:10:36: the text `a` is listed twice (first on line 10)
       |
    10 |     inputs: [/etc/passwd, ../x, a, a]
       |                                    ^
       = help: remove one of the two

    plimsoll.yaml:11:5: unknown key `output`
       |
    11 |     output: [build/x]
       |     ^^^^^^
       = help: the nearest key is `outputs`

    plimsoll.yaml:12:14: `train..x` is no name of a parameter
       |
    12 |     params: [train..x]
       |              ^^^^^^^^
       = help: write a name, or names joined by points, such as `train` or `train.trees`

    plimsoll.yaml:13:3: `bad name` is no step name (expected letters, digits, `-` and `_`, at most 100)
       |
    13 |   bad name: { run: x, timeout: 90 minutes }
       |   ^^^^^^^^
       = help: `bad-name` would do

    plimsoll.yaml:13:32: `90 minutes` is no duration
       |
    13 |   bad name: { run: x, timeout: 90 minutes }
       |                                ^^^^^^^^^^
       = help: write it as `90s`, `20m`, `1h30m` or `2d`

    plimsoll.yaml:14:3: expected a mapping, found nothing
       |
    14 |   empty:
       |   ^^^^^

    plimsoll.yaml:15:9: expected a mapping, found a list
       |
    15 |   list: [a]
       |         ^

    plimsoll.yaml:16:3: key `run` is missing
       |
    16 |   none: { inputs: [a], retrain: yes }
       |   ^^^^
       = help: The command, given to `sh -c`.

    plimsoll.yaml:16:24: unknown key `retrain`
       |
    16 |   none: { inputs: [a], retrain: yes }
       |                        ^^^^^^^
       = help: the known keys are `run`, `inputs`, `params`, `outputs`, `metrics`, `env`, `timeout`, `cpus`
    ");
}

#[test]
fn rules_are_about_the_form_that_was_meant() {
    insta::assert_snapshot!(mistakes(PROJECT, r"
model: x
task: regression
gate:
  - { metric: wape }
  - { metric: mape, max: 0.2 }
  - { metric: wape, max: 25% }
  - { metric: wape, max: .nan }
  - { metric: wape, maximum: 1 }
  - { metric: wape, max: 1, beats: champion }
  - { beats: champion, by: 10%, slice: evening, metric: mae }
  - { beats: challenger, metric: mae, by: 10 }
  - { beats: champion, metric: mae, by: ten }
  - wape <= 0.25
  - { max: 0.25 }
"), @r"
    plimsoll.yaml:5:5: one of the keys `max`, `min` is missing
      |
    5 |   - { metric: wape }
      |     ^

    plimsoll.yaml:6:15: `mape` is not accepted here
      |
    6 |   - { metric: mape, max: 0.2 }
      |               ^^^^
      = help: the nearest value is `mae`

    plimsoll.yaml:7:26: expected a number, found the text `25%`
      |
    7 |   - { metric: wape, max: 25% }
      |                          ^^^
      = help: write it as a number, 0.25

    plimsoll.yaml:8:26: `.nan` is no finite number
      |
    8 |   - { metric: wape, max: .nan }
      |                          ^^^^

    plimsoll.yaml:9:5: one of the keys `max`, `min` is missing
      |
    9 |   - { metric: wape, maximum: 1 }
      |     ^

    plimsoll.yaml:9:21: unknown key `maximum`
      |
    9 |   - { metric: wape, maximum: 1 }
      |                     ^^^^^^^
      = help: the known keys are `metric`, `max`, `min`, `slice`

    plimsoll.yaml:10:29: `beats` does not go together with `max`
       |
    10 |   - { metric: wape, max: 1, beats: champion }
       |                             ^^^^^
       = help: make two of it, or remove one of the keys

    plimsoll.yaml:11:33: `slice` does not go together with `beats`
       |
    11 |   - { beats: champion, by: 10%, slice: evening, metric: mae }
       |                                 ^^^^^
       = help: make two of it, or remove one of the keys

    plimsoll.yaml:12:14: `challenger` is not accepted here
       |
    12 |   - { beats: challenger, metric: mae, by: 10 }
       |              ^^^^^^^^^^
       = help: the only value is `champion`

    plimsoll.yaml:12:43: 10 is too large (at most 1)
       |
    12 |   - { beats: challenger, metric: mae, by: 10 }
       |                                           ^^
       = help: write `10%`

    plimsoll.yaml:13:41: `ten` is no share
       |
    13 |   - { beats: champion, metric: mae, by: ten }
       |                                         ^^^
       = help: write a percentage from 0 to 100, such as `10%`, or a number from 0 to 1

    plimsoll.yaml:14:5: expected a mapping, found the text `wape <= 0.25`
       |
    14 |   - wape <= 0.25
       |     ^^^^^^^^^^^^

    plimsoll.yaml:15:5: key `metric` is missing
       |
    15 |   - { max: 0.25 }
       |     ^
       = help: Which metric; it must be one of the task's.
    ");
}

#[test]
fn evaluation() {
    insta::assert_snapshot!(mistakes(PROJECT, r#"
modle: x
task: binary
serve: { capture: true }
data: { live: { from: captures, holdout: 14d } }
evaluate:
  model: a
  predictions: b
  target: ""
  features: [a, b]
  slices: { evening: { hr: 17 }, a/b: { x: [1, 1, "1"] }, none: {}, c: { hr: { from: 1 } } }
"#), @r#"
    plimsoll.yaml:2:1: unknown key `modle`
      |
    2 | modle: x
      | ^^^^^
      = help: the nearest key is `model`

    plimsoll.yaml:4:1: unknown key `serve`
      |
    4 | serve: { capture: true }
      | ^^^^^
      = help: this version of Plimsoll does not have `serve` yet; remove it

    plimsoll.yaml:5:9: key `path` is missing
      |
    5 | data: { live: { from: captures, holdout: 14d } }
      |         ^^^^
      = help: Where the file lies, CSV or Parquet, relative to `plimsoll.yaml`.

    plimsoll.yaml:5:17: unknown key `from`
      |
    5 | data: { live: { from: captures, holdout: 14d } }
      |                 ^^^^
      = help: this version of Plimsoll does not have `from` yet; remove it

    plimsoll.yaml:5:33: unknown key `holdout`
      |
    5 | data: { live: { from: captures, holdout: 14d } }
      |                                 ^^^^^^^
      = help: this version of Plimsoll does not have `holdout` yet; remove it

    plimsoll.yaml:6:1: key `on` is missing
      |
    6 | evaluate:
      | ^^^^^^^^
      = help: The test set, Parquet or CSV: an output of a step, or a file.

    plimsoll.yaml:8:3: `model` and `predictions` exclude each other
      |
    8 |   predictions: b
      |   ^^^^^^^^^^^
      = help: keep one of the two

    plimsoll.yaml:9:11: the text is empty
      |
    9 |   target: ""
      |           ^^

    plimsoll.yaml:10:13: expected a mapping, found a list
       |
    10 |   features: [a, b]
       |             ^

    plimsoll.yaml:11:28: expected a list or a mapping, found the number 17
       |
    11 |   slices: { evening: { hr: 17 }, a/b: { x: [1, 1, "1"] }, none: {}, c: { hr: { from: 1 } } }
       |                            ^^

    plimsoll.yaml:11:34: `a/b` is no slice name (expected letters, digits, `-` and `_`, at most 100)
       |
    11 |   slices: { evening: { hr: 17 }, a/b: { x: [1, 1, "1"] }, none: {}, c: { hr: { from: 1 } } }
       |                                  ^^^
       = help: `a-b` would do

    plimsoll.yaml:11:48: the number 1 is listed twice (first on line 11)
       |
    11 |   slices: { evening: { hr: 17 }, a/b: { x: [1, 1, "1"] }, none: {}, c: { hr: { from: 1 } } }
       |                                                ^
       = help: remove one of the two

    plimsoll.yaml:11:65: the mapping is empty
       |
    11 |   slices: { evening: { hr: 17 }, a/b: { x: [1, 1, "1"] }, none: {}, c: { hr: { from: 1 } } }
       |                                                                 ^

    plimsoll.yaml:11:80: unknown key `from`
       |
    11 |   slices: { evening: { hr: 17 }, a/b: { x: [1, 1, "1"] }, none: {}, c: { hr: { from: 1 } } }
       |                                                                                ^^^^
       = help: the known keys are `min`, `max`
    "#);
}

#[test]
fn a_printed_document_is_held_against_a_schema_of_its_own() {
    let schema = r#"{
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "ended": { "oneOf": [{ "type": "null" }, { "type": "string", "enum": ["well"] }] },
            "took": { "type": ["integer", "null"] }
        }
    }"#;
    let schema = Schema::read(schema).unwrap();
    let mistakes = |json: &[u8]| schema.check("x", json).map_err(|mistakes| mistakes.to_string());
    assert_eq!(mistakes(br#"{ "ended": null, "took": null }"#), Ok(()));
    assert_eq!(mistakes(br#"{ "ended": "well", "took": 3 }"#), Ok(()));
    assert!(mistakes(br#"{ "ended": "badly" }"#).unwrap_err().contains("`badly`"));
    assert!(mistakes(br#"{ "took": "3" }"#).unwrap_err().contains("whole number or nothing"));
    assert!(mistakes(br#"{ "other": 1 }"#).unwrap_err().contains("unknown key `other`"));
    assert!(mistakes(b"").unwrap_err().contains("the document is empty"));
}
