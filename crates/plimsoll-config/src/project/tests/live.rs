//! What is refused of a model that is served, watched and trained again.

use super::*;

/// The example with `old` replaced by `new`.
fn changed(old: &str, new: &str) -> String {
    assert!(EXAMPLE.contains(old), "{old}");
    refusal(&EXAMPLE.replacen(old, new, 1), &EXAMPLE_FILES)
}

#[test]
fn a_dataset_of_predictions_has_nothing_of_a_file() {
    insta::assert_snapshot!(changed("  live: { from: captures, holdout: 14d }", r"  live:
    from: captures
    path: data/live.parquet
    schema: schemas/live.yaml
    license: CC0-1.0
    source: the server
 "), @r"
    plimsoll.yaml:14:5: `path` and `from` exclude each other
       |
    14 |     from: captures
       |     ^^^^
       = help: keep one of the two: the rows of `from` are recorded predictions and lie in `data/NAME.parquet`

    plimsoll.yaml:14:5: key `holdout` is missing, which `from` needs
       |
    14 |     from: captures
       |     ^^^^
       = help: say how many of the newest whole days with labels a retrained model is judged on, such as `holdout: 14d`

    plimsoll.yaml:16:5: `schema` has no meaning beside `from: captures`
       |
    16 |     schema: schemas/live.yaml
       |     ^^^^^^
       = help: remove it: the columns are those of the model, of `serve` and of the other datasets' schemas

    plimsoll.yaml:17:5: `license` has no meaning beside `from: captures`
       |
    17 |     license: CC0-1.0
       |     ^^^^^^^
       = help: remove it: the rows are what a server of your own recorded, no licence came with them

    plimsoll.yaml:18:5: `source` has no meaning beside `from: captures`
       |
    18 |     source: the server
       |     ^^^^^^
       = help: remove it: `from` says where the rows come from
    ");
    insta::assert_snapshot!(changed("path: data/hour.csv ", "path: data/hour.csv\n    holdout: 14d #"), @r"
    plimsoll.yaml:10:5: `holdout` has no meaning without `from: captures`
       |
    10 |     holdout: 14d #           # its digest is kept in plimsoll.lock
       |     ^^^^^^^
       = help: remove it: the days are those of labelled predictions
    ");
}

#[test]
fn one_dataset_is_made_of_predictions_and_its_file_is_its_own() {
    insta::assert_snapshot!(refusal(r"
model: x
task: regression
data:
  live: { from: captures, holdout: 14d }
  old: { path: data/live.parquet }
  late: { from: captures, holdout: 7d }
steps:
  a: { run: a, inputs: [data.live, data/live.parquet], outputs: [data/live.parquet] }
  b: { run: b, outputs: [data] }
evaluate: { model: m.onnx, on: data.live, target: cnt }
serve: { id: instant }
", &["data/live.parquet", "m.onnx"]), @r"
    plimsoll.yaml:6:16: `data/live.parquet` is where the rows of `data.live` lie
      |
    6 |   old: { path: data/live.parquet }
      |                ^^^^^^^^^^^^^^^^^
      = help: put this dataset somewhere else

    plimsoll.yaml:7:11: `data.late` is a second dataset of captures (the first is `data.live` on line 5)
      |
    7 |   late: { from: captures, holdout: 7d }
      |           ^^^^
      = help: there is one record of labelled predictions: remove one of the two

    plimsoll.yaml:9:36: `data/live.parquet` is the dataset `live`
      |
    9 |   a: { run: a, inputs: [data.live, data/live.parquet], outputs: [data/live.parquet] }
      |                                    ^^^^^^^^^^^^^^^^^
      = help: write `data.live`

    plimsoll.yaml:9:66: step `a` writes `data/live.parquet`, which is or holds the dataset `live`
      |
    9 |   a: { run: a, inputs: [data.live, data/live.parquet], outputs: [data/live.parquet] }
      |                                                                  ^^^^^^^^^^^^^^^^^
      = help: the pipeline starts from it: let the step write somewhere else

    plimsoll.yaml:9:66: step `a` writes `data/live.parquet`, which is or holds the dataset `old`
      |
    9 |   a: { run: a, inputs: [data.live, data/live.parquet], outputs: [data/live.parquet] }
      |                                                                  ^^^^^^^^^^^^^^^^^
      = help: the pipeline starts from it: let the step write somewhere else

    plimsoll.yaml:10:26: step `b`: `data` contains `data/live.parquet`, an output of step `a` (line 9)
       |
    10 |   b: { run: b, outputs: [data] }
       |                          ^^^^
       = help: each file has one writer: give the steps paths of their own

    plimsoll.yaml:10:26: step `b` writes `data`, which is or holds the dataset `late`
       |
    10 |   b: { run: b, outputs: [data] }
       |                          ^^^^
       = help: the pipeline starts from it: let the step write somewhere else

    plimsoll.yaml:10:26: step `b` writes `data`, which is or holds the dataset `live`
       |
    10 |   b: { run: b, outputs: [data] }
       |                          ^^^^
       = help: the pipeline starts from it: let the step write somewhere else

    plimsoll.yaml:10:26: step `b` writes `data`, which is or holds the dataset `old`
       |
    10 |   b: { run: b, outputs: [data] }
       |                          ^^^^
       = help: the pipeline starts from it: let the step write somewhere else

    plimsoll.yaml:11:32: `data.live` is no file of the repository
       |
    11 | evaluate: { model: m.onnx, on: data.live, target: cnt }
       |                                ^^^^^^^^^
       = help: `data.live` has rows only while the model is trained again: name an output of a step
    ");
    insta::assert_snapshot!(refusal(r"
model: x
task: regression
data: { live: { from: captures, holdout: 1d } }
evaluate: { model: m.onnx, on: data/live.parquet, target: cnt }
serve: { id: instant }
", &["data/live.parquet", "m.onnx"]), @r"
    plimsoll.yaml:5:32: `data/live.parquet` is no file of the repository
      |
    5 | evaluate: { model: m.onnx, on: data/live.parquet, target: cnt }
      |                                ^^^^^^^^^^^^^^^^^
      = help: `data.live` has rows only while the model is trained again: name an output of a step
    ");
}

#[test]
fn predictions_must_be_recorded_found_and_compared_with_a_truth() {
    insta::assert_snapshot!(refusal(r"
model: x
task: regression
data: { live: { from: captures, holdout: 14d } }
monitor: { window: 7d, limits: [{ drift: predictions, max: 0.25 }] }
", &[]), @r"
    plimsoll.yaml:4:17: `from: captures` needs predictions, and none are recorded
      |
    4 | data: { live: { from: captures, holdout: 14d } }
      |                 ^^^^
      = help: add `serve:` with `capture: true`

    plimsoll.yaml:4:17: `from: captures` needs a target, and nothing is evaluated
      |
    4 | data: { live: { from: captures, holdout: 14d } }
      |                 ^^^^
      = help: add `evaluate:` with the column that labels are compared with

    plimsoll.yaml:5:1: `monitor` needs predictions, and none are recorded
      |
    5 | monitor: { window: 7d, limits: [{ drift: predictions, max: 0.25 }] }
      | ^^^^^^^
      = help: add `serve:` with `capture: true`

    plimsoll.yaml:5:1: `monitor` needs a target, and nothing is evaluated
      |
    5 | monitor: { window: 7d, limits: [{ drift: predictions, max: 0.25 }] }
      | ^^^^^^^
      = help: add `evaluate:` with the column that labels are compared with
    ");
    insta::assert_snapshot!(changed("serve: { capture: true, id: instant,", "serve:\n  { capture: false,"), @r"
    plimsoll.yaml:13:11: `from: captures` needs predictions, and none are recorded
       |
    13 |   live: { from: captures, holdout: 14d } # labelled predictions; the newest 14 days are only judged …
       |           ^^^^
       = help: write `capture: true` on line 49

    plimsoll.yaml:13:11: `from: captures` needs `serve.id`: labels find their rows by it
       |
    13 |   live: { from: captures, holdout: 14d } # labelled predictions; the newest 14 days are only judged …
       |           ^^^^
       = help: add `id: COLUMN` to `serve` (line 48)

    plimsoll.yaml:51:1: `monitor` needs predictions, and none are recorded
       |
    51 | monitor:
       | ^^^^^^^
       = help: write `capture: true` on line 49
    ");
}

#[test]
fn rows_are_named_and_timed_by_columns_that_are_known_beforehand() {
    insta::assert_snapshot!(changed("id: instant, time: dteday", "id: instnat, time: cnt"), @r"
    plimsoll.yaml:48:29: column `instnat` is in no schema of `data`
       |
    48 | serve: { capture: true, id: instnat, time: cnt }
       |                             ^^^^^^^
       = help: the nearest column is `instant`

    plimsoll.yaml:48:44: `cnt` is the target and cannot be `time`
       |
    48 | serve: { capture: true, id: instnat, time: cnt }
       |                                            ^^^
       = help: name a column that is known when a prediction is asked for
    ");
    insta::assert_snapshot!(changed("id: instant, time: dteday", "id: casual, time: casual"), @r"
    plimsoll.yaml:48:29: `casual` gives the target away and cannot be `id`
       |
    48 | serve: { capture: true, id: casual, time: casual }
       |                             ^^^^^^
       = help: name a column that is known when a prediction is asked for

    plimsoll.yaml:48:43: `casual` gives the target away and cannot be `time`
       |
    48 | serve: { capture: true, id: casual, time: casual }
       |                                           ^^^^^^
       = help: name a column that is known when a prediction is asked for

    plimsoll.yaml:48:43: `casual` is `id` and `time` at once
       |
    48 | serve: { capture: true, id: casual, time: casual }
       |                                           ^^^^^^
       = help: what names a row tells rows of one time apart: name two columns
    ");
    insta::assert_snapshot!(changed("id: instant, time: dteday", "id: dteday, time: dteday"), @r"
    plimsoll.yaml:48:43: `dteday` is `id` and `time` at once
       |
    48 | serve: { capture: true, id: dteday, time: dteday }
       |                                           ^^^^^^
       = help: what names a row tells rows of one time apart: name two columns
    ");
}

#[test]
fn a_column_may_be_named_where_no_schema_says_all() {
    let served = |text: &str| read(text, &EXAMPLE_FILES).unwrap().serve.unwrap();
    let alone = r"
model: x
task: regression
data: { live: { from: captures, holdout: 1d } }
evaluate: { model: m.onnx, on: t.csv, target: cnt }
serve: { id: ride }
";
    let alone = read(alone, &["m.onnx", "t.csv"]).unwrap();
    assert_eq!(alone.serve.unwrap().id.as_deref(), Some("ride"));
    let text = EXAMPLE.replace("id: instant", "id: ride");
    let without = text.replace("    schema: schemas/hour.yaml", "    #");
    assert_eq!(served(&without).id.as_deref(), Some("ride"));
    let made = text.replace("{ input: [season,", "{ input: [ride, season,");
    assert_eq!(served(&made).id.as_deref(), Some("ride"));
    let silent = EXAMPLE.replace("capture: true, ", "");
    assert!(served(&silent).capture);
}

#[test]
fn limits_of_a_monitor_speak_of_what_there_is() {
    insta::assert_snapshot!(changed("    - { metric: wape, max: 0.30 }  #", r"    - { metric: auc, min: 0.8 }
    - { metric: wape, min: 0.1 }
    - { metric: r2, min: 0.5, max: 0.9 }
    - { metric: bias, min: 3, max: -3 }
    - { metric: wape, max: 0.3, slice: evenig }
    - { drift: windspeeed, max: 0.25 }
    - { drift: prediction, max: 0.25 }
    - { drift: cnt, max: 0.25 }
    #"), @r"
    plimsoll.yaml:53:17: metric `auc` is not measured for a regression task
       |
    53 |     - { metric: auc, min: 0.8 }
       |                 ^^^
       = help: a regression task has `mae`, `rmse`, `wape`, `r2`, `bias`, `mape`, `quantile-loss`, `coverage`, `width`, `interval-score`

    plimsoll.yaml:54:23: `wape` is better the lower it is, so `min` warns of nothing
       |
    54 |     - { metric: wape, min: 0.1 }
       |                       ^^^
       = help: write `max`

    plimsoll.yaml:55:31: `r2` is better the higher it is, so `max` warns of nothing
       |
    55 |     - { metric: r2, min: 0.5, max: 0.9 }
       |                               ^^^
       = help: remove it

    plimsoll.yaml:56:28: `min` 3 is greater than `max` -3
       |
    56 |     - { metric: bias, min: 3, max: -3 }
       |                            ^
       = help: nothing could meet both; swap or correct them

    plimsoll.yaml:57:40: slice `evenig` is not declared
       |
    57 |     - { metric: wape, max: 0.3, slice: evenig }
       |                                        ^^^^^^
       = help: the nearest slice is `evening` (in `evaluate.slices`)

    plimsoll.yaml:58:16: `windspeeed` is no feature of the model
       |
    58 |     - { drift: windspeeed, max: 0.25 }
       |                ^^^^^^^^^^
       = help: the nearest name is `windspeed`

    plimsoll.yaml:59:16: `prediction` is no feature of the model
       |
    59 |     - { drift: prediction, max: 0.25 }
       |                ^^^^^^^^^^
       = help: the nearest name is `predictions`

    plimsoll.yaml:60:16: `cnt` is no feature of the model
       |
    60 |     - { drift: cnt, max: 0.25 }
       |                ^^^
       = help: the known names are `predictions`, `atemp`, `holiday`, `hr`, `hum`, `mnth`, `season`, `temp`, `weathersit`, `weekday`, `windspeed`, `workingday`
    ");
    insta::assert_snapshot!(refusal(r"
model: x
task: regression
evaluate: { model: m.onnx, on: t.csv, target: cnt }
serve: {}
monitor: { window: 7d, limits: [{ drift: any, max: 0.25 }, { drift: cnt, max: 0.25 }] }
", &["m.onnx", "t.csv"]), @r"
    plimsoll.yaml:6:69: `cnt` is no feature of the model
      |
    6 | monitor: { window: 7d, limits: [{ drift: any, max: 0.25 }, { drift: cnt, max: 0.25 }] }
      |                                                                     ^^^
      = help: the only name is `predictions`
    ");
}

#[test]
fn a_retraining_sets_parameters_that_there_are() {
    insta::assert_snapshot!(changed("set: { split.window: 180d }", "set: { split.windwo: 180d, train: 3, tree: 5 }"), @r"
    plimsoll.yaml:59:10: parameter `split.windwo` is undefined
       |
    59 |   set: { split.windwo: 180d, train: 3, tree: 5 }      # the parameters that differ then
       |          ^^^^^^^^^^^^
       = help: the nearest parameter is `split.window`

    plimsoll.yaml:59:30: `train` is a section of parameters (expected one of them)
       |
    59 |   set: { split.windwo: 180d, train: 3, tree: 5 }      # the parameters that differ then
       |                              ^^^^^
       = help: write `train.leaves` or `train.trees`

    plimsoll.yaml:59:40: parameter `tree` is undefined
       |
    59 |   set: { split.windwo: 180d, train: 3, tree: 5 }      # the parameters that differ then
       |                                        ^^^^
       = help: the known parameters are `split`, `split.window`, `train`, `train.leaves`, `train.trees`
    ");
    insta::assert_snapshot!(changed("params: params.yaml\n", "\n"), @r"
    plimsoll.yaml:22:14: parameter `split` is undefined: no file defines any
       |
    22 |     params: [split]
       |              ^^^^^
       = help: add `params: params.yaml` at the top of the file

    plimsoll.yaml:27:14: parameter `train` is undefined: no file defines any
       |
    27 |     params: [train]
       |              ^^^^^
       = help: add `params: params.yaml` at the top of the file

    plimsoll.yaml:59:10: parameter `split.window` is undefined: no file defines any
       |
    59 |   set: { split.window: 180d }      # the parameters that differ then
       |          ^^^^^^^^^^^^
       = help: add `params: params.yaml` at the top of the file
    ");
    insta::assert_snapshot!(changed("  live: { from: captures, holdout: 14d }", "  live: { path: data/hour.csv }"), @r"
    plimsoll.yaml:58:1: `retrain` needs labelled predictions, and no dataset is made of them
       |
    58 | retrain:
       | ^^^^^^^
       = help: add one below `data:`, such as `live: { from: captures, holdout: 14d }`
    ");
    let text = EXAMPLE.replace("split.window: 180d", "split.window: [1, a], train.trees: 0.5");
    let retrain = read(&text, &EXAMPLE_FILES).unwrap().retrain.unwrap();
    assert_eq!(retrain.set["split.window"], serde_json::json!([1, "a"]));
    assert_eq!(retrain.set["train.trees"], 0.5);
}
