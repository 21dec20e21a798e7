//! Prose that speaks of licenses, and is none.

use super::{identifier, said};

#[test]
fn a_readme_says_something_only_of_what_lies_beside_it() {
    let none: [&str; 0] = [];
    for text in [
        "# Tool\n\nDo not link it with code that is licensed under the GPL.\n",
        "The images are licensed under CC-BY-NC-4.0 by their authors.\n",
        "This project is not licensed under the AGPL.\n",
        "This tool finds files released under the GNU GPL v3 and others.\n",
        "We compared ours with a package distributed under the BSD license.\n",
        "## License\n\nSee the file LICENSE for details.\n",
        "Add this line:\n\n```python\n# Licensed under the MIT License\n```\n",
        "Write `SPDX-License-Identifier: MIT` at the top.\n",
        "## Licenses of others\n\nMIT and BSD are fine, GPL is not.\n",
    ] {
        assert_eq!(said("tool/README.md", text), none, "{text}");
    }
    for (text, expected) in [
        ("# Tool\n\nThis project is licensed under the MIT License - see LICENSE.\n", "3 MIT"),
        ("## License\n\nMIT\n", "1 MIT"),
        ("## License\n\n[ISC](LICENSE) © Ada\n", "1 ISC"),
        ("License\n=======\n\nApache-2.0\n", "1 Apache-2.0"),
        ("Licensed under the GNU GPL v3 or later.\n", "1 GPL-3.0-or-later"),
        ("Unless otherwise noted, all files are released under the zlib license.\n", "1 Zlib"),
        ("---\nlicense: llama3.1\ntags: [a]\n---\n# Model\n", "2 LicenseRef-Llama-3.1"),
        ("This code is in a folder of its own.\n\nLicense: BSD-3-Clause\n", "3 BSD-3-Clause"),
    ] {
        assert_eq!(said("tool/README.md", text), [expected], "{text}");
    }
}

#[test]
fn other_prose_says_something_only_by_whole_texts() {
    let none: [&str; 0] = [];
    for path in ["docs/guide.md", "notes.txt", "NOTICE", "docs/licensing.rst"] {
        let text = "This project is licensed under the MIT License. License: GPL-3.0-only\n";
        assert_eq!(said(path, text), none, "{path}");
        let mit = spdx::license_id("MIT").unwrap().text();
        assert_eq!(said(path, &format!("Contains wheels.\n\n{mit}")), ["3 MIT"], "{path}");
    }
    let marked = format!("<!-- {} -->\n# Guide\n", identifier("CC-BY-4.0"));
    assert_eq!(said("docs/guide.md", &marked), ["1 CC-BY-4.0"]);
}

#[test]
fn rows_and_settings_say_nothing() {
    let none: [&str; 0] = [];
    for (path, text) in [
        ("a.csv", "name,license\nx,licensed under the MIT license\n"),
        ("package-lock.json", "{\"packages\": {\"node_modules/x\": {\"license\": \"GPL-3.0\"}}}"),
        ("rows.jsonl", "{\"text\": \"License: GPL-3.0-only\"}\n"),
        ("conf.yml", "license: GPL-3.0-only\n"),
        ("plimsoll.yaml", "model: a\ndata:\n  t: { path: t.csv, license: CC-BY-NC-4.0 }\n"),
        ("a.py", "LICENSES = [\"MIT\", \"GPL-3.0-only\"]\nlicense = find()\n"),
        ("a.py", "print('This program is licensed under the MIT License')\n"),
        ("a.py", "TEXT = '''\n# Licensed under the MIT License\n'''\n"),
        ("a.rs", "const TEXT: &str = \"Licensed under the MIT License\";\n"),
    ] {
        assert_eq!(said(path, text), none, "{path} {text}");
    }
}
