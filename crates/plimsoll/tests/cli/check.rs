//! Models checked with and without a project around.

use std::fmt::Write;

use serde_json::Value;

use crate::release::scene::Scene;
use crate::sandbox::{Ended, Sandbox};

/// Rows of a target that a and b explain, and predictions that are wrong by `error` times what is
/// drawn, of late rows ten times as much if they are weak.
fn written(sandbox: &Sandbox, rows: u32, error: f64, weak: bool) {
    let (mut table, mut predictions) = ("day,hour,a,y\n".to_owned(), "prediction\n".to_owned());
    for row in 0..rows {
        let (day, hour, a) = (row / 24, row % 24, row * 37 % 101);
        let truth = f64::from(2 * a + hour);
        let drawn = f64::from(row * 53 % 21) / 10.0 - 1.0;
        let by = if weak && hour >= 20 { 10.0 * error } else { error };
        _ = writeln!(table, "{day},{hour},{a},{truth}");
        _ = writeln!(predictions, "{}", truth + by * drawn);
    }
    sandbox.write("test.csv", &table);
    sandbox.write("predictions.csv", &predictions);
}

fn check(sandbox: &Sandbox, arguments: &[&str]) -> Ended {
    let all: Vec<&str> = ["check", "model"].iter().chain(arguments).copied().collect();
    sandbox.plimsoll(all)
}

fn json(sandbox: &Sandbox, arguments: &[&str], code: i32) -> Value {
    let all: Vec<&str> = ["check", "model", "--json"].iter().chain(arguments).copied().collect();
    let output = sandbox.command(all).output().unwrap();
    let ended = sandbox.ended(&output);
    assert_eq!(ended.code, Some(code), "{arguments:?}: {ended}");
    serde_json::from_slice(&output.stdout).unwrap()
}

const FILE: [&str; 5] = ["predictions.csv", "--on", "test.csv", "--target", "y"];

#[test]
fn predictions_are_checked_as_far_as_they_can_be_without_a_project() {
    let sandbox = Sandbox::new();
    written(&sandbox, 960, 20.0, false);
    let checked = json(&sandbox, &FILE, 0);
    assert_eq!((&checked["verdict"], &checked["task"]), (&"pass".into(), &"regression".into()));
    let ran: Vec<&Value> =
        checked["checks"].as_array().unwrap().iter().map(|it| &it["check"]).collect();
    assert_eq!(ran, ["model.baseline"]);
    let skipped = checked["skipped"].as_array().unwrap();
    let stability = skipped.iter().find(|it| it["check"] == "model.stability").unwrap();
    assert_eq!(stability["reason"], "a file of predictions cannot be asked again");

    // What is asked for by name and cannot be tried is no pass.
    let arguments: Vec<&str> = FILE.into_iter().chain(["--only", "stability"]).collect();
    let failed = json(&sandbox, &arguments, 1);
    assert_eq!(failed["verdict"], "error");
    assert_eq!(failed["checks"][0]["state"], "failed");
}

#[test]
fn a_model_that_is_no_better_than_the_median_blocks_and_says_what_to_do() {
    let sandbox = Sandbox::new();
    written(&sandbox, 960, 300.0, false);
    let ended = check(&sandbox, &FILE);
    assert_eq!(ended.code, Some(1), "{ended}");
    assert!(ended.stdout.contains("predictions.csv block: 0 of 1 checks pass, 1 block"), "{ended}");
    assert!(ended.stdout.contains("error[model.no-better-than-simplest]"), "{ended}");
    assert!(ended.stdout.contains("next: look whether"), "{ended}");
    let markdown = check(&sandbox, &[&FILE[..], &["--format", "markdown"]].concat());
    assert!(markdown.stdout.starts_with("## ❌ predictions.csv"), "{markdown}");
    let junit = check(&sandbox, &[&FILE[..], &["--format", "junit"]].concat());
    assert!(junit.stdout.contains("failures=\"1\""), "{junit}");
    assert!(junit.stdout.contains("name=\"model.baseline\""), "{junit}");
}

#[test]
fn a_weak_part_is_found_and_blocks_where_a_limit_says_so() {
    let sandbox = Sandbox::new();
    written(&sandbox, 2400, 5.0, true);
    let base = [&FILE[..], &["--block", "day", "--features", "hour,a", "--slices", "automatic"]];
    let shown = check(&sandbox, &base.concat());
    assert_eq!(shown.code, Some(0), "{shown}");
    assert!(shown.stdout.contains("hour from 20 to 23"), "{shown}");
    let limited = [&base.concat()[..], &["--worse-by", "50%", "--html", "checked.html"]].concat();
    let blocked = json(&sandbox, &limited, 1);
    assert_eq!(blocked["findings"][0]["code"], "model.weak-part");
    assert_eq!(blocked["weak"]["parts"][0]["condition"], "hour from 20 to 23");
    assert!(blocked["weak"]["parts"][0]["ratio"].as_f64().unwrap() > 5.0);
    let page = sandbox.read("checked.html");
    assert!(page.starts_with("<!doctype html>") && page.contains("hour from 20 to 23"), "{page}");
}

#[test]
fn few_rows_are_inconclusive_unless_that_is_accepted() {
    let sandbox = Sandbox::new();
    written(&sandbox, 18, 20.0, false);
    let checked = json(&sandbox, &FILE, 1);
    assert_eq!(checked["verdict"], "inconclusive");
    let arguments: Vec<&str> = FILE.into_iter().chain(["--allow-undecided"]).collect();
    assert_eq!(json(&sandbox, &arguments, 0)["verdict"], "pass");
}

#[test]
fn what_is_wrong_with_the_call_is_said_with_what_to_do() {
    let sandbox = Sandbox::new();
    written(&sandbox, 100, 20.0, false);
    sandbox.write("checks.yaml", "robustness: { max-changd: 0.1 }\n");
    for (arguments, said) in [
        (vec![], "no model is named"),
        (vec!["predictions.csv"], "the test set is not said"),
        (vec!["predictions.csv", "--on", "test.csv"], "the column with the truth is not said"),
        (vec!["none.csv", "--on", "test.csv", "--target", "y"], "none.csv could not be read"),
        (vec!["predictions.csv", "--on", "test.csv", "--target", "z"], "z"),
        ([&FILE[..], &["--only", "model.magic"]].concat(), "`model.magic` is no check of a model"),
        ([&FILE[..], &["--only", "data.drift"]].concat(), "`data.drift` is no check of a model"),
        ([&FILE[..], &["--config", "checks.yaml"]].concat(), "max-changd"),
        ([&FILE[..], &["--budget", "latency=5ms"]].concat(), "`latency=5ms` is no budget"),
        ([&FILE[..], &["--budgets"]].concat(), "is not served"),
        (
            vec!["https://example.org/v2/models/m", "--on", "test.csv", "--target", "y"],
            "plain HTTP",
        ),
        (vec!["http://127.0.0.1:9", "--on", "test.csv", "--target", "y"], "names no model"),
    ] {
        let ended = check(&sandbox, &arguments);
        assert_eq!(ended.code, Some(2), "{arguments:?}: {ended}");
        assert!(ended.stderr.contains(said), "{arguments:?}: {ended}");
    }
    let closed = ["http://127.0.0.1:9/v2/models/m", "--on", "test.csv", "--target", "y"];
    assert_eq!(check(&sandbox, &closed).code, Some(75));
}

#[test]
fn in_a_project_its_model_is_checked_on_its_test_set() {
    let Some(scene) = Scene::bare() else { return };
    scene.call(&["run", "--no-gate"], 0);
    // The linear model answers NaN where a number is missing.
    let checked = scene.json(&["check", "model"], 1);
    assert_eq!((&checked["verdict"], &checked["block"]), (&"block".into(), &"day".into()));
    let codes: Vec<&Value> =
        checked["findings"].as_array().unwrap().iter().map(|it| &it["code"]).collect();
    assert_eq!(codes, ["model.answers-nonsense"; 3]);
    scene.sandbox.write("checks.yaml", "robustness: { missing: false }\nrules: [{ monotone: a, direction: increasing }, { invariant: [day] }]\n");
    let arguments = ["check", "model", "--config", "checks.yaml", "--skip", "robustness"];
    let passed = scene.json(&arguments, 0);
    let ran = passed["checks"].as_array().unwrap();
    assert!(ran.iter().any(|it| it["check"] == "model.rules" && it["rows"] == 240), "{passed}");
    assert!(ran.iter().all(|it| it["state"] == "answered"), "{passed}");
    scene.sandbox.replace("checks.yaml", "increasing", "decreasing");
    let broken = scene.json(&arguments, 1);
    assert_eq!(broken["findings"][0]["code"], "model.breaks-rule");
}

#[test]
fn time_that_is_over_is_no_pass() {
    let Some(scene) = Scene::bare() else { return };
    scene.call(&["run", "--no-gate"], 0);
    let ended = scene.sandbox.plimsoll(["check", "model", "--time-budget", "0s"]);
    assert_eq!(ended.code, Some(75), "{ended}");
    assert!(ended.stderr.contains("no time left"), "{ended}");
}

#[test]
fn serving_is_measured_by_the_very_server_and_held_against_limits() {
    let Some(scene) = Scene::bare() else { return };
    scene.call(&["run", "--no-gate"], 0);
    let checked = scene.json(
        &[
            "check",
            "model",
            "--only",
            "stability",
            "--budget",
            "file-size=1kB",
            "--budget",
            "start-up=1us",
        ],
        1,
    );
    let costs = checked["spent"]["costs"].as_array().unwrap();
    let value = |name: &str| {
        let cost = costs.iter().find(|cost| cost["budget"] == name).unwrap();
        cost["value"].as_f64().unwrap_or_else(|| panic!("{cost}"))
    };
    assert!(value("latency-p50") > 0.0 && value("latency-p50") <= value("latency-p99"));
    assert!(value("throughput") > 1.0 && value("memory") > 1e6 && value("start-up") > 1e-6);
    let codes: Vec<&Value> =
        checked["findings"].as_array().unwrap().iter().map(|it| &it["subject"]).collect();
    assert_eq!(codes, ["start-up"]);
}

#[test]
fn what_nothing_was_judged_by_is_no_pass() {
    let sandbox = Sandbox::new();
    written(&sandbox, 960, 20.0, false);
    let all = [&FILE[..], &["--skip", "baseline", "--features", "hour,a", "--slices", "automatic"]];
    let shown = check(&sandbox, &all.concat());
    assert_eq!(shown.code, Some(1), "{shown}");
    assert_eq!(check(&sandbox, &[&all.concat()[..], &["--worse-by", "2"]].concat()).code, Some(0));
}

/// Rows of a target and two files of predictions, of which the second is better by `gain`.
fn two(sandbox: &Sandbox, gain: f64) {
    written(sandbox, 960, 20.0, false);
    let old = sandbox.read("predictions.csv");
    written(sandbox, 960, 20.0 * (1.0 - gain), false);
    sandbox.write("old.csv", &old);
}

#[test]
fn a_challenger_is_compared_with_its_champion() {
    let sandbox = Sandbox::new();
    two(&sandbox, 0.3);
    let on = ["--on", "test.csv", "--target", "y", "--block", "day"];
    let compare = |models: [&str; 2], more: &[&str]| {
        sandbox.plimsoll([&["compare"], &models[..], &on, more].concat())
    };
    let better = compare(["old.csv", "predictions.csv"], &["--slices", "hour", "--by", "20%"]);
    assert_eq!(better.code, Some(0), "{better}");
    assert!(better.stdout.contains("the gain in MAE is 30.0 %"), "{better}");
    let worse = compare(["predictions.csv", "old.csv"], &[]);
    assert_eq!(worse.code, Some(1), "{worse}");
    let markdown = compare(["predictions.csv", "old.csv"], &["--format", "markdown"]);
    assert!(
        markdown.stdout.starts_with("## ❌ block: old.csv against predictions.csv"),
        "{markdown}"
    );
    let copy = compare(["old.csv", "old.csv"], &["--by", "0"]);
    assert_eq!(copy.code, Some(1), "a copy is not better: {copy}");
    let tolerated = compare(["old.csv", "old.csv"], &["--by", "-2%"]);
    assert_eq!(tolerated.code, Some(0), "{tolerated}");
    let unknown = compare(["old.csv", "none.csv"], &[]);
    assert_eq!(unknown.code, Some(2), "{unknown}");
    let other = compare(["old.csv", "predictions.csv"], &["--metric", "auc"]);
    assert_eq!(other.code, Some(2), "{other}");
    assert!(other.stderr.contains("`auc` is not measured for a regression task"), "{other}");
}

#[test]
fn runs_are_compared_on_what_they_were_judged_by() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "plimsoll.yaml",
        "model: steps\ntask: regression\nsteps:\n  make:\n    run: cp test.csv on.csv; cp \
         predictions.csv p.csv\n    inputs: [test.csv, predictions.csv]\n    outputs: [on.csv, \
         p.csv]\nevaluate: { predictions: p.csv, on: on.csv, target: y, block: day }\n",
    );
    let run = |error: f64| {
        written(&sandbox, 960, error, false);
        let output = sandbox.command(["run", "--json"]).output().unwrap();
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        document["run"].as_str().unwrap().to_owned()
    };
    let (old, new) = (run(20.0), run(14.0));
    // What a run wrote for people can be written again at any time.
    let ended = sandbox.plimsoll(["run", "--summary", "first.md", "--junit", "first.xml"]);
    assert_eq!(ended.code, Some(0), "{ended}");
    let again = ["--summary", "again.md", "--junit", "again.xml", "--html", "again.html"];
    let ended = sandbox.plimsoll([&["show"][..], &again].concat());
    assert_eq!(ended.code, Some(0), "{ended}");
    let summary = sandbox.read("first.md");
    assert!(summary.contains("| MAE | "), "{summary}");
    assert_eq!(sandbox.read("again.md"), summary);
    assert_eq!(sandbox.read("again.xml"), sandbox.read("first.xml"));
    assert!(sandbox.read("again.html").contains("<svg"));
    // Neither the folder nor its files are needed any more.
    sandbox.write("test.csv", "");
    let outside = tempfile::tempdir().unwrap();
    let away = ["-C", outside.path().to_str().unwrap()];
    let compare = |models: [&str; 2], more: &[&str]| {
        sandbox.plimsoll([&["compare"], &away[..], &models, more].concat())
    };
    let better = compare([&old, &new], &["--by", "20%", "--html", "page.html"]);
    assert_eq!(better.code, Some(0), "{better}");
    assert!(better.stdout.contains("steps (run ID) against steps (run ID): pass"), "{better}");
    assert!(better.stdout.contains("y on on.csv of run ID (960 rows in 40 blocks"), "{better}");
    assert!(better.stdout.contains("the gain in MAE is 30.0 %"), "{better}");
    let page = std::fs::read_to_string(outside.path().join("page.html")).unwrap();
    assert!(page.contains("may take the champion’s place") && page.contains("<svg"), "{page}");
    assert_eq!(compare([&new, &old], &[]).code, Some(1));

    // A file against a run: the run's test set.
    let file = outside.path().join("mine.csv");
    std::fs::write(&file, sandbox.read("predictions.csv")).unwrap();
    let same = compare([&new, "mine.csv"], &["--by", "-2%"]);
    assert_eq!(same.code, Some(0), "{same}");
    for (named, said) in [
        ("0000", "no run begins with `0000`"),
        ("none.csv", "none.csv is not there"),
        ("steps@1.0.0", "steps"),
        ("a b@c", "name MODEL.onnx, a file of predictions"),
    ] {
        let unknown = compare([&new, named], &[]);
        assert_eq!(unknown.code, Some(2), "{unknown}");
        assert!(unknown.stderr.contains(said), "{unknown}");
    }
}

#[test]
fn released_versions_are_compared_by_name() {
    let Some(scene) = Scene::released() else { return };
    scene.call(&["deploy", "bikes@1.0.0"], 0);
    let first = scene.json(&["runs"], 0)["runs"][0]["run"].as_str().unwrap().to_owned();
    scene.next(2.5, "bikes@1.1.0");
    let compared = scene.call(&["compare", "bikes@champion", "bikes@1.1.0", "--by", "10%"], 0);
    assert!(compared.stdout.contains("bikes@1.1.0 against bikes@1.0.0: pass"), "{compared}");
    let same = scene.call(&["compare", &first, "bikes@1.0.0", "--by", "0"], 1);
    assert!(same.stdout.contains("bikes@1.0.0 against bikes (run ID)"), "{same}");
    // A bundle that nobody trusts any more is not asked.
    let trust = scene.sandbox.home().join("trust.yaml");
    std::fs::rename(&trust, trust.with_extension("gone")).unwrap();
    let refused = scene.call(&["compare", "bikes@1.0.0", "bikes@1.1.0"], 2);
    assert!(refused.stderr.contains("trust.yaml"), "{refused}");
}

#[test]
fn answers_are_judged_by_what_they_cost() {
    let sandbox = Sandbox::new();
    // Of 600 rows 200 are positive; the new model finds more of them and calls more others so.
    let (mut table, mut old, mut new) =
        ("day,y\n".to_owned(), "prediction\n".to_owned(), "prediction\n".to_owned());
    for row in 0..600_u32 {
        let (truth, drawn) = (row % 3 == 0, row.wrapping_mul(2_654_435_761) >> 24);
        _ = writeln!(table, "{},{}", row / 12, u32::from(truth));
        _ = writeln!(old, "{}", u32::from(truth && drawn < 150));
        _ = writeln!(new, "{}", u32::from(if truth { drawn < 235 } else { drawn < 20 }));
    }
    sandbox.write("test.csv", &table);
    sandbox.write("old.csv", &old);
    sandbox.write("new.csv", &new);
    let project = |rule: &str| {
        format!(
            "model: calls\ntask: binary\nevaluate:\n  predictions: old.csv\n  on: test.csv\n  \
             target: y\n  positive: 1\n  metrics: [recall]\n  costs: {{ false-positive: 1, \
             false-negative: 20 }}\ngate:\n  - {rule}\n"
        )
    };
    sandbox.write("plimsoll.yaml", &project("{ metric: cost, max: 5 }"));
    let dear = sandbox.plimsoll(["run"]);
    assert_eq!(dear.code, Some(0), "{dear}");
    assert!(dear.stdout.contains("recall") && dear.stdout.contains("cost"), "{dear}");
    sandbox.write("plimsoll.yaml", &project("{ metric: cost, max: 1 }"));
    let blocked = sandbox.plimsoll(["run"]);
    assert_eq!(blocked.code, Some(1), "{blocked}");
    assert!(blocked.stdout.contains("cost is 2."), "{blocked}");

    let shown = json(&sandbox, &["--metrics", "kappa", "--only", "baseline"], 0);
    let metrics = shown["overall"]["metrics"].as_array().unwrap();
    let named: Vec<&str> = metrics.iter().map(|it| it["metric"].as_str().unwrap()).collect();
    assert!(["recall", "kappa", "cost"].iter().all(|it| named.contains(it)), "{named:?}");
    let other = check(&sandbox, &["--metrics", "mape"]);
    assert_eq!(other.code, Some(2), "{other}");
    assert!(other.stderr.contains("`mape` is not measured for a binary task"), "{other}");

    let compare =
        |more: &[&str]| sandbox.plimsoll([&["compare", "old.csv", "new.csv"], more].concat());
    let saved = compare(&["--metric", "cost", "--by", "50%"]);
    assert_eq!(saved.code, Some(0), "{saved}");
    let guarded = compare(&["--metric", "cost", "--by", "50%", "--guard", "precision"]);
    assert_eq!(guarded.code, Some(1), "{guarded}");
    assert!(guarded.stdout.contains("the gain in precision is -"), "{guarded}");
    // Nothing is known of costs without a project that says them.
    sandbox.replace("plimsoll.yaml", "  costs: { false-positive: 1, false-negative: 20 }\n", "");
    sandbox.replace("plimsoll.yaml", "{ metric: cost, max: 1 }", "{ metric: recall, min: 0.1 }");
    let unsaid = compare(&["--metric", "cost"]);
    assert_eq!(unsaid.code, Some(1), "{unsaid}");
    assert!(unsaid.stdout.contains("`evaluate.costs` does not say"), "{unsaid}");
}

#[test]
fn forecasts_with_quantiles_are_judged_by_what_they_hold() {
    let sandbox = Sandbox::new();
    let forecast = |half: f64| {
        let (mut table, mut predictions) =
            ("day,y\n".to_owned(), "quantile_0.1,quantile_0.5,quantile_0.9\n".to_owned());
        for row in 0..960_u32 {
            let truth = f64::from(row * 37 % 101);
            let middle =
                truth + f64::from(row.wrapping_mul(2_654_435_761) >> 16 & 1023) / 51.2 - 10.0;
            _ = writeln!(table, "{},{truth}", row / 24);
            _ = writeln!(predictions, "{},{middle},{}", middle - half, middle + half);
        }
        sandbox.write("test.csv", &table);
        sandbox.write("p.csv", &predictions);
    };
    // Errors are even from -10 to 10, so that 8 on both sides are right for 0.1 and 0.9.
    forecast(8.0);
    sandbox.write(
        "plimsoll.yaml",
        "model: load\ntask: regression\nevaluate: { predictions: p.csv, on: test.csv, target: y }\n\
         gate:\n  - { metric: coverage, min: 0.75, max: 0.85 }\n  - { metric: interval-score, max: 20 }\n",
    );
    let right = sandbox.plimsoll(["run"]);
    assert_eq!(right.code, Some(0), "{right}");
    for metric in ["quantile loss", "coverage", "width", "interval score"] {
        assert!(right.stdout.contains(metric), "{metric}: {right}");
    }
    std::fs::copy(sandbox.repo().join("p.csv"), sandbox.repo().join("old.csv")).unwrap();
    forecast(3.0);
    let narrow = sandbox.plimsoll(["run"]);
    assert_eq!(narrow.code, Some(1), "{narrow}");
    assert!(narrow.stdout.contains("coverage is 0.3"), "{narrow}");
    let compare =
        |more: &[&str]| sandbox.plimsoll([&["compare", "old.csv", "p.csv"], more].concat());
    assert_eq!(compare(&["--metric", "width", "--by", "50%"]).code, Some(0));
    let worse = compare(&["--metric", "interval-score", "--by", "0"]);
    assert_eq!(worse.code, Some(1), "{worse}");
    // Without quantiles a rule about them has nothing to hold.
    sandbox.write(
        "p.csv",
        &sandbox.read("p.csv").replace("quantile_0.5", "prediction").replace("quantile_", "q"),
    );
    let none = sandbox.plimsoll(["run"]);
    assert_eq!(none.code, Some(1), "{none}");
    assert!(none.stdout.contains("no quantiles are predicted"), "{none}");
}
