mod project;
mod prose;

use std::fs;

use proptest::prelude::*;

use super::*;

fn said(path: &str, text: &str) -> Vec<String> {
    let show = |it: Copied| {
        let license = it.terms.license.as_ref();
        let what = license.map_or_else(|| it.terms.state.to_string(), ToString::to_string);
        format!("{} {what}", it.line)
    };
    look(path, text.as_bytes()).into_iter().map(show).collect()
}

fn identifier(expression: &str) -> String {
    format!("SPDX-License{}Identifier: {expression}", '-')
}

#[test]
fn an_identifier_is_read_in_any_comment() {
    for (before, after) in [
        ("# ", ""),
        ("// ", ""),
        ("/* ", " */"),
        ("<!-- ", " -->"),
        ("-- ", "\r"),
        ("(* ", " *)"),
        (" * ", ""),
    ] {
        let text = format!("#!/bin/sh\n{before}{}{after}\ncode\n", identifier("MIT OR Apache-2.0"));
        assert_eq!(said("a.txt", &text), ["2 MIT OR Apache-2.0"], "{text}");
    }
    assert_eq!(said("a.c", &format!("// {}\n", identifier("GPL-2.0"))), ["1 GPL-2.0-only"]);
    assert_eq!(said("a.c", &format!("// {}\n", identifier("BSD"))), ["1 unknown"]);
    let two =
        format!("# {}\nx\n# {}\n# {}\n", identifier("MIT"), identifier("ISC"), identifier("MIT"));
    assert_eq!(said("a.py", &two), ["1 MIT", "3 ISC"]);
    assert_eq!(said("a.py", &format!("mark = \"{}\"\n", identifier("MIT"))), Vec::<String>::new());
}

#[test]
fn notices_and_texts_in_comments_are_read() {
    let apache = spdx::license_id("Apache-2.0").unwrap().text();
    let notice = &apache[apache.rfind("Licensed under the Apache").unwrap()..];
    let comment: Vec<String> = notice.lines().map(|line| format!("# {line}")).collect();
    let text = format!("# Copyright 2020 Somebody\n#\n{}\n\nimport os\n", comment.join("\n"));
    assert_eq!(said("train.py", &text), ["3 Apache-2.0"]);
    let gpl = spdx::license_id("GPL-3.0-only").unwrap().text();
    let start = gpl.rfind("This program is free software").unwrap();
    let notice = &gpl[start..start + 700];
    assert_eq!(said("a.c", &format!("/*\n{notice}\n*/\nint main;\n")), ["2 GPL-3.0-or-later"]);
    let mit = spdx::license_id("MIT").unwrap().text();
    assert_eq!(said("a.js", &format!("/*\n{mit}\n*/\n")), ["2 MIT"]);
}

#[test]
fn sentences_that_name_a_license_are_read() {
    for (text, expected) in [
        ("# Licensed under the MIT license.\n", "1 MIT"),
        (
            "# Released under the terms of the GNU GPL v2 or later. See COPYING.\n",
            "1 GPL-2.0-or-later",
        ),
        (
            "// This file is distributed under the 3-clause BSD\n// License. See LICENSE.TXT for details.\n",
            "1 BSD-3-Clause",
        ),
        (
            "// Licensed under the Apache License (Version 2.0), or the MIT license.\n",
            "1 Apache-2.0 OR MIT",
        ),
        (
            "# This project is dual-licensed under the Unlicense and MIT licenses.\n",
            "1 Unlicense OR MIT",
        ),
        ("# distributed under the BSD license\n", "1 ambiguous"),
        (
            "# This file is dual licensed under the terms of the Apache License, Version\n# 2.0, and the BSD License.\n",
            "1 Apache-2.0",
        ),
        ("# License: BSD 3 clause\n", "1 BSD-3-Clause"),
        ("# This work is released into the public domain.\n", "1 LicenseRef-Public-Domain"),
        ("\"\"\"Wheels.\n\n:license: MIT, see LICENSE for details.\n\"\"\"\n", "3 MIT"),
        ("__license__ = 'ISC'\n", "1 ISC"),
        (
            "# Unauthorized copying of this file is strictly prohibited. License on request.\n",
            "1 unknown",
        ),
    ] {
        assert_eq!(said("a.py", text), [expected], "{text}");
    }
    let rust = "// Licensed under the Apache License, Version 2.0 <LICENSE-APACHE or\n// https://www.apache.org/licenses/LICENSE-2.0> or the MIT license\n// <LICENSE-MIT or https://opensource.org/licenses/MIT>, at your\n// option. This file may not be copied.\n";
    assert_eq!(said("a.rs", rust), ["1 Apache-2.0 OR MIT"]);
    assert_eq!(
        said("Cargo.toml", "[package]\nlicense = \"MIT OR Apache-2.0\"\n"),
        ["2 MIT OR Apache-2.0"]
    );
    assert_eq!(said("README.md", "Released under the ISC license.\n"), ["1 ISC"]);
    for text in [
        "# It is not licensed under the GPL v3.\n",
        "text = \"licensed under the MIT license\"\n",
        "import os\n",
        "# see the license\n",
        "print('licensed under what?')\n",
        "",
    ] {
        assert_eq!(said("a.py", text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn license_files_are_what_they_say() {
    let mit = spdx::license_id("MIT").unwrap().text();
    for path in [
        "vendor/x/LICENSE",
        "COPYING.txt",
        "licence.md",
        "LICENSE-MIT",
        "LICENSE.MIT",
        "logo.png.license",
    ] {
        assert_eq!(said(path, mit), ["1 MIT"], "{path}");
    }
    assert_eq!(said("logo.png.license", &identifier("CC-BY-4.0")), ["1 CC-BY-4.0"]);
    assert_eq!(said("LICENSE", "All rights reserved by us.\n"), ["1 unknown"]);
    assert_eq!(said("license.rs", "fn main() {}\n"), Vec::<String>::new());
}

#[test]
fn cells_of_notebooks_are_looked_at() {
    let notebook = serde_json::json!({
        "cells": [
            {"cell_type": "markdown", "source": "# A title"},
            {"cell_type": "code", "source": ["import os\n", format!("# {}\n", identifier("CC-BY-NC-4.0"))], "outputs": []},
        ],
        "nbformat": 4
    });
    let found = look("a.ipynb", notebook.to_string().as_bytes());
    assert_eq!((found[0].cell, found[0].line), (Some(2), 2));
    assert_eq!(found[0].license().unwrap().to_string(), "CC-BY-NC-4.0");
    for text in ["{\"cells\": [", "{\"cells\": 3}", "{\"cells\": [], \"cells\": []}"] {
        assert_eq!(look("a.ipynb", text.as_bytes())[0].terms.state, State::Unknown, "{text}");
    }
}

#[test]
fn bytes_that_are_no_text_say_nothing() {
    assert!(look("LICENSE", b"\x7fELF\0license").is_empty());
    let wide: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(format!("// {}\n", identifier("MIT")).encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    assert_eq!(look("a.c", &wide)[0].license().unwrap().to_string(), "MIT");
}

#[test]
fn a_folder_is_walked_without_leaving_it() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("repository");
    let write = |path: &str, text: &str| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("src/b.py", &format!("# {}\n", identifier("ISC")));
    write("src/a.py", &format!("# {}\n", identifier("MIT")));
    write(".git/config", &format!("# {}\n", identifier("GPL-3.0-only")));
    write("env/pyvenv.cfg", "home = /usr\n");
    fs::write(folder.path().join("outside"), format!("# {}\n", identifier("GPL-3.0-only")))
        .unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("../outside", root.join("link")).unwrap();
    write(".gitignore", "/build\n*.tmp.py\n!kept.tmp.py\n");
    for path in ["build/c.py", "src/d.tmp.py", "src/kept.tmp.py"] {
        write(path, &format!("# {}\n", identifier("Zlib")));
    }
    let none = BTreeSet::new();
    let tree = walk(&root, &none).unwrap();
    let paths = |tree: &Tree| tree.found.iter().map(|it| it.path.clone()).collect::<Vec<_>>();
    assert_eq!(paths(&tree), ["src/a.py", "src/b.py", "src/kept.tmp.py"]);
    let skipped: Vec<&str> = tree.skipped.iter().map(|it| it.path.as_str()).collect();
    let mut expected = vec![".git", "build", "env", "link", "src/d.tmp.py"];
    expected.retain(|path| cfg!(unix) || *path != "link");
    assert_eq!(skipped, expected);
    // What is shipped is looked at in any case.
    let seen = BTreeSet::from(["build/c.py".to_owned(), "src/a.py".to_owned()]);
    let more = walk(&root, &seen).unwrap();
    assert_eq!(paths(&more), ["build/c.py", "src/a.py", "src/b.py", "src/kept.tmp.py"]);
    assert_ne!(tree.digest, more.digest);
    assert!(walk(&root.join("nothing"), &none).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_is_looked_at(
        text in "(licensed under |the |MIT|GPL|v2|[+]|or |and |license|Copyright|Format: copyright-format|License:|Files:|\\n|[(]|[)]|,|é|\\.|.){0,60}"
    ) {
        for path in ["a.py", "LICENSE", "a.ipynb", "README.md", "a.toml"] {
            look(path, text.as_bytes());
        }
        let file = |name: &str| LicenseFile { name: name.to_owned(), text: Some(text.clone()) };
        let published = Published {
            expression: Some(text.clone()),
            text: Some(text.clone()),
            classifiers: vec![format!("License :: {text}")],
            files: vec![file("LICENSE"), file("vendor/x/LICENSE")],
        };
        Terms::of(&published);
        Terms::of(&Published { files: vec![file("copyright")], ..Published::default() });
    }
}
