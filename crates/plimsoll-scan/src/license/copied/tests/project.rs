//! A repository as there are many: its own files, and some that came from elsewhere.

use std::collections::BTreeSet;
use std::fs;

use super::identifier;
use crate::license::copied::{Tree, walk};

const OWN: &str = "Copyright (c) 2024 Acme GmbH";

fn mit(holder: &str) -> String {
    let text = spdx::license_id("MIT").unwrap().text();
    format!("MIT License\n\n{holder}\n\n{}", &text[text.find("Permission").unwrap()..])
}

fn apache_header(mark: &str) -> String {
    let apache = spdx::license_id("Apache-2.0").unwrap().text();
    let notice = &apache[apache.rfind("Licensed under the Apache").unwrap()..];
    let lines: Vec<String> = notice.lines().map(|line| format!("{mark} {}", line.trim())).collect();
    format!("{mark} Copyright 2018 The Gears Authors\n{mark}\n{}\n", lines.join("\n"))
}

/// Writes the files, looks at them, and returns `PATH:LINE LICENSE (FILES)` of what comes from others.
fn tree(files: &[(&str, &str)]) -> (Tree, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let tree = walk(folder.path(), &BTreeSet::new()).unwrap();
    let show = |it: &crate::license::Copied| {
        let license = it.license().map_or_else(|| it.terms.state.to_string(), ToString::to_string);
        let cell = it.cell.map(|cell| format!("[{cell}]")).unwrap_or_default();
        format!("{}{cell}:{} {license} ({})", it.path, it.line, it.files)
    };
    let shown = tree.found.iter().map(show).collect();
    (tree, shown)
}

#[test]
fn what_others_made_is_told_from_what_the_project_made() {
    let own = mit(OWN);
    let own_header = format!("# {OWN}\n# Licensed under the MIT License.\nimport os\n");
    let apache = apache_header("#");
    let gears = mit("Copyright (c) 2015 Gears Inc");
    let gpl = spdx::license_id("GPL-3.0-only").unwrap().text();
    let isc = format!("// {}\nint a;\n", identifier("ISC"));
    let notebook = serde_json::json!({ "cells": [
        { "cell_type": "markdown", "source": "# Forecasts\nThis notebook is about wheels." },
        { "cell_type": "code", "source": ["#@title Copyright\n", "# Licensed under the Apache License, Version 2.0\n"] },
    ] });
    let notebook = notebook.to_string();
    let identified = format!("# {}\n", identifier("MIT"));
    let (tree, found) = tree(&[
        // The project's own.
        ("LICENSE", &own),
        ("README.md", "# Bikes\n\nNo part of it is licensed under the GPL.\n\n## License\n\nMIT\n"),
        ("pyproject.toml", "[project]\nname = 'bikes'\nlicense = 'MIT'\n"),
        ("train.py", &own_header),
        ("split.py", &identified),
        ("serve.py", "import json\n"),
        ("docs/index.md", "This project is licensed under the MIT License.\n"),
        ("docs/dependencies.md", "numpy is released under the BSD license, gears under the GPL.\n"),
        ("data/rows.csv", "a,b\n1,licensed under the GPL\n"),
        ("packages/core/LICENSE", &own),
        ("packages/core/package.json", "{ \"license\": \"MIT\" }"),
        // What came from elsewhere.
        ("src/layers.py", &apache),
        ("src/optimizer.py", &apache),
        ("src/list.c", &isc),
        ("src/claimed.py", "# Copyright 2019 Cogs Ltd. All rights reserved.\nimport os\n"),
        (
            "src/like.go",
            "// Copyright 2014 The Wheel Authors\n// Use of this is governed by a BSD-style license.\n",
        ),
        ("vendor/gears/LICENSE", &gears),
        ("vendor/gears/gear.py", &identified),
        ("vendor/gears/odd.py", &apache),
        ("vendor/plain/wheel.py", &identified),
        ("third_party/solver/COPYING", gpl),
        ("third_party/solver/solve.c", "/* This file is distributed under the GPL v3. */\n"),
        ("third_party/readme/README.md", "# Cogs\n\n## License\n\nBSD-3-Clause\n"),
        ("notebooks/forecast.ipynb", &notebook),
        ("LICENSE-THIRD-PARTY.txt", &gears),
    ]);
    assert_eq!(
        found,
        [
            "LICENSE-THIRD-PARTY.txt:1 MIT (1)",
            "notebooks/forecast.ipynb[2]:2 Apache-2.0 (1)",
            "src/claimed.py:1 unknown (1)",
            "src/layers.py:3 Apache-2.0 (1)",
            "src/like.go:2 ambiguous (1)",
            "src/list.c:1 ISC (1)",
            "src/optimizer.py:3 Apache-2.0 (1)",
            "third_party/readme/README.md:3 BSD-3-Clause (1)",
            "third_party/solver/COPYING:1 GPL-3.0-only (2)",
            "vendor/gears/LICENSE:1 MIT (2)",
            "vendor/gears/odd.py:3 Apache-2.0 (1)",
            "vendor/plain/wheel.py:1 MIT (1)",
        ]
    );
    assert_eq!(tree.own.license.as_ref().unwrap().to_string(), "MIT");
    let sources: Vec<&str> = tree.own.sources.iter().map(|it| it.source.as_str()).collect();
    assert_eq!(sources, ["LICENSE", "README.md", "pyproject.toml"]);
    assert_eq!((tree.files, tree.own_files), (25, 4));
    let header = tree.found.iter().find(|it| it.path == "src/layers.py").unwrap();
    assert_eq!(header.published.text.as_deref(), Some("Copyright 2018 The Gears Authors"));
    assert!(header.matched.starts_with("Licensed under the Apache License"), "{}", header.matched);
}

#[test]
fn a_license_that_the_project_has_too_is_told_by_who_holds_it() {
    let theirs = "# Copyright 2011 Gears Inc\n# Licensed under the MIT License.\n";
    let (_, found) = tree(&[("LICENSE", &mit(OWN)), ("a.py", theirs)]);
    assert_eq!(found, ["a.py:2 MIT (1)"]);
    // Where nobody is known to hold the project it cannot be told.
    let (_, found) = tree(&[("package.json", "{\"license\": \"MIT\"}"), ("a.py", theirs)]);
    assert_eq!(found, [""; 0]);
    // A project of somebody's own terms.
    let own = "Copyright (c) 2024 Acme GmbH. All rights reserved.\n\nFor Acme's use only.\n";
    let header =
        "# Copyright 2024 Acme GmbH\n# Proprietary and confidential; copying needs a license.\n";
    let (_, found) = tree(&[("LICENSE", own), ("a.py", header), ("b.py", theirs)]);
    assert_eq!(found, ["b.py:2 MIT (1)"]);
}

#[test]
fn a_folder_is_judged_by_all_that_it_says() {
    let mit = mit("Copyright (c) 2015 Gears Inc");
    let apache = spdx::license_id("Apache-2.0").unwrap().text();
    let both = [("x/gears/LICENSE-MIT", mit.as_str()), ("x/gears/LICENSE-APACHE", apache)];
    // Two texts do not say whether one may be chosen; who declares the package does.
    assert_eq!(tree(&both).1, ["x/gears/LICENSE-APACHE:1 ambiguous (2)"]);
    let declared = ("x/gears/Cargo.toml", "[package]\nlicense = 'MIT OR Apache-2.0'\n");
    let (_, found) = tree(&[both[0], both[1], declared]);
    assert_eq!(found, ["x/gears/LICENSE-APACHE:1 MIT OR Apache-2.0 (3)"]);
    // Folders that only keep texts are about several things.
    let kept = [("licenses/MIT.txt", mit.as_str()), ("licenses/Apache-2.0.txt", apache)];
    let expected = ["licenses/Apache-2.0.txt:1 Apache-2.0 (1)", "licenses/MIT.txt:1 MIT (1)"];
    assert_eq!(tree(&kept).1, expected);
    assert_eq!(tree(&[("x/LICENSE", "Ask us.\n")]).1, ["x/LICENSE:1 unknown (1)"]);
    assert_eq!(tree(&[("x/LICENSE", "../../LICENSE")]).1, [""; 0]);
}

#[test]
fn what_the_own_license_file_holds_beside_the_license_comes_from_others() {
    let zlib = spdx::license_id("Zlib").unwrap().text();
    let text = format!("{}\n\n----\n\nThe folder z is of others:\n\n{zlib}\n", mit(OWN));
    let (tree, found) = tree(&[("LICENSE", &text)]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].ends_with("Zlib (1)"), "{found:?}");
    assert_eq!(tree.own.license.as_ref().unwrap().to_string(), "MIT");
}
