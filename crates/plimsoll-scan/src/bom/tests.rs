mod shape;

use std::io::{self, Cursor};

use plimsoll_core::evidence::{self, Interval, Metric};
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::inventory::{self, Input, Inventory, Reading};
use crate::license::State;
use crate::package::{Ecosystem, FileHash, Locked, Place, Published, Required};

fn package(ecosystem: Ecosystem, name: &str, version: Option<&str>) -> Package {
    Package::new(ecosystem, name, version.map(str::to_owned), Place::default())
}

fn under(license: &str, mut package: Package) -> Component {
    package.published = Published { expression: Some(license.to_owned()), ..Published::default() };
    Component::of(package)
}

fn needing(needs: &[&str], mut component: Component) -> Component {
    let needs = needs.iter().map(|name| Required { name: (*name).to_owned(), version: None });
    component.package.locked = Locked::of(Vec::new(), Some(needs.collect()));
    component
}

fn bill(packages: Vec<Component>) -> Bill {
    Bill {
        of: Of::Packages("requirements.lock".to_owned()),
        datasets: Vec::new(),
        base_models: Vec::new(),
        packages,
        image: None,
        gaps: Vec::new(),
        tool: Tool { name: "plimsoll".to_owned(), version: "1.2.3".to_owned() },
        at: Timestamp::from_millis(1_700_000_000_000),
    }
}

fn part(metrics: Vec<evidence::Measured>) -> Part {
    Part { rows: 200, blocks: Some(20), condition: None, metrics }
}

fn measured(metric: Metric, value: Option<f64>) -> evidence::Measured {
    let interval = value.map(|value| Interval {
        low: value - 0.5,
        high: value + 0.5,
        level: 0.95,
        method: "block boot-t".to_owned(),
        approximate: None,
    });
    let reason = value.is_none().then(|| "there are no rows".to_owned());
    evidence::Measured { metric, value, interval, reason }
}

fn of_model() -> Bill {
    let model = Model {
        name: "bike-demand".to_owned(),
        version: "1.4.0".to_owned(),
        content: vec![Digest::blake3(b"model"), Digest::sha256(b"model")],
        license: Stated::declared(Some("Apache-2.0")),
        task: Task::Regression,
        owners: vec!["team-mobility".to_owned()],
        commit: Some("0a1b".to_owned()),
        inputs: vec![Passed { name: "temp".to_owned(), what: "number".to_owned() }],
        outputs: vec![Passed { name: "cnt".to_owned(), what: "float [?, 1]".to_owned() }],
        measured: vec![
            Measured { slice: None, part: part(vec![measured(Metric::Wape, Some(12.25))]) },
            Measured {
                slice: Some("evening".to_owned()),
                part: part(vec![measured(Metric::Wape, Some(20.5)), measured(Metric::R2, None)]),
            },
        ],
        limitations: vec!["worse on holidays".to_owned()],
        facts: [("run".to_owned(), "a1".to_owned())].into(),
    };
    let dataset = |name: &str, license, personal, uses: &[Use]| Dataset {
        name: name.to_owned(),
        digest: Digest::blake3(name.as_bytes()),
        bytes: 12,
        license: Stated::declared(license),
        source: Some("simulate.py".to_owned()),
        personal,
        uses: uses.iter().copied().collect(),
    };
    let both = [Use::Evaluation, Use::Training];
    Bill {
        of: Of::Model(Box::new(model)),
        datasets: vec![
            dataset("hourly", Some("gemma"), Some(PersonalData::Present), &both),
            dataset("days", None, None, &[]),
        ],
        base_models: vec![BaseModel {
            name: "org/base".to_owned(),
            version: None,
            source: None,
            digest: None,
            license: Stated::declared(Some("llama3.1")),
        }],
        image: Some(Image {
            name: "example.org/bike-demand:1.4.0".to_owned(),
            digest: Digest::sha256(b"image"),
        }),
        ..bill(vec![
            needing(
                &["numpy"],
                under("BSD-3-Clause", package(Ecosystem::PyPI, "scipy", Some("1.0"))),
            ),
            needing(&[], under("BSD-3-Clause", package(Ecosystem::PyPI, "NumPy", Some("2.0")))),
        ])
    }
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

fn read_back(bytes: &[u8]) -> Inventory {
    let mut include = |_: &str| Err(io::ErrorKind::NotFound.into());
    let how = Reading { told: None, include: &mut include, platform: None };
    inventory::read("bom.json", Input::File(&mut Cursor::new(bytes)), how).unwrap()
}

/// Returns what must come back: which packages there are, and under which license.
fn essence<'p>(packages: impl IntoIterator<Item = &'p Package>) -> Vec<String> {
    let mut shown: Vec<String> = packages
        .into_iter()
        .map(|package| {
            let license = Component::of(package.clone()).license;
            let license = license.known().map(ToString::to_string);
            format!("{} {}", package.purl(), license.unwrap_or_else(|| "not known".to_owned()))
        })
        .collect();
    shown.sort();
    shown.dedup();
    shown
}

fn various() -> Vec<Component> {
    let mut locked = package(Ecosystem::PyPI, "torch", Some("2.1.0+cu121"));
    let hash = |digit: &str| FileHash::of("sha256", &digit.repeat(64)).unwrap();
    locked.locked = Locked::of(vec![hash("a"), hash("b")], None);
    let mut open = package(Ecosystem::PyPI, "open", Some("1"));
    open.published.text = Some("BSD".to_owned());
    let mut contradicting = package(Ecosystem::PyPI, "contradicting", Some("1"));
    contradicting.published.classifiers = vec![
        "License :: OSI Approved :: MIT License".to_owned(),
        "License :: OSI Approved :: Apache Software License".to_owned(),
    ];
    contradicting.published.text = Some("GPLv3".to_owned());
    let mut named = package(Ecosystem::PyPI, "named", Some("1"));
    named.published.text = Some("MIT License".to_owned());
    vec![
        Component::of(locked),
        Component::of(open),
        Component::of(contradicting),
        Component::of(named),
        under("MIT OR Apache-2.0", package(Ecosystem::CratesIo, "serde", Some("1.0.1"))),
        under("MIT", package(Ecosystem::Npm, "@angular/core", Some("12.3.1"))),
        under("BSD-3-Clause", package(Ecosystem::Go, "github.com/a/b", Some("1.2.0"))),
        under(
            "GPL-2.0-only",
            package(Ecosystem::Debian(Some("12".to_owned())), "libc6", Some("2.36")),
        ),
        under("MIT", package(Ecosystem::Alpine(Some("v3.20".to_owned())), "curl", Some("8.0-r0"))),
        under("LicenseRef-Custom", package(Ecosystem::Conda, "absl-py", Some("0.4.1"))),
        under(
            "GPL-2.0-or-later WITH Classpath-exception-2.0",
            package(Ecosystem::PyPI, "w", Some("1")),
        ),
        Component::of(package(Ecosystem::PyPI, "unversioned", None)),
        Component::of(package(Ecosystem::PyPI, "nul\u{0}\u{1b}[31m\"ü\u{202e}", Some("1\n2"))),
    ]
}

#[test]
fn both_are_read_back_as_the_same_packages() {
    let components = various();
    let bill = bill(components.clone());
    let expected = essence(components.iter().map(|it| &it.package));
    for bytes in [bill.cyclonedx().unwrap(), bill.spdx().unwrap()] {
        let inventory = read_back(&bytes);
        assert_eq!(essence(&inventory.packages), expected);
        // Only the package without a version could not be audited before, either.
        let not_audited: Vec<&str> =
            inventory.not_audited.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(not_audited, ["unversioned"]);
    }
    // A license that is not settled is none that somebody reads as settled.
    for package in read_back(&bill.cyclonedx().unwrap()).packages {
        if matches!(package.name.as_str(), "open" | "contradicting") {
            assert_ne!(Component::of(package).license.state(), State::Known);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_a_package_is_called_it_is_read_back(
        names in proptest::collection::vec("[^/]{1,24}", 1..6),
        version in "[^/]{1,24}",
        ecosystem in proptest::sample::select(vec![
            Ecosystem::PyPI,
            Ecosystem::Conda,
            Ecosystem::CratesIo,
            Ecosystem::Npm,
            Ecosystem::Debian(Some("12".to_owned())),
        ]),
    ) {
        prop_assume!(names.iter().all(|name| !name.trim().is_empty()));
        let packages: Vec<Component> = names
            .iter()
            .map(|name| Component::of(package(ecosystem.clone(), name, Some(&version))))
            .collect();
        let bill = bill(packages.clone());
        let expected = essence(packages.iter().map(|it| &it.package));
        for bytes in [bill.cyclonedx().unwrap(), bill.spdx().unwrap()] {
            let inventory = read_back(&bytes);
            prop_assert_eq!(essence(&inventory.packages), expected.clone());
            prop_assert!(inventory.not_audited.is_empty(), "{:?}", inventory.not_audited);
        }
    }
}

#[test]
fn what_is_no_package_is_not_read_back_as_one() {
    let mut bill = of_model();
    bill.image = None;
    for bytes in [bill.cyclonedx().unwrap(), bill.spdx().unwrap()] {
        let inventory = read_back(&bytes);
        let names: Vec<&str> = inventory.packages.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["numpy", "scipy"]);
        assert!(inventory.not_audited.is_empty(), "{:?}", inventory.not_audited);
    }
    // The packages of an image are in none of these documents, so that it is not passed over.
    for bytes in [of_model().cyclonedx().unwrap(), of_model().spdx().unwrap()] {
        assert_eq!(read_back(&bytes).not_audited.len(), 1);
    }
}

#[test]
fn the_same_content_is_the_same_bytes() {
    let forwards = various();
    let mut backwards = forwards.clone();
    backwards.reverse();
    backwards.extend(forwards.clone());
    let (one, other) = (bill(forwards), bill(backwards));
    assert_eq!(one.cyclonedx().unwrap(), other.cyclonedx().unwrap());
    assert_eq!(one.spdx().unwrap(), other.spdx().unwrap());
    let mut later = one.clone();
    later.at = Timestamp::from_millis(0);
    let serial = |bill: &Bill| json(&bill.cyclonedx().unwrap())["serialNumber"].clone();
    let namespace = |bill: &Bill| json(&bill.spdx().unwrap())["documentNamespace"].clone();
    assert_ne!(serial(&one), serial(&later));
    assert_ne!(namespace(&one), namespace(&later));
}

#[test]
fn a_gap_is_told() {
    let mut bill = bill(Vec::new());
    bill.gaps = vec!["thing: it is an address".to_owned()];
    let document = json(&bill.cyclonedx().unwrap());
    assert_eq!(document["compositions"][0]["aggregate"], "incomplete");
    assert_eq!(document["metadata"]["properties"][0]["value"], "thing: it is an address");
    let document = json(&bill.spdx().unwrap());
    assert!(document["comment"].as_str().unwrap().contains("thing: it is an address"));
}

#[test]
fn what_no_document_can_hold_is_an_error() {
    let refused = |change: fn(&mut Bill)| {
        let mut bill = of_model();
        change(&mut bill);
        let error = bill.cyclonedx().unwrap_err().to_string();
        assert_eq!(bill.spdx().unwrap_err().to_string(), error);
        error
    };
    insta::assert_snapshot!([
        refused(|bill| bill.packages[0].package.name = "x".repeat(5000)),
        refused(|bill| bill.packages[0].package.name = " ".to_owned()),
        refused(|bill| bill.datasets[0].name = "days".to_owned()),
        refused(|bill| bill.datasets[0].source = Some("x".repeat(5000))),
        refused(|bill| bill.at = Timestamp::from_millis(i64::MAX)),
        refused(|bill| {
            let all = (0..2000).map(|version| {
                let version = version.to_string();
                needing(&["a"], Component::of(package(Ecosystem::PyPI, "a", Some(&version))))
            });
            bill.packages = all.collect();
        }),
    ].join("\n"), @r"
    the name of a package has 5000 bytes, at most 4096 are written
    a package has no name
    two different datasets are called `days`
    the source of a dataset has 5000 bytes, at most 4096 are written
    the bill is of a moment that has no date
    2000999 relations between packages are to be listed, at most 2000000 are written
    ");
}
