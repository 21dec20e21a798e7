use super::*;
use crate::license::judge::Court;
use crate::license::policy::{Intent, Policy};
use crate::package::{Ecosystem, LicenseFile, Place};

fn package(name: &str, license: &str, files: &[(&str, &str)]) -> Package {
    let mut package = Package::new(Ecosystem::PyPI, name, Some("1.0".to_owned()), Place::default());
    package.published.expression = Some(license.to_owned());
    let file = |(name, text): &(&str, &str)| LicenseFile {
        name: (*name).to_owned(),
        text: Some((*text).to_owned()),
    };
    package.published.files = files.iter().map(file).collect();
    package
}

fn made(packages: &[Package]) -> Notice {
    let policy = Policy::default_for(Intent::Redistribute);
    let today = "2026-06-15".parse().unwrap();
    let court = Court { policy: &policy, intent: Intent::Redistribute, today };
    let judged = court.judge_packages(packages);
    notice("bike-demand 1.4.0", &Entry::pair(packages, &judged))
}

#[test]
fn a_notice_names_every_package_its_license_and_its_holders() {
    let zlib = format!("Copyright (c) 2001 Ada\n\n{}", spdx::license_id("Zlib").unwrap().text());
    let mit = "MIT License\n\nCopyright (c) 2020 Bo\r\n\u{1b}[31mred";
    let packages = [
        package("zed", "Zlib OR GPL-3.0-only", &[("LICENSE", &zlib)]),
        package(
            "Amber",
            "MIT",
            &[("LICENSE", mit), ("NOTICE", "Amber\nby Bo\n"), ("AUTHORS", "Bo")],
        ),
        package("bare", "ISC", &[]),
        package("own", "LicenseRef-Own", &[]),
        package("dark", "BSD", &[]),
    ];
    let found = made(&packages);
    insta::assert_snapshot!(found.text, @r#"
    bike-demand 1.4.0

    Made with 5 packages of others. The texts of their licenses are in the folder `licenses`.

    Amber 1.0 (PyPI)
    ----------------
    License: MIT
    Text: licenses/other-4a52ad885a06be52.txt
    Copyright (c) 2020 Bo

    NOTICE:
        Amber
        by Bo

    bare 1.0 (PyPI)
    ---------------
    License: ISC
    Text: licenses/ISC-aae5ebc619251090.txt (of the SPDX list: the package came without one)

    dark 1.0 (PyPI)
    ---------------
    License: ambiguous (expression may be any of BSD-2-Clause|BSD-3-Clause|BSD-4-Clause)
    Not allowed without a person's word: deny what is ambiguous
    Text: missing

    own 1.0 (PyPI)
    --------------
    License: LicenseRef-Own
    Not allowed without a person's word: deny otherwise (family `unclassified`)
    Text: missing

    zed 1.0 (PyPI)
    --------------
    License: Zlib OR GPL-3.0-only
    Used under: Zlib
    Text: licenses/Zlib-37a815f6a06275ae.txt
    Copyright (c) 2001 Ada
    "#);
    assert_eq!(found.missing, ["dark 1.0: its license is ambiguous", "own 1.0: LicenseRef-Own"]);
    let files: Vec<(&str, bool)> =
        found.texts.iter().map(|it| (it.file.as_str(), it.is_standard)).collect();
    let expected = [
        ("ISC-aae5ebc619251090.txt", true),
        ("Zlib-37a815f6a06275ae.txt", false),
        ("other-4a52ad885a06be52.txt", false),
    ];
    assert_eq!(files, expected);
    assert!(!found.texts.iter().any(|it| it.text.contains('\u{1b}') || it.text.contains('\r')));
    let reversed: Vec<Package> = packages.iter().rev().cloned().collect();
    assert_eq!(made(&reversed), found);
}

#[test]
fn a_text_that_came_with_several_is_there_once() {
    let text = spdx::license_id("MIT").unwrap().text();
    let packages =
        [package("a", "MIT", &[("LICENSE", text)]), package("b", "MIT", &[("LICENSE.txt", text)])];
    let found = made(&packages);
    assert_eq!(found.texts.len(), 1);
    let both: Vec<&str> = found.texts[0].packages.iter().map(String::as_str).collect();
    assert_eq!(both, ["a 1.0", "b 1.0"]);
    assert!(found.texts[0].file.starts_with("MIT-") && !found.texts[0].is_standard);
}
