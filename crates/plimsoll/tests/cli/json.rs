//! What `--json` prints, held against the schemas in `docs/src/reference/json`.
//!
//! The schemas are closed: a field without a line in them fails here, and so does a field of
//! theirs that no document below has, unless [`UNSEEN`] names it.

mod approved;
mod fields;
mod scanned;
pub(crate) mod scene;
mod served;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use plimsoll_config::schema::Schema;
use plimsoll_core::{evidence, gate, monitoring};
use serde_json::Value;

use scene::{Scene, file_of, reference, rows};

use crate::{package, release};

/// Fields that are seen only with Python, with an organisation's policy, of classifiers, of retrainings, of versions that do not
/// come out again (`reproduce.rs` holds those against their schema), of columns that cannot be
/// compared, of Parquet, or between versions of Plimsoll, with a registry of images, and those of the demo, which takes minutes.
const UNSEEN: &[&str] = &[
    "cause.evidence",
    "cause.summary",
    "class-scores.key",
    "class-scores.value",
    "condition.now",
    "condition.then",
    "condition.what",
    "contest-test.rows-needed",
    "cost.reason",
    "divergence.message",
    "divergence.outputs",
    "divergence.step",
    "drift-column.ln-p",
    "drift-column.ln-p-adjusted",
    "drift-dependence/order.column",
    "drift-dependence/order.kind",
    "drift-error.aspect",
    "drift-error.reason",
    "drift-facet.ln-p",
    "drift-facet.ln-p-adjusted",
    "drift-together.reason",
    "drift.reason",
    "environment.packages",
    "evaluation.weak-failed",
    "example-row.row",
    "field.class-scores",
    "lineage.cause",
    "look.at",
    "look.how",
    "output-again.difference",
    "output-again.distance",
    "plimsoll.demo/v1.look",
    "plimsoll.demo/v1.scenes",
    "plimsoll.demo/v1.schema",
    "plimsoll.demo/v1.verdict",
    "plimsoll.gate/v1.of.policy",
    "plimsoll.package/v1.base-image",
    "plimsoll.package/v1.pushed",
    "plimsoll.package/v1.pushed.blobs",
    "plimsoll.package/v1.pushed.digest",
    "plimsoll.package/v1.pushed.manifests",
    "plimsoll.package/v1.pushed.reference",
    "plimsoll.package/v1.pushed.referrers",
    "plimsoll.package/v1.pushed.sbom",
    "plimsoll.package/v1.pushed.sent-bytes",
    "plimsoll.package/v1.pushed.statements",
    "plimsoll.run/v1.retraining",
    "plimsoll.run/v1.retraining.cause",
    "plimsoll.run/v1.retraining.cause.evidence",
    "plimsoll.run/v1.retraining.cause.summary",
    "plimsoll.run/v1.retraining.parent",
    "plimsoll.run/v1.retraining.set",
    "plimsoll.run/v1.retraining.withheld",
    "plimsoll.run/v1.retraining.withheld.bytes",
    "plimsoll.run/v1.retraining.withheld.digest",
    "plimsoll.run/v1.retraining.withheld.from",
    "plimsoll.run/v1.retraining.withheld.rows",
    "plimsoll.run/v1.retraining.withheld.to",
    "plimsoll.show/v1.retraining",
    "plimsoll.show/v1.retraining.cause",
    "plimsoll.show/v1.retraining.cause.evidence",
    "plimsoll.show/v1.retraining.cause.summary",
    "plimsoll.show/v1.retraining.parent",
    "plimsoll.show/v1.retraining.set",
    "plimsoll.show/v1.retraining.withheld",
    "plimsoll.show/v1.retraining.withheld.bytes",
    "plimsoll.show/v1.retraining.withheld.digest",
    "plimsoll.show/v1.retraining.withheld.from",
    "plimsoll.show/v1.retraining.withheld.rows",
    "plimsoll.show/v1.retraining.withheld.to",
    "pushed-blob.bytes",
    "pushed-blob.digest",
    "pushed-blob.outcome",
    "reason/environment.new",
    "reason/environment.old",
    "reason/environment.reason",
    "reason/format.new",
    "reason/format.old",
    "reason/format.reason",
    "rule.from",
    "scene.day",
    "scene.happened",
    "scene.title",
    "signature.classes",
    "step-again.failure",
    "told.as-told",
    "told.result",
    "told.what",
    "tried.problem",
    "verdict.of.policy",
    "waiver.from",
];

fn schemas() -> BTreeMap<String, Value> {
    let files = fs::read_dir(reference().join("json")).unwrap().map(|file| file.unwrap().path());
    let read = |path: PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        (name, serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap())
    };
    files.map(read).collect()
}

#[test]
fn every_document_is_what_its_schema_says() {
    let mut scene = Scene::new();
    let champion = first_run(&mut scene);
    changed_steps(&mut scene, &champion);
    verdicts(&mut scene, &champion);
    failures(&mut scene, &champion);
    data(&mut scene);
    checks(&mut scene);
    compared(&mut scene);
    scanned::scans(&mut scene);
    store(&mut scene);
    runtime(&mut scene);
    classes(&mut scene);
    releases(&mut scene);
    beginnings(&mut scene);
    serving(&mut scene);

    let mut never = BTreeSet::new();
    for schema in schemas().values() {
        let document = schema["properties"]["schema"]["const"].as_str().unwrap_or_default();
        never.extend(fields::named(schema, document));
    }
    never.retain(|field| !scene.seen.contains(field));
    assert_eq!(never, UNSEEN.iter().map(|field| (*field).to_owned()).collect());
}

/// Before the first run, the run, and what is known after it; returns its id.
fn first_run(scene: &mut Scene) -> String {
    let status = scene.json(&["status"], 0);
    assert_eq!(status["steps"][0]["forecast"]["because"]["because"], "new");
    assert_eq!(status["last"], Value::Null);
    assert_eq!(scene.json(&["runs"], 0)["found"], 0);
    let ran = scene.json(&["run"], 0);
    assert_eq!((&ran["verdict"], &ran["state"]), (&"pass".into(), &"completed".into()));
    let shown = scene.json(&["show"], 0);
    assert_eq!(shown["steps"], ran["steps"]);
    assert_eq!(scene.json(&["status"], 0)["last"]["verdict"], "pass");
    scene.json(&["runs"], 0);
    scene.json(&["gate"], 0);
    let forced = scene.json(&["run", "--dry-run", "--force", "copy"], 0);
    assert_eq!(forced["steps"][0]["forecast"]["because"]["because"], "forced");
    assert_eq!(scene.json(&["run"], 0)["steps"][0]["state"], "cached");
    scene.json(&["why", "copy"], 0);
    ran["run"].as_str().unwrap().to_owned()
}

/// Everything that can be a reason to run again.
fn changed_steps(scene: &mut Scene, champion: &str) {
    let reason = |scene: &mut Scene, step: &str| {
        let why = scene.json(&["why", step], 0);
        why["forecast"]["because"]["reasons"][0]["reason"].clone()
    };
    let hours = scene.sandbox.read("hours.csv");
    scene.sandbox.write("hours.csv", &(hours.clone() + "59,22,120\n"));
    assert_eq!(reason(scene, "copy"), "input");
    assert_eq!(scene.json(&["why", "count"], 0)["forecast"]["state"], "unknown");
    scene.sandbox.write("hours.csv", &hours);
    for (file, from, to, expected) in [
        ("params.yaml", "line", "row", "parameter"),
        ("plimsoll.yaml", "sh copy.sh", "sh ./copy.sh", "command"),
        ("copy.sh", "mkdir folder", "mkdir -p folder", "code"),
        ("plimsoll.yaml", "[copy.csv, folder]", "[copy.csv]", "output"),
        ("plimsoll.yaml", "task: regression", "task: regression\nseed: 7", "seed"),
        ("plimsoll.yaml", "    params: [unit]", "    params: [unit]\n    env: [HOME]", "variable"),
    ] {
        scene.sandbox.replace(file, from, to);
        assert_eq!(reason(scene, "copy"), expected);
        scene.sandbox.git(&["checkout", "--quiet", file]);
    }
    let script = scene.sandbox.repo().join("copy.sh");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(reason(scene, "copy"), "code-modes");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o644)).unwrap();

    scene.sandbox.replace("params.yaml", "line", "row");
    scene.sandbox.replace("plimsoll.yaml", "sh copy.sh", "sh ./copy.sh");
    scene.sandbox.replace("copy.sh", "mkdir folder", "mkdir -p folder");
    scene.json(&["run"], 0);
    let diff = scene.json(&["diff", champion], 0);
    for section in ["params", "code", "commands"] {
        assert_ne!(diff[section], serde_json::json!({}), "{section}");
    }
    scene.sandbox.git(&["checkout", "--quiet", "."]);
}

/// A comparison with the champion, a blocked gate, too few rows, and no evaluation.
fn verdicts(scene: &mut Scene, champion: &str) {
    scene.sandbox.write("answers.csv", &rows(90).1);
    let blocked = scene.json(&["run", "--champion", champion], 1);
    assert_eq!(blocked["verdict"], "block");
    assert_eq!(blocked["evaluation"]["comparison"]["champion"], champion);
    let verdict = scene.json(&["gate"], 1);
    scene.check(&blocked["gate"].to_string(), "the verdict");
    scene.check(&blocked["validations"]["hours"].to_string(), "the validation");
    let stored = scene.sandbox.command(["store", "cat", verdict["evidence"].as_str().unwrap()]);
    let stored = { stored }.output().unwrap().stdout;
    scene.check(&String::from_utf8(stored).unwrap(), "the stored evaluation");
    scene.json(&["diff", champion], 0);

    scene.sandbox.write("answers.csv", &rows(0).1);
    let perfect = scene.json(&["run"], 0)["run"].as_str().unwrap().to_owned();
    scene.sandbox.write("answers.csv", &rows(20).1);
    let no_gain = scene.json(&["run", "--champion", &perfect], 1);
    assert!(no_gain["evaluation"]["comparison"]["metrics"][0]["reason"].is_string(), "{no_gain}");
    let value = measured(&scene.json(&["run"], 0));
    scene.sandbox.replace("plimsoll.yaml", "max: 0.3", &format!("max: {}", value * 1.001));
    let inconclusive = scene.json(&["run"], 1);
    assert_eq!(inconclusive["gate"]["rules"][0]["outcome"], "inconclusive");
    scene.sandbox.replace("plimsoll.yaml", "min: 12", "min: 24");
    let empty = scene.json(&["run"], 1);
    assert_eq!(empty["verdict"], "error");
    scene.sandbox.git(&["checkout", "--quiet", "plimsoll.yaml"]);

    scene.sandbox.write("answers.csv", "prediction\n1\n");
    let failed = scene.json(&["run"], 1);
    assert!(failed["evaluation-failed"].is_string(), "{failed}");
    scene.sandbox.git(&["checkout", "--quiet", "."]);
}

fn measured(document: &Value) -> f64 {
    document["gate"]["rules"][0]["value"].as_f64().unwrap()
}

/// A failed step with one that needed it, data that are not valid, and a gate not asked for.
fn failures(scene: &mut Scene, champion: &str) {
    scene.sandbox.replace("copy.sh", "cp hours.csv copy.csv", "exit 7");
    let failed = scene.json(&["run"], 3);
    assert_eq!(failed["steps"][0]["state"], "failed");
    assert_eq!(failed["steps"][1]["state"], "skipped");
    scene.json(&["diff", champion], 0);
    scene.sandbox.git(&["checkout", "--quiet", "."]);
    scene.sandbox.replace(
        "plimsoll.yaml",
        "[copy.csv]\n    outputs: [count",
        "[folder/no.csv]\n    outputs: [count",
    );
    let fails = scene.json(&["why", "count"], 0);
    assert_eq!(fails["forecast"]["state"], "fails");
    scene.sandbox.git(&["checkout", "--quiet", "."]);
    scene.sandbox.replace("hours.yaml", "max: 23", "max: 20");
    let invalid = scene.json(&["run"], 1);
    assert_eq!(invalid["state"], "invalid-data");
    scene.sandbox.git(&["checkout", "--quiet", "."]);
    assert_eq!(scene.json(&["run", "--no-gate"], 0)["gate"], Value::Null);
    assert_eq!(scene.json(&["status"], 0)["last"]["verdict"], Value::Null);
    scene.json(&["runs", "--all"], 0);
}

fn data(scene: &mut Scene) {
    scene.json(&["data", "schema", "hours.csv"], 0);
    scene.json(&["data", "selftest", "hours.csv", "--schema", "hours.yaml"], 1);
    scene.json(&["data", "validate", "hours.csv", "--schema", "hours.yaml"], 0);
    scene.sandbox.write("few.csv", "day,hour,y\n1,99,\n");
    scene.sandbox.write("parts/few.csv", "day,hour,y\n1,99,3\n");
    scene.sandbox.write("parts/fewer.csv", "day,hour,y\n1,98,3\n");
    let found = scene
        .json(&["data", "validate", "few.csv", "hours.csv", "parts", "--schema", "hours.yaml"], 1);
    assert_eq!(found["valid"], false);
    let doubled = scene.sandbox.read("hours.csv");
    let (_, rows) = doubled.split_once('\n').unwrap();
    scene.sandbox.write("doubled.csv", &format!("{doubled}{rows}"));
    let train = ["--train", "hours.csv", "--label", "y"];
    let shared = scene.json(&[&["data", "check", "doubled.csv"], &train[..]].concat(), 1);
    assert_eq!(shared["verdict"], "block");
    drift(scene);
    profile(scene);
}

/// Two tables of which one has moved, compared as they are and with blocks.
fn drift(scene: &mut Scene) {
    for (name, shift) in [("before.csv", 0), ("after.csv", 40)] {
        let mut text = "day,wind,town,gone\n".to_owned();
        for row in 0..2_000 {
            let (day, wind) = (row / 50, row * 37 % 100 + shift);
            let town = if shift > 0 && row % 5 == 0 { 9 } else { row * 7 % 4 };
            _ = writeln!(text, "d{day},{wind}.5,t{town},{}", row % 3);
        }
        scene.sandbox.write(name, &text);
    }
    let found =
        scene.json(&["data", "drift", "before.csv", "after.csv", "--columns", "wind,town"], 1);
    assert_eq!((&found["drifted"], &found["verdict"]), (&true.into(), &"block".into()));
    scene.json(&["data", "drift", "before.csv", "before.csv", "--block", "day", "--classifier"], 0);
    let shifted = ["--train", "before.csv", "--only", "shifted-distribution"];
    scene.json(&[&["data", "selftest", "after.csv"], &shifted[..]].concat(), 1);
    scene.json(
        &["data", "drift", "before.csv", "after.csv", "--method", "ks", "--target", "town"],
        1,
    );
}

/// Two files of predictions, compared.
fn compared(scene: &mut Scene) {
    let mut table = "day,group,y\n".to_owned();
    let (mut old, mut new) = ("prediction\n".to_owned(), "prediction\n".to_owned());
    for row in 0..240_u32 {
        let (truth, off) = (f64::from(row % 50), f64::from(row * 53 % 21) - 10.0);
        // The last rows are a slice that is too small.
        let group = if row < 120 {
            "a"
        } else if row < 230 {
            "b"
        } else {
            "c"
        };
        _ = writeln!(table, "{},{group},{truth}", row / 10);
        _ = writeln!(old, "{}", truth + off);
        _ = writeln!(new, "{}", truth + if row % 3 == 0 { -off } else { off / 2.0 });
    }
    scene.sandbox.write("both.csv", &table);
    scene.sandbox.write("old.csv", &old);
    scene.sandbox.write("new.csv", &new);
    let on = ["--on", "both.csv", "--target", "y", "--task", "regression"];
    let compare = [&["compare", "old.csv", "new.csv"][..], &on].concat();
    scene.json(&[&compare[..], &["--guard", "rmse", "--slices", "group"]].concat(), 0);
    let open = scene.json(&[&compare[..], &["--by", "32%"]].concat(), 1);
    assert_eq!(open["verdict"], "inconclusive", "{open}");
}

/// A table with every kind of column, its stored profile, and rows that cannot be read.
fn profile(scene: &mut Scene) {
    let mut text = "id,size,price,town,day,at,note\n".to_owned();
    for row in 0..400 {
        let size = if row == 3 { "inf".to_owned() } else { (row * 37 % 101).to_string() };
        let town = if row % 9 == 0 { "NA" } else { ["Oslo", "Rome", "Lima"][row % 3] };
        let day = 1 + row / 20;
        let day = if day > 9 { day + 3 } else { day };
        _ = writeln!(
            text,
            "{row},{size},{}.5,{town},2024-01-{day:02},2024-01-{day:02}T{:02}:00:00Z,{}",
            row * 37 % 101,
            row % 20,
            format_args!("remark {row} about a thing that nobody else would have written so")
        );
    }
    scene.sandbox.write("things.csv", &text);
    let arguments = ["data", "profile", "things.csv", "--target", "price", "--block", "day"];
    let found = scene.json(&[&arguments[..], &["--output", "things.profile"]].concat(), 0);
    assert_eq!((&found["rows"], &found["target"]["column"]), (&400.into(), &"price".into()));
    scene.json(&["data", "profile", "things.profile", "--target", "price"], 0);
    scene.sandbox.write("things.csv", &(text + "1,2\n"));
    let damaged = scene.json(&["data", "profile", "things.csv"], 1);
    assert_eq!(damaged["findings"].as_array().map(Vec::len), Some(1));
}

/// Models that are checked, and what is asked of them.
fn checks(scene: &mut Scene) {
    let lines = scene.sandbox.read("hours.csv");
    let off = |(at, line): (usize, &str)| match line.rsplit(',').next().unwrap().parse::<i32>() {
        Ok(truth) if line.contains(",21,") => {
            format!("{}\n", truth + if at % 2 == 0 { 90 } else { -90 })
        }
        Ok(truth) => format!("{}\n", truth + i32::try_from(at % 5).unwrap() - 2),
        Err(_) => "prediction\n".to_owned(),
    };
    scene.sandbox.write("weak.csv", &lines.lines().enumerate().map(off).collect::<String>());
    let check = ["check", "model", "weak.csv", "--features", "hour,day", "--slices", "automatic"];
    let weak = scene.json(&check, 0);
    assert!(weak["weak"]["parts"][0]["condition"].is_string(), "{weak}");
    let blocked = scene.json(&[&check[..], &["--worse-by", "1"]].concat(), 1);
    assert_eq!(blocked["findings"][0]["code"], "model.weak-part");
    // Little is known from few rows.
    let few = |text: &str| text.split_inclusive('\n').take(30).collect::<String>();
    let hours = few(&lines);
    scene.sandbox.write("few-hours.csv", &hours);
    let poor = |(at, line): (usize, &str)| match line.parse::<i32>() {
        Ok(_) => format!("{}\n", 140 + at * 37 % 23),
        Err(_) => format!("{line}\n"),
    };
    let poor: String = few(&scene.sandbox.read("weak.csv")).lines().enumerate().map(poor).collect();
    scene.sandbox.write("few.csv", &poor);
    let few = ["check", "model", "few.csv", "--on", "few-hours.csv", "--target", "y"];
    assert_eq!(scene.json(&few, 1)["verdict"], "inconclusive");
}

/// Objects that are damaged, foreign, gone and kept.
fn store(scene: &mut Scene) {
    scene.json(&["store", "verify"], 0);
    scene.json(&["store", "gc", "--dry-run"], 0);
    let evidence = scene.json(&["gate"], 0)["evidence"].as_str().unwrap().to_owned();
    let digits = evidence.strip_prefix("blake3:").unwrap();
    let objects = scene.sandbox.home().join("objects");
    let damaged = files(&objects).into_iter().find(|path| {
        let path: String = path.to_string_lossy().replace('/', "");
        path.ends_with(digits)
    });
    let damaged = damaged.unwrap();
    fs::remove_file(&damaged).unwrap();
    fs::write(&damaged, "{}").unwrap();
    fs::write(objects.join("blake3/stranger"), "").unwrap();
    let verified = scene.json(&["store", "verify", "--set-aside"], 5);
    assert_eq!(verified["damaged"][0]["digest"], evidence);
    assert_eq!(verified["foreign"].as_array().unwrap().len(), 1);
    scene.json(&["store", "gc", "--grace", "0"], 0);

    for path in files(&objects) {
        fs::remove_file(path).unwrap();
    }
    let gone = scene.json(&["why", "copy"], 0);
    assert_eq!(gone["forecast"]["because"]["because"], "gone");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// A model that answers with probabilities.
fn classes(scene: &mut Scene) {
    scene.sandbox.write(
        "s.yaml",
        "rows: { max: 399 }\ncolumns: { y: { type: integer, max: 0 }, g: { type: integer } }\n",
    );
    scene.sandbox.write(
        "plimsoll.yaml",
        "model: rain
task: binary
data: { t: { path: t.csv, schema: s.yaml, license: CC-BY-NC-4.0 } }
evaluate: { predictions: p.csv, on: t.csv, target: y, positive: 1 }
scan: { locks: [package-lock.json], licenses: { extends: default } }
gate:
  - { scan: licenses, at: { merge: observe } }
  - { scan: vulnerabilities, severity: warning }
  - { metric: accuracy, min: 0.99, severity: warning }
  - { metric: f1, min: 0.5, inconclusive: pass }
  - { check: model.baseline, severity: warning }
  - { check: model.stability, severity: warning }
  - { slices: automatic, metric: log-loss, worse-by: 50%, severity: warning }
  - { budget: file-size, max: 1MB, severity: warning }
waivers:
  - { finding: data.range, subject: y, path: t.csv, owner: ada, reason: known, expires: 2999-12-31 }
  - { finding: data.rows, owner: ada, reason: known, expires: 2999-12-31 }
",
    );
    let (mut truth, mut predictions) = ("y,g\n".to_owned(), "prediction,probability\n".to_owned());
    for row in 0..400 {
        let percent = row * 37 % 100;
        // Where `g` is 0 the answers are worth nothing.
        let right = if row % 4 == 0 { row % 3 == 0 } else { row * 53 % 100 < percent };
        _ = writeln!(truth, "{},{}", i32::from(right), row % 4);
        _ = writeln!(predictions, "{},0.{percent:02}", i32::from(percent >= 50));
    }
    scene.sandbox.write("t.csv", &truth);
    scene.sandbox.write("p.csv", &predictions);
    scene.sandbox.write(
        "package-lock.json",
        r#"{ "name": "a", "lockfileVersion": 3, "packages": { "node_modules/gears": { "version": "1.2.3", "license": "MIT" } } }"#,
    );
    scene.sandbox.write(
        "osv/A-1.json",
        r#"{ "id": "A-1", "modified": "2024-05-01T00:00:00Z", "affected": [{ "package": { "ecosystem": "npm", "name": "wheels" }, "versions": ["1.0.0"] }] }"#,
    );
    scene.json(&["database", "update", "osv"], 0);
    let ran = scene.json(&["run", "--at", "merge"], 0);
    assert_eq!(ran["evaluation"]["task"], "binary");
    let shown = scene.json(&["show"], 0);
    assert_eq!(shown["scans"]["licenses"]["packages"][0]["verdict"], "deny");
    for digest in shown["gate"]["scans"].as_object().unwrap().values() {
        let stored = scene.sandbox.command(["store", "cat", digest.as_str().unwrap()]);
        let stored = { stored }.output().unwrap();
        scene.check(&String::from_utf8(stored.stdout).unwrap(), "the scan");
    }
    scene.json(&["gate"], 0);
    assert_eq!(scene.json(&["gate", "--at", "release"], 1)["answer"], "block");
    scene.sandbox.git(&["checkout", "--quiet", "."]);
}

fn runtime(scene: &mut Scene) {
    let output = scene.sandbox.command(["runtime", "install", "--json"]).output().unwrap();
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        println!("skipped: the runtime cannot be installed here:\n{said}");
        assert!(std::env::var_os("CI").is_none(), "CI must install it:\n{said}");
        let fields = ["schema", "path", "version", "digest"];
        scene.seen.extend(fields.map(|field| format!("plimsoll.runtime-install/v1.{field}")));
        return;
    }
    scene.check(&String::from_utf8(output.stdout).unwrap(), "runtime install");
}

/// A model from its first version to one that is taken back.
fn releases(scene: &mut Scene) {
    let Some(released) = release::scene::Scene::new() else {
        // Without ONNX Runtime there is no version.
        for (file, schema) in schemas() {
            let document = file.trim_end_matches("-v1.schema.json");
            if RELEASES.contains(&document) {
                let name = schema["properties"]["schema"]["const"].as_str().unwrap();
                scene.seen.extend(fields::named(&schema, name));
            }
        }
        scene.seen.retain(|field| !UNSEEN.contains(&field.as_str()));
        scene.seen.insert("evaluation.runtime".to_owned());
        let of_checks = [
            "checked.findings",
            "checked.plots",
            "checked.rows-needed",
            "spent.machine",
            "cost.interval",
        ];
        scene.seen.extend(of_checks.map(str::to_owned));
        return;
    };
    released.sandbox.replace(
        "plimsoll.yaml",
        "evaluate:\n",
        "serve: { capture: true, id: row, time: at }\napprovals:\n  deploy: { count: 1, within: 30d }\nevaluate:\n",
    );
    released.sandbox.replace(
        "rows.yaml",
        "columns:\n",
        "columns:\n  row: { type: integer }\n  at: { type: timestamp }\n",
    );
    let rows = released.sandbox.read("rows.csv");
    let with_time = |(number, line): (usize, &str)| match number {
        0 => format!("row,at,{line}\n"),
        _ => format!("{number},2026-01-01T00:00:00Z,{line}\n"),
    };
    released
        .sandbox
        .write("rows.csv", &rows.lines().enumerate().map(with_time).collect::<String>());
    released.run();
    released.commit();
    let other = std::mem::replace(&mut scene.sandbox, released.sandbox);

    scene.json(&["run"], 0);
    assert_eq!(scene.json(&["release"], 0)["new"], true);
    assert_eq!(scene.json(&["release"], 0)["new"], false);
    scene.json(&["verify", "bikes@1.0.0"], 0);
    packaged(scene);
    scene.json(&["model", "sign", "bikes@1.0.0", "--output", "bikes.onnx"], 0);
    let verify = ["verify", "bikes.onnx", "--signature", "bikes.onnx.sig"];
    assert_eq!(scene.json(&verify, 0)["verdict"], "pass");
    scene.sandbox.write("bikes.onnx", "another model");
    assert_eq!(scene.json(&verify, 1)["changed"], serde_json::json!(["."]));
    for file in ["bikes.onnx", "bikes.onnx.sig"] {
        fs::remove_file(scene.sandbox.repo().join(file)).unwrap();
    }
    approved::say(scene, &["approve", "bikes@1.0.0", "--expires", "30d"]);
    scene.json(&["deploy", "bikes@1.0.0"], 0);
    release::scene::write_model(&scene.sandbox, 2.5);
    scene.sandbox.git(&["commit", "--quiet", "--all", "--message", "better"]);
    scene.json(&["run"], 0);
    scene.json(&["release"], 0);
    approved::say(scene, &["reject", "bikes@1.1.0"]);
    approved::say(scene, &["approve", "bikes@1.1.0"]);
    scene.json(&["approve", "bikes@1.1.0", "--show"], 0);
    scene.json(&["deploy", "bikes@1.1.0"], 0);
    scene.json(&["rollback", "bikes", "--because", "worse"], 0);
    scene.json(&["model", "alias", "bikes@1.1.0", "canary", "--because", "try"], 0);
    scene.json(&["model", "alias", "bikes@canary", "--remove", "--because", "tried"], 0);
    scene.json(&["model", "yank", "bikes@1.1.0", "--because", "wrong unit"], 0);
    scene.sandbox.write("try/policy.yaml", "gate:\n  - { metric: mae, max: 0.001 }\n");
    let tried = scene.json(&["policy", "test", "try/policy.yaml"], 1);
    assert_eq!(tried["versions"][0]["rules"][0]["place"], "policy.yaml:2");
    scene.json(&["reproduce", "bikes@1.0.0"], 0);
    assert_eq!(scene.json(&["verify", "bikes@1.0.0"], 0)["reproductions"][0]["signer"], "ada");
    scene.json(&["model", "list"], 0);
    cards(scene);
    scene.json(&["model", "dossier", "bikes@1.0.0", "--output", "dossier.tar"], 0);
    scene.json(&["verify", "dossier.tar"], 0);
    scene.json(&["model", "show", "bikes"], 0);
    for version in ["bikes@1.0.0", "bikes@1.1.0"] {
        scene.json(&["model", "show", version], 0);
    }
    for format in ["cyclonedx", "spdx"] {
        let sbom = ["model", "sbom", "bikes@1.0.0", "--format", format, "--output", "sbom.json"];
        assert_eq!(scene.json(&sbom, 0)["datasets"], 1);
    }
    scene.json(&["model", "history", "bikes"], 0);
    scene.json(&["audit", "log"], 0);
    assert_eq!(scene.json(&["audit", "verify"], 0)["verdict"], "pass");
    scene.json(&["audit", "checkpoint", "--output", "checkpoint.json"], 0);
    scene.json(&["audit", "export", "audit.jsonl"], 0);
    let exported =
        ["audit", "verify", "--export", "audit.jsonl", "--checkpoint", "checkpoint.json"];
    assert_eq!(scene.json(&exported, 0)["verdict"], "pass");
    // The linear model answers NaN where a number is missing.
    let blocked = scene.json(&["check", "model", "--budget", "start-up=1us"], 1);
    let codes: Vec<&Value> =
        blocked["findings"].as_array().unwrap().iter().map(|it| &it["code"]).collect();
    assert!(codes.iter().any(|code| **code == "model.over-budget"), "{blocked}");
    assert!(codes.iter().any(|code| **code == "model.answers-nonsense"), "{blocked}");
    assert!(blocked["checks"].as_array().unwrap().iter().any(|it| it["plots"].is_array()));
    let few: String = scene.sandbox.read("rows.csv").split_inclusive('\n').take(13).collect();
    scene.sandbox.write("few.csv", &few);
    let few = scene.json(&["check", "model", "--on", "few.csv", "--only", "stability"], 1);
    assert_eq!(few["checks"][0]["rows-needed"], 20);
    scene.sandbox = other;
}

/// The card of a version, and of a run whose owners say something.
fn cards(scene: &mut Scene) {
    scene.json(&["model", "card", "bikes@1.0.0"], 0);
    scene.sandbox.replace(
        "plimsoll.yaml",
        "gate:\n",
        "card: CARD.md\ngate:\n  - { card: [limitations], severity: warning }\n",
    );
    scene.sandbox.write("CARD.md", "## Intended use\nTomorrow.\n## Limitations\nTODO\n");
    scene.json(&["run"], 0);
    let said = scene.json(&["model", "card"], 0);
    assert_eq!(said["sections"][1]["standing"], "placeholder");
    let accepted = scene.json(&["model", "card", "--accept"], 0);
    assert_eq!(accepted["accepted"], serde_json::json!(["intended-use"]));
    scene.sandbox.git(&["checkout", "--quiet", "plimsoll.yaml"]);
}

/// The version as an image, with a program that every system has in place of the large one.
fn packaged(scene: &mut Scene) {
    let call = package::scanned(&scene.sandbox, "../bikes.oci");
    let call: Vec<&str> = call.iter().map(String::as_str).collect();
    scene.json(&call, 0);
    let sealed = package::scanned(&scene.sandbox, "../sealed.oci");
    let mut sealed: Vec<&str> = sealed.iter().map(String::as_str).collect();
    sealed.extend(["--encrypt-to", package::encrypted::ADA]);
    let shown = scene.json(&sealed, 0);
    // A stranger's key is used in vain, and told of.
    let bundle = scene.sandbox.repo().join("../pulled");
    package::encrypted::pulled(&scene.sandbox.repo().join("../sealed.oci"), &shown, &bundle);
    let key = package::encrypted::identity(&scene.sandbox, "eve.txt", false);
    let serve = ["serve", "../pulled", "--port", "0", "--identity", key.to_str().unwrap()];
    assert_eq!(scene.sandbox.plimsoll(serve).code, Some(1));
}

/// The documents of releases.
const RELEASES: &[&str] = &[
    "plimsoll.approve",
    "plimsoll.reject",
    "plimsoll.audit-checkpoint",
    "plimsoll.audit-export",
    "plimsoll.audit-log",
    "plimsoll.audit-verify",
    "plimsoll.deploy",
    "plimsoll.model-alias",
    "plimsoll.model-card",
    "plimsoll.model-card-accept",
    "plimsoll.model-dossier",
    "plimsoll.model-history",
    "plimsoll.model-list",
    "plimsoll.model-sbom",
    "plimsoll.model-show",
    "plimsoll.model-sign",
    "plimsoll.model-versions",
    "plimsoll.model-yank",
    "plimsoll.package",
    "plimsoll.policy-test",
    "plimsoll.release",
    "plimsoll.reproduce",
    "plimsoll.rollback",
    "plimsoll.verify",
    "plimsoll.verify-dossier",
    "plimsoll.verify-files",
];

/// What stands at the beginning of work with Plimsoll.
fn beginnings(scene: &mut Scene) {
    scene.json(&["init", "example", "--example", "bike-demand"], 0);
    fs::remove_dir_all(scene.sandbox.repo().join("example")).unwrap();
    // What a machine lacks is not the test's to say.
    let doctor = scene.sandbox.command(["doctor", "--json"]).output().unwrap();
    scene.check(&String::from_utf8(doctor.stdout).unwrap(), "doctor");
}

/// The documents of serving and watching.
const SERVING: &[&str] = &["serve", "labels-add", "monitor", "monitoring"];

/// A released model is asked, and its labels say that it is wrong.
fn serving(scene: &mut Scene) {
    if !served::has_runtime(scene) {
        for (file, schema) in schemas() {
            let document = schema["properties"]["schema"]["const"].as_str().unwrap_or_default();
            if SERVING.iter().any(|name| file == format!("plimsoll.{name}-v1.schema.json")) {
                scene.seen.extend(fields::named(&schema, document));
            }
        }
        scene.seen.retain(|field| !UNSEEN.contains(&field.as_str()));
        let of_models = ["evaluation.runtime", "series.band"];
        scene.seen.extend(of_models.map(str::to_owned));
        return;
    }
    served::prepare(scene);
    assert_eq!(scene.json(&["run"], 0)["verdict"], "pass");
    scene.sandbox.git(&["add", "--all"]);
    scene.sandbox.git(&["commit", "--quiet", "--message", "heights"]);
    scene.json(&["run"], 0);
    for words in [["release", "latest"], ["deploy", "heights@1.0.0"]] {
        let ended = scene.sandbox.plimsoll(words);
        assert_eq!(ended.code, Some(0), "{ended}");
    }
    let (server, document) = served::Server::start(scene, "heights@champion");
    let serve = scene.check(&document, "serve");
    assert_eq!(serve["follows"], "heights@champion");
    let answer = server.ask(2);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    server.stop();
    let early = scene.json(&["monitor", "heights"], 0);
    assert_eq!(early["monitoring"]["answer"], "early");
    scene.sandbox.write("labels.csv", &served::labels(2));
    assert_eq!(scene.json(&["labels", "add", "labels.csv"], 0)["new"], 40);
    assert_eq!(scene.json(&["labels", "add", "labels.csv"], 0)["repeated"], 40);
    let breach = scene.json(&["monitor", "heights"], 1);
    assert_eq!(breach["verdict"], "block");
    let stored = scene.sandbox.command(["store", "cat", breach["evidence"].as_str().unwrap()]);
    let stored = { stored }.output().unwrap().stdout;
    scene.check(&String::from_utf8(stored).unwrap(), "the stored evidence");
}

#[test]
fn the_schemas_are_whole_and_say_the_same() {
    let mut shared: BTreeMap<String, Value> = BTreeMap::new();
    let page = fs::read_to_string(reference().join("json.md")).unwrap();
    for (file, schema) in schemas() {
        Schema::read(&schema.to_string()).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(page.contains(&format!("(json/{file})")), "json.md does not link {file}");
        let none = serde_json::Map::new();
        let definitions = schema["$defs"].as_object().unwrap_or(&none);
        let mut used: BTreeSet<String> =
            fields::referred(&schema).map(str::to_owned).into_iter().collect();
        fields::objects(&schema, &mut |fields| {
            let of_object = fields.get("type").is_some_and(|name| name == "object");
            let closed = fields.contains_key("additionalProperties");
            assert!(!of_object || closed, "{file}: open: {fields:?}");
            let named = fields.get("properties").and_then(Value::as_object);
            for (name, property) in named.into_iter().flatten() {
                let says = property
                    .get("description")
                    .or_else(|| definitions.get(fields::referred(property)?)?.get("description"));
                assert!(says.is_some(), "{file}: `{name}` is not described");
            }
            let inner = fields.values().flat_map(|value| match value {
                Value::Array(items) => items.as_slice(),
                one => std::slice::from_ref(one),
            });
            for name in inner.filter_map(fields::referred) {
                assert!(definitions.contains_key(name), "{file}: `{name}` is nowhere");
                used.insert(name.to_owned());
            }
        });
        for (name, definition) in definitions {
            assert!(used.contains(name), "{file}: nothing refers to `{name}`");
            let first = shared.entry(name.clone()).or_insert_with(|| definition.clone());
            assert_eq!(first, definition, "{file}: `{name}` differs from other files");
        }
    }
}

#[test]
fn every_document_has_a_schema() {
    let mut documents: Vec<String> = [
        evidence::EVALUATION,
        evidence::SCANNED,
        evidence::VALIDATION,
        gate::VERDICT,
        monitoring::MONITORING,
    ]
    .map(str::to_owned)
    .into();
    for file in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let text = fs::read_to_string(file).unwrap();
        let named = text.split("const SCHEMA: &'static str = \"").skip(1);
        documents.extend(named.map(|rest| rest.split('"').next().unwrap().to_owned()));
    }
    let missing: Vec<&String> =
        documents.iter().filter(|document| !file_of(document).exists()).collect();
    assert!(missing.is_empty(), "no schema of {missing:?}");
    assert_eq!(documents.len(), schemas().len(), "{documents:?}");
}
