use std::time::Duration;

use plimsoll_core::evidence::Metric;
use plimsoll_core::gate::{Bound, Demand, Inconclusive, Weight};
use plimsoll_core::project::{Condition, Costs, Features, Input, Live, Predictor, Serve, Task};
use proptest::prelude::*;

use super::*;

mod live;

/// What every data schema says.
const HOUR: &[u8] = include_bytes!("../../../../examples/bike-demand/schemas/hour.yaml");

/// Reads a project beside some files; what ends in `/` is a folder, after `->` a link outside.
fn read(text: &str, files: &[&str]) -> Result<Project, Mistakes> {
    let look = |path: &RepoPath| {
        let is = |shape: &str| files.contains(&format!("{path}{shape}").as_str());
        match () {
            () if is("") => FileState::File,
            () if is("/") => FileState::Folder,
            () if is("->") => FileState::Outside,
            () => FileState::Absent,
        }
    };
    let params = || {
        crate::params("params.yaml", b"split: { window: all }\ntrain: { trees: 200, leaves: 31 }\n")
    };
    project_of(
        "plimsoll.yaml",
        text.as_bytes(),
        &mut Surroundings {
            files: &look,
            params: &mut |_| Ok(params().ok()),
            schema: &mut |_| {
                Ok(crate::table("schemas/hour.yaml", HOUR, &|_| crate::Meaning::default()).ok())
            },
            prose: &mut |path, _| {
                let written = crate::prose(path, b"## Intended use\nPlanning.\n").unwrap();
                Ok(Some(Prose { path: path.clone(), written, accepted: [].into() }))
            },
        },
    )
}

fn refusal(text: &str, files: &[&str]) -> String {
    read(text, files).unwrap_err().to_string()
}

/// The example of the design, which the reference page shows.
const EXAMPLE: &str = include_str!("example.yaml");

const EXAMPLE_FILES: [&str; 4] =
    ["requirements.lock", "data/hour.csv", "schemas/hour.yaml", "params.yaml"];

#[test]
fn the_example_of_the_design_is_a_project() {
    let project = read(EXAMPLE, &EXAMPLE_FILES).unwrap();
    assert_eq!(project.task, Task::Regression);
    assert_eq!(project.steps.len(), 2);
    let dataset = |name: &str| Input::Dataset(name.parse().unwrap());
    assert_eq!(project.steps[0].inputs, [dataset("hourly"), dataset("live")]);
    assert_eq!(project.steps[1].timeout, Some(Duration::from_mins(20)));
    assert_eq!(project.steps[1].written().count(), 2);
    assert_eq!((project.steps[1].cpus, project.seed), (1, 0));
    let evaluate = project.evaluate.unwrap();
    assert_eq!(evaluate.predictor, Predictor::Model("build/model.onnx".parse().unwrap()));
    assert!(matches!(evaluate.features, Features::Tensor(columns) if columns.len() == 11));
    let cold = &evaluate.slices[&"cold".parse().unwrap()];
    assert_eq!(cold["temp"], Condition::Range { min: None, max: Some(0.2) });
    let rules: Vec<String> =
        project.gate.iter().map(|rule| format!("{}: {}", rule.line, rule.demand)).collect();
    assert_eq!(
        rules,
        [
            "41: wape <= 0.25",
            "42: r2 >= 0.75",
            "43: wape <= 0.3 on evening",
            "44: bias >= -20",
            "44: bias <= 20",
            "45: mae at least 10 % less than the champion's",
            "46: rmse at least 0 % less than the champion's",
        ]
    );
    assert_eq!(project.gate[6].inconclusive, Inconclusive::Pass);
    assert_eq!(project.gate[3].severity, Weight::Warning);
    let waiver = &project.waivers[0];
    assert_eq!((waiver.line, waiver.to_string()), (62, "leak.suspected of `atemp`".to_owned()));
    assert_eq!(waiver.expires.to_string(), "2027-06-30");
    let Demand::Limit { bound, .. } = &project.gate[0].demand else { panic!() };
    assert_eq!(*bound, Bound::Max(0.25));
}

#[test]
fn the_example_of_the_design_is_served_watched_and_trained_again() {
    let project = read(EXAMPLE, &EXAMPLE_FILES).unwrap();
    let live = &project.data[&"live".parse().unwrap()];
    assert_eq!(live.path.as_str(), "data/live.parquet");
    assert_eq!(live.live, Some(Live { holdout_days: 14 }));
    let serve = project.serve.as_ref().unwrap();
    assert_eq!(
        *serve,
        Serve { capture: true, id: Some("instant".to_owned()), time: Some("dteday".to_owned()) }
    );
    let monitor = project.monitor.as_ref().unwrap();
    let limits: Vec<String> =
        monitor.limits.iter().map(|watch| format!("{}: {}", watch.line, watch.limit)).collect();
    assert_eq!(monitor.window_days, 14);
    assert_eq!(
        limits,
        [
            "53: wape <= 0.3",
            "54: bias >= -20 on evening",
            "54: bias <= 20 on evening",
            "55: PSI of temp <= 0.25",
            "56: PSI of predictions <= 0.25",
        ]
    );
    let retrain = project.retrain.as_ref().unwrap();
    assert_eq!(retrain.set, [("split.window".to_owned(), Value::from("180d"))].into());
    let context: Vec<String> = project.context().into_iter().map(|column| column.name).collect();
    assert_eq!(context, ["dteday", "instant", "yr"]);
    let stored = serde_json::to_string(&project).unwrap();
    assert_eq!(serde_json::from_str::<Project>(&stored).unwrap(), project);
}

#[test]
fn the_example_without_its_files() {
    insta::assert_snapshot!(refusal(EXAMPLE, &["data/hour.csv->", "schemas/hour.yaml/"]), @r"
    plimsoll.yaml:5:9: `requirements.lock`, the lock file of Python, does not exist
      |
    5 | python: requirements.lock          # one environment per lock file
      |         ^^^^^^^^^^^^^^^^^
      = help: name a lock file with hashes, or write `system` for the Python that is there

    plimsoll.yaml:9:11: `data/hour.csv`, a dataset, is a link that leads out of the repository
      |
    9 |     path: data/hour.csv            # its digest is kept in plimsoll.lock
      |           ^^^^^^^^^^^^^
      = help: put the file into the repository

    plimsoll.yaml:10:13: `schemas/hour.yaml`, a data schema, is a folder (expected a file)
       |
    10 |     schema: schemas/hour.yaml      # checked before any step
       |             ^^^^^^^^^^^^^^^^^
       = help: name a file in it

    plimsoll.yaml:15:9: `params.yaml`, the file of parameters, does not exist
       |
    15 | params: params.yaml
       |         ^^^^^^^^^^^
       = help: correct the path, or add the file
    ");
}

#[test]
fn names_that_refer_to_nothing() {
    insta::assert_snapshot!(refusal(r"
model: x
task: regression
params: params.yaml
data: { hourly: { path: data/hour.csv } }
steps:
  split: { run: a, inputs: [data.hourli, data.csv, data/hour.cvs], params: [splt, train.tree], outputs: [build/train.parquet] }
  train: { run: b, inputs: [build/trian.parquet, nowhere], outputs: [build/model.onnx] }
evaluate:
  model: build/modle.onnx
  on: data.hourly
  target: cnt
  features: { input: [hr, cnt] }
  positive: 1
  slices: { evening: { hr: { min: 19, max: 17 } } }
gate:
  - { metric: auc, min: 0.8 }
  - { metric: wape, max: 0.3, slice: evenig }
  - { metric: wape, min: 0.5, max: 0.25 }
", &["data/hour.csv", "data.csv", "params.yaml"]), @r"
    plimsoll.yaml:7:29: `data.hourli` is no declared dataset
      |
    7 |   split: { run: a, inputs: [data.hourli, data.csv, data/hour.cvs], params: [splt, train.tree], outpu…
      |                             ^^^^^^^^^^^
      = help: the nearest dataset is `data.hourly`

    plimsoll.yaml:7:42: `data.csv` is no declared dataset
      |
    7 |   split: { run: a, inputs: [data.hourli, data.csv, data/hour.cvs], params: [splt, train.tree], outpu…
      |                                          ^^^^^^^^
      = help: a file of that name is written `./data.csv`

    plimsoll.yaml:7:52: `data/hour.cvs`, an input, is no output of a step and does not exist
      |
    7 |   split: { run: a, inputs: [data.hourli, data.csv, data/hour.cvs], params: [splt, train.tree], outpu…
      |                                                    ^^^^^^^^^^^^^
      = help: the nearest output or dataset is `data/hour.csv`

    plimsoll.yaml:7:77: parameter `splt` is undefined
      |
    7 |   split: { run: a, inputs: [data.hourli, data.csv, data/hour.cvs], params: [splt, train.tree], outpu…
      |                                                                             ^^^^
      = help: the nearest parameter is `split`

    plimsoll.yaml:7:83: parameter `train.tree` is undefined
      |
    7 |   split: { run: a, inputs: [data.hourli, data.csv, data/hour.cvs], params: [splt, train.tree], outpu…
      |                                                                                   ^^^^^^^^^^
      = help: the nearest parameter is `train.trees`

    plimsoll.yaml:8:29: `build/trian.parquet`, an input, is no output of a step and does not exist
      |
    8 |   train: { run: b, inputs: [build/trian.parquet, nowhere], outputs: [build/model.onnx] }
      |                             ^^^^^^^^^^^^^^^^^^^
      = help: the nearest output or dataset is `build/train.parquet`

    plimsoll.yaml:8:50: `nowhere`, an input, is no output of a step and does not exist
      |
    8 |   train: { run: b, inputs: [build/trian.parquet, nowhere], outputs: [build/model.onnx] }
      |                                                  ^^^^^^^
      = help: correct the path, add the file, or declare it as an output

    plimsoll.yaml:10:10: `build/modle.onnx`, the model, is no output of a step and does not exist
       |
    10 |   model: build/modle.onnx
       |          ^^^^^^^^^^^^^^^^
       = help: the nearest output or dataset is `build/model.onnx`

    plimsoll.yaml:11:7: `data.hourly` is a dataset (expected a path)
       |
    11 |   on: data.hourly
       |       ^^^^^^^^^^^
       = help: write `data/hour.csv`

    plimsoll.yaml:13:27: `cnt` is the target and cannot be a feature
       |
    13 |   features: { input: [hr, cnt] }
       |                           ^^^
       = help: a model must not be given the answer

    plimsoll.yaml:14:3: `positive` has no meaning for a regression task
       |
    14 |   positive: 1
       |   ^^^^^^^^
       = help: remove it, or write `task: binary`

    plimsoll.yaml:15:35: `min` 19 is greater than `max` 17
       |
    15 |   slices: { evening: { hr: { min: 19, max: 17 } } }
       |                                   ^^
       = help: nothing could meet both; swap or correct them

    plimsoll.yaml:17:15: metric `auc` is not measured for a regression task
       |
    17 |   - { metric: auc, min: 0.8 }
       |               ^^^
       = help: a regression task has `mae`, `rmse`, `wape`, `r2`, `bias`, `mape`, `quantile-loss`, `coverage`, `width`, `interval-score`

    plimsoll.yaml:18:38: slice `evenig` is not declared
       |
    18 |   - { metric: wape, max: 0.3, slice: evenig }
       |                                      ^^^^^^
       = help: the nearest slice is `evening` (in `evaluate.slices`)

    plimsoll.yaml:19:26: `min` 0.5 is greater than `max` 0.25
       |
    19 |   - { metric: wape, min: 0.5, max: 0.25 }
       |                          ^^^
       = help: nothing could meet both; swap or correct them
    ");
}

#[test]
fn one_writer_for_each_file_and_no_circles() {
    insta::assert_snapshot!(refusal(r"
model: x
task: regression
data: { raw: { path: data/raw.csv } }
steps:
  a: { run: a, inputs: [build/c], outputs: [build/a, build/same], params: [x] }
  b: { run: b, inputs: [build/a/part], outputs: [build/b, ./build/same] }
  c: { run: c, inputs: [build/b], outputs: [build/c], metrics: build/a/m.json }
  self: { run: d, inputs: [out], outputs: [out/x, data, plimsoll.lock, other, other/y] }
", &["data/raw.csv"]), @r"
    plimsoll.yaml:6:25: steps wait for each other: a -> b -> c -> a
      |
    6 |   a: { run: a, inputs: [build/c], outputs: [build/a, build/same], params: [x] }
      |                         ^^^^^^^
      = help: `b` reads `build/a/part` of `a` (line 7); `c` reads `build/b` of `b` (line 8); `a` reads `build/c` of `c` (line 6)

    plimsoll.yaml:6:76: parameter `x` is undefined: no file defines any
      |
    6 |   a: { run: a, inputs: [build/c], outputs: [build/a, build/same], params: [x] }
      |                                                                            ^
      = help: add `params: params.yaml` at the top of the file

    plimsoll.yaml:7:59: step `b`: `build/same` is already an output of step `a` (line 6)
      |
    7 |   b: { run: b, inputs: [build/a/part], outputs: [build/b, ./build/same] }
      |                                                           ^^^^^^^^^^^^
      = help: each file has one writer: give the steps paths of their own

    plimsoll.yaml:8:64: step `c`: `build/a/m.json` lies in `build/a`, an output of step `a` (line 6)
      |
    8 |   c: { run: c, inputs: [build/b], outputs: [build/c], metrics: build/a/m.json }
      |                                                                ^^^^^^^^^^^^^^
      = help: each file has one writer: give the steps paths of their own

    plimsoll.yaml:9:28: steps wait for each other: self -> self
      |
    9 |   self: { run: d, inputs: [out], outputs: [out/x, data, plimsoll.lock, other, other/y] }
      |                            ^^^
      = help: `self` reads `out` of `self` (line 9)

    plimsoll.yaml:9:51: step `self` writes `data`, which is or holds the dataset `raw`
      |
    9 |   self: { run: d, inputs: [out], outputs: [out/x, data, plimsoll.lock, other, other/y] }
      |                                                   ^^^^
      = help: the pipeline starts from it: let the step write somewhere else

    plimsoll.yaml:9:57: step `self` writes `plimsoll.lock`, which is or holds a file of Plimsoll
      |
    9 |   self: { run: d, inputs: [out], outputs: [out/x, data, plimsoll.lock, other, other/y] }
      |                                                         ^^^^^^^^^^^^^
      = help: the pipeline starts from it: let the step write somewhere else

    plimsoll.yaml:9:79: step `self`: `other/y` lies in `other`, an output of the same step
      |
    9 |   self: { run: d, inputs: [out], outputs: [out/x, data, plimsoll.lock, other, other/y] }
      |                                                                               ^^^^^^^
      = help: each file has one writer: give the steps paths of their own
    ");
}

#[test]
fn binary_needs_a_positive_class_and_a_gate_an_evaluation() {
    insta::assert_snapshot!(refusal("model: x\ntask: binary\nevaluate: { predictions: p.csv, on: t.csv, target: y, features: { input: [a] } }\n", &["p.csv", "t.csv"]), @r"
    plimsoll.yaml:3:44: key `positive` is missing, which a binary task needs
      |
    3 | evaluate: { predictions: p.csv, on: t.csv, target: y, features: { input: [a] } }
      |                                            ^^^^^^
      = help: say which value of the target counts as positive, such as `positive: 1`: F1 and AUC depend on it

    plimsoll.yaml:3:55: `features` has no meaning beside `predictions`, which are made already
      |
    3 | evaluate: { predictions: p.csv, on: t.csv, target: y, features: { input: [a] } }
      |                                                       ^^^^^^^^
      = help: remove it, or name a `model` on line 3
    ");
    insta::assert_snapshot!(refusal("model: x\ntask: binary\ngate:\n  - { metric: f1, min: .5 }\n", &[]), @r"
    plimsoll.yaml:3:1: the gate has rules, but nothing is evaluated
      |
    3 | gate:
      | ^^^^
      = help: add `evaluate:` with a model and the test set to judge it on
    ");
    insta::assert_snapshot!(refusal("# nothing\n", &[]), @r"
    plimsoll.yaml:1:1: the file is empty
      |
    1 | # nothing
      | ^
      = help: start with `model: NAME`
    ");
    insta::assert_snapshot!(refusal("model: x\ntask: binary\nseed: 18446744073709551616\n", &[]), @r"
    plimsoll.yaml:3:7: the number is too large to be held exactly
      |
    3 | seed: 18446744073709551616
      |       ^^^^^^^^^^^^^^^^^^^^
      = help: put it in quotes if it is a text
    ");
}

#[test]
fn large_projects_are_checked_soon() {
    let steps: Vec<String> = (0..2000)
        .map(|i| format!("  s{i}: {{ run: x, inputs: [b], outputs: [c/{i}, d/{i}, e/{i}] }}\n"))
        .collect();
    let paths = |folder| (0..9000).map(|i| format!("{folder}/{i}")).collect::<Vec<_>>().join(",");
    let many = |count, name: &str, rest| {
        (0..count).map(|i| format!("{name}{i}{rest}")).collect::<Vec<_>>().join(", ")
    };
    let features = many(5000, "feature", "");
    let slices = many(1000, "slice", ": { x: [1] }");
    let drifts = many(5000, "{ drift: feature", ", max: 1 }");
    let metrics = many(500, "{ metric: mae, max: 1, slice: s", " }");
    let set = many(9000, "parameter", ": 1");
    let (steps, absent, outputs) = (steps.concat(), paths("x"), paths("b"));
    for text in [
        format!("model: x\ntask: binary\nsteps:\n{steps}  w: {{ run: x, outputs: [{outputs}] }}\n"),
        format!(
            "model: x\ntask: binary\nsteps:\n  r: {{ run: x, inputs: [{absent}] }}\n  w: {{ run: x, outputs: [{outputs}] }}\n"
        ),
        format!(
            "model: x\ntask: binary\nsteps:\n  w: {{ run: x, outputs: [{}] }}\n",
            "a,".repeat(40_000)
        ),
        format!(
            "model: x\ntask: regression\nparams: params.yaml\nevaluate: {{ features: {{ input: [{features}] }}, slices: {{ {slices} }} }}\nmonitor: {{ window: 1d, limits: [{drifts}, {metrics}] }}\nretrain: {{ set: {{ {set} }} }}\n"
        ),
    ] {
        let before = computed();
        let _ = read(&text, &["params.yaml"]);
        let taken = computed().saturating_sub(before);
        assert!(taken.as_secs() < 9, "{taken:?}");
    }
}

/// Returns how long this thread has computed: other work on the machine does not count.
fn computed() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(told.split_whitespace().next().unwrap().parse().unwrap())
}

proptest! {
    #[test]
    fn a_damaged_project_is_refused_or_read(at in 0..EXAMPLE.len(), with in "[a-z:,\\[{}\\]\n -]{0,3}", cut in 0..20_usize) {
        if EXAMPLE.is_char_boundary(at) && EXAMPLE.is_char_boundary((at + cut).min(EXAMPLE.len())) {
            let end = (at + cut).min(EXAMPLE.len());
            let text = format!("{}{with}{}", &EXAMPLE[..at], &EXAMPLE[end..]);
            if let Err(mistakes) = read(&text, &EXAMPLE_FILES) {
                let shown = mistakes.to_string();
                prop_assert!(!shown.is_empty());
                prop_assert!(!shown.contains("cannot be understood"), "{}", shown);
            }
        }
    }
}

#[test]
fn checks_budgets_and_weak_parts_are_rules() {
    let text = "model: x
task: regression
evaluate:
  predictions: p.csv
  on: t.csv
  target: y
  train: train.csv
  recorded: then.csv
  checks:
    time: 90s
    fairness: { by: [sex] }
    rules: [{ monotone: income, direction: increasing }]
gate:
  - { check: model.overfit, severity: warning }
  - { check: model.robustness }
  - { check: model.parity }
  - { check: model.fairness }
  - { check: model.rules }
  - { budget: file-size, min: 1kB, max: 5MB, inconclusive: pass }
  - { budget: latency-p99, max: 5ms }
  - { budget: throughput, min: 1000/s }
  - { slices: automatic, metric: wape, worse-by: 50% }
";
    let project = read(text, &["p.csv", "t.csv", "train.csv", "then.csv"]).unwrap();
    let demands: Vec<String> = project.gate.iter().map(|rule| rule.demand.to_string()).collect();
    assert_eq!(
        demands,
        [
            "model.overfit",
            "model.robustness",
            "model.parity",
            "model.fairness",
            "model.rules",
            "file-size <= 5.0 MB",
            "file-size >= 1.0 kB",
            "latency-p99 <= 5.00 ms",
            "throughput >= 1000 requests/s",
            "wape nowhere more than 50 % worse",
        ]
    );
    let evaluate = project.evaluate.unwrap();
    assert_eq!(evaluate.train.unwrap().as_str(), "train.csv");
    assert_eq!(evaluate.recorded.unwrap().as_str(), "then.csv");
    assert_eq!(evaluate.checks.unwrap().time, Some(Duration::from_secs(90)));
}

#[test]
fn rules_that_cannot_be_judged_are_mistakes() {
    let text = "model: x
task: regression
evaluate: { predictions: p.csv, on: t.csv, target: y }
gate:
  - { check: model.overfit }
  - { check: model.magic }
  - { budget: file-size, max: 5ms }
  - { budget: file-size, max: 200 }
  - { slices: automatic, metric: rmse, worse-by: 50% }
  - { check: model.parity }
  - { check: model.fairness }
  - { check: model.rules }
";
    insta::assert_snapshot!(refusal(text, &["p.csv", "t.csv"]), @r#"
    plimsoll.yaml:5:14: `model.overfit` looks at what the model was trained on
      |
    5 |   - { check: model.overfit }
      |              ^^^^^^^^^^^^^
      = help: say what that is below `evaluate:`, such as `train: build/train.parquet`

    plimsoll.yaml:6:14: `model.magic` is not accepted here
      |
    6 |   - { check: model.magic }
      |              ^^^^^^^^^^^
      = help: the known values are `data.drift`, `data.integrity`, `data.leakage`, `data.personal`, `model.baseline`, `model.calibration`, `model.fairness`, `model.overfit`, `model.parity`, `model.stability`, `model.robustness`, `model.rules` and 1 more

    plimsoll.yaml:7:31: `file-size` is not counted in this unit
      |
    7 |   - { budget: file-size, max: 5ms }
      |                               ^^^
      = help: write it like `200MB`

    plimsoll.yaml:8:31: expected a text, found the number 200
      |
    8 |   - { budget: file-size, max: 200 }
      |                               ^^^
      = help: put it in quotes: "200"

    plimsoll.yaml:9:34: weak parts cannot be searched for by `rmse`
      |
    9 |   - { slices: automatic, metric: rmse, worse-by: 50% }
      |                                  ^^^^
      = help: name a loss of single rows: `mae`, `wape`, `accuracy`, `log-loss` or `brier`

    plimsoll.yaml:10:14: `model.parity` compares with what the model answered in training
       |
    10 |   - { check: model.parity }
       |              ^^^^^^^^^^^^
       = help: say where that is below `evaluate:`, such as `recorded: build/answers.csv`

    plimsoll.yaml:11:14: `model.fairness` compares groups, and none are declared
       |
    11 |   - { check: model.fairness }
       |              ^^^^^^^^^^^^^^
       = help: name their columns below `evaluate:`, such as `checks: { fairness: { by: [sex] } }`

    plimsoll.yaml:12:14: `model.rules` holds the model against rules, and none are declared
       |
    12 |   - { check: model.rules }
       |              ^^^^^^^^^^^
       = help: write some below `evaluate.checks.rules`, such as `- { monotone: income, direction: increasing }`
    "#);
}

#[test]
fn what_is_to_be_near_a_value_has_limits_on_both_sides_and_beats_nothing() {
    let with = |gate: &str| {
        let evaluate = "evaluate: { predictions: p.csv, on: t.csv, target: y }";
        format!("model: x\ntask: regression\n{evaluate}\ngate:\n{gate}")
    };
    let files = &["p.csv", "t.csv"];
    let limits = "  - { metric: coverage, min: 0.75, max: 0.85 }\n";
    assert_eq!(read(&with(limits), files).unwrap().gate.len(), 2);
    for metric in ["bias", "coverage"] {
        let refused =
            refusal(&with(&format!("  - {{ beats: champion, metric: {metric} }}\n")), files);
        let said = format!("no model beats another in `{metric}`");
        assert!(refused.contains(&said) && refused.contains("`min` and `max`"), "{refused}");
    }
}

#[test]
fn costs_are_those_of_the_task() {
    let with = |task: &str, more: &str| {
        let evaluate = format!("evaluate:\n  predictions: p.csv\n  on: t.csv\n  target: y\n{more}");
        format!("model: x\ntask: {task}\n{evaluate}")
    };
    let two = "  positive: 1\n  metrics: [recall, cost]\n  costs: { false-positive: 5, \
               false-negative: 100, true-positive: -20 }\n";
    let files = &["p.csv", "t.csv"];
    let evaluate = read(&with("binary", two), files).unwrap().evaluate.unwrap();
    assert_eq!(evaluate.metrics, [Metric::Recall, Metric::Cost]);
    let costs = Costs::Binary {
        false_positive: 5.0,
        false_negative: 100.0,
        true_positive: -20.0,
        true_negative: 0.0,
    };
    assert_eq!(evaluate.costs, Some(costs));
    let several = "  costs: { classes: { cat: { dog: 5 }, dog: { cat: 1 } } }\n";
    let evaluate = read(&with("multiclass", several), files).unwrap().evaluate.unwrap();
    let Some(Costs::Classes(costs)) = evaluate.costs else { panic!("{:?}", evaluate.costs) };
    assert_eq!((costs["cat"]["dog"], costs["dog"]["cat"]), (5.0, 1.0));

    for (task, more, said) in [
        (
            "regression",
            "  costs: { false-positive: 5 }\n",
            "`costs` has no meaning for a regression",
        ),
        ("binary", "  positive: 1\n  costs: { false-positive: 5 }\n", "`costs` does not say what"),
        ("multiclass", "  costs: { false-positive: 5 }\n", "of several classes write"),
        ("binary", "  positive: 1\n  metrics: [cost]\n", "metric `cost` needs `evaluate.costs`"),
        ("regression", "  metrics: [recall]\n", "metric `recall` is not measured for a regression"),
    ] {
        let refused = refusal(&with(task, more), files);
        assert!(refused.contains(said), "{refused}");
    }
}

#[test]
fn prose_is_part_of_a_project() {
    let text = "model: x\ntask: regression\ncard: CARD.md\n";
    let prose = read(text, &["CARD.md"]).unwrap().card.unwrap();
    assert_eq!(prose.written.sections[0].name.as_str(), "intended-use");
    let said = refusal(text, &["CARD.md/"]);
    assert!(said.contains("`CARD.md`, the prose of the model card, is a folder"), "{said}");
    let said = refusal(text, &["CARD.md", "CARD.facts.json->"]);
    assert!(said.contains("`CARD.facts.json`, the facts of the model card, is a link"), "{said}");
}

#[test]
fn approvals_say_how_many_and_for_how_long_or_are_mistakes() {
    let with = |approvals: &str| format!("model: m\ntask: regression\napprovals: {approvals}\n");
    let project = read(&with("{ release: { count: 3 }, deploy: { count: 2, within: 7d } }"), &[]);
    let approvals = project.unwrap().approvals;
    assert_eq!(approvals.release.unwrap().to_string(), "3 approvals");
    let deploy = approvals.deploy.unwrap();
    assert_eq!(deploy.to_string(), "2 approvals of the last 7 days");
    assert_eq!(deploy.place(), "plimsoll.yaml:3");
    let written =
        "{ deploy: { count: 2 }, deploy-to: { staging: { count: 1 }, test: { count: 0 } } }";
    let approvals = read(&with(written), &[]).unwrap().approvals;
    let of = |alias: &str| approvals.of_alias(&alias.parse().unwrap()).map(ToString::to_string);
    assert_eq!(of("champion").unwrap(), "2 approvals");
    assert_eq!((of("staging").unwrap().as_str(), of("test")), ("1 approval", None));
    for (written, said) in [
        ("{}", "approvals"),
        ("{ deploy: {} }", "key `count` is missing"),
        ("{ deploy: { count: 0 } }", "0 is too small (at least 1)"),
        ("{ deploy: { count: 101 } }", "101 is too large (at most 100)"),
        ("{ deploy: { count: 1.5 } }", "1.5"),
        ("{ deploy: { count: two } }", "two"),
        ("{ deploy: { count: 1, within: 12h } }", "`12h` is no number of whole days"),
        ("{ merge: { count: 1 } }", "unknown key `merge`"),
        ("{ deploy-to: {} }", "the mapping is empty"),
        ("{ deploy-to: { staging: {} } }", "key `count` is missing"),
        ("{ deploy-to: { staging: 1 } }", "expected a mapping"),
        ("{ deploy-to: { Staging: { count: 1 } } }", "`staging` would do"),
        ("{ deploy-to: { staging: { count: -1 } } }", "-1 is too small (at least 0)"),
    ] {
        let refused = refusal(&with(written), &[]);
        assert!(refused.contains(said), "{written}: {refused}");
    }
}
