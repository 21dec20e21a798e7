//! Files of others that are found in a repository.

use serde_json::Value;

use crate::sandbox::Sandbox;

const SCAN: [&str; 4] = ["scan", "licenses", "--files", "."];

/// A repository under the MIT license with a notebook and two files of others.
fn repository() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("LICENSE", "MIT License\n\nCopyright (c) 2024 Acme GmbH\n\nPermission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the \"Software\"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:\n\nThe above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.\n\nTHE SOFTWARE IS PROVIDED \"AS IS\", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.\n");
    sandbox.write("README.md", "# Bikes\n\nNo part is licensed under the GPL.\n");
    sandbox.write("train.py", "# Licensed under the MIT License.\nimport os\n");
    sandbox.write(".gitignore", "build/\n");
    sandbox.write("build/out.py", "# Licensed under the GPL-3.0-only.\n");
    sandbox.write("src/a.py", &identified("Apache-2.0"));
    sandbox.write("src/b.py", &identified("Apache-2.0"));
    sandbox.write("vendor/solver/solve.c", &identified("GPL-3.0-only").replace('#', "//"));
    let cell = "# Licensed under CC-BY-NC-4.0\n";
    let notebook = serde_json::json!({ "cells": [{ "cell_type": "code", "source": cell }] });
    sandbox.write("forecast.ipynb", &notebook.to_string());
    sandbox
}

/// Taken apart, so that no tool takes this file for one under that license.
fn identified(license: &str) -> String {
    format!("# SPDX-License{}Identifier: {license}\nimport os\n", '-')
}

#[test]
fn what_others_made_is_told_and_judged() {
    let sandbox = repository();
    let ended = sandbox.plimsoll(SCAN);
    insta::assert_snapshot!(ended, @r"
    exit code: 1
    --- stdout
    .: 8 files, own license MIT by LICENSE, and 1 says the same; 1 not looked at

      verdict  copied                 license       rule
      deny     forecast.ipynb         CC-BY-NC-4.0  deny property `non-commercial`
      allow    src/ (2 files)         Apache-2.0    allow family `permissive`
      deny     vendor/solver/solve.c  GPL-3.0-only  deny family `strong-copyleft`
      error[license.denied] forecast.ipynb (cell 1) comes under CC-BY-NC-4.0: deny property `non-commercial`
          at forecast.ipynb
          next: remove it, or let its owner except `forecast.ipynb` with version blake3:ID in the policy
      error[license.denied] vendor/solver/solve.c comes under GPL-3.0-only: deny family `strong-copyleft`
          at vendor/solver/solve.c:1
          next: remove it, or let its owner except `vendor/solver/solve.c` with version blake3:ID in the policy

    block: of 0 packages and 4 copied files or folders 2 are allowed, 0 to be looked at, 2 denied (redistribute)
    ");
    // A folder is a repository: nothing says which packages there are.
    let ended = sandbox.plimsoll(["scan", "licenses", ".", "--intent", "internal"]);
    assert_eq!(ended.code, Some(1), "{ended}");
    assert!(ended.stdout.contains("license.review"), "{ended}");
    for named in [&["--files", "nothing"][..], &["--files", "train.py"], &["--files", "."]] {
        let sbom = ["--format", "spdx"];
        let more = if named[1] == "." { &sbom[..] } else { &[] };
        let ended = sandbox.plimsoll([&["scan", "licenses"], named, more].concat());
        assert_eq!(ended.code, Some(2), "{ended}");
    }
}

#[test]
fn what_was_looked_at_is_excepted_by_its_path_and_digest() {
    let sandbox = repository();
    let document = |arguments: &[&str], code| -> Value {
        // As it is: what people see is shortened.
        let output =
            sandbox.command([&SCAN[..], arguments, &["--json"]].concat()).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let found = document(&[], 1);
    let digest = found["copied"][3]["digest"].as_str().unwrap();
    assert_eq!(found["copied"][3]["path"], "vendor/solver/solve.c");
    let exception = |version: &str| {
        format!(
            "extends: default\nexceptions:\n  - {{ package: vendor/solver/solve.c, {version}license: GPL-3.0-only, owner: ada, reason: a tool, expires: 2999-12-31 }}\n"
        )
    };
    let verdict = |policy: &str, code| {
        sandbox.write("policy.yaml", policy);
        let found = document(&["--policy", "policy.yaml"], code);
        found["copied"][3]["verdict"].as_str().unwrap().to_owned()
    };
    // Without the digest another text could stand there tomorrow.
    assert_eq!(verdict(&exception(""), 1), "deny");
    assert_eq!(verdict(&exception(&format!("version: '{digest}', ")), 1), "allow");

    // A waiver names the same, whatever the policy says; the notebook needs one too.
    let waivers: Vec<String> = found["findings"].as_array().unwrap().iter().map(waiver).collect();
    sandbox.write("waivers.yaml", &format!("waivers:\n{}", waivers.concat()));
    let waived = document(&["--waivers", "waivers.yaml"], 0);
    assert_eq!(waived["waived"].as_array().unwrap().len(), 2);
    sandbox.write("vendor/solver/solve.c", &format!("{}\n", identified("GPL-3.0-only")));
    let changed = document(&["--waivers", "waivers.yaml"], 1);
    assert_eq!(changed["findings"][0]["code"], "license.denied");
}

fn waiver(finding: &Value) -> String {
    let (code, subject) = (finding["code"].as_str().unwrap(), finding["subject"].as_str().unwrap());
    format!(
        "  - {{ finding: {code}, subject: '{subject}', owner: ada, reason: seen, expires: 2999-12-31 }}\n"
    )
}

#[test]
fn findings_stand_at_their_lines_and_in_the_notice() {
    let sandbox = repository();
    let sarif = sandbox.plimsoll([&SCAN[..], &["--format", "sarif"]].concat());
    let sarif: Value = serde_json::from_str(&sarif.stdout).unwrap();
    let places: Vec<&Value> = sarif["runs"][0]["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| &result["locations"][0]["physicalLocation"])
        .collect();
    assert_eq!(places[0]["artifactLocation"]["uri"], "forecast.ipynb");
    assert_eq!(places[1]["artifactLocation"]["uri"], "vendor/solver/solve.c");
    assert_eq!(places[1]["region"]["startLine"], 1);

    sandbox.plimsoll([&SCAN[..], &["--notice", "third"]].concat());
    let notice = sandbox.read("third/NOTICE");
    for line in [
        "Made with 3 parts of others.",
        "src/a.py and 1 more file (copied into the repository)",
        "vendor/solver/solve.c (copied into the repository)\n",
        "License: GPL-3.0-only\n",
    ] {
        assert!(notice.contains(line), "{notice}");
    }
    let texts = std::fs::read_dir(sandbox.repo().join("third/licenses")).unwrap();
    assert_eq!(texts.count(), 3);
}
