//! SBOMs, as the tools of those who define the formats take them.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::sandbox::Sandbox;

/// The interpreter with `cyclonedx-python-lib` and `spdx-tools`; `.ci/run` makes one where it can.
const PYTHON: &str = "PLIMSOLL_TEST_SBOM_PYTHON";

/// Holds files of the repository against the official tools.
pub(crate) fn validate(sandbox: &Sandbox, files: &[&str]) {
    let Some(python) = std::env::var_os(PYTHON).filter(|python| !python.is_empty()) else {
        println!("skipped: {PYTHON} names no Python with cyclonedx-python-lib and spdx-tools");
        return;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/clients/sbom.py");
    let mut command = Command::new(python);
    let ended = command.arg(script).args(files).current_dir(sandbox.repo()).output().unwrap();
    let said = String::from_utf8_lossy(&ended.stdout).into_owned();
    let complained = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{said}{complained}");
}

/// Reads a JSON file of the repository.
pub(crate) fn json(sandbox: &Sandbox, file: &str) -> Value {
    serde_json::from_str(&sandbox.read(file)).unwrap()
}

#[test]
fn what_is_installed_is_an_sbom_and_nothing_is_judged() {
    let sandbox = Sandbox::new();
    let published = "Metadata-Version: 2.4\nVersion: 1.0\n";
    for (name, more) in [
        ("Gears", "License-Expression: GPL-3.0-only\nRequires-Dist: cogs>=1\n"),
        ("cogs", "License: BSD\n"),
    ] {
        let file = format!("site/{name}-1.0.dist-info/METADATA");
        sandbox.write(&file, &format!("{published}Name: {name}\n{more}"));
    }
    sandbox.write("requirements.txt", "open>=1\n");
    for (format, file) in [("cyclonedx", "cdx.json"), ("spdx", "spdx.json")] {
        let scan = ["scan", "licenses", "site", "requirements.txt", "--format", format];
        let ended = sandbox.command(scan).output().unwrap();
        assert_eq!(ended.status.code(), Some(0), "a license that is denied is listed too");
        sandbox.write(file, &String::from_utf8(ended.stdout).unwrap());
        let said = String::from_utf8(ended.stderr).unwrap();
        assert!(said.contains("not listed for certain: open: no exact version is given"), "{said}");
    }
    validate(&sandbox, &["cdx.json", "spdx.json"]);
    let document = json(&sandbox, "cdx.json");
    assert_eq!(document["metadata"]["component"]["name"], "site, requirements.txt");
    let licenses: Vec<&Value> =
        document["components"].as_array().unwrap().iter().map(|it| &it["licenses"][0]).collect();
    insta::assert_snapshot!(serde_json::to_string_pretty(&licenses).unwrap(), @r#"
    [
      {
        "license": {
          "name": "ambiguous license (BSD-2-Clause, or BSD-3-Clause, or BSD-4-Clause): license field may be any of BSD-2-Clause|BSD-3-Clause|BSD-4-Clause"
        }
      },
      {
        "acknowledgement": "declared",
        "expression": "GPL-3.0-only"
      },
      null
    ]
    "#);
    assert_eq!(document["compositions"][0]["aggregate"], "incomplete");
    assert_eq!(document["dependencies"][2]["dependsOn"][0], "pkg:pypi/cogs@1.0");

    // What was written is read back: the same packages under the same licenses.
    let judged = sandbox.command(["scan", "licenses", "--sbom", "spdx.json", "--json"]).output();
    let judged: Value = serde_json::from_slice(&judged.unwrap().stdout).unwrap();
    let of = |name: &str, field: &str| {
        let all = judged["packages"].as_array().unwrap();
        all.iter().find(|it| it["name"] == name).unwrap()[field].clone()
    };
    assert_eq!(
        (of("gears", "license"), of("gears", "state")),
        ("GPL-3.0-only".into(), "known".into())
    );
    assert_eq!(of("cogs", "state"), "unknown");

    let both = ["scan", "licenses", "site", "--format", "spdx", "--policy", "none.yaml"];
    insta::assert_snapshot!(sandbox.plimsoll(both), @r"
    exit code: 2
    --- stderr
    error: an SBOM judges nothing, lists packages alone, and has no NOTICE beside it
    hint: leave out `--policy`, `--waivers`, `--notice` and `--files`, or `--format`
    ");
    assert_eq!(
        sandbox.plimsoll(["scan", "licenses", "site", "--format", "spdx", "--json"]).code,
        Some(2)
    );
}
