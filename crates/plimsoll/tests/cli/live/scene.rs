//! A repository whose one step copies a small model, released and asked about days of 2026.

use std::fmt::Write;
use std::fs;
use std::ops::Range;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use plimsoll_data::capture::{Captured, Days, Versions, read};
use plimsoll_release::key::SigningKey;
use serde_json::{Value, json};

use super::server::Server;
use crate::sandbox::{Ended, Sandbox};

/// Rows of a day.
pub(crate) const HOURS: u32 = 4;

/// A committed repository of the model `bikes` with a key in its home.
pub(crate) struct Live {
    pub(crate) sandbox: Sandbox,
}

/// Waits until `is_so`, for as long as a slow machine may need.
#[track_caller]
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_mins(1), "waited for a minute until {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Returns the day `number` days after 2026-01-01.
pub(crate) fn at(number: u32) -> String {
    assert!(number < 59, "January and February");
    let (month, day) = if number < 31 { (1, number + 1) } else { (2, number - 30) };
    format!("2026-{month:02}-{day:02}")
}

/// Returns the name of a row.
fn id(day: u32, hour: u32) -> u32 {
    1000 + day * HOURS + hour
}

/// Returns `a`, `b` and `c` of a row.
fn inputs(row: u32) -> [u32; 3] {
    [row * 7 % 11, row * 13 % 10, row * 29 % 21]
}

/// Returns what is true of a row: `base` and what its inputs add, up to a small error.
fn truth(row: u32, base: f64) -> f64 {
    let [a, b, c] = inputs(row).map(f64::from);
    base + 3.0 * a - 2.0 * b + c / 2.0 + (f64::from(row * 53 % 21) - 10.0) / 10.0
}

impl Live {
    /// Makes the repository, with `bikes@1.0.0` released and deployed; `None` where there is no
    /// ONNX Runtime.
    pub(crate) fn new() -> Option<Self> {
        Self::with(|_| {})
    }

    /// As [`Self::new`], after `change` changed the repository's files.
    pub(crate) fn with(change: impl Fn(&Sandbox)) -> Option<Self> {
        if !has_runtime() {
            return None;
        }
        let live = Self { sandbox: Sandbox::new() };
        live.write();
        change(&live.sandbox);
        live.trust("keys/signing.pem", "trust.yaml", 7);
        live.sandbox.git(&["init", "--quiet"]);
        live.commit();
        // The lock file of the first run belongs to what is released.
        live.json(&["run"], 0);
        live.commit();
        live.call(&["run", "--deploy"], 0);
        Some(live)
    }

    fn write(&self) {
        let sandbox = &self.sandbox;
        sandbox.write("plimsoll.yaml", PROJECT);
        sandbox.write("params.yaml", "train:\n  model: base\n  other: 1\n");
        sandbox.write("train.sh", TRAIN);
        sandbox.write(
            "rows.yaml",
            "columns:\n  id: { type: integer }\n  day: { type: date }\n  a: { type: integer }\n  b: { type: integer }\n  c: { type: integer }\n  y: { type: number }\n",
        );
        let mut rows = "id,day,a,b,c,y\n".to_owned();
        for row in 0..240 {
            let ([a, b, c], day) = (inputs(row), row / 8 + 1);
            _ = writeln!(rows, "{row},2025-11-{day:02},{a},{b},{c},{:.1}", truth(row, 40.0));
        }
        sandbox.write("rows.csv", &rows);
        sandbox.write(
            ".gitignore",
            ".plimsoll/\n/model.onnx\n/test.csv\n/seen*\n/data/\n/labels*\n/tmp/\n/bikes.tar\n",
        );
        self.model("base.onnx", 2.0, 40.0);
        self.model("next.onnx", 3.0, 70.0);
    }

    /// Writes a model that answers `base + weight a - 2 b + c / 2`.
    pub(crate) fn model(&self, file: &str, weight: f32, base: f32) {
        let path = self.sandbox.repo().join(file);
        fs::write(path, model(weight, base)).unwrap();
    }

    pub(crate) fn commit(&self) {
        self.sandbox.git(&["add", "--all"]);
        self.sandbox.git(&["commit", "--quiet", "--message", "change"]);
    }

    /// Releases a better model as 1.1.0, and leaves the champion where it is.
    pub(crate) fn second(&self) {
        self.model("base.onnx", 3.0, 40.0);
        self.commit();
        self.call(&["run", "--release"], 0);
    }

    /// Writes a key and a trust file for it into the home, and returns the key's file.
    pub(crate) fn trust(&self, key: &str, trust: &str, drawn: u8) -> PathBuf {
        let home = self.sandbox.home();
        let file = home.join(key);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::set_permissions(file.parent().unwrap(), fs::Permissions::from_mode(0o700)).unwrap();
        let key = SigningKey::from_random([drawn; 32]).unwrap();
        key.write_new(&file).unwrap();
        let pem = key.public().to_pem().unwrap().replace('\n', "\n      ");
        let text = format!(
            "version: 1\nkeys:\n  - name: ada\n    key: |\n      {}\n    roles: [builder, gate, release]\n",
            pem.trim_end()
        );
        fs::write(home.join(trust), text).unwrap();
        file
    }

    /// Calls the binary, which must end with `code`, and returns its document.
    #[track_caller]
    pub(crate) fn json(&self, arguments: &[&str], code: i32) -> Value {
        let output = self.sandbox.command(arguments).arg("--json").output().unwrap();
        let ended = self.sandbox.ended(&output);
        assert_eq!(ended.code, Some(code), "{arguments:?}: {ended}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Calls the binary, which must end with `code`.
    #[track_caller]
    pub(crate) fn call(&self, arguments: &[&str], code: i32) -> Ended {
        let ended = self.sandbox.plimsoll(arguments);
        assert_eq!(ended.code, Some(code), "{arguments:?}: {ended}");
        ended
    }

    /// Starts a server of what `arguments` name.
    #[track_caller]
    pub(crate) fn serve(&self, arguments: &[&str]) -> Server {
        static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let mut command = self.sandbox.command(["serve", "--port", "0", "--json"]);
        command.args(["--workers", "2"]).args(arguments);
        Server::start(command, self.sandbox.home().join(format!("server-{number}.log")))
    }

    /// Returns the folder of a version's bundle.
    pub(crate) fn bundle(&self, version: &str) -> PathBuf {
        let shown = self.json(&["model", "show", version], 0);
        PathBuf::from(shown["bundle"].as_str().unwrap())
    }

    pub(crate) fn captures(&self) -> PathBuf {
        self.sandbox.home().join("captures/bikes")
    }

    /// Reads what was recorded.
    pub(crate) fn captured(&self) -> Captured {
        read(&self.captures(), Days::All, Versions::All).unwrap()
    }

    /// Writes a file of labels of `days`, of a world in which demand is `base`, and adds it.
    #[track_caller]
    pub(crate) fn label(&self, days: Range<u32>, base: f64) -> Value {
        let mut labels = "id,y\n".to_owned();
        for (row, id) in numbered(days) {
            _ = writeln!(labels, "{id},{:.1}", truth(row, base));
        }
        self.sandbox.write("labels.csv", &labels);
        self.json(&["labels", "add", "labels.csv"], 0)
    }
}

/// Returns row and name of everything that is asked on `days`.
fn numbered(days: Range<u32>) -> impl Iterator<Item = (u32, u32)> {
    days.flat_map(|day| (0..HOURS).map(move |hour| (day * HOURS + hour, id(day, hour))))
}

/// Returns the rows of a day as they are sent.
pub(crate) fn rows(day: u32) -> Vec<Value> {
    let row = |(row, id): (u32, u32)| {
        let [a, b, c] = inputs(row);
        json!([id, at(day), a, b, c])
    };
    numbered(day..day + 1).map(row).collect()
}

impl Server {
    /// Asks about every row of `days`, and waits until all is recorded.
    #[track_caller]
    pub(crate) fn live_through(&self, days: Range<u32>) {
        let mut connection = self.connect();
        for day in days {
            let answer = connection.ask(&rows(day)).unwrap();
            assert_eq!(answer.status, 200, "{answer:?}");
        }
    }
}

/// Turns a bit of the largest file of a bundle's folder.
pub(crate) fn flip_largest(bundle: &Path) {
    let blobs = fs::read_dir(bundle.join("blobs/sha256")).unwrap().map(|it| it.unwrap());
    let largest = blobs.max_by_key(|it| it.metadata().unwrap().len()).unwrap().path();
    let mut bytes = fs::read(&largest).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(largest, bytes).unwrap();
}

/// Fetches ONNX Runtime once, and tells whether it is there.
fn has_runtime() -> bool {
    static HAS: OnceLock<bool> = OnceLock::new();
    *HAS.get_or_init(|| {
        let installed = Sandbox::new().plimsoll(["runtime", "install"]);
        let has = installed.code == Some(0);
        if !has {
            println!("skipped: the runtime cannot be installed here:\n{installed}");
            assert!(std::env::var_os("CI").is_none(), "CI must install it:\n{installed}");
        }
        has
    })
}

/// Returns `linear-float.onnx` with other numbers.
fn model(weight: f32, base: f32) -> Vec<u8> {
    let mut bytes = include_bytes!("../../../../../fixtures/onnx/linear-float.onnx").to_vec();
    for (from, to) in [([0xff, 0xff, 0x3f, 0x40], weight), ([0xfe, 0xff, 0x7f, 0x3f], base)] {
        let at = bytes.windows(4).position(|window| window == from).unwrap();
        bytes[at..at + 4].copy_from_slice(&to.to_le_bytes());
    }
    bytes
}

/// Keeps all that it sees, besides the model that its parameter names.
const TRAIN: &str = "\
set -e
find . ! -type d ! -name 'seen.*' | sort > seen.txt
cp data/live.parquet seen.parquet
cp \"$(grep -o 'base\\|next' params.yaml).onnx\" model.onnx
cp rows.csv test.csv
";

const PROJECT: &str = "\
model: bikes
task: regression
owners: [team-mobility]
license: Apache-2.0
params: params.yaml
code: ['*.sh']
data:
  rows: { path: rows.csv, schema: rows.yaml, license: CC0-1.0, source: 'https://example.org/rows' }
  live: { from: captures, holdout: 10d }
steps:
  train:
    run: sh train.sh
    inputs: [base.onnx, next.onnx, data.rows, data.live]
    params: [train]
    outputs: [model.onnx, test.csv, seen.txt, seen.parquet]
evaluate:
  model: model.onnx
  features: { input: [a, b, c] }
  on: test.csv
  target: y
  block: day
gate:
  - { metric: wape, max: 0.3 }
  - { metric: mae, beats: champion, by: 10% }
serve: { capture: true, id: id, time: day }
monitor: { window: 10d, limits: [{ metric: wape, max: 0.3 }] }
retrain: { set: { train.model: next } }
";
