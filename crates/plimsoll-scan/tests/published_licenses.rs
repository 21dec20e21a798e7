//! What packages published of their terms, against what a person made of it.
//!
//! The tables lie in the folder `shared/data/licences` beside the project; without it there is nothing to
//! read, and the tests say so and pass.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test, which says what it skips and misses"
)]

use std::fs;
use std::path::Path;

use plimsoll_scan::license::{Expression, State, Terms};
use plimsoll_scan::package::{LicenseFile, Published};
use serde_json::Value;

fn table(name: &str, key: &str) -> Vec<Value> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/licences");
    let Ok(text) = fs::read_to_string(shared.join(name)) else {
        eprintln!("skipped: {name} is not there");
        return Vec::new();
    };
    let mut table: Value = serde_json::from_str(&text).unwrap();
    let Value::Array(rows) = table[key].take() else { return Vec::new() };
    rows
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(text).collect()
}

#[test]
fn of_84_python_packages_none_is_judged_wrong() {
    let rows = table("pypi-licences.json", "packages");
    let (mut right, mut wrong) = (0, Vec::new());
    for row in &rows {
        let field = &row["published"];
        let file = |name| LicenseFile { name, text: None };
        let published = Published {
            expression: text(&field["License-Expression"]),
            text: text(&field["License"]),
            classifiers: texts(&field["Classifier"]),
            files: texts(&field["License-File"]).into_iter().map(file).collect(),
        };
        let terms = Terms::of(&published);
        let found = terms.license.as_ref().map(Expression::to_string);
        if found.as_deref() == row["spdx"].as_str() {
            right += 1;
        } else {
            eprintln!(
                "{} {}: {:?} {}, not {}",
                row["name"], row["version"], terms.state, terms.reason, row["spdx"]
            );
            if terms.state != State::Ambiguous {
                wrong.push(row["name"].clone());
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
    assert!(right + 2 >= rows.len(), "{right} of {}", rows.len());
}

#[test]
fn of_60_crates_every_one_is_judged_right() {
    for row in table("crates-licences.json", "crates") {
        let published = Published { expression: text(&row["license"]), ..Published::default() };
        let terms = Terms::of(&published);
        let found = terms.license.map(|license| license.to_string());
        assert_eq!(found, text(&row["spdx"]), "{}", row["name"]);
    }
}
