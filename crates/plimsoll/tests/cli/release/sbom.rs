//! The SBOM of a version and of a run.

use serde_json::Value;

use super::scene::Scene;
use crate::sbom::{json, validate};

#[test]
fn a_version_says_what_it_is_made_of() {
    let Some(scene) = Scene::released() else { return };
    let sandbox = &scene.sandbox;
    scene.call(&["model", "sbom", "bikes@1.0.0", "--output", "cdx.json"], 0);
    let spdx = ["model", "sbom", "bikes@1.0.0", "--format", "spdx", "--output", "spdx.json"];
    insta::assert_snapshot!(scene.call(&spdx, 0), @r"
    exit code: 0
    --- stdout
    ✓ bikes@1.0.0 is written to spdx.json
      form      SPDX 2.3
      digest    sha256:ID
      datasets  1
      packages  none
    --- stderr
    warning: not listed: no `python` is declared, so nothing says which packages the model is made with
    ");
    validate(sandbox, &["cdx.json", "spdx.json"]);

    let printed = sandbox.command(["model", "sbom", "bikes@1.0.0"]).output().unwrap();
    assert_eq!(String::from_utf8(printed.stdout).unwrap(), sandbox.read("cdx.json"));
    let document = json(sandbox, "cdx.json");
    let model = &document["metadata"]["component"];
    assert_eq!((&model["name"], &model["version"]), (&"bikes".into(), &"1.0.0".into()));
    assert_eq!(model["licenses"][0]["expression"], "Apache-2.0");
    let shown = scene.json(&["model", "show", "bikes@1.0.0"], 0);
    let property = |name: &str| {
        let all = model["properties"].as_array().unwrap();
        all.iter().find(|it| it["name"] == name).map(|it| it["value"].clone())
    };
    assert_eq!(property("plimsoll:subject"), Some(shown["subject"].clone()));
    assert_eq!(model["pedigree"]["commits"][0]["uid"], shown["lineage"]["commit"]);
    let inputs = &model["modelCard"]["modelParameters"]["inputs"];
    assert_eq!(inputs[1]["format"], "b: integer, a column of `input` (float [?, 3])");
    let metrics = model["modelCard"]["quantitativeAnalysis"]["performanceMetrics"].as_array();
    let wape = metrics.unwrap().iter().find(|it| it["type"] == "wape").unwrap();
    assert!(wape["confidenceInterval"]["lowerBound"].is_string(), "{wape}");
    let rows = &document["components"][0];
    assert_eq!((&rows["type"], &rows["name"]), (&"data".into(), &"rows".into()));
    assert_eq!(rows["licenses"][0]["expression"], "CC0-1.0");
    // The model was made of a file of the repository, and only measured on the dataset.
    let uses: Vec<&Value> = rows["data"][0]["contents"]["properties"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["name"] == "plimsoll:used-for")
        .collect();
    assert_eq!(uses.len(), 1);
    assert_eq!(uses[0]["value"], "evaluation");
    // The weights, by the digest that everybody can compute.
    let weights = std::fs::read(sandbox.repo().join("model.onnx")).unwrap();
    let sha256 = plimsoll_core::Digest::sha256(&weights).hex();
    let hashes = model["hashes"].as_array().unwrap();
    assert!(hashes.iter().any(|it| it["alg"] == "SHA-256" && it["content"] == *sha256));
}

#[test]
fn a_run_says_it_too_and_what_cannot_be_told_is_refused() {
    let Some(scene) = Scene::new() else { return };
    let run = scene.run();
    scene.call(&["model", "sbom", &run[..8], "--output", "run.json"], 0);
    validate(&scene.sandbox, &["run.json"]);
    let document = json(&scene.sandbox, "run.json");
    assert_eq!(document["metadata"]["component"]["version"], format!("run-{run}"));
    insta::assert_snapshot!(scene.call(&["model", "sbom", "latest", "--json"], 2), @r"
    exit code: 2
    --- stderr
    error: `--json` and the SBOM both want standard output
    hint: write the SBOM to a file with `--output FILE`
    ");
    insta::assert_snapshot!(scene.call(&["model", "sbom", "bikes@9.9.9"], 2), @r"
    exit code: 2
    --- stderr
    error: bikes has no version
    hint: `plimsoll model list` lists models
    ");
    // A bundle of which a byte was changed is no source of anything.
    assert_eq!(scene.release(), "bikes@1.0.0");
    let index = scene.bundle("bikes@1.0.0").join("index.json");
    let text = std::fs::read_to_string(&index).unwrap();
    std::fs::write(&index, text.replacen('1', "2", 1)).unwrap();
    let refused = scene.call(&["model", "sbom", "bikes@1.0.0"], 1);
    assert_eq!(refused.stdout, "", "{refused}");
}

#[test]
fn the_locks_that_a_project_names_are_listed_as_its_commit_has_them() {
    let Some(scene) = Scene::new() else { return };
    let sandbox = &scene.sandbox;
    let lock = |license: &str| {
        serde_json::json!({ "name": "app", "lockfileVersion": 3, "packages": {
            "": { "dependencies": { "levers": "^1" } },
            "node_modules/levers": { "version": "1.0.0", "license": license, "dependencies": { "gears": "*" } },
            "node_modules/gears": { "version": "1.2.3", "license": "ISC" },
        } })
        .to_string()
    };
    let project = sandbox.read("plimsoll.yaml");
    let scan = "scan: { locks: [web/package-lock.json] }\n";
    sandbox.write("plimsoll.yaml", &format!("{project}{scan}"));
    sandbox.write("web/package-lock.json", &lock("MIT"));
    scene.commit();
    let run = scene.run();
    // What lies there now is not what the run was made with.
    sandbox.write("web/package-lock.json", &lock("GPL-3.0-only"));
    scene.call(&["model", "sbom", &run[..8], "--output", "run.json"], 0);
    validate(sandbox, &["run.json"]);
    let document = json(sandbox, "run.json");
    let packages: Vec<&Value> = document["components"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["type"] == "library")
        .collect();
    let purls: Vec<&str> = packages.iter().map(|it| it["purl"].as_str().unwrap()).collect();
    assert_eq!(purls, ["pkg:npm/gears@1.2.3", "pkg:npm/levers@1.0.0"]);
    assert!(packages[1]["licenses"].to_string().contains("MIT"), "{}", packages[1]);
    // The lock tells which of them needs the other.
    let needs = document["dependencies"].as_array().unwrap().iter();
    let needs = needs.clone().find(|it| it["ref"] == packages[1]["bom-ref"]).unwrap();
    assert_eq!(needs["dependsOn"], serde_json::json!([packages[0]["bom-ref"]]));

    // A commit that lost it is a gap, which is told.
    let ended =
        scene.call(&["model", "sbom", &run[..8], "--format", "spdx", "--output", "a.json"], 0);
    assert!(!ended.stderr.contains("web/package-lock.json"), "{ended}");
    std::fs::remove_dir_all(sandbox.repo().join(".git")).unwrap();
    let ended = scene.call(&["model", "sbom", &run[..8], "--output", "gone.json"], 0);
    let gap = "the packages of web/package-lock.json: it is not to be had at the run's commit";
    assert!(ended.stderr.contains(gap), "{ended}");
}
