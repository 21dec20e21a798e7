//! A repository whose evaluation takes predictions from a file, so that it needs no Python.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use plimsoll_config::schema::Schema;
use serde_json::Value;

use super::fields;
use crate::sandbox::Sandbox;

pub(super) fn reference() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src/reference")
}

/// Returns the file of `plimsoll.run/v1`.
pub(super) fn file_of(document: &str) -> PathBuf {
    reference().join("json").join(format!("{}.schema.json", document.replace('/', "-")))
}

/// Holds a document against its schema, and returns both.
#[track_caller]
pub(crate) fn held(text: &str, from: &str) -> (Value, String) {
    let document: Value = serde_json::from_str(text).unwrap();
    let name = document["schema"].as_str().unwrap_or_else(|| panic!("{from}: no `schema`"));
    let schema = fs::read_to_string(file_of(name)).unwrap_or_else(|error| {
        panic!("{from}: {}: {error}", file_of(name).display());
    });
    if let Err(mistakes) = Schema::read(&schema).unwrap().check(name, text.as_bytes()) {
        panic!("{from}: {mistakes}");
    }
    (document, schema)
}

/// A sandbox whose documents are checked, and the fields that they had.
pub(super) struct Scene {
    pub(super) sandbox: Sandbox,
    pub(super) seen: BTreeSet<String>,
}

impl Scene {
    /// Makes a committed repository, and runs nothing.
    pub(super) fn new() -> Self {
        let sandbox = Sandbox::new();
        let (hours, predictions) = rows(20);
        sandbox.write("plimsoll.yaml", PROJECT);
        sandbox.write("params.yaml", "unit: line\nnothing: null\n");
        sandbox.write(
            "copy.sh",
            "cp hours.csv copy.csv && mkdir folder && cp hours.csv folder && echo '{\"lines\": 481}' > m.json\n",
        );
        sandbox.write("hours.csv", &hours);
        sandbox.write("answers.csv", &predictions);
        sandbox.write(
            "hours.yaml",
            "columns:\n  day: { type: integer }\n  hour: { type: integer, max: 23 }\n  y: { type: number }\n",
        );
        sandbox.write(".gitignore", ".plimsoll/\npredictions.csv\n");
        sandbox.git(&["init", "--quiet"]);
        sandbox.git(&["add", "--all"]);
        sandbox.git(&["commit", "--quiet", "--message", "bikes"]);
        Self { sandbox, seen: BTreeSet::new() }
    }

    /// Checks a document, and returns it.
    #[track_caller]
    pub(super) fn check(&mut self, text: &str, from: &str) -> Value {
        let (document, schema) = held(text, from);
        fields::had(&serde_json::from_str(&schema).unwrap(), &document, &mut self.seen);
        document
    }

    /// Calls the binary with `--json`, and checks its document and its exit code.
    #[track_caller]
    pub(super) fn json(&mut self, arguments: &[&str], code: i32) -> Value {
        let output = self.sandbox.command(arguments).arg("--json").output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        self.check(&String::from_utf8(output.stdout).unwrap(), &format!("{arguments:?}"))
    }
}

const PROJECT: &str = "\
model: bikes
task: regression
params: params.yaml
code: ['*.sh']
data:
  hours: { path: hours.csv, schema: hours.yaml, source: 'https://example.org/hours' }
steps:
  copy:
    run: sh copy.sh
    inputs: [data.hours]
    params: [unit]
    outputs: [copy.csv, folder]
    metrics: m.json
  count:
    run: wc -l < copy.csv > count.txt
    inputs: [copy.csv]
    outputs: [count.txt]
  predict:
    run: cp answers.csv predictions.csv
    inputs: [answers.csv]
    outputs: [predictions.csv]
evaluate:
  predictions: predictions.csv
  on: hours.csv
  target: y
  block: day
  slices:
    late: { hour: { min: 12 } }
gate:
  - { metric: wape, max: 0.3 }
  - { metric: r2, min: 0.5, slice: late }
  - { metric: wape, beats: champion, by: 10% }
";

/// Sixty days of eight hours, and predictions that are wrong by up to `error`.
pub(super) fn rows(error: i32) -> (String, String) {
    let (mut hours, mut predictions) = ("day,hour,y\n".to_owned(), "prediction\n".to_owned());
    for row in 0..480 {
        let (day, hour) = (row / 8, row % 8 * 3);
        let truth = 100 + row * 37 % 101;
        let wrong = (row * 53 % 21 - 10) * error / 10;
        _ = writeln!(hours, "{day},{hour},{truth}");
        _ = writeln!(predictions, "{}", truth + wrong);
    }
    (hours, predictions)
}
