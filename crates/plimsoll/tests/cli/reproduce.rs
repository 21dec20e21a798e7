//! `plimsoll reproduce`: the same again, near enough, or where the two runs part.

mod broken_off;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Output;

use plimsoll_config::schema::Schema;
use serde_json::{Value, json};

use crate::release::scene::{Scene, write_model};

const STEPS: &str = "\
  train:
    run: cp base.onnx model.onnx
    inputs: [base.onnx]
    outputs: [model.onnx]
";

/// Makes the repository of `bikes` with other `steps`, and releases it as `bikes@1.0.0`.
fn released(steps: &str, prepare: impl FnOnce(&Scene)) -> Option<Scene> {
    let scene = Scene::bare()?;
    scene.trust("keys/signing.pem", "trust.yaml", 7, "[builder, gate, release]");
    scene.sandbox.replace("plimsoll.yaml", STEPS, steps);
    prepare(&scene);
    let commit = || {
        scene.sandbox.git(&["add", "--all"]);
        scene.sandbox.git(&["commit", "--quiet", "--allow-empty", "--message", "change"]);
    };
    commit();
    scene.run();
    commit();
    scene.run();
    assert_eq!(scene.release(), "bikes@1.0.0");
    Some(scene)
}

/// Writes what steps look for as `$HOME/NAME`: the world has changed.
fn outside(scene: &Scene, name: &str) -> PathBuf {
    let file = scene.sandbox.home().parent().unwrap().join(name);
    fs::write(&file, "").unwrap();
    file
}

fn reproduce(scene: &Scene, more: &[&str], code: i32) -> Value {
    let arguments: Vec<&str> =
        ["reproduce", "bikes@1.0.0"].into_iter().chain(more.iter().copied()).collect();
    let shown = scene.json(&arguments, code);
    check(&shown);
    // Nothing is left but what was told.
    let left = fs::read_dir(scene.sandbox.home().join("reproductions")).into_iter().flatten();
    assert_eq!(left.count(), 0, "something is left");
    shown
}

/// Holds a document against its schema.
fn check(shown: &Value) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs/src/reference/json/plimsoll.reproduce-v1.schema.json");
    let schema = Schema::read(&fs::read_to_string(file).unwrap()).unwrap();
    if let Err(mistakes) = schema.check("plimsoll.reproduce/v1", shown.to_string().as_bytes()) {
        panic!("{mistakes}\n{shown:#}");
    }
}

/// Where an object lies in the home.
fn object(scene: &Scene, digest: &str) -> PathBuf {
    let digits = digest.strip_prefix("blake3:").unwrap();
    scene.sandbox.home().join("objects/blake3").join(&digits[..2]).join(digits)
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[test]
fn a_version_comes_out_the_same_whatever_the_working_tree_looks_like() {
    let steps = "\
  split:
    run: head -n 100 rows.csv > part.csv; mkdir parts; tail -n 20 rows.csv > parts/last.csv
    inputs: [data.rows]
    outputs: [part.csv, parts]
  train:
    run: cp base.onnx model.onnx; wc -l < part.csv > lines.json
    inputs: [base.onnx, part.csv]
    outputs: [model.onnx, lines.json]
";
    let Some(scene) = released(steps, |_| {}) else { return };
    let runs = scene.json(&["runs"], 0)["found"].clone();
    write_model(&scene.sandbox, 2.5);
    scene.sandbox.write("rows.csv", "not committed");
    let shown = reproduce(&scene, &[], 0);
    assert_eq!(shown["verdict"], "bit-identical");
    assert_eq!(shown["message"], "all 4 outputs of 2 steps have the same bytes");
    assert_eq!(shown["first"], Value::Null);
    let steps: Vec<&str> =
        shown["steps"].as_array().unwrap().iter().map(|it| it["step"].as_str().unwrap()).collect();
    assert_eq!(steps, ["split", "train"]);
    assert!(!shown["metrics"].as_array().unwrap().is_empty());
    assert_eq!(scene.sandbox.read("rows.csv"), "not committed");
    assert_eq!(scene.json(&["runs"], 0)["found"], runs, "later runs would find it");

    // It is signed, and part of the history.
    let statement = shown["statement"].as_str().unwrap();
    let envelope = scene.call(&["store", "cat", statement], 0).stdout;
    assert!(envelope.contains("application/vnd.in-toto+json"), "{envelope}");
    let evidence = scene.sandbox.command(["store", "cat", shown["evidence"].as_str().unwrap()]);
    let evidence: Value = serde_json::from_slice(&{ evidence }.output().unwrap().stdout).unwrap();
    assert_eq!(evidence["answer"], "bit-identical");
    let history = scene.json(&["model", "history", "bikes"], 0)["entries"].clone();
    let told = history.as_array().unwrap().iter().find(|it| it["kind"] == "reproduce").unwrap();
    assert_eq!((&told["sign"], &told["subject"]), (&"good".into(), &"bikes@1.0.0".into()));
    let version = scene.json(&["model", "show", "bikes@1.0.0"], 0);
    assert_eq!(version["reproductions"][0]["statement"], *statement);
    let text = scene.call(&["model", "show", "bikes@1.0.0"], 0).stdout;
    assert!(text.contains("again     bit-identical"), "{text}");
    // What it refers to is kept.
    scene.call(&["store", "gc", "--grace", "0"], 0);
    scene.call(&["store", "cat", statement], 0);
    let verified = scene.json(&["verify", "bikes@1.0.0"], 0)["reproductions"][0].clone();
    assert_eq!(
        (&verified["answer"], &verified["signer"]),
        (&"bit-identical".into(), &"ada".into())
    );
    fs::remove_file(object(&scene, statement)).unwrap();
    let text = scene.call(&["verify", "bikes@1.0.0"], 0).stdout;
    assert!(text.contains("made again  bit-identical, said"), "{text}");
    assert!(text.contains("could not be read"), "{text}");
}

#[test]
fn the_step_that_depends_on_the_time_is_named_though_later_ones_differ_too() {
    let steps = "\
  stamp:
    run: date +%s%N > stamp.txt
    outputs: [stamp.txt]
  train:
    run: cp base.onnx model.onnx; cat stamp.txt > log.txt
    inputs: [base.onnx, stamp.txt]
    outputs: [model.onnx, log.txt]
";
    let Some(scene) = released(steps, |_| {}) else { return };
    let shown = reproduce(&scene, &[], 1);
    assert_eq!(shown["verdict"], "not-reproducible");
    assert_eq!(shown["first"]["step"], "stamp");
    let message = shown["first"]["message"].as_str().unwrap();
    assert!(message.contains("it was given the same as then"), "{message}");
    assert_eq!(shown["steps"][1]["given"][0], "`stamp.txt`");
    let outputs = &shown["steps"][1]["outputs"];
    assert_eq!(
        (&outputs[0]["agreement"], &outputs[1]["agreement"]),
        (&"different".into(), &"same".into())
    );
    let version = scene.json(&["model", "show", "bikes@1.0.0"], 0);
    assert_eq!(version["reproductions"][0]["answer"], "not-reproducible");
}

#[test]
fn noise_in_a_table_is_within_the_tolerance_or_beyond_it() {
    let steps = "\
  noise:
    run: printf 'id,x\\n1,0.5000000%s1\\n' $(date +%N) > noise.csv
    outputs: [noise.csv]
  train:
    run: cp base.onnx model.onnx
    inputs: [base.onnx]
    outputs: [model.onnx]
";
    let Some(scene) = released(steps, |_| {}) else { return };
    let shown = reproduce(&scene, &[], 0);
    assert_eq!(shown["verdict"], "within-tolerance");
    assert_eq!(shown["first"]["step"], "noise");
    let output = &shown["steps"][0]["outputs"][0];
    assert!(output["difference"].as_str().unwrap().contains("in column `x`"), "{output}");
    let distance = output["distance"].as_f64().unwrap();
    assert!(distance > 0.0 && distance < 1e-6, "{distance}");
    let strict = reproduce(&scene, &["--tolerance", "0"], 1);
    assert_eq!(strict["verdict"], "not-reproducible");
    let wrong = scene.call(&["reproduce", "bikes@1.0.0", "--tolerance=-1"], 2);
    assert!(wrong.stderr.contains("is no tolerance"), "{wrong}");
}

#[test]
fn models_with_other_bytes_are_asked_about_the_test_set() {
    let steps = "\
  train:
    run: if [ -e $HOME/far ]; then cp far.onnx model.onnx; elif [ -e $HOME/near ]; then cp near.onnx model.onnx; else cp base.onnx model.onnx; fi
    inputs: [base.onnx, near.onnx, far.onnx]
    outputs: [model.onnx]
";
    let prepare = |scene: &Scene| {
        let repo = scene.sandbox.repo();
        for (name, weight) in [("near.onnx", 2.000_000_2), ("far.onnx", 2.5)] {
            write_model(&scene.sandbox, weight);
            fs::rename(repo.join("base.onnx"), repo.join(name)).unwrap();
        }
        write_model(&scene.sandbox, 2.0);
    };
    let Some(scene) = released(steps, prepare) else { return };
    outside(&scene, "near");
    let shown = reproduce(&scene, &[], 0);
    assert_eq!(shown["verdict"], "within-tolerance");
    let difference = shown["steps"][0]["outputs"][0]["difference"].as_str().unwrap();
    assert!(
        difference.starts_with("gives answers to the test set that differ by at most"),
        "{difference}"
    );
    let metrics = shown["metrics"].as_array().unwrap();
    assert!(metrics.iter().all(|metric| metric["agreement"] != "different"), "{metrics:?}");
    outside(&scene, "far");
    let shown = reproduce(&scene, &[], 1);
    assert_eq!(shown["verdict"], "not-reproducible");
    let metrics = shown["metrics"].as_array().unwrap();
    assert!(metrics.iter().any(|metric| metric["agreement"] == "different"), "{metrics:?}");
}

#[test]
fn a_step_that_fails_or_takes_too_long_is_named_with_its_log() {
    let steps = "\
  train:
    run: if [ -e $HOME/slow ]; then sleep 60; fi; if [ -e $HOME/broken ]; then echo out of luck; exit 3; fi; cp base.onnx model.onnx
    inputs: [base.onnx]
    outputs: [model.onnx]
";
    let Some(scene) = released(steps, |_| {}) else { return };
    let broken = outside(&scene, "broken");
    let shown = reproduce(&scene, &[], 1);
    assert_eq!(shown["first"]["step"], "train");
    assert_eq!(shown["steps"][0]["failure"], "its command ended with exit code 3");
    assert_eq!(shown["log"][0], "out of luck");
    let text = scene.call(&["reproduce", "bikes@1.0.0"], 1);
    let lines: Vec<&str> = text.stdout.lines().collect();
    assert_eq!(
        lines[0],
        "✗ bikes@1.0.0 is not reproducible: step `train`: its command ended with exit code 3"
    );
    assert_eq!(lines[2], "  train      ✗ its command ended with exit code 3");
    assert_eq!(lines[3..5], ["  the last lines of its log:", "    out of luck"]);
    fs::remove_file(broken).unwrap();
    outside(&scene, "slow");
    let shown = reproduce(&scene, &["--timeout", "1s"], 1);
    assert_eq!(shown["message"], "step `train`: its command took longer than 1 s");
}

#[test]
fn data_that_git_does_not_have_are_kept_by_the_release_or_named_where_they_are_gone() {
    let without_data = |scene: &Scene| {
        scene.sandbox.write(".gitignore", ".plimsoll/\n/model.onnx\n/rows.csv\n");
        scene.sandbox.git(&["rm", "--quiet", "--cached", "rows.csv"]);
    };
    let Some(scene) = released(STEPS, without_data) else { return };
    let digest =
        scene.json(&["model", "show", "bikes@1.0.0"], 0)["lineage"]["data"]["rows"].clone();
    let digest = digest.as_str().unwrap();
    let rows = scene.sandbox.read("rows.csv");
    scene.sandbox.write("rows.csv", "others by now");
    assert_eq!(reproduce(&scene, &[], 0)["verdict"], "bit-identical");

    fs::remove_file(object(&scene, digest)).unwrap();
    let refused = scene.sandbox.command(["reproduce", "bikes@1.0.0"]).output().unwrap();
    let text = said(&refused);
    assert_eq!(refused.status.code(), Some(1), "{text}");
    for part in ["data.rows", digest, " KiB", "from https://example.org/rows"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    scene.sandbox.write("rows.csv", &rows);
    assert_eq!(reproduce(&scene, &[], 0)["verdict"], "bit-identical");
}

#[test]
fn the_commit_is_looked_for_where_a_person_says() {
    let Some(scene) = released(STEPS, |_| {}) else { return };
    let elsewhere = tempfile::tempdir().unwrap();
    let other = elsewhere.path().join("other");
    fs::create_dir(&other).unwrap();
    let git = |folder: &Path, arguments: &[&str]| {
        let done = std::process::Command::new("git").args(arguments).current_dir(folder).output();
        assert!(done.unwrap().status.success(), "{arguments:?}");
    };
    git(&other, &["init", "--quiet"]);
    let shown = other.display().to_string();
    let refused = scene.call(&["reproduce", "bikes@1.0.0", "--repository", &shown], 2);
    assert!(refused.stderr.contains("git knows no commit"), "{refused}");
    assert!(refused.stderr.contains("`--repository PATH|URL` names a repository"), "{refused}");
    // From wherever one stands, the run says where it was made.
    scene.json(&["-C", &shown, "reproduce", "bikes@1.0.0"], 0);
    let moved = elsewhere.path().join("moved");
    git(&scene.sandbox.repo(), &["clone", "--quiet", "--bare", ".", &moved.display().to_string()]);
    fs::rename(scene.sandbox.repo(), elsewhere.path().join("gone")).unwrap();
    fs::create_dir(scene.sandbox.repo()).unwrap();
    let address = format!("file://{}", moved.display());
    for named in [address.as_str(), &moved.display().to_string()] {
        assert_eq!(reproduce(&scene, &["--repository", named], 0)["verdict"], "bit-identical");
    }
    let refused = scene.call(&["reproduce", "bikes@1.0.0"], 2);
    assert!(refused.stderr.contains("is in no git repository"), "{refused}");
}

#[test]
fn a_bundle_and_the_store_are_enough() {
    let Some(scene) = released(STEPS, |_| {}) else { return };
    let tar = scene.sandbox.repo().join("../bikes.tar");
    scene.call(&["release", "--output", &tar.display().to_string()], 0);
    // Another home: objects, a key and whom to trust, no registry and no run.
    let home = scene.sandbox.home();
    let other = home.parent().unwrap().join("other");
    fs::create_dir(&other).unwrap();
    fs::rename(home.join("objects"), other.join("objects")).unwrap();
    fs::rename(home.join("keys"), other.join("keys")).unwrap();
    fs::rename(home.join("trust.yaml"), other.join("trust.yaml")).unwrap();
    fs::remove_dir_all(home).unwrap();
    let call = |arguments: &[&str]| {
        let mut command = scene.sandbox.command(arguments);
        command.env("PLIMSOLL_HOME", &other).arg("--json").output().unwrap()
    };
    let bundle = tar.display().to_string();
    let shown = call(&["reproduce", "--from-bundle", &bundle]);
    assert_eq!(shown.status.code(), Some(0), "{}", said(&shown));
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!(
        (&shown["verdict"], &shown["version"]),
        (&"bit-identical".into(), &"bikes@1.0.0".into())
    );
    assert!(!shown["metrics"].as_array().unwrap().is_empty());
    let history = call(&["model", "history", "bikes"]);
    assert!(said(&history).contains("bit-identical"), "{}", said(&history));
    // Whoever is not trusted has said nothing.
    fs::write(other.join("keys/none"), "").unwrap();
    let strict = scene.trust("keys/other.pem", "trust.yaml", 9, "[builder, gate, release]");
    let trust = strict.parent().unwrap().parent().unwrap().join("trust.yaml").display().to_string();
    let refused = call(&["reproduce", "--from-bundle", &bundle, "--trust", &trust]);
    assert_eq!(refused.status.code(), Some(1), "{}", said(&refused));
}

#[test]
fn what_was_made_again_can_be_kept_and_looked_at() {
    let Some(scene) = released(STEPS, |_| {}) else { return };
    let kept = scene.sandbox.home().parent().unwrap().join("kept");
    let folder = kept.display().to_string();
    let shown = reproduce(&scene, &["--keep", &folder], 0);
    for file in ["files/model.onnx", "reproduction.json", "reproduction.sigstore.json"] {
        assert!(kept.join(file).exists(), "{file}");
    }
    let rerun = shown["rerun"].as_str().unwrap();
    let output = scene
        .sandbox
        .command(["show", rerun, "--json"])
        .env("PLIMSOLL_HOME", kept.join("home"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let again = scene.call(&["reproduce", "bikes@1.0.0", "--keep", &folder], 2);
    assert!(again.stderr.contains("is there already"), "{again}");
}

#[test]
fn another_interpreter_is_said_before_it_begins_and_noted() {
    let Some(scene) = Scene::bare() else { return };
    scene.trust("keys/signing.pem", "trust.yaml", 7, "[builder, gate, release]");
    let license = "license: Apache-2.0\n";
    scene.sandbox.replace("plimsoll.yaml", license, "license: Apache-2.0\npython: system\n");
    let bin = scene.sandbox.home().parent().unwrap().join("bin");
    fs::create_dir(&bin).unwrap();
    let python = |version: &str, numpy: &str| {
        let program = bin.join("python3");
        let facts = json!({
            "implementation": "CPython", "version": version, "executable": program, "base": program,
            "folders": [], "packages": {"numpy": numpy},
        });
        fs::write(&program, format!("#!/bin/sh\necho 'plimsoll-interpreter:{facts}'\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    };
    let call = |arguments: &[&str]| {
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
        let mut command = scene.sandbox.command(arguments);
        let output = command.env("PATH", path).arg("--json").output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", said(&output));
        output
    };
    python("3.11.7", "2.0.0");
    scene.commit();
    call(&["run"]);
    scene.commit();
    call(&["run"]);
    call(&["release"]);
    python("3.12.10", "2.1.0");
    let output = call(&["reproduce", "bikes@1.0.0"]);
    let shown: Value = serde_json::from_slice(&output.stdout).unwrap();
    check(&shown);
    assert_eq!(shown["verdict"], "bit-identical");
    assert_eq!(
        shown["conditions"],
        json!([
            {"what": "interpreter", "then": "CPython 3.11.7", "now": "CPython 3.12.10"},
            {"what": "package numpy", "then": "2.0.0", "now": "2.1.0"},
        ])
    );
    let said = String::from_utf8(output.stderr).unwrap();
    let before = said.find("interpreter: CPython 3.11.7 then, CPython 3.12.10 now").unwrap();
    assert!(before < said.find("  train").unwrap(), "{said}");
}
