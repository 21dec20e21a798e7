//! `examples/bike-demand` from a commit to a verdict, on the simulated file and on UCI's own.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::sandbox::{Ended, Sandbox};
use crate::sbom::{json, validate};

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/bike-demand")
}

/// Copies the example, and lets the real file take the place of the simulated one if given.
fn repository(real: Option<&Path>) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.share_environments();
    copy(&example(), &sandbox.repo());
    if let Some(real) = real {
        let text = fs::read_to_string(real).unwrap();
        let first_year = |line: &&str| line.split(',').nth(1).is_some_and(|day| day < "2012-01-01");
        let header = text.lines().take(1);
        let rows: Vec<&str> = header.chain(text.lines().skip(1).filter(first_year)).collect();
        sandbox.write("data/hour.csv", &(rows.join("\n") + "\n"));
    }
    sandbox.git(&["init", "--quiet"]);
    sandbox.git(&["add", "--all"]);
    sandbox.git(&["commit", "--quiet", "--message", "bike-demand"]);
    sandbox
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        let left_out = ["build", ".plimsoll", "__pycache__"];
        if left_out.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        if path.is_dir() { copy(&path, &target) } else { _ = fs::copy(&path, &target).unwrap() }
    }
}

fn show(sandbox: &Sandbox) -> Value {
    let output = sandbox.command(["show", "--json"]).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

fn outcomes(shown: &Value) -> Vec<&str> {
    let rules = shown["gate"]["rules"].as_array().unwrap().iter();
    rules.map(|rule| rule["outcome"].as_str().unwrap()).collect()
}

fn codes(shown: &Value) -> Vec<&str> {
    let findings = shown["gate"]["findings"].as_array().unwrap().iter();
    findings.map(|finding| finding["code"].as_str().unwrap()).collect()
}

fn states(shown: &Value) -> Vec<&str> {
    let steps = shown["steps"].as_array().unwrap().iter();
    steps.map(|step| step["state"].as_str().unwrap()).collect()
}

/// Value, lower and upper end of a rule's number.
fn judged(shown: &Value, rule: usize) -> [f64; 3] {
    let rule = &shown["gate"]["rules"][rule];
    let number = |value: &Value| value.as_f64().unwrap();
    [number(&rule["value"]), number(&rule["interval"]["low"]), number(&rule["interval"]["high"])]
}

/// Asserts that two intervals overlap and that each point lies in the other's interval.
#[track_caller]
fn assert_agree(ours: [f64; 3], published: &Value) {
    let published: Vec<f64> =
        published.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
    let agree = ours[1] <= published[0]
        && published[0] <= ours[2]
        && published[1] <= ours[0]
        && ours[0] <= published[2];
    assert!(agree, "{ours:?} against the published {published:?}");
}

#[track_caller]
fn said(ended: &Ended, words: &[&str]) {
    for word in words {
        assert!(format!("{ended}").contains(word), "`{word}` is not said:\n{ended}");
    }
}

/// The run says what it is made of: of the environment that it used, what is installed in it.
fn listed(sandbox: &Sandbox) {
    for (format, file) in [("cyclonedx", "../cdx.json"), ("spdx", "../spdx.json")] {
        let sbom = ["model", "sbom", "latest", "--format", format, "--output", file];
        let written = sandbox.plimsoll(sbom);
        assert_eq!(written.code, Some(0), "{written}");
    }
    validate(sandbox, &["../cdx.json", "../spdx.json"]);
    let document = json(sandbox, "../cdx.json");
    let component = |name: &str| {
        let all = document["components"].as_array().unwrap();
        all.iter().find(|it| it["name"] == name).unwrap().clone()
    };
    let numpy = component("numpy");
    assert!(numpy["licenses"][0]["expression"].as_str().unwrap().contains("BSD-3-Clause"));
    let files = &numpy["externalReferences"][0]["hashes"];
    assert!(files.as_array().unwrap().iter().all(|it| it["alg"] == "SHA-256"), "{files}");
    let needs = document["dependencies"].as_array().unwrap();
    let of = component("lightgbm")["bom-ref"].clone();
    let needs = needs.iter().find(|it| it["ref"] == of).unwrap();
    assert!(needs["dependsOn"].as_array().unwrap().contains(&numpy["bom-ref"]), "{needs}");
    let hourly = component("hourly");
    let used = hourly["data"][0]["contents"]["properties"].as_array().unwrap();
    let used = used.iter().filter(|it| it["name"] == "plimsoll:used-for");
    let used: Vec<&str> = used.map(|it| it["value"].as_str().unwrap()).collect();
    assert_eq!(used, ["training", "evaluation"]);
}

const FEATURE: &str = "    - hr\n";
const IN_PARAMS: &str = "    - windspeed\n";
const IN_PROJECT: &str = "      - windspeed\n";

/// Tells the story; `figures` are the published numbers of the same file.
fn tell(real: Option<&Path>, figures: &str) {
    let sandbox = repository(real);
    let figures = fs::read_to_string(example().join("figures").join(figures)).unwrap();
    let figures: Value = serde_json::from_str(&figures).unwrap();

    let first = sandbox.plimsoll(["run"]);
    if first.stderr.contains("could not be installed") || first.stderr.contains("no network") {
        println!("skipped: the example's packages cannot be installed here:\n{first}");
        assert!(std::env::var_os("CI").is_none(), "CI must install them:\n{first}");
        return;
    }
    assert_eq!(first.code, Some(0), "{first}");
    let shown = show(&sandbox);
    assert_eq!(outcomes(&shown), ["pass", "pass", "pass", "not-applicable"]);
    assert_eq!(codes(&shown), [""; 0]);
    let published = &figures["story"][0];
    assert_agree(judged(&shown, 0), &published["wape"]);
    assert_agree(judged(&shown, 1), &published["r2"]);
    assert_agree(judged(&shown, 2), &published["evening"]);
    assert_eq!(shown["evaluation"]["overall"]["rows"], published["rows"]);
    assert_eq!(shown["evaluation"]["overall"]["blocks"], published["days"]);
    let report = format!(".plimsoll/reports/{}.html", &shown["run"].as_str().unwrap()[..8]);
    assert!(sandbox.read(&report).contains("This model may ship"));
    let champion = shown["run"].as_str().unwrap().to_owned();
    listed(&sandbox);
    let lock = sandbox.read("plimsoll.lock");

    let second = sandbox.plimsoll(["run"]);
    assert_eq!(second.code, Some(0), "{second}");
    assert_eq!(states(&show(&sandbox)), ["cached", "cached"]);
    assert_eq!(sandbox.plimsoll(["gate"]).code, Some(0));
    assert_eq!(sandbox.plimsoll(["run", "--locked", "-q"]).code, Some(0));

    // A model that does not know the hour.
    sandbox.replace("params.yaml", FEATURE, "");
    sandbox.replace("plimsoll.yaml", "      - hr\n", "");
    let refused = sandbox.plimsoll(["run", "--champion", &champion[..8]]);
    assert_eq!(refused.code, Some(1), "{refused}");
    let shown = show(&sandbox);
    assert_eq!(outcomes(&shown), ["block", "block", "block", "block"]);
    said(&refused, &["WAPE is", "at most 0.250 accepted", "plimsoll.yaml:", "next: plimsoll diff"]);
    assert_agree(judged(&shown, 0), published_change(&figures, "hr"));
    sandbox.replace("params.yaml", "    - mnth\n", "    - mnth\n    - hr\n");
    sandbox.replace("plimsoll.yaml", "      - mnth\n", "      - mnth\n      - hr\n");

    // A column that is not known when a prediction is made: declared, then only suspected.
    sandbox.replace("params.yaml", IN_PARAMS, "    - windspeed\n    - registered\n");
    sandbox.replace("plimsoll.yaml", IN_PROJECT, "      - windspeed\n      - registered\n");
    let refused = sandbox.plimsoll(["run"]);
    assert_eq!(refused.code, Some(1), "{refused}");
    let shown = show(&sandbox);
    assert_eq!(codes(&shown), ["leak.declared"]);
    assert_eq!(outcomes(&shown), ["pass", "pass", "pass", "not-applicable"]);
    let column = "  registered: { type: integer, min: 0, leaks: true }";
    sandbox.replace("schemas/hour.yaml", column, "  registered: { type: integer, min: 0 }");
    let refused = sandbox.plimsoll(["run"]);
    assert_eq!(refused.code, Some(1), "{refused}");
    assert_eq!(codes(&show(&sandbox)), ["leak.suspected"]);
    said(&refused, &["`registered` alone explains the target"]);
    sandbox.git(&["checkout", "--quiet", "."]);

    // Data that are not what the schema says: no step runs.
    let data = sandbox.read("data/hour.csv");
    let degrees = |line: &str| {
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        if let Ok(temp) = cells[10].parse::<f64>() {
            cells[10] = format!("{:.1}", temp * 41.0);
        }
        cells.join(",")
    };
    let warm: Vec<String> = data.lines().map(degrees).collect();
    sandbox.write("data/hour.csv", &(warm.join("\n") + "\n"));
    let refused = sandbox.plimsoll(["run"]);
    assert_eq!(refused.code, Some(1), "{refused}");
    said(&refused, &["data.range", "column `temp`", "schemas/hour.yaml:"]);
    assert!(states(&show(&sandbox)).iter().all(|state| *state == "waiting"));
    sandbox.write("plimsoll.lock", &lock);
    let locked = sandbox.plimsoll(["run", "--locked"]);
    assert_eq!(locked.code, Some(2), "{locked}");
    sandbox.write("data/hour.csv", &data);

    // An empty slice, a gate without rules, a looser limit.
    sandbox.replace("plimsoll.yaml", "hr: [17, 18, 19]", "hr: [77]");
    let refused = sandbox.plimsoll(["run"]);
    assert_eq!(refused.code, Some(1), "{refused}");
    assert_eq!(show(&sandbox)["verdict"], "error");
    said(&refused, &["slice `evening` (0 rows)"]);
    sandbox.replace("plimsoll.yaml", "hr: [77]", "hr: [17, 18, 19]");
    sandbox.replace("plimsoll.yaml", "metric: wape, max: 0.25", "metric: wape, max: 0.29");
    let same = sandbox.plimsoll(["run", "--champion", &champion[..8]]);
    let shown = show(&sandbox);
    assert_eq!(codes(&shown), ["gate.weakened"], "{same}");
    // The champion's own model does not have to beat itself.
    assert_eq!(outcomes(&shown), ["pass", "pass", "pass", "not-applicable"], "{same}");
    sandbox.git(&["checkout", "--quiet", "."]);

    // A step that writes no model leaves nothing to judge.
    let train = "run: python train.py";
    sandbox.replace("plimsoll.yaml", train, "run: python train.py && rm build/model.onnx");
    let failed = sandbox.plimsoll(["run"]);
    assert_eq!(failed.code, Some(3), "{failed}");
    said(&failed, &["did not write `build/model.onnx`"]);
}

fn published_change<'a>(figures: &'a Value, name: &str) -> &'a Value {
    let changes = figures["changes"].as_array().unwrap();
    let found = changes.iter().find(|change| change["key"] == format!("without-{name}"));
    &found.unwrap_or_else(|| panic!("no change `{name}` in {changes:?}"))["wape"]
}

#[test]
fn the_simulated_file_tells_the_story() {
    tell(None, "simulated.json");
}

#[test]
fn the_real_file_tells_the_story() {
    let real =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/tabular/bike-sharing/hour.csv");
    if !Path::new(real).is_file() {
        println!("skipped: {real} is not here");
        return;
    }
    tell(Some(Path::new(real)), "real.json");
}
