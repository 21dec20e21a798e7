use std::fs;
use std::path::Path;

use super::*;
use crate::license::expression::License;

/// Returns what a text is said to hold: `MIT + ISC`, `…` where one is cut short, `?` for words that belong to
/// none, `!` for such that limit.
fn said(text: &str) -> String {
    let identified = identify(text);
    let names = identified.found.iter().map(|one| {
        let cut = if one.is_cut { "…" } else { "" };
        format!("{}{}{cut}", one.candidates, one.exception.unwrap_or_default())
    });
    let mut said = names.collect::<Vec<_>>().join(" + ");
    for rest in &identified.rest {
        said += if rest.restricts { " !" } else { " ?" };
    }
    said
}

fn text_of(id: &str) -> &'static str {
    spdx::license_id(id).unwrap().text()
}

fn is_own(id: &str, text: &str) -> bool {
    let identified = identify(text);
    let expected = License::of(id);
    identified.parts().len() == 1 && identified.parts()[0].licenses().contains(&expected)
}

#[test]
fn licenses_that_resemble_each_other_are_told_apart() {
    for id in [
        "MIT",
        "MIT-0",
        "X11",
        "ISC",
        "0BSD",
        "JSON",
        "BSD-1-Clause",
        "BSD-2-Clause",
        "BSD-2-Clause-Patent",
        "BSD-3-Clause",
        "BSD-3-Clause-Clear",
        "BSD-3-Clause-LBNL",
        "BSD-4-Clause",
        "Apache-1.1",
        "Apache-2.0",
        "GPL-2.0-only",
        "GPL-3.0-only",
        "LGPL-2.0-only",
        "LGPL-2.1-only",
        "AGPL-3.0-only",
        "MPL-1.1",
        "MPL-2.0",
        "CC-BY-4.0",
        "CC-BY-NC-4.0",
        "CC-BY-NC-SA-4.0",
        "CC-BY-ND-4.0",
        "SSPL-1.0",
        "BUSL-1.1",
        "Elastic-2.0",
        "Zlib",
    ] {
        assert!(is_own(id, text_of(id)), "{id}: {}", said(text_of(id)));
    }
}

#[test]
fn every_text_of_the_list_is_its_own() {
    // These are two licenses at once, text of another one that a statement beside it makes different, or none.
    let no_own = [
        "Net-SNMP",
        "any-OSI",
        "any-OSI-perl-modules",
        "NOASSERTION",
        "LGPL-3.0-only",
        "LGPL-3.0-or-later",
        "MPL-2.0-no-copyleft-exception",
        "OFL-1.0-RFN",
        "OFL-1.0-no-RFN",
        "OFL-1.1-RFN",
        "OFL-1.1-no-RFN",
    ];
    let mut wrong = Vec::new();
    for (id, text) in spdx::text::LICENSE_TEXTS {
        let is_deprecated = spdx::license_id(id).is_none_or(spdx::LicenseId::is_deprecated);
        if !is_deprecated && !no_own.contains(id) && !is_own(id, text) {
            wrong.push(format!("{id}: {}", said(text)));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn texts_of_another_edition_of_the_list_are_told() {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/licences/spdx/text");
    let Ok(files) = fs::read_dir(folder) else {
        return; // the texts lie beside the project, and only there
    };
    let mut wrong = Vec::new();
    for file in files {
        let path = file.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let id = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = text.replace('\n', "\r\n");
        let is_told = match spdx::license_id(&id) {
            Some(license) if license.is_deprecated() => is_own(&format!("{id}-only"), &text),
            Some(_) => is_own(&id, &text),
            None => identify(&text).found.iter().any(|found| found.exception == Some(id.as_str())),
        };
        if !is_told {
            wrong.push(format!("{id}: {}", said(&text)));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_notice_is_found() {
    let templates = &corpus().templates;
    let notices = templates.iter().filter(|template| template.is_notice);
    let notices: Vec<String> = notices.map(|notice| notice.candidates.to_string()).collect();
    assert_eq!(
        notices,
        [
            "Apache-2.0",
            "MPL-2.0",
            "GPL-2.0-or-later",
            "GPL-3.0-or-later",
            "AGPL-3.0-or-later",
            "LGPL-2.0-or-later",
            "LGPL-2.1-or-later",
            "LGPL-3.0-or-later",
        ]
    );
}

#[test]
fn layout_names_and_comments_change_nothing() {
    let mit = text_of("MIT").replace(
        "<year> <copyright holders>",
        "2019-2024 Zoë Example, Inc. <zoe@example.com>\nAll rights reserved.",
    );
    assert_eq!(said(&mit), "MIT");
    let words: Vec<&str> = mit.split_whitespace().collect();
    let narrow: Vec<String> = words.chunks(3).map(|line| line.join(" ")).collect();
    assert_eq!(said(&narrow.join("\n # ")), "MIT");
    let comment: Vec<String> = mit.lines().map(|line| format!(" * {line}\r")).collect();
    assert_eq!(said(&comment.join("\n")), "MIT");
    let optional = mit.replace(
        "this permission notice shall",
        "this permission notice (including the next paragraph) shall",
    );
    assert_eq!(said(&optional), "MIT");
    let bsd = text_of("BSD-3-Clause")
        .replace("the copyright holder nor", "Acme Widgets Incorporated of Berlin nor");
    assert_eq!(said(&bsd), "BSD-3-Clause");
}

#[test]
fn several_licenses_in_one_file_are_all_found() {
    let text = format!(
        "This product bundles the following.\n\n{}\n\n----\n\nvendored/zlib:\n{}\n\nvendored/widget:\n{}",
        text_of("BSD-3-Clause"),
        text_of("Zlib"),
        text_of("MIT"),
    );
    assert_eq!(said(&text), "BSD-3-Clause + Zlib + MIT");
    let twice = format!("{}\n{}", text_of("ISC"), text_of("ISC"));
    assert_eq!(identify(&twice).parts().len(), 1);
    let softened = format!(
        "{}\n{}",
        text_of("GPL-3.0-only"),
        spdx::exception_id("GCC-exception-3.1").unwrap().text()
    );
    assert_eq!(
        identify(&softened).parts()[0].to_string(),
        "GPL-3.0-only WITH GCC-exception-3.1|GPL-3.0-or-later WITH GCC-exception-3.1"
    );
}

#[test]
fn what_was_added_is_never_swallowed() {
    let additions = [
        "The Software may not be used for commercial purposes.",
        "\"Commons Clause\" License Condition v1.0",
        "Use is limited to academic use only.",
        "Use by the military is prohibited.",
        "You must not use the Software to train machine learning models.",
        "Companies with more than 700 million monthly active users need a further license.",
        "The following additional terms apply.",
    ];
    for id in ["MIT", "BSD-3-Clause", "ISC"] {
        for addition in additions {
            for text in [
                format!("{}\n\n{addition}\n", text_of(id)),
                format!("{addition}\n\n{}", text_of(id)),
            ] {
                assert!(said(&text).ends_with('!'), "{id}, {addition}: {}", said(&text));
            }
        }
    }
}

#[test]
fn a_license_that_was_changed_inside_is_not_that_license() {
    for (id, from, to) in [
        ("MIT", "without restriction", "for non-commercial purposes"),
        ("MIT", "and/or sell", "but not sell"),
        ("MIT", "to any person", "to any person outside of the oil industry"),
        ("BSD-2-Clause", "are permitted provided", "are permitted for research purposes provided"),
        ("ISC", "for any purpose", "for any academic purpose"),
        ("Apache-2.0", "perpetual,", "revocable,"),
        ("Apache-2.0", "reproduce, prepare Derivative Works of,", "reproduce,"),
    ] {
        let text = text_of(id).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(from), "{id}, {from}");
        let changed = text.replacen(from, to, 1);
        assert_ne!(said(&changed), id, "{to}");
    }
}

#[test]
fn a_text_that_breaks_off_is_cut() {
    let text: String = text_of("BSD-3-Clause").chars().take(600).collect();
    let identified = identify(&text);
    assert!(identified.found.iter().all(|found| found.is_cut), "{}", said(&text));
    assert!(identified.parts()[0].licenses().contains(&License::of("BSD-3-Clause")));
}

#[test]
fn any_bytes_are_looked_at_in_bounded_time() {
    assert_eq!(said(""), "");
    assert_eq!(said("\u{0}\u{feff}()()()---"), "");
    let long = "permission is hereby granted free of charge ".repeat(2_000);
    assert!(identify(&long).found.is_empty());
    let copies = format!("{}\n", text_of("ISC")).repeat(40);
    assert_eq!(identify(&copies).found.len(), 40);
    assert!(identify(&" ".repeat(MAX_TEXT + 1)).is_too_long);
}
