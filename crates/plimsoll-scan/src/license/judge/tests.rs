use super::*;
use crate::package::{LicenseFile, Published};

fn package(name: &str, published: Published) -> Package {
    let place = Place { path: "requirements.txt".to_owned(), line: Some(3) };
    let mut package = Package::new(Ecosystem::PyPI, name, Some("1.0".to_owned()), place);
    package.published = published;
    package
}

fn expression(license: &str) -> Published {
    Published { expression: Some(license.to_owned()), ..Published::default() }
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn exception(text: &str) -> Policy {
    let text = format!(r#"{{"exceptions": [{text}]}}"#);
    let over: Policy = serde_json::from_str(&text).unwrap();
    Policy::default_for(Intent::Redistribute).overlaid(over)
}

fn judged(policy: &Policy, published: Published) -> JudgedPackage {
    let court = Court { policy, intent: Intent::Redistribute, today: day("2026-06-15") };
    court.judge_packages(&[package("widget", published)]).remove(0)
}

#[test]
fn a_package_is_shown_with_everything_that_decided() {
    let policy = Policy::default_for(Intent::Redistribute);
    let found = judged(&policy, expression("GPL-2.0+ OR MIT"));
    insta::assert_snapshot!(serde_json::to_string_pretty(&found).unwrap(), @r#"
    {
      "name": "widget",
      "version": "1.0",
      "ecosystem": "PyPI",
      "license": "GPL-2.0-or-later OR MIT",
      "state": "known",
      "verdict": "allow",
      "chosen": "MIT",
      "rule": "allow family `permissive`",
      "confidence": "high",
      "candidates": [],
      "reason": "a license expression was published",
      "sources": [
        {
          "source": "expression",
          "says": "GPL-2.0-or-later OR MIT"
        }
      ],
      "bundled": [],
      "exception": null,
      "next": null,
      "dependency": "unknown",
      "through": [],
      "path": "requirements.txt",
      "line": 3
    }
    "#);
}

#[test]
fn what_is_not_known_is_denied() {
    let policy = Policy::default_for(Intent::Internal);
    for published in [
        Published::default(),
        expression("BSD"),
        expression("SEE LICENSE IN LICENSE.txt"),
        Published { text: Some("GPL".to_owned()), ..Published::default() },
    ] {
        let found = judged(&policy, published);
        assert_eq!(found.verdict, Verdict::Deny, "{found:?}");
        assert!(found.license.is_none() && found.next.is_some());
    }
}

#[test]
fn an_exception_names_exactly_what_was_looked_at() {
    let valid = r#"{"package": "widget", "version": "1.0", "license": "BSD-3-Clause", "owner": "legal", "reason": "looked at", "expires": "2026-12-31"}"#;
    let found = judged(&exception(valid), expression("BSD"));
    assert_eq!(found.verdict, Verdict::Allow, "{found:?}");
    assert_eq!(found.state, State::Ambiguous);
    assert_eq!(found.chosen.unwrap().to_string(), "BSD-3-Clause");
    for (from, to) in [
        ("widget", "gadget"),
        ("\"1.0\"", "\"1.1\""),
        ("BSD-3-Clause", "MIT"),
        ("2026-12-31", "2026-06-14"),
        ("\"version\": \"1.0\", ", ""),
        ("\"owner\"", "\"scope\": [\"service\"], \"owner\""),
        ("\"owner\"", "\"ecosystem\": \"npm\", \"owner\""),
    ] {
        let found = judged(&exception(&valid.replace(from, to)), expression("BSD"));
        assert_eq!(found.verdict, Verdict::Deny, "{to}");
    }
    let known = valid.replace("BSD-3-Clause", "GPL-3.0-only");
    assert_eq!(judged(&exception(&known), expression("GPL-3.0-only")).verdict, Verdict::Allow);
    // Its license changed since.
    assert_eq!(judged(&exception(&known), expression("AGPL-3.0-only")).verdict, Verdict::Deny);
    let expired = judged(&exception(&valid.replace("2026-12-31", "2026-06-14")), expression("BSD"));
    assert!(expired.next.unwrap().contains("ended on 2026-06-14"));
    assert_eq!(
        judged(&exception(&valid.replace("2026-12-31", "2026-06-15")), expression("BSD")).verdict,
        Verdict::Allow
    );
}

#[test]
fn what_comes_along_under_other_terms_is_looked_at() {
    let policy = Policy::default_for(Intent::Redistribute);
    let file = |name: &str, id: &str| LicenseFile {
        name: name.to_owned(),
        text: Some(spdx::license_id(id).unwrap().text().to_owned()),
    };
    let files = vec![file("LICENSE", "MIT"), file("vendor/gnu/COPYING", "GPL-3.0-only")];
    let found = judged(&policy, Published { files, ..expression("MIT") });
    assert_eq!(found.verdict, Verdict::Review);
    assert_eq!(found.rule, "review what comes along: GPL-3.0-only in vendor/gnu/COPYING:1");
    let files = vec![file("LICENSE", "MIT"), file("vendor/z/LICENSE", "Zlib")];
    assert_eq!(judged(&policy, Published { files, ..expression("MIT") }).verdict, Verdict::Allow);
    // The runtime of a compiler, with the exception that lets programs of any terms use it.
    let exception = spdx::exception_id("GCC-exception-3.1").unwrap().text();
    let mut several = file("LICENSE", "MIT");
    several.text = several.text.map(|text| format!("{text}\n\nlibgomp:\n\n{exception}"));
    let found = judged(&policy, Published { files: vec![several], ..expression("MIT") });
    assert_eq!((found.verdict, found.bundled.len()), (Verdict::Allow, 1), "{:?}", found.bundled);
    // The license file says something else than the metadata.
    let files = vec![file("LICENSE", "AGPL-3.0-only")];
    let found = judged(&policy, Published { files, ..expression("MIT") });
    assert_eq!((found.state, found.verdict), (State::Ambiguous, Verdict::Deny));
    // A clause was put below it.
    let mut clause = file("LICENSE", "MIT");
    clause.text = clause.text.map(|text| text + "\n\"Commons Clause\" License Condition v1.0\n");
    let found = judged(&policy, Published { files: vec![clause], ..expression("MIT") });
    assert_eq!((found.state, found.verdict), (State::Ambiguous, Verdict::Deny));
}

#[test]
fn a_package_is_judged_by_how_it_came() {
    let named = |name: &str, license: &str, asked: &[&str], needs: &[&str]| {
        let mut package = package(name, expression(license));
        let needs = needs.iter().map(|name| crate::package::Required::any(name)).collect();
        package.locked = crate::package::Locked::of(Vec::new(), Some(needs));
        package.locked.asked_by = asked.iter().map(|by| (*by).to_owned()).collect();
        package
    };
    let packages = [
        named("a", "MIT", &["app"], &["b"]),
        named("b", "GPL-3.0-only", &[], &[]),
        named("c", "GPL-3.0-only", &["app"], &[]),
        named("stray", "GPL-3.0-only", &[], &[]),
    ];
    let said = |policy: &Policy| -> Vec<String> {
        let court = Court { policy, intent: Intent::Redistribute, today: day("2026-06-15") };
        let judged = court.judge_packages(&packages);
        judged.iter().map(|it| format!("{} {}", it.name, it.rule)).collect()
    };
    let usual = Policy::default_for(Intent::Redistribute);
    assert_eq!(said(&usual)[1], "b deny family `strong-copyleft`");
    let over = r#"{"transitive": {"allow": {"families": ["strong-copyleft"]}}}"#;
    assert_eq!(
        said(&usual.overlaid(serde_json::from_str(over).unwrap())),
        [
            "a allow family `permissive`",
            "b allow family `strong-copyleft` (transitive)",
            "c deny family `strong-copyleft`",
            "stray deny family `strong-copyleft` (held for direct, as nothing tells who needs it)",
        ]
    );
}
