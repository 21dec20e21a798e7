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
  - { metric: smape, max: 0.2 }
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

    plimsoll.yaml:6:15: `smape` is not accepted here
      |
    6 |   - { metric: smape, max: 0.2 }
      |               ^^^^^
      = help: the nearest value is `mape`

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
      = help: the known keys are `metric`, `max`, `min`, `slice`, `severity`, `at`, `inconclusive`

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
       = help: write `0.1` for 10 %

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
variants: { fast: {} }
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

    plimsoll.yaml:4:1: unknown key `variants`
      |
    4 | variants: { fast: {} }
      | ^^^^^^^^
      = help: this version of Plimsoll does not have `variants` yet; remove it

    plimsoll.yaml:5:1: key `on` is missing
      |
    5 | evaluate:
      | ^^^^^^^^
      = help: The test set, Parquet or CSV: an output of a step, or a file.

    plimsoll.yaml:7:3: `model` and `predictions` exclude each other
      |
    7 |   predictions: b
      |   ^^^^^^^^^^^
      = help: keep one of the two

    plimsoll.yaml:8:11: the text is empty
      |
    8 |   target: ""
      |           ^^

    plimsoll.yaml:9:13: expected a mapping, found a list
      |
    9 |   features: [a, b]
      |             ^

    plimsoll.yaml:10:28: expected a list or a mapping, found the number 17
       |
    10 |   slices: { evening: { hr: 17 }, a/b: { x: [1, 1, "1"] }, none: {}, c: { hr: { from: 1 } } }
       |                            ^^

    plimsoll.yaml:10:34: `a/b` is no slice name (expected letters, digits, `-` and `_`, at most 100)
       |
    10 |   slices: { evening: { hr: 17 }, a/b: { x: [1, 1, "1"] }, none: {}, c: { hr: { from: 1 } } }
       |                                  ^^^
       = help: `a-b` would do

    plimsoll.yaml:10:48: the number 1 is listed twice (first on line 10)
       |
    10 |   slices: { evening: { hr: 17 }, a/b: { x: [1, 1, "1"] }, none: {}, c: { hr: { from: 1 } } }
       |                                                ^
       = help: remove one of the two

    plimsoll.yaml:10:65: the mapping is empty
       |
    10 |   slices: { evening: { hr: 17 }, a/b: { x: [1, 1, "1"] }, none: {}, c: { hr: { from: 1 } } }
       |                                                                 ^

    plimsoll.yaml:10:80: unknown key `from`
       |
    10 |   slices: { evening: { hr: 17 }, a/b: { x: [1, 1, "1"] }, none: {}, c: { hr: { from: 1 } } }
       |                                                                                ^^^^
       = help: the known keys are `min`, `max`
    "#);
}

#[test]
fn what_is_served_watched_and_trained_again() {
    insta::assert_snapshot!(mistakes(PROJECT, r#"
model: x
task: regression
data:
  live: { form: captures, holdout: 14d }
  other: { from: uploads, holdout: 2w }
  third: { from: captures, holdout: 14, path: a.csv }
  pht: { pth: a.csv }
  empty: {}
serve: { capture: yes, id: "", tiem: dteday }
monitor:
  windwo: 14d
  limits:
    - { metric: smape, max: 1 }
    - { metric: wape }
    - { metric: wape, max: 25%, drift: temp }
    - { drift: temp }
    - { drift: temp, max: -0.1 }
    - { drift: 3, max: 0.25, slice: evening }
    - { max: 0.3 }
    - wape <= 0.3
retrain: { set: { split..window: 180d, train: { trees: 5 }, trees: ~, features: [a, [b]] }, when: breach }
"#), @r#"
    plimsoll.yaml:5:11: unknown key `form`
      |
    5 |   live: { form: captures, holdout: 14d }
      |           ^^^^
      = help: the nearest key is `from`

    plimsoll.yaml:6:18: `uploads` is not accepted here
      |
    6 |   other: { from: uploads, holdout: 2w }
      |                  ^^^^^^^
      = help: the only value is `captures`

    plimsoll.yaml:6:36: `2w` is no number of whole days from 1 to 9999
      |
    6 |   other: { from: uploads, holdout: 2w }
      |                                    ^^
      = help: write it as `14d`

    plimsoll.yaml:7:12: `path` and `from` exclude each other
      |
    7 |   third: { from: captures, holdout: 14, path: a.csv }
      |            ^^^^
      = help: keep one of the two: the rows of `from` are recorded predictions and lie in `data/NAME.parquet`

    plimsoll.yaml:7:37: expected whole days such as `14d`, found the number 14
      |
    7 |   third: { from: captures, holdout: 14, path: a.csv }
      |                                     ^^
      = help: write `14d`

    plimsoll.yaml:8:10: unknown key `pth`
      |
    8 |   pht: { pth: a.csv }
      |          ^^^
      = help: the nearest key is `path`

    plimsoll.yaml:9:3: one of the keys `path`, `from` is missing
      |
    9 |   empty: {}
      |   ^^^^^

    plimsoll.yaml:10:19: expected `true` or `false`, found the text `yes`
       |
    10 | serve: { capture: yes, id: "", tiem: dteday }
       |                   ^^^
       = help: `yes` is a text in YAML 1.2; write `true`

    plimsoll.yaml:10:28: the text is empty
       |
    10 | serve: { capture: yes, id: "", tiem: dteday }
       |                            ^^

    plimsoll.yaml:10:32: unknown key `tiem`
       |
    10 | serve: { capture: yes, id: "", tiem: dteday }
       |                                ^^^^
       = help: the nearest key is `time`

    plimsoll.yaml:12:3: unknown key `windwo`
       |
    12 |   windwo: 14d
       |   ^^^^^^
       = help: the nearest key is `window`

    plimsoll.yaml:14:17: `smape` is not accepted here
       |
    14 |     - { metric: smape, max: 1 }
       |                 ^^^^^
       = help: the nearest value is `mape`

    plimsoll.yaml:15:7: one of the keys `max`, `min` is missing
       |
    15 |     - { metric: wape }
       |       ^

    plimsoll.yaml:16:28: expected a number, found the text `25%`
       |
    16 |     - { metric: wape, max: 25%, drift: temp }
       |                            ^^^
       = help: write it as a number, 0.25

    plimsoll.yaml:16:33: `drift` does not go together with `metric`
       |
    16 |     - { metric: wape, max: 25%, drift: temp }
       |                                 ^^^^^
       = help: make two of it, or remove one of the keys

    plimsoll.yaml:17:7: key `max` is missing
       |
    17 |     - { drift: temp }
       |       ^
       = help: The index must be at most this. Below 0.1 hardly anything moved, above 0.25 a lot.

    plimsoll.yaml:18:27: -0.1 is too small (at least 0)
       |
    18 |     - { drift: temp, max: -0.1 }
       |                           ^^^^

    plimsoll.yaml:19:7: key `metric` is missing
       |
    19 |     - { drift: 3, max: 0.25, slice: evening }
       |       ^
       = help: Which metric; it must be one of the task's.

    plimsoll.yaml:19:9: `drift` does not go together with `slice`
       |
    19 |     - { drift: 3, max: 0.25, slice: evening }
       |         ^^^^^
       = help: make two of it, or remove one of the keys

    plimsoll.yaml:20:7: key `metric` is missing
       |
    20 |     - { max: 0.3 }
       |       ^
       = help: Which metric; it must be one of the task's.

    plimsoll.yaml:21:7: expected a mapping, found the text `wape <= 0.3`
       |
    21 |     - wape <= 0.3
       |       ^^^^^^^^^^^

    plimsoll.yaml:22:19: `split..window` is no name of a parameter
       |
    22 | retrain: { set: { split..window: 180d, train: { trees: 5 }, trees: ~, features: [a, [b]] }, when: br…
       |                   ^^^^^^^^^^^^^
       = help: write a name, or names joined by points, such as `train` or `train.trees`

    plimsoll.yaml:22:47: expected a text or a number or `true` or `false` or a list, found a mapping
       |
    22 | retrain: { set: { split..window: 180d, train: { trees: 5 }, trees: ~, features: [a, [b]] }, when: br…
       |                                               ^

    plimsoll.yaml:22:61: expected a text or a number or `true` or `false` or a list, found nothing
       |
    22 | retrain: { set: { split..window: 180d, train: { trees: 5 }, trees: ~, features: [a, [b]] }, when: br…
       |                                                             ^^^^^

    plimsoll.yaml:22:85: expected a text or a number or `true` or `false`, found a list
       |
    22 | retrain: { set: { split..window: 180d, train: { trees: 5 }, trees: ~, features: [a, [b]] }, when: br…
       |                                                                                     ^

    plimsoll.yaml:22:93: unknown key `when`
       |
    22 | retrain: { set: { split..window: 180d, train: { trees: 5 }, trees: ~, features: [a, [b]] }, when: br…
       |                                                                                             ^^^^
       = help: the only key is `set`
    "#);
    insta::assert_snapshot!(mistakes(PROJECT, r"
model: x
task: regression
serve:
monitor: { window: 0d, limits: [] }
retrain: { set: {} }
"), @r"
    plimsoll.yaml:4:1: expected a mapping, found nothing
      |
    4 | serve:
      | ^^^^^

    plimsoll.yaml:5:20: `0d` is no number of whole days from 1 to 9999
      |
    5 | monitor: { window: 0d, limits: [] }
      |                    ^^
      = help: write it as `14d`

    plimsoll.yaml:5:32: the list is empty
      |
    5 | monitor: { window: 0d, limits: [] }
      |                                ^

    plimsoll.yaml:6:17: the mapping is empty
      |
    6 | retrain: { set: {} }
      |                 ^
    ");
    insta::assert_snapshot!(mistakes(PROJECT, r"
model: x
task: regression
serve: true
monitor: [14d]
retrain: {}
"), @r"
    plimsoll.yaml:4:8: expected a mapping, found `true`
      |
    4 | serve: true
      |        ^^^^

    plimsoll.yaml:5:10: expected a mapping, found a list
      |
    5 | monitor: [14d]
      |          ^

    plimsoll.yaml:6:1: key `set` is missing
      |
    6 | retrain: {}
      | ^^^^^^^
      = help: Parameters that have another value then, by dotted name: `split.window: 180d`. Each must be in the file of parameters.
    ");
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
