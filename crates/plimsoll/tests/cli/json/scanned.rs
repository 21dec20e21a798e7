//! Models, packages and licenses that are scanned, of inputs so small that they stand here.

use std::fmt::Write as _;

use serde_json::Value;

use super::scene::Scene;
use crate::database::mirror::Mirror;
use crate::database::record;
use crate::scan::remote::debian_and_another;
use crate::scan::remote::liar::Liar;

/// An advisory that VEX answers for, one that a waiver does, one of a distribution, and one that is cut off.
const RECORDS: [(&str, &str); 4] = [
    (
        "PYSEC-2024-1.json",
        r#"{ "id": "PYSEC-2024-1", "modified": "2024-05-01T00:00:00Z", "aliases": ["CVE-2024-1"],
            "summary": "Widgets may be tipped over",
            "severity": [{ "type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" }],
            "affected": [{ "package": { "ecosystem": "PyPI", "name": "widgets" },
                "ranges": [{ "type": "ECOSYSTEM", "events": [{ "introduced": "0" }, { "fixed": "1.4" }] }] }],
            "references": [{ "type": "WEB", "url": "https://example.org/widgets" }] }"#,
    ),
    (
        "PYSEC-2024-2.json",
        r#"{ "id": "PYSEC-2024-2", "modified": "2024-05-02T00:00:00Z", "summary": "Widgets may rust",
            "affected": [{ "package": { "ecosystem": "PyPI", "name": "widgets" },
                "ranges": [{ "type": "ECOSYSTEM", "events": [{ "introduced": "0" }] }] }] }"#,
    ),
    (
        "DSA-1-1.json",
        r#"{ "id": "DSA-1-1", "modified": "2024-05-03T00:00:00Z", "summary": "gears",
            "upstream": ["CVE-2024-3", "CVE-2024-4"],
            "affected": [{ "package": { "ecosystem": "Debian:12", "name": "gears" },
                "ranges": [{ "type": "ECOSYSTEM", "events": [{ "introduced": "0" }, { "fixed": "2.0-1" }] }] }] }"#,
    ),
    ("PYSEC-2024-9.json", r#"{ "id": "#),
];

const REQUIREMENTS: &str = "widgets==1.0\nnumpy>=1.26\n-e ./own\n";

/// A package that was built from another one, and one of an ecosystem without advisories.
const SBOM: &str = r#"{ "bomFormat": "CycloneDX", "specVersion": "1.5", "components": [
    { "type": "library", "name": "libgears", "version": "1.0-1",
      "purl": "pkg:deb/debian/libgears@1.0-1?distro=debian-12&upstream=gears" },
    { "type": "library", "name": "levers", "version": "1.0.0", "purl": "pkg:npm/levers@1.0.0" }
] }"#;

const VEX: &str = r#"{ "@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://example.org/vex/1",
    "author": "ada", "timestamp": "2024-06-01T00:00:00Z", "version": 1,
    "statements": [{ "vulnerability": { "name": "CVE-2024-1" },
        "products": [{ "@id": "pkg:pypi/widgets@1.0" }], "status": "not_affected",
        "justification": "vulnerable_code_not_in_execute_path", "impact_statement": "nobody tips it" }] }"#;

const WAIVERS: &str = "\
waivers:
  - finding: vulnerability.advisory
    subject: PYSEC-2024-2 in widgets 1.0
    owner: ada
    reason: they are indoors
    expires: 2999-12-31
";

/// What is published of each package: a license, several that may be meant, one that is denied, none.
const PACKAGES: [(&str, &str); 4] = [
    ("widgets", "License-Expression: MIT OR GPL-2.0-only\n"),
    ("cogs", "License: BSD License\n"),
    ("gears", "License-Expression: GPL-3.0-only\n"),
    ("levers", "License-Expression: MIT\nLicense-File: vendor/LICENSE\n"),
];

const POLICY: &str = "\
allow: { families: [public-domain, permissive, weak-copyleft] }
deny: { families: [strong-copyleft] }
exceptions:
  - package: gears
    ecosystem: PyPI
    version: '1.0'
    license: GPL-3.0-only
    scope: [service]
    owner: ada
    reason: only its command line is called
    expires: 2999-12-31
";

/// Everything that is scanned, and the database that it is held against.
pub(super) fn scans(scene: &mut Scene) {
    models(scene);
    vulnerabilities(scene);
    licenses(scene);
}

/// Pickles that act, that name what nobody knows and that say nothing, and one within an archive.
fn models(scene: &mut Scene) {
    let acts = "cos\nsystem\n(S'echo hello'\ntR.";
    scene.sandbox.write("scanned/models/acts.pkl", acts);
    scene.sandbox.write("scanned/models/nothing.pkl", "N.");
    scene.sandbox.write("scanned/models/packed.tar", &tar("data.pkl", acts));
    let mut many = String::new();
    for name in 0..120 {
        _ = write!(many, "cos\nf{name}\n0");
    }
    scene.sandbox.write("scanned/models/many.pkl", &(many + "N."));
    scene.sandbox.write("scanned/odd.pkl", "cmy_lib.parts\nMake\n)R.");

    let found = scene.json(&["scan", "model", "scanned/models"], 1);
    assert_eq!(found["verdict"], "block");
    assert_eq!(each(&found["files"], "verdict"), ["unsafe", "unsafe", "safe", "unsafe"]);
    assert_eq!(found["files"][1]["more"], 20, "{found}");
    assert_eq!(found["files"][3]["findings"][0]["member"], "data.pkl");

    let array = "\u{1}\0v\0{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }";
    let array = [b"\x93NUMPY", format!("{array:<122}").as_bytes(), b"ab"].concat();
    std::fs::write(scene.sandbox.repo().join("scanned/array.npy"), array).unwrap();
    let converted = scene
        .json(&["scan", "model", "--convert", "scanned/array.npy", "scanned/models/acts.pkl"], 1);
    assert_eq!(converted["conversions"][0]["to"], "scanned/array.safetensors", "{converted}");
    assert!(converted["conversions"][1]["next"].as_str().unwrap().starts_with("do not load it"));

    let odd = scene.json(&["scan", "model", "scanned/odd.pkl"], 1);
    let finding = &odd["files"][0]["findings"][0];
    assert_eq!(finding["verdict"], "unknown");
    assert_eq!(finding["global"], "my_lib.parts.Make");
    let (code, subject) = (finding["code"].as_str().unwrap(), finding["subject"].as_str().unwrap());
    let waiver = format!(
        "waivers:\n  - {{ finding: {code}, subject: '{subject}', owner: ada, reason: ours, expires: 2999-12-31 }}\n"
    );
    scene.sandbox.write("scanned/answered.yaml", &waiver);
    let arguments = ["scan", "model", "scanned/odd.pkl", "--waivers", "scanned/answered.yaml"];
    let passed = scene.json(&arguments, 0);
    assert_eq!(passed["verdict"], "pass");
    assert_eq!(each(&passed["files"], "verdict"), ["unknown"]);
}

/// Advisories that count, that are answered for and that cannot be read, and packages that cannot be judged.
fn vulnerabilities(scene: &mut Scene) {
    for (name, record) in RECORDS {
        scene.sandbox.write(&format!("scanned/records/{name}"), record);
    }
    scene.sandbox.write("scanned/records/README", "no record\n");
    scene.sandbox.write("scanned/requirements.txt", REQUIREMENTS);
    scene.sandbox.write("scanned/bom.json", SBOM);
    scene.sandbox.write("scanned/vex.json", VEX);
    scene.sandbox.write("scanned/waivers.yaml", WAIVERS);

    let made = scene.json(&["database", "update", "scanned/records"], 1);
    assert_eq!(made["advisories"], 3);
    assert_eq!(made["unreadable"], 1);
    assert_eq!(scene.json(&["database", "show"], 0)["digest"], made["digest"]);

    let scan =
        ["scan", "vulnerabilities", "scanned/requirements.txt", "--sbom", "scanned/bom.json"];
    let known =
        ["--vex", "scanned/vex.json", "--waivers", "scanned/waivers.yaml", "--max-age", "1"];
    let found = scene.json(&[&scan[..], &known].concat(), 1);
    assert_eq!(found["verdict"], "error");
    assert_eq!(found["not-audited"], serde_json::json!(["levers", "numpy"]));
    assert_eq!(each(&found["findings"], "state"), ["not-affected", "affected", "affected"]);
    assert_eq!(found["waived"][0]["finding"]["subject"], "PYSEC-2024-2 in widgets 1.0");
    let problems = ["vulnerability.unreadable-advisory", "vulnerability.old-database"];
    assert_eq!(each(&found["problems"], "code"), problems);

    // One that is fetched.
    let mirror = Mirror::new();
    mirror.put("npm", &[("GHSA-1", &record("GHSA-1", "npm", "levers", "2021-05-01"))]);
    let fetch = ["database", "update", "--ecosystem", "npm", "--from", &mirror.base];
    let fetched = scene.json(&[&fetch[..], &["--output", "scanned/fetched.db"]].concat(), 0);
    assert_eq!(fetched["age-days"], 0);

    // An image of a registry, under both of its names.
    let layout = debian_and_another();
    let honest = Liar::new(&layout, None);
    let image = format!("{}/bikes", honest.host);
    let of_image = scene
        .json(&["scan", "vulnerabilities", "--image", &image, "--database", "scanned/records"], 1);
    assert_eq!(of_image["sources"][0]["image"]["platform"], "linux/amd64");
    scene.json(&["scan", "licenses", "--image", &image], 1);

    // The record was cut off; as it is, it is about no package.
    let whole = r#"{ "id": "PYSEC-2024-9", "modified": "2024-05-01T00:00:00Z" }"#;
    scene.sandbox.write("scanned/records/PYSEC-2024-9.json", whole);
    scene.sandbox.write("scanned/mended.txt", "widgets==1.4\n");
    let mended = ["--requirements", "scanned/mended.txt", "--database", "scanned/records"];
    let mended = [&["scan", "vulnerabilities"][..], &mended].concat();
    let counted = scene.json(&mended, 1);
    assert_eq!(counted["verdict"], "block");
    assert_eq!(each(&counted["findings"], "id"), ["PYSEC-2024-2"]);
    let unfixed = scene.json(&[&mended[..], &["--ignore-unfixed"]].concat(), 0);
    assert_eq!(each(&unfixed["findings"], "state"), ["unfixed"]);
}

/// Licenses that are known, ambiguous, denied and excepted, and what comes along in a package.
fn licenses(scene: &mut Scene) {
    for (name, published) in PACKAGES {
        let head = format!("Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\n");
        let folder = format!("scanned/site/{name}-1.0.dist-info");
        scene.sandbox.write(&format!("{folder}/METADATA"), &(head + published));
    }
    scene.sandbox.write(
        "scanned/site/levers-1.0.dist-info/licenses/vendor/LICENSE",
        "Licensed under odd terms. You may not use this on Sundays or for profit.\n",
    );
    scene.sandbox.write("scanned/policy.yaml", POLICY);
    let scan = ["scan", "licenses", "scanned/site"];
    let usual = scene.json(&scan, 1);
    assert_eq!(each(&usual["packages"], "name"), ["cogs", "gears", "levers", "widgets"]);
    assert_eq!(each(&usual["packages"], "verdict"), ["deny", "deny", "review", "allow"]);
    let named =
        [&scan[..], &["scanned/requirements.txt", "--policy", "scanned/policy.yaml"]].concat();
    let excepted = scene.json(&[&named[..], &["--intent", "service"]].concat(), 1);
    assert_eq!(excepted["packages"][1]["exception"]["owner"], "ada", "{excepted}");
    assert_eq!(excepted["packages"][2]["bundled"][0]["file"], "vendor/LICENSE");
    assert_eq!(scene.json(&named, 1)["packages"][1]["verdict"], "deny");

    files(scene);

    // The policy in the documentation, whose exceptions end some day.
    let page = include_str!("../../../../../docs/src/concepts/licenses.md");
    let shown = page.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    scene.sandbox.write("scanned/shown.yaml", shown);
    let judged = scene.json(&[&scan[..], &["--policy", "scanned/shown.yaml"]].concat(), 1);
    assert_eq!(judged["packages"][2]["verdict"], "review");
}

/// Files that somebody else made, and what is excused of them.
fn files(scene: &mut Scene) {
    let marked = |license: &str| format!("# SPDX-License{}Identifier: {license}\n", '-');
    let cell = marked("CC-BY-NC-4.0");
    let notebook = serde_json::json!({ "cells": [{ "cell_type": "code", "source": cell }] });
    for (path, text) in [
        ("package.json", "{ \"license\": \"MIT\" }"),
        (".gitignore", "build\n"),
        ("build/a.py", ""),
        ("own.py", &marked("MIT")),
        ("theirs.py", &marked("GPL-3.0-only")),
        ("a.ipynb", &notebook.to_string()),
    ] {
        scene.sandbox.write(&format!("scanned/copied/{path}"), text);
    }
    let scan = ["scan", "licenses", "--files", "scanned/copied"];
    let found = scene.json(&scan, 1);
    assert_eq!(each(&found["copied"], "path"), ["a.ipynb", "theirs.py"]);
    assert_eq!(found["copied"][0]["cell"], 1);
    assert_eq!(found["folders"][0]["own"]["license"], "MIT");
    assert_eq!(found["folders"][0]["skipped"][0]["path"], "build");
    let subject = found["findings"][1]["subject"].as_str().unwrap();
    let waivers = format!(
        "waivers:\n  - {{ finding: license.denied, subject: '{subject}', owner: ada, reason: ours, expires: 2999-12-31 }}\n"
    );
    scene.sandbox.write("scanned/files.yaml", &waivers);
    let waived = scene.json(&[&scan[..], &["--waivers", "scanned/files.yaml"]].concat(), 1);
    assert_eq!(waived["waived"][0]["finding"]["subject"], subject);
}

/// Returns a field of each object of a list.
fn each<'v>(list: &'v Value, field: &str) -> Vec<&'v str> {
    list.as_array().unwrap().iter().map(|one| one[field].as_str().unwrap()).collect()
}

/// Returns an archive with one file that is no longer than a block.
fn tar(name: &str, content: &str) -> String {
    let (size, none) = (content.len(), "");
    let mut header = format!(
        "{name:\0<100}{none:\0<24}{size:011o}\0{none:\0<12}{none:8}0{none:\0<100}ustar\x0000"
    );
    let sum: u32 = header.bytes().map(u32::from).sum();
    header.replace_range(148..156, &format!("{sum:06o}\0 "));
    format!("{header:\0<512}{content:\0<512}{none:\0<1024}")
}
